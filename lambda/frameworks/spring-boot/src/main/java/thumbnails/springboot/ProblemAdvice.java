package thumbnails.springboot;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.NoHandlerFoundException;

/** Errors as RFC 9457 problem details. */
@RestControllerAdvice
class ProblemAdvice {
    private static final Logger LOGGER = LoggerFactory.getLogger(ProblemAdvice.class);

    @ExceptionHandler
    ResponseEntity<ProblemDetail> notFound(NoHandlerFoundException error, HttpServletRequest request) {
        String detail = "There is nothing at %s; there is /, /health and /info.".formatted(request.getRequestURI());
        return answer(HttpStatus.NOT_FOUND, "not-found", detail, new HttpHeaders(), request);
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> methodNotAllowed(
            HttpRequestMethodNotSupportedException error, HttpServletRequest request) {
        HttpHeaders headers = error.getHeaders();
        String detail = "%s does not take %s; it takes %s."
                .formatted(request.getRequestURI(), error.getMethod(), headers.getFirst(HttpHeaders.ALLOW));
        return answer(HttpStatus.METHOD_NOT_ALLOWED, "method-not-allowed", detail, headers, request);
    }

    /** Says nothing of the cause: the log has it, under the request id. */
    @ExceptionHandler
    ResponseEntity<ProblemDetail> internal(Exception error, HttpServletRequest request) {
        LOGGER.error("request {} failed", request.getAttribute(RequestFilter.ID), error);
        String detail = "The request failed; the log has the cause.";
        return answer(HttpStatus.INTERNAL_SERVER_ERROR, "internal", detail, new HttpHeaders(), request);
    }

    private static ResponseEntity<ProblemDetail> answer(
            HttpStatus status, String name, String detail, HttpHeaders headers, HttpServletRequest request) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
        problem.setType(URI.create("urn:thumbnails:problem:" + name));
        problem.setInstance(URI.create(request.getAttribute(RequestFilter.ID).toString()));
        return ResponseEntity.status(status)
                .headers(headers)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(problem);
    }
}
