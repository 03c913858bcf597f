package thumbnails.cloudfunction;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.cloud.function.adapter.aws.FunctionInvoker;
import org.springframework.cloud.function.context.FunctionRegistration;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.support.GenericApplicationContext;
import thumbnails.service.Process;

/**
 * The thumbnail service's common part in Spring Cloud Function: one function, from a function URL's event to its answer.
 *
 * <p>Its beans are registered by code rather than found by a scan, which Spring Cloud Function has for quick cold starts.
 */
@SpringBootConfiguration
public class CloudFunctionApp implements ApplicationContextInitializer<GenericApplicationContext> {
    private static final String VERSION = FunctionInvoker.class.getPackage().getImplementationVersion();

    @Override
    public void initialize(GenericApplicationContext context) {
        context.registerBean(Process.class, () -> new Process("Spring Cloud Function " + VERSION, System.getenv()));
        context.registerBean(
                HttpFunction.class,
                () -> new HttpFunction(context.getBean(Process.class), context.getBean(ObjectMapper.class)));
        context.registerBean(
                "http",
                FunctionRegistration.class,
                () -> new FunctionRegistration<>(context.getBean(HttpFunction.class)).type(HttpFunction.class));
    }
}
