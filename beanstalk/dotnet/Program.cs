// The common part of the service's contract (docs/contract.md) as an ASP.NET Core minimal API.

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;

const string version = "1.0.0";
var started = Process.GetCurrentProcess().StartTime.ToUniversalTime();
var requestId = new Regex(@"\A[A-Za-z0-9._-]{1,128}\z");
long requests = 0;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders().AddJsonConsole(options => options.UseUtcTimestamp = true).SetMinimumLevel(LogLevel.Warning);
// 5000 is where the platform's nginx looks, unless the environment property PORT says otherwise.
var port = int.Parse(Environment.GetEnvironmentVariable("PORT") ?? "5000", CultureInfo.InvariantCulture);
builder.WebHost.ConfigureKestrel(server =>
{
    server.AddServerHeader = false;
    server.Listen(IPAddress.Loopback, port);
});
var application = builder.Build();

// Before routing, so that it sees every request, also those that no route takes.
application.Use(async (context, next) =>
{
    var began = Stopwatch.GetTimestamp();
    var given = context.Request.Headers["X-Request-Id"].ToString();
    var id = requestId.IsMatch(given) ? given : Guid.NewGuid().ToString();
    // /health is no request of a person's: it neither is counted nor uses up the cold start.
    if (context.Request.Path != "/health") context.Items["number"] = Interlocked.Increment(ref requests);
    context.Response.Headers["X-Request-Id"] = id;
    context.Response.Headers.XContentTypeOptions = "nosniff";
    await next(context);
    if (!context.Response.HasStarted && context.Response.StatusCode is 404 or 405) await Problem(context, id);
    Console.WriteLine(JsonSerializer.Serialize(new
    {
        time = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        level = context.Response.StatusCode >= 500 ? "error" : "info",
        message = "request",
        requestId = id,
        method = context.Request.Method,
        path = context.Request.Path.Value,
        status = context.Response.StatusCode,
        durationMs = Stopwatch.GetElapsedTime(began).TotalMilliseconds,
    }));
});
application.UseRouting();

string[] reading = ["GET", "HEAD"];
application.MapMethods("/health", reading, (HttpContext context) => Uncached(context, new { status = "ok" }));
application.MapMethods("/info", reading, (HttpContext context) => Uncached(context, CurrentFacts(context)));
application.MapMethods("/", reading, (HttpContext context) =>
{
    var facts = CurrentFacts(context);
    return Results.Content($"""
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <title>thumbnails: ASP.NET Core</title>
        <h1>{facts.Framework} on {WebUtility.HtmlEncode(facts.Option)}</h1>
        <p>{facts.Runtime}, {facts.Architecture}, a {facts.Start} start.</p>
        </html>
        """, "text/html; charset=utf-8");
});
application.Run();

Facts CurrentFacts(HttpContext context)
{
    var number = (long)context.Items["number"]!;
    return new Facts(
        Service: "thumbnails",
        Version: version,
        Option: Environment.GetEnvironmentVariable("SERVICE_OPTION") ?? "local",
        Start: number == 1 ? "cold" : "warm",
        StartedAt: started,
        UptimeSeconds: (DateTime.UtcNow - started).TotalSeconds,
        Requests: number,
        Runtime: $".NET {Environment.Version}",
        Framework: "ASP.NET Core",
        Architecture: RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x86_64",
        Cpus: Environment.ProcessorCount,
        MemoryMiB: GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20);
}

static IResult Uncached<T>(HttpContext context, T body)
{
    context.Response.Headers.CacheControl = "no-store";
    return Results.Json(body);
}

static Task Problem(HttpContext context, string id)
{
    var (name, title) = context.Response.StatusCode == 404 ? ("not-found", "Not Found") : ("method-not-allowed", "Method Not Allowed");
    var detail = $"{context.Request.Method} {context.Request.Path}: there are GET /, GET /health and GET /info";
    return context.Response.WriteAsJsonAsync(
        new { type = $"urn:thumbnails:problem:{name}", title, status = context.Response.StatusCode, detail, instance = id },
        options: null,
        contentType: "application/problem+json");
}

record Facts(
    string Service,
    string Version,
    string Option,
    string Start,
    DateTime StartedAt,
    double UptimeSeconds,
    long Requests,
    string Runtime,
    string Framework,
    string Architecture,
    int Cpus,
    long MemoryMiB);
