package thumbnails.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.stream.IntStream;
import org.crac.Core;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessTest {
    private final Process process = new Process("<none>", Map.of("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769"));

    @Test
    void exactlyOneOfManyConcurrentFirstRequestsIsCold() {
        long cold = IntStream.range(0, 10_000)
                .parallel()
                .mapToObj(index -> process.info(process.answer()).start())
                .filter("cold"::equals)
                .count();
        assertEquals(1, cold);
    }

    @Test
    void processOutOfSnapshotBeginsWhenItIsRestored() {
        Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        assertTrue(Instant.parse(process.info(1).startedAt()).isBefore(before));
        process.afterRestore(Core.getGlobalContext());
        Info info = process.info(process.answer());
        assertFalse(Instant.parse(info.startedAt()).isBefore(before));
        assertEquals("cold", info.start());
    }

    @Test
    void memoryIsTheFunctionsOnLambdaAndTheContainersElsewhere() {
        assertEquals(1769, process.info(1).memoryMiB());
        assertTrue(new Process("none", Map.of()).info(1).memoryMiB() > 64);
    }

    @Test
    void optionIsTheEnvironments() {
        assertEquals("local", process.info(1).option());
        assertEquals("here", new Process("none", Map.of("SERVICE_OPTION", "here")).info(1).option());
    }

    @Test
    void pageHasEveryFactAndNoPlaceholder() {
        String page = process.page(1);
        assertFalse(page.contains("{{"));
        assertTrue(page.contains("&lt;none&gt;"));
        assertTrue(page.contains("<form hidden>"));
    }

    @Test
    void wellFormedRequestIdIsTakenOver() {
        assertEquals("a.b-C_9", Process.requestId("a.b-C_9"));
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(strings = {"a b", "a\n", "é"})
    void otherRequestIdIsReplaced(String given) {
        assertNotEquals(given, Process.requestId(given));
    }
}
