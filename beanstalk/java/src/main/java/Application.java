import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import io.javalin.Javalin;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/** The common part of the service's contract (docs/contract.md) in Javalin. */
public final class Application {
    private static final String VERSION = "1.0.0";
    private static final Instant STARTED = Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime());
    private static final AtomicLong REQUESTS = new AtomicLong();
    private static final ObjectMapper JSON = new ObjectMapper();

    private record Health(String status) {}

    private record Facts(
            String service,
            String version,
            String option,
            String start,
            String startedAt,
            double uptimeSeconds,
            long requests,
            String runtime,
            String framework,
            String architecture,
            int cpus,
            long memoryMiB) {}

    private record Problem(String type, String title, int status, String detail, String instance) {}

    public static void main(String[] arguments) {
        // 5000 is where the platform's nginx looks, unless the environment property PORT says otherwise.
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "5000"));
        Javalin application = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.jetty.host = "127.0.0.1";
            config.jetty.port = port;
            config.http.prefer405over404 = true;
            config.routes.before(Application::begin);
            route(config.routes, "/", Application::page);
            route(config.routes, "/health", context -> answer(context, new Health("ok")));
            route(config.routes, "/info", context -> answer(context, facts(context)));
            config.routes.exception(HttpResponseException.class, Application::problem);
            config.requestLogger.http(Application::log);
        });
        Runtime.getRuntime().addShutdownHook(new Thread(application::stop)); // answers what is in flight
        application.start();
    }

    /** Javalin's own answer to HEAD has the headers of no GET; Jetty leaves out the body by itself. */
    private static void route(RoutesConfig routes, String path, Handler handler) {
        routes.get(path, handler);
        routes.head(path, handler);
    }

    private static void begin(Context context) {
        String id = Optional.ofNullable(context.header("X-Request-Id"))
                .filter(given -> given.matches("[A-Za-z0-9._-]{1,128}"))
                .orElseGet(() -> UUID.randomUUID().toString());
        context.attribute("requestId", id);
        context.header("X-Request-Id", id);
        context.header("X-Content-Type-Options", "nosniff");
        // /health is no request of a person's: it neither is counted nor uses up the cold start.
        if (!context.path().equals("/health")) context.attribute("number", REQUESTS.incrementAndGet());
    }

    private static Facts facts(Context context) {
        long number = context.attribute("number");
        var machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return new Facts(
                "thumbnails",
                VERSION,
                System.getenv().getOrDefault("SERVICE_OPTION", "local"),
                number == 1 ? "cold" : "warm",
                STARTED.toString(),
                Duration.between(STARTED, Instant.now()).toMillis() / 1000.0,
                number,
                "Java " + System.getProperty("java.version"),
                "Javalin",
                System.getProperty("os.arch").equals("aarch64") ? "arm64" : "x86_64",
                Runtime.getRuntime().availableProcessors(),
                machine.getTotalMemorySize() >> 20);
    }

    private static void answer(Context context, Object body) {
        context.header("Cache-Control", "no-store").json(body);
    }

    private static void page(Context context) {
        Facts facts = facts(context);
        context.html("""
                <!doctype html>
                <html lang="en">
                <meta charset="utf-8">
                <title>thumbnails: Javalin</title>
                <h1>Javalin on %s</h1>
                <p>%s, %s, a %s start.</p>
                </html>
                """.formatted(facts.option(), facts.runtime(), facts.architecture(), facts.start()));
        context.contentType("text/html; charset=utf-8");
    }

    private static void problem(HttpResponseException error, Context context) {
        HttpStatus status = HttpStatus.forStatus(error.getStatus());
        String title = status.getMessage();
        if (status == HttpStatus.METHOD_NOT_ALLOWED) context.header("Allow", "GET, HEAD");
        context.status(status)
                .json(new Problem(
                        "urn:thumbnails:problem:" + title.toLowerCase(Locale.ROOT).replace(' ', '-'),
                        title,
                        status.getCode(),
                        context.method() + " " + context.path() + ": there are GET /, GET /health and GET /info",
                        context.attribute("requestId")))
                .contentType("application/problem+json");
    }

    private static void log(Context context, Float milliseconds) throws Exception {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("time", Instant.now().toString());
        line.put("level", context.statusCode() >= 500 ? "error" : "info");
        line.put("message", "request");
        line.put("requestId", context.attribute("requestId"));
        line.put("method", context.req().getMethod());
        line.put("path", context.path());
        line.put("status", context.statusCode());
        line.put("durationMs", milliseconds);
        System.out.println(JSON.writeValueAsString(line));
    }
}
