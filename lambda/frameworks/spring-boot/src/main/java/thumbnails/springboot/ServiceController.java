package thumbnails.springboot;

import java.util.Map;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RestController;
import thumbnails.service.Info;
import thumbnails.service.Process;

@RestController
class ServiceController {
    private final Process process;

    ServiceController(Process process) {
        this.process = process;
    }

    @GetMapping("/health")
    ResponseEntity<Map<String, String>> health() {
        return fresh(MediaType.APPLICATION_JSON, Map.of("status", "ok"));
    }

    @GetMapping("/info")
    ResponseEntity<Info> info(@RequestAttribute(RequestFilter.NUMBER) long number) {
        return fresh(MediaType.APPLICATION_JSON, process.info(number));
    }

    @GetMapping("/")
    ResponseEntity<String> page(@RequestAttribute(RequestFilter.NUMBER) long number) {
        return fresh(MediaType.parseMediaType("text/html;charset=utf-8"), process.page(number));
    }

    private static <T> ResponseEntity<T> fresh(MediaType type, T body) {
        return ResponseEntity.ok().contentType(type).cacheControl(CacheControl.noStore()).body(body);
    }
}
