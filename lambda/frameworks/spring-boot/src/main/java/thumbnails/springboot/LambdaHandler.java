package thumbnails.springboot;

import com.amazonaws.serverless.exceptions.ContainerInitializationException;
import com.amazonaws.serverless.proxy.InitializationWrapper;
import com.amazonaws.serverless.proxy.model.AwsProxyResponse;
import com.amazonaws.serverless.proxy.model.HttpApiV2ProxyRequest;
import com.amazonaws.serverless.proxy.spring.SpringBootLambdaContainerHandler;
import com.amazonaws.serverless.proxy.spring.SpringBootProxyHandlerBuilder;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Spring Boot as a Lambda function behind a function URL, by AWS's serverless container. */
public class LambdaHandler implements RequestStreamHandler {
    // Made by Lambda in the initialisation phase, which has a whole CPU, and which a snapshot (SnapStart) holds.
    private final SpringBootLambdaContainerHandler<HttpApiV2ProxyRequest, AwsProxyResponse> container;

    public LambdaHandler() throws ContainerInitializationException {
        this(SpringBootApp.class);
    }

    protected LambdaHandler(Class<?> application) throws ContainerInitializationException {
        container = new SpringBootProxyHandlerBuilder<HttpApiV2ProxyRequest>()
                .defaultHttpApiV2Proxy()
                .responseWriter(new FunctionUrlResponseWriter())
                .responseTypeClass(FunctionUrlResponseWriter.RESPONSE)
                .initializationWrapper(new InitializationWrapper())
                .springBootApplication(application)
                .buildAndInitialize();
    }

    @Override
    public void handleRequest(InputStream event, OutputStream answer, Context context) throws IOException {
        container.proxyStream(event, answer, context);
    }
}
