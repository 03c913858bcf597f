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

/** The FPM master's id and the time it started, in seconds since 1970: its workers come and go, it is the service. */
function serviceProcess(): array
{
    $id = PHP_SAPI === 'fpm-fcgi' ? (int) explode(' ', file_get_contents('/proc/self/stat'))[3] : getmypid();
    // Field 22, counted after the name in brackets, which may hold spaces: clock ticks (1/100 s) since the machine started.
    $fields = explode(' ', substr(strrchr(file_get_contents("/proc/$id/stat"), ')'), 2));
    preg_match('/^btime (\d+)/m', file_get_contents('/proc/stat'), $boot);
    return [$id, (int) $boot[1] + (int) $fields[19] / 100];
}

/** PHP keeps nothing from one request to the next, so the number of this one is counted in a locked file. */
function countRequest(int $processId, float $startedAt): int
{
    $file = fopen(sprintf('%s/thumbnails-%d-%d', sys_get_temp_dir(), $processId, $startedAt * 100), 'c+');
    flock($file, LOCK_EX);
    $number = (int) stream_get_contents($file) + 1;
    rewind($file);
    fwrite($file, (string) $number);
    fclose($file); // unlocks
    return $number;
}

function facts(int $number, float $startedAt): array
{
    preg_match('/^MemTotal:\s+(\d+) kB/m', file_get_contents('/proc/meminfo'), $memory);
    return [
        'service' => 'thumbnails',
        'version' => VERSION,
        'option' => getenv('SERVICE_OPTION') ?: 'local',
        'start' => $number === 1 ? 'cold' : 'warm',
        'startedAt' => gmdate('Y-m-d\TH:i:s\Z', (int) $startedAt),
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

[$processId, $startedAt] = serviceProcess();
// /health is no request of a person's: it neither is counted nor uses up the cold start.
$number = $path === '/health' ? 0 : countRequest($processId, $startedAt);

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
