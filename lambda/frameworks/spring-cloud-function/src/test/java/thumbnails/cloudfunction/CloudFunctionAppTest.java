package thumbnails.cloudfunction;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.function.adapter.aws.FunctionInvoker;

/** Through the adapter, from an event's bytes to the answer's: the function alone is not what Lambda calls. */
class CloudFunctionAppTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private FunctionInvoker service;

    @BeforeEach
    void start() {
        System.setProperty("MAIN_CLASS", CloudFunctionApp.class.getName());
        service = new FunctionInvoker("http");
    }

    private JsonNode answer(String method, String path, Map<String, String> headers) throws IOException {
        Map<String, Object> event = Map.of(
                "version", "2.0",
                "routeKey", "$default",
                "rawPath", path,
                "rawQueryString", "",
                "headers", headers,
                "requestContext", Map.of("http", Map.of("method", method, "path", path)),
                "isBase64Encoded", false);
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        service.handleRequest(new ByteArrayInputStream(JSON.writeValueAsBytes(event)), answer, null);
        return JSON.readTree(answer.toByteArray());
    }

    private JsonNode body(String path) throws IOException {
        return JSON.readTree(answer("GET", path, Map.of()).get("body").asText());
    }

    @Test
    void healthIsNotCounted() throws IOException {
        assertThat(body("/health").get("status").asText()).isEqualTo("ok");
        assertThat(body("/info").get("start").asText()).isEqualTo("cold");
        JsonNode warm = body("/info");
        assertThat(warm.get("start").asText()).isEqualTo("warm");
        assertThat(warm.get("requests").asInt()).isEqualTo(2);
    }

    @Test
    void pageIsHtmlAndHeadHasNoBody() throws IOException {
        JsonNode page = answer("GET", "/", Map.of());
        assertThat(page.at("/headers/Content-Type").asText()).isEqualTo("text/html; charset=utf-8");
        assertThat(page.get("body").asText()).contains("cold");
        assertThat(answer("HEAD", "/", Map.of()).get("body").asText()).isEmpty();
    }

    @Test
    void errorIsProblemDetails() throws IOException {
        JsonNode answer = answer("GET", "/nowhere", Map.of("x-request-id", "mine"));
        assertThat(answer.get("statusCode").asInt()).isEqualTo(404);
        assertThat(answer.at("/headers/Content-Type").asText()).isEqualTo("application/problem+json");
        assertThat(answer.at("/headers/X-Request-Id").asText()).isEqualTo("mine");
        assertThat(answer.at("/headers/X-Content-Type-Options").asText()).isEqualTo("nosniff");
        JsonNode problem = JSON.readTree(answer.get("body").asText());
        assertThat(problem.get("type").asText()).isEqualTo("urn:thumbnails:problem:not-found");
        assertThat(problem.get("instance").asText()).isEqualTo("mine");
        JsonNode refused = answer("DELETE", "/info", Map.of());
        assertThat(refused.get("statusCode").asInt()).isEqualTo(405);
        assertThat(refused.at("/headers/Allow").asText()).isEqualTo("GET, HEAD");
    }

    @Test
    void callerCannotChooseAnotherFunction() throws IOException {
        Map<String, String> headers = Map.of(
                "spring.cloud.function.definition", "other",
                "spring.cloud.function.routing-expression", "T(java.lang.System).exit(1)");
        assertThat(answer("GET", "/health", headers).get("statusCode").asInt()).isEqualTo(200);
    }
}
