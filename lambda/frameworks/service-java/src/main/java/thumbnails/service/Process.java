package thumbnails.service;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.crac.Context;
import org.crac.Core;
import org.crac.Resource;

/** The facts of this process, as {@code /info} and the page report them. One a process: it counts the requests. */
public final class Process implements Resource {
    private static final String VERSION = "1.0.0";
    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{(\\w+)}}");

    private final String framework;
    private final Map<String, String> environment;
    private final AtomicLong requests = new AtomicLong();
    private volatile Instant restoredAt;

    /**
     * @param framework name and version of the web framework, e.g. {@code Spring Boot 3.5.16}
     * @param environment {@code SERVICE_OPTION}, and on Lambda {@code AWS_LAMBDA_FUNCTION_MEMORY_SIZE}
     */
    public Process(String framework, Map<String, String> environment) {
        this.framework = framework;
        this.environment = environment;
        // Which holds it only as long as the application does.
        Core.getGlobalContext().register(this);
    }

    @Override
    public void beforeCheckpoint(Context<? extends Resource> context) {
        // There is nothing to close.
    }

    /** Begins now: a process that comes out of a snapshot (SnapStart) has the time when that was taken. */
    @Override
    public void afterRestore(Context<? extends Resource> context) {
        restoredAt = Instant.now();
    }

    /** The caller's request id where it is 1 to 128 of {@code A-Za-z0-9._-}, else a new one. */
    public static String requestId(String given) {
        return given != null && REQUEST_ID.matcher(given).matches() ? given : UUID.randomUUID().toString();
    }

    /** Counts one more request; its number, the first being 1. Not for {@code /health}. */
    public long answer() {
        return requests.incrementAndGet();
    }

    /** The body of {@code /info} for the request of that number. */
    public Info info(long request) {
        Instant startedAt = startedAt();
        Duration uptime = Duration.between(startedAt, Instant.now());
        return new Info(
                "thumbnails",
                VERSION,
                environment.getOrDefault("SERVICE_OPTION", "local"),
                request == 1 ? "cold" : "warm",
                startedAt.toString(),
                Math.max(0, uptime.toMillis()) / 1000.0,
                request,
                "Java " + System.getProperty("java.version"),
                framework,
                architecture(),
                Runtime.getRuntime().availableProcessors(),
                memoryMiB());
    }

    /** The page for people: the facts of {@code /info}. */
    public String page(long request) {
        Map<String, Object> facts = info(request).facts();
        return PLACEHOLDER.matcher(template()).replaceAll(match -> escape(facts.get(match.group(1)).toString()));
    }

    private Instant startedAt() {
        // The management interface takes its time to load: not before it is needed.
        return Optional.ofNullable(restoredAt)
                .orElseGet(() -> Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime()));
    }

    private static String architecture() {
        String name = System.getProperty("os.arch");
        return switch (name) {
            case "aarch64" -> "arm64";
            case "amd64" -> "x86_64";
            default -> name;
        };
    }

    /** Memory limit of the function, else of the container (cgroup), else of the machine. */
    private long memoryMiB() {
        return Optional.ofNullable(environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
                .map(Long::valueOf)
                .orElseGet(Process::memoryOfContainerMiB);
    }

    private static long memoryOfContainerMiB() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getTotalMemorySize() >> 20;
    }

    private static String template() {
        try (InputStream page = Process.class.getResourceAsStream("/page.html")) {
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
