package thumbnails.springboot;

import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import thumbnails.service.Process;

/** The thumbnail service's common part in Spring Boot. */
@SpringBootApplication
public class SpringBootApp {
    // Before the first request: who is to be told of a restored snapshot has to be in it.
    @Bean
    @Lazy(false)
    Process process() {
        return new Process("Spring Boot " + SpringBootVersion.getVersion(), System.getenv());
    }
}
