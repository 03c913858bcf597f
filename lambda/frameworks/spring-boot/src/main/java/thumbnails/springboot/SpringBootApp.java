package thumbnails.springboot;

import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import thumbnails.service.Process;

/** The thumbnail service's common part in Spring Boot. */
@SpringBootApplication
public class SpringBootApp {
    @Bean
    Process process() {
        return new Process("Spring Boot " + SpringBootVersion.getVersion(), System.getenv());
    }
}
