# frozen_string_literal: true

# The common part of the service's contract (docs/contract.md) in plain Rack, on the platform's own Puma: no gem needed.

require 'cgi/escape'
require 'etc'
require 'json'
require 'securerandom'
require 'time'

VERSION = '1.0.0'
STARTED = Time.now
REQUEST_ID = /\A[A-Za-z0-9._-]{1,128}\z/
MEMORY_MIB = File.read('/proc/meminfo')[/^MemTotal:\s+(\d+) kB/, 1].to_i / 1024
NUMBERS = Queue.new.push(0) # holds the number of the last request; taking it out is the lock

$stdout.sync = true

def facts(number)
  {
    service: 'thumbnails',
    version: VERSION,
    option: ENV.fetch('SERVICE_OPTION', 'local'),
    start: number == 1 ? 'cold' : 'warm',
    startedAt: STARTED.utc.iso8601(3),
    uptimeSeconds: (Time.now - STARTED).round(3),
    requests: number,
    runtime: "Ruby #{RUBY_VERSION}",
    framework: "Puma #{Puma::Const::PUMA_VERSION}",
    architecture: Etc.uname[:machine].sub('aarch64', 'arm64'),
    cpus: Etc.nprocessors,
    memoryMiB: MEMORY_MIB
  }
end

def json(status, body, type = 'application/json')
  [status, { 'content-type' => type, 'cache-control' => 'no-store' }, JSON.generate(body)]
end

def problem(status, title, detail, id)
  name = title.downcase.tr(' ', '-')
  body = { type: "urn:thumbnails:problem:#{name}", title:, status:, detail:, instance: id }
  json(status, body, 'application/problem+json')
end

def page(facts)
  [200, { 'content-type' => 'text/html; charset=utf-8' }, <<~HTML]
    <!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <title>thumbnails: Rack</title>
    <h1>Rack on #{CGI.escapeHTML(facts[:option])}</h1>
    <p>#{facts[:runtime]}, #{facts[:architecture]}, a #{facts[:start]} start.</p>
    </html>
  HTML
end

ROUTES = {
  '/' => ->(number) { page(facts(number)) },
  '/health' => ->(_) { json(200, { status: 'ok' }) },
  '/info' => ->(number) { json(200, facts(number)) }
}.freeze

def answer(method, path, id, number)
  route = ROUTES[path]
  return problem(404, 'Not Found', "no such path: #{path}; there are /, /health and /info", id) unless route
  return route.call(number) if %w[GET HEAD].include?(method)

  status, headers, body = problem(405, 'Method Not Allowed', "#{method} is not allowed here; GET and HEAD are", id)
  [status, headers.merge('allow' => 'GET, HEAD'), body]
end

def log(id, method, path, status, began)
  ms = ((Process.clock_gettime(Process::CLOCK_MONOTONIC) - began) * 1000).round(1)
  # One write a line, so that two threads' lines cannot mix.
  $stdout.write(JSON.generate({ time: Time.now.utc.iso8601(3), level: 'info', message: 'request', requestId: id,
                                method:, path:, status:, durationMs: ms }) << "\n")
end

run(lambda do |env|
  began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  method, path = env.values_at('REQUEST_METHOD', 'PATH_INFO')
  id = env['HTTP_X_REQUEST_ID'].to_s[REQUEST_ID] || SecureRandom.uuid
  # /health is no request of a person's: it neither is counted nor uses up the cold start.
  number = path == '/health' ? 0 : NUMBERS.pop.succ.tap { |next_number| NUMBERS.push(next_number) }
  status, headers, body = answer(method, path, id, number)
  log(id, method, path, status, began)
  own = { 'x-request-id' => id, 'x-content-type-options' => 'nosniff', 'content-length' => body.bytesize.to_s }
  [status, headers.merge(own), method == 'HEAD' ? [] : [body]]
end)
