// The common part of the service's contract (docs/contract.md) with net/http alone.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const version = "1.0.0"

var (
	started   = time.Now()
	requests  atomic.Int64
	stopping  atomic.Bool
	requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)
	page      = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>thumbnails: net/http</title>
<h1>net/http on {{.Option}}</h1>
<p>{{.Runtime}}, {{.Architecture}}, a {{.Start}} start.</p>
</html>
`))
)

// countKey is where a request's context carries its number, counted from 1.
type countKey struct{}

type facts struct {
	Service       string    `json:"service"`
	Version       string    `json:"version"`
	Option        string    `json:"option"`
	Start         string    `json:"start"`
	StartedAt     time.Time `json:"startedAt"`
	UptimeSeconds float64   `json:"uptimeSeconds"`
	Requests      int64     `json:"requests"`
	Runtime       string    `json:"runtime"`
	Framework     string    `json:"framework"`
	Architecture  string    `json:"architecture"`
	CPUs          int       `json:"cpus"`
	MemoryMiB     uint64    `json:"memoryMiB"`
}

func currentFacts(r *http.Request) facts {
	number := r.Context().Value(countKey{}).(int64)
	start := "warm"
	if number == 1 {
		start = "cold"
	}
	var machine syscall.Sysinfo_t
	_ = syscall.Sysinfo(&machine) // fails only for a bad address
	return facts{
		Service:       "thumbnails",
		Version:       version,
		Option:        cmp.Or(os.Getenv("SERVICE_OPTION"), "local"),
		Start:         start,
		StartedAt:     started.UTC(),
		UptimeSeconds: time.Since(started).Seconds(),
		Requests:      number,
		Runtime:       "Go " + strings.TrimPrefix(runtime.Version(), "go"),
		Framework:     "net/http",
		Architecture:  strings.Replace(runtime.GOARCH, "amd64", "x86_64", 1),
		CPUs:          runtime.NumCPU(),
		MemoryMiB:     uint64(machine.Totalram) * uint64(machine.Unit) >> 20,
	}
}

func respond(w http.ResponseWriter, contentType string, status int, body any) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only where the caller has gone
}

func problem(w http.ResponseWriter, name string, status int, detail string) {
	respond(w, "application/problem+json", status, map[string]any{
		"type":     "urn:thumbnails:problem:" + name,
		"title":    http.StatusText(status),
		"status":   status,
		"detail":   detail,
		"instance": w.Header().Get("X-Request-Id"),
	})
}

// get lets only GET and HEAD through; net/http leaves out the body of an answer to HEAD by itself.
func get(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			handler(w, r)
			return
		}
		w.Header().Set("Allow", "GET, HEAD")
		problem(w, "method-not-allowed", http.StatusMethodNotAllowed, r.Method+" is not allowed here; GET and HEAD are")
	}
}

func health(w http.ResponseWriter, _ *http.Request) {
	if stopping.Load() {
		respond(w, "application/json", http.StatusServiceUnavailable, map[string]string{"status": "stopping"})
		return
	}
	respond(w, "application/json", http.StatusOK, map[string]string{"status": "ok"})
}

func info(w http.ResponseWriter, r *http.Request) {
	respond(w, "application/json", http.StatusOK, currentFacts(r))
}

func home(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, currentFacts(r))
}

func notFound(w http.ResponseWriter, r *http.Request) {
	problem(w, "not-found", http.StatusNotFound, "no such path: "+r.URL.Path+"; there are /, /health and /info")
}

// statusWriter remembers the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// observed gives every request its number, every answer its request id and its line in the log.
func observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		id := r.Header.Get("X-Request-Id")
		if !requestID.MatchString(id) {
			id = rand.Text()
		}
		w.Header().Set("X-Request-Id", id)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		// /health is no request of a person's: it neither is counted nor uses up the cold start.
		if r.URL.Path != "/health" {
			r = r.WithContext(context.WithValue(r.Context(), countKey{}, requests.Add(1)))
		}
		answer := &statusWriter{w, http.StatusOK}
		next.ServeHTTP(answer, r)
		slog.Info("request", "requestId", id, "method", r.Method, "path", r.URL.Path,
			"status", answer.status, "durationMs", float64(time.Since(began).Microseconds())/1000)
	})
}

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: logField})))

	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", get(home))
	mux.HandleFunc("/health", get(health))
	mux.HandleFunc("/info", get(info))
	mux.HandleFunc("/", notFound)

	server := &http.Server{
		// 5000 is where the platform's nginx looks, unless the environment property PORT says otherwise.
		Addr:              net.JoinHostPort("127.0.0.1", cmp.Or(os.Getenv("PORT"), "5000")),
		Handler:           observed(mux),
		ReadHeaderTimeout: 10 * time.Second,
	}
	signals, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	done := make(chan error)
	go func() {
		<-signals.Done()
		stopping.Store(true)
		done <- server.Shutdown(context.Background()) // requests in flight are answered
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		slog.Error(err.Error())
		os.Exit(1)
	}
	<-done
}

// logField names the fields of a log line as the service does.
func logField(_ []string, field slog.Attr) slog.Attr {
	switch field.Key {
	case slog.LevelKey:
		return slog.String("level", strings.ToLower(field.Value.String()))
	case slog.MessageKey:
		field.Key = "message"
	}
	return field
}
