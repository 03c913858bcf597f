package thumbnails.springboot;

import com.amazonaws.serverless.exceptions.InvalidResponseObjectException;
import com.amazonaws.serverless.proxy.internal.servlet.AwsHttpServletResponse;
import com.amazonaws.serverless.proxy.internal.servlet.AwsProxyHttpServletResponseWriter;
import com.amazonaws.serverless.proxy.model.AwsProxyResponse;
import com.amazonaws.services.lambda.runtime.Context;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes answers as a function URL takes them (payload format 2.0): each header once, and cookies in a list of their own.
 *
 * <p>The container writes that of a REST API (format 1.0), of which a function URL would lose all but one cookie.
 */
class FunctionUrlResponseWriter extends AwsProxyHttpServletResponseWriter {
    /** What the container has to be told, or it leaves the cookies out. */
    @SuppressWarnings("unchecked")
    static final Class<AwsProxyResponse> RESPONSE = (Class<AwsProxyResponse>) (Class<?>) FunctionUrlResponse.class;

    @Override
    public AwsProxyResponse writeResponse(AwsHttpServletResponse response, Context context)
            throws InvalidResponseObjectException {
        AwsProxyResponse written = super.writeResponse(response, context);
        Map<String, String> headers = new HashMap<>();
        written.getMultiValueHeaders().forEach((name, values) -> headers.put(name, String.join(", ", values)));
        headers.remove("Set-Cookie");
        List<String> cookies = written.getMultiValueHeaders().getOrDefault("Set-Cookie", List.of());
        return new FunctionUrlResponse(written, headers, cookies);
    }

    static class FunctionUrlResponse extends AwsProxyResponse {
        private final List<String> cookies;

        FunctionUrlResponse(AwsProxyResponse written, Map<String, String> headers, List<String> cookies) {
            super(written.getStatusCode(), null, written.getBody());
            setBase64Encoded(written.isBase64Encoded());
            setHeaders(headers);
            this.cookies = cookies;
        }

        public List<String> getCookies() {
            return cookies;
        }
    }
}
