<?php
// The common part of the service's contract (docs/contract.md) in plain PHP.

declare(strict_types=1);

const VERSION = '1.0.0';

$began = hrtime(true);
$method = $_SERVER['REQUEST_METHOD'];
$path = explode('?', $_SERVER['REQUEST_URI'], 2)[0];
$given = $_SERVER['HTTP_X_REQUEST_ID'] ?? '';
$requestId = preg_match('/^[A-Za-z0-9._-]{1,128}$/D', $given) ? $given : bin2hex(random_bytes(16));
header("X-Request-Id: $requestId");
header('X-Content-Type-Options: nosniff');

/**
 * The number of this request, and when the service started, in seconds since 1970. PHP keeps nothing from one request to
 * the next, so both are in a locked file. The service is the FPM master: its workers come and go.
 */
function countRequest(): array
{
    // The fields after the name in brackets, which may hold spaces: 1 is the parent, 19 the ticks (1/100 s) from boot to start.
    $stat = fn($id) => explode(' ', substr(strrchr(file_get_contents("/proc/$id/stat"), ')'), 2));
    $process = PHP_SAPI === 'fpm-fcgi' ? $stat('self')[1] : getmypid();
    $ticks = $stat($process)[19];
    $file = fopen(sys_get_temp_dir() . "/thumbnails-$process-$ticks", 'c+');
    flock($file, LOCK_EX);
    $before = stream_get_contents($file) ?: '0 ' . (microtime(true) - (float) file_get_contents('/proc/uptime') + $ticks / 100);
    [$number, $startedAt] = explode(' ', $before);
    rewind($file);
    fwrite($file, ++$number . " $startedAt");
    fclose($file); // unlocks
    return [$number, (float) $startedAt];
}

function facts(int $number, float $startedAt): array
{
    preg_match('/^MemTotal:\s+(\d+) kB/m', file_get_contents('/proc/meminfo'), $memory);
    return [
        'service' => 'thumbnails',
        'version' => VERSION,
        'option' => getenv('SERVICE_OPTION') ?: 'local',
        'start' => $number === 1 ? 'cold' : 'warm',
        'startedAt' => DateTime::createFromFormat('U.u', sprintf('%.3F', $startedAt))->format('Y-m-d\TH:i:s.v\Z'),
        'uptimeSeconds' => round(microtime(true) - $startedAt, 3),
        'requests' => $number,
        'runtime' => 'PHP ' . PHP_VERSION,
        'architecture' => php_uname('m') === 'aarch64' ? 'arm64' : php_uname('m'),
        'cpus' => substr_count(file_get_contents('/proc/cpuinfo'), "processor\t:"),
        'memoryMiB' => intdiv((int) $memory[1], 1024),
    ];
}

function answer(array $body, int $status = 200, string $contentType = 'application/json'): void
{
    http_response_code($status);
    header("Content-Type: $contentType");
    header('Cache-Control: no-store');
    echo json_encode($body, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE);
}

function problem(int $status, string $name, string $title, string $detail, string $requestId): void
{
    answer(
        ['type' => "urn:thumbnails:problem:$name", 'title' => $title, 'status' => $status, 'detail' => $detail, 'instance' => $requestId],
        $status,
        'application/problem+json',
    );
}

function page(array $facts): void
{
    header('Content-Type: text/html; charset=utf-8');
    $safe = array_map(fn($fact) => htmlspecialchars((string) $fact), $facts);
    echo <<<HTML
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <title>thumbnails: PHP</title>
        <h1>Plain PHP on {$safe['option']}</h1>
        <p>{$safe['runtime']}, {$safe['architecture']}, a {$safe['start']} start.</p>
        </html>
        HTML;
}

// /health is no request of a person's: it neither is counted nor uses up the cold start.
[$number, $startedAt] = $path === '/health' ? [0, 0.0] : countRequest();

$routes = [
    '/' => fn() => page(facts($number, $startedAt)),
    '/health' => fn() => answer(['status' => 'ok']),
    '/info' => fn() => answer(facts($number, $startedAt)),
];

if (!isset($routes[$path])) {
    problem(404, 'not-found', 'Not Found', "no such path: $path; there are /, /health and /info", $requestId);
} elseif ($method !== 'GET' && $method !== 'HEAD') {
    header('Allow: GET, HEAD');
    problem(405, 'method-not-allowed', 'Method Not Allowed', "$method is not allowed here; GET and HEAD are", $requestId);
} else {
    $routes[$path]();
}

$line = json_encode([
    'time' => (new DateTimeImmutable('now', new DateTimeZone('UTC')))->format('Y-m-d\TH:i:s.v\Z'),
    'level' => 'info',
    'message' => 'request',
    'requestId' => $requestId,
    'method' => $method,
    'path' => $path,
    'status' => http_response_code(),
    'durationMs' => round((hrtime(true) - $began) / 1e6, 1),
], JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE);
// Where PHP's own errors go (the file that the platform streams), else to stderr; without PHP's date in front, so that it stays JSON.
error_log("$line\n", 3, ini_get('error_log') ?: 'php://stderr');
