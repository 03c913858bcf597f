package echo;

import com.amazonaws.services.lambda.runtime.events.APIGatewayV2HTTPEvent;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2HTTPResponse;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.cloud.function.context.FunctionRegistration;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.support.GenericApplicationContext;

@SpringBootConfiguration
public class SpringCloudFunctionEcho implements ApplicationContextInitializer<GenericApplicationContext> {
    @Override
    public void initialize(GenericApplicationContext context) {
        context.registerBean(
                "http", FunctionRegistration.class, () -> new FunctionRegistration<>(new Echo()).type(Echo.class));
    }

    static class Echo implements Function<APIGatewayV2HTTPEvent, APIGatewayV2HTTPResponse> {
        @Override
        public APIGatewayV2HTTPResponse apply(APIGatewayV2HTTPEvent event) {
            return switch (event.getRawPath()) {
                case "/exit" -> exit();
                case "/hang" -> hang();
                default -> echo(event);
            };
        }

        private static APIGatewayV2HTTPResponse echo(APIGatewayV2HTTPEvent event) {
            List<List<String>> query = Arrays.stream(event.getRawQueryString().split("&"))
                    .map(pair -> Arrays.stream(pair.split("=", 2))
                            .map(part -> URLDecoder.decode(part, StandardCharsets.UTF_8))
                            .toList())
                    .toList();
            List<List<String>> cookies =
                    event.getCookies().stream().map(cookie -> List.of(cookie.split("=", 2))).toList();
            return APIGatewayV2HTTPResponse.builder()
                    .withStatusCode(200)
                    .withHeaders(Map.of(
                            "Content-Type", "application/octet-stream",
                            "X-Query", encoded(json(query)),
                            "X-Cookies", json(cookies),
                            "X-Repeated-Seen", event.getHeaders().get("x-repeated"),
                            "X-Process", String.valueOf(ProcessHandle.current().pid()),
                            "Link", "</a>; rel=\"a\", </b>; rel=\"b\""))
                    .withCookies(List.of("left=1; Path=/; HttpOnly", "right=2; Path=/"))
                    .withBody(event.getBody())
                    .withIsBase64Encoded(event.getIsBase64Encoded())
                    .build();
        }

        private static String json(List<List<String>> pairs) {
            return new ObjectMapper().valueToTree(pairs).toString();
        }

        private static String encoded(String text) {
            return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
        }

        private static APIGatewayV2HTTPResponse exit() {
            Runtime.getRuntime().halt(1);
            throw new IllegalStateException();
        }

        private static APIGatewayV2HTTPResponse hang() {
            try {
                Thread.sleep(3_600_000);
            } catch (InterruptedException error) {
                Thread.currentThread().interrupt();
            }
            throw new IllegalStateException();
        }
    }
}
