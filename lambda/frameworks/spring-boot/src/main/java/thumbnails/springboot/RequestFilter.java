package thumbnails.springboot;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import thumbnails.service.Process;

/** Gives each request its id, and all but {@code /health} a number. */
@Component
class RequestFilter extends OncePerRequestFilter {
    static final String ID = "request.id";
    static final String NUMBER = "request.number";

    private final Process process;

    RequestFilter(Process process) {
        this.process = process;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String id = Process.requestId(request.getHeader("X-Request-Id"));
        request.setAttribute(ID, id);
        if (!request.getRequestURI().equals("/health")) {
            request.setAttribute(NUMBER, process.answer());
        }
        response.setHeader("X-Request-Id", id);
        response.setHeader("X-Content-Type-Options", "nosniff");
        chain.doFilter(request, response);
    }
}
