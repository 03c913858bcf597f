package echo;

import com.amazonaws.serverless.exceptions.ContainerInitializationException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import thumbnails.springboot.LambdaHandler;

@SpringBootApplication
public class SpringBootEcho {
    public static class Handler extends LambdaHandler {
        public Handler() throws ContainerInitializationException {
            super(SpringBootEcho.class);
        }
    }

    @RestController
    static class EchoController {
        private final ObjectMapper json = new ObjectMapper();

        @PostMapping("/echo")
        ResponseEntity<byte[]> echo(HttpServletRequest request) throws IOException {
            List<List<String>> query = new ArrayList<>();
            request.getParameterMap()
                    .forEach((name, values) -> Arrays.stream(values).forEach(value -> query.add(List.of(name, value))));
            List<List<String>> cookies = Arrays.stream(request.getCookies())
                    .map(cookie -> List.of(cookie.getName(), cookie.getValue()))
                    .toList();
            return ResponseEntity.ok()
                    .contentType(MediaType.APPLICATION_OCTET_STREAM)
                    .header("X-Query", encoded(json.writeValueAsString(query)))
                    .header("X-Cookies", json.writeValueAsString(cookies))
                    .header("X-Repeated-Seen", String.join(",", Collections.list(request.getHeaders("X-Repeated"))))
                    .header("X-Process", String.valueOf(ProcessHandle.current().pid()))
                    .header("Set-Cookie", "left=1; Path=/; HttpOnly", "right=2; Path=/")
                    .header("Link", "</a>; rel=\"a\"", "</b>; rel=\"b\"")
                    .body(request.getInputStream().readAllBytes());
        }

        private static String encoded(String text) {
            return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
        }

        @GetMapping("/hang")
        void hang() throws InterruptedException {
            Thread.sleep(3_600_000);
        }

        @GetMapping("/exit")
        void exit() {
            Runtime.getRuntime().halt(1);
        }
    }
}
