package thumbnails.service;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Map;

/** The body of {@code /info}. There are no {@code limits}: no thumbnails are made in Java. */
public record Info(
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
        long memoryMiB) {

    /** What fills the placeholders of the page. */
    Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>(Map.of("thumbnails", "hidden"));
        for (RecordComponent fact : Info.class.getRecordComponents()) {
            try {
                facts.put(fact.getName(), fact.getAccessor().invoke(this));
            } catch (ReflectiveOperationException error) {
                throw new IllegalStateException(error);
            }
        }
        return facts;
    }
}
