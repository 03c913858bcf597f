package thumbnails.springboot;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doThrow;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.delete;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.autoconfigure.web.servlet.AutoConfigureMockMvc;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.bean.override.mockito.MockitoSpyBean;
import org.springframework.test.web.servlet.MockMvc;
import thumbnails.service.Process;

@SpringBootTest
@AutoConfigureMockMvc
@DirtiesContext(classMode = DirtiesContext.ClassMode.BEFORE_EACH_TEST_METHOD)
class SpringBootAppTest {
    @Autowired
    private MockMvc service;

    @MockitoSpyBean
    private Process process;

    @Test
    void healthIsNotCounted() throws Exception {
        service.perform(get("/health"))
                .andExpect(status().isOk())
                .andExpect(content().json("{\"status\":\"ok\"}"))
                .andExpect(header().string("Cache-Control", "no-store"));
        service.perform(get("/info"))
                .andExpect(jsonPath("$.start").value("cold"))
                .andExpect(jsonPath("$.requests").value(1))
                .andExpect(jsonPath("$.framework").value(containsString("Spring Boot 3.5")));
        service.perform(get("/info")).andExpect(jsonPath("$.start").value("warm"));
    }

    @Test
    void pageIsHtml() throws Exception {
        service.perform(get("/"))
                .andExpect(header().string("Content-Type", "text/html;charset=utf-8"))
                .andExpect(content().string(containsString("cold")));
    }

    @Test
    void errorIsProblemDetails() throws Exception {
        service.perform(get("/nowhere").header("X-Request-Id", "mine"))
                .andExpect(status().isNotFound())
                .andExpect(header().string("Content-Type", "application/problem+json"))
                .andExpect(header().string("X-Request-Id", "mine"))
                .andExpect(header().string("X-Content-Type-Options", "nosniff"))
                .andExpect(jsonPath("$.type").value("urn:thumbnails:problem:not-found"))
                .andExpect(jsonPath("$.instance").value("mine"));
        service.perform(delete("/info").header("X-Request-Id", "not mine"))
                .andExpect(status().isMethodNotAllowed())
                .andExpect(header().string("Allow", containsString("GET")))
                .andExpect(jsonPath("$.instance").value(matchesPattern("[0-9a-f-]{36}")));
    }

    @Test
    void failureTellsNothingOfItsCause() throws Exception {
        doThrow(new IllegalStateException("secret")).when(process).info(anyLong());
        service.perform(get("/info"))
                .andExpect(status().isInternalServerError())
                .andExpect(header().string("Content-Type", "application/problem+json"))
                .andExpect(content().string(not(containsString("secret"))));
    }
}
