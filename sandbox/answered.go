package sandbox

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// answered enters every request of the emulated services in the journal, lets them take as long as
// the latency knob says, and lets the ordered faults befall them. The journal goes by the real clock:
// it is the record of what happened to the sandbox, not to the tenant.
func (s *Sandbox) answered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.delay(w, r) {
			return
		}
		if err := s.catchUp(r.Context()); err != nil {
			s.o.Log.Error("clean up the recycle bin", slog.Any("error", err))
		}
		e := &journalEntry{
			Time: s.o.Now().UTC(), Method: r.Method, Path: r.URL.Path, ClientRequestID: r.Header.Get("client-request-id"),
		}
		if f, struck := s.strike(r, false); struck {
			s.play(f, w, r, e, next)
			return
		}
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r.WithContext(withEntry(r.Context(), e)))
		s.journal(r, e, seen.status)
	})
}

// journal records the entry of an answered request, unless a write has committed it with this status.
func (s *Sandbox) journal(r *http.Request, e *journalEntry, status int) {
	if e.queued && e.Status == status {
		return
	}
	e.Status = status
	if err := s.store.record(context.WithoutCancel(r.Context()), e); err != nil {
		s.o.Log.Error("write the journal", slog.String("path", e.Path), slog.Any("error", err))
	}
}

// delay waits for the latency knob; false when the client has gone. A server's limit on the time to
// answer is moved, as it knows nothing of latency.
func (s *Sandbox) delay(w http.ResponseWriter, r *http.Request) bool {
	var wait time.Duration
	_ = s.tenant.read(func(st *state) error {
		wait = time.Duration(st.knobs.LatencyMs) * time.Millisecond
		return nil
	})
	if wait == 0 {
		return true
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(wait + 30*time.Second))
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// statusWriter remembers the status for the journal.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer beneath.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// allowedHosts are loopback names, the hosts of the announced addresses and those of the options.
func allowedHosts(o Options) (map[string]bool, error) {
	hosts := map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true}
	for _, address := range []string{o.BaseURL, o.GraphURL} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || strings.HasSuffix(address, "/") {
			return nil, fmt.Errorf("the sandbox address %q needs a scheme and a host and no slash at its end", address)
		}
		hosts[strings.ToLower(u.Hostname())] = true
	}
	for _, h := range o.Hosts {
		hosts[hostname(h)] = true
	}
	return hosts, nil
}

// hostname takes the port off a Host value.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}
