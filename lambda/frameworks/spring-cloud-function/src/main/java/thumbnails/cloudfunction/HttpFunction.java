package thumbnails.cloudfunction;

import com.amazonaws.services.lambda.runtime.events.APIGatewayV2HTTPEvent;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2HTTPResponse;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import thumbnails.service.Process;

/**
 * From a function URL's event (payload format 2.0) to its answer.
 *
 * <p>Spring Cloud Function can route a message to one of several functions, by a header. Over HTTP that header would be
 * the caller's to choose, so the paths are told apart here.
 */
class HttpFunction implements Function<APIGatewayV2HTTPEvent, APIGatewayV2HTTPResponse> {
    private static final Logger LOGGER = LoggerFactory.getLogger(HttpFunction.class);
    private static final Set<String> READ = Set.of("GET", "HEAD");

    private final Process process;
    private final ObjectMapper mapper;

    HttpFunction(Process process, ObjectMapper mapper) {
        this.process = process;
        this.mapper = mapper;
    }

    @Override
    public APIGatewayV2HTTPResponse apply(APIGatewayV2HTTPEvent event) {
        String id = Process.requestId(event.getHeaders().get("x-request-id"));
        String method = event.getRequestContext().getHttp().getMethod();
        Answer answer;
        try {
            answer = answer(method, event.getRawPath(), id);
        } catch (RuntimeException | JsonProcessingException error) {
            LOGGER.error("request {} failed", id, error);
            // Nothing of the cause: the log has it, under the request id.
            answer = problem(
                    HttpStatus.INTERNAL_SERVER_ERROR, "internal", "The request failed; the log has the cause.", id);
        }
        Map<String, String> headers = new HashMap<>(answer.headers());
        headers.put("X-Request-Id", id);
        headers.put("X-Content-Type-Options", "nosniff");
        return APIGatewayV2HTTPResponse.builder()
                .withStatusCode(answer.status().value())
                .withHeaders(headers)
                .withCookies(List.of())
                .withBody(method.equals("HEAD") ? "" : answer.body())
                .build();
    }

    private Answer answer(String method, String path, String id) throws JsonProcessingException {
        long number = path.equals("/health") ? 0 : process.answer();
        if (!Set.of("/", "/health", "/info").contains(path)) {
            String detail = "There is nothing at %s; there is /, /health and /info.".formatted(path);
            return problem(HttpStatus.NOT_FOUND, "not-found", detail, id);
        }
        if (!READ.contains(method)) {
            String detail = "%s does not take %s; it takes GET, HEAD.".formatted(path, method);
            return problem(HttpStatus.METHOD_NOT_ALLOWED, "method-not-allowed", detail, id).with("Allow", "GET, HEAD");
        }
        return switch (path) {
            case "/health" -> fresh("application/json", mapper.writeValueAsString(Map.of("status", "ok")));
            case "/info" -> fresh("application/json", mapper.writeValueAsString(process.info(number)));
            default -> fresh("text/html; charset=utf-8", process.page(number));
        };
    }

    private static Answer fresh(String type, String body) {
        return new Answer(HttpStatus.OK, body, Map.of("Content-Type", type, "Cache-Control", "no-store"));
    }

    /** An error as RFC 9457 problem details. */
    private Answer problem(HttpStatus status, String name, String detail, String id) {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", "urn:thumbnails:problem:" + name);
        problem.put("title", status.getReasonPhrase());
        problem.put("status", status.value());
        problem.put("detail", detail);
        problem.put("instance", id);
        return new Answer(
                status,
                mapper.valueToTree(problem).toString(),
                Map.of("Content-Type", "application/problem+json"));
    }

    private record Answer(HttpStatus status, String body, Map<String, String> headers) {
        Answer with(String name, String value) {
            Map<String, String> more = new HashMap<>(headers);
            more.put(name, value);
            return new Answer(status, body, more);
        }
    }
}
