package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

// testApp is a running portal with its own data folder.
type testApp struct {
	*App
	folder string
	stop   func() error // ends it as a signal would; safe to call twice
}

// startApp runs a portal on free ports until the test ends. Fields of c that
// are empty get values for a test.
func startApp(t testing.TB, c Config, w Wiring) *testApp {
	t.Helper()
	if c.DataDir == "" {
		c.DataDir = t.TempDir()
	}
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	if c.SandboxAddr == "" {
		c.SandboxAddr = "127.0.0.1:0"
	}
	if w.Log == nil {
		w.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	a, err := NewApp(t.Context(), c, w)
	if err != nil {
		t.Fatalf("start the portal: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	var ended bool
	var result error
	stop := func() error {
		cancel()
		if !ended {
			result, ended = <-done, true
		}
		return result
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("stop the portal: %v", err)
		}
	})
	return &testApp{App: a, folder: c.DataDir, stop: stop}
}

func TestPortalStartsWithNothingConfigured(t *testing.T) {
	a := startApp(t, Config{}, Wiring{})
	for path, want := range map[string]string{
		"/healthz": "",
		"/readyz":  "",
		"/":        "Sign in",
	} {
		status, body := fetch(t, a.URL()+path)
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: status %d, want 200 and %q", path, status, want)
		}
	}
	if status, body := fetch(t, a.SandboxURL()+"/_sandbox/info"); status != http.StatusOK || !strings.Contains(body, `"tenantId"`) {
		t.Errorf("the sandbox does not say who it is: %d %s", status, body)
	}
}

func TestPortalComesBackWithItsData(t *testing.T) {
	first := startApp(t, Config{}, Wiring{})
	if err := first.stop(); err != nil {
		t.Fatalf("first stop: %v", err)
	}
	second := startApp(t, Config{DataDir: first.folder}, Wiring{})
	if status, _ := fetch(t, second.URL()+"/readyz"); status != http.StatusOK {
		t.Errorf("not ready after a restart: %d", status)
	}
	if err := second.stop(); err != nil {
		t.Fatalf("second stop: %v", err)
	}
	got := command(t, first.folder, nil, "audit", "verify")
	if got.code != 0 || !strings.Contains(got.out, "whole") {
		t.Errorf("audit verify: exit %d: %s%s", got.code, got.out, got.report)
	}
}

func TestPortalUsesASandboxThatRunsAlready(t *testing.T) {
	first := startApp(t, Config{}, Wiring{})
	second := startApp(t, Config{SandboxURL: first.SandboxURL()}, Wiring{})
	if second.SandboxURL() != "" {
		t.Errorf("a second sandbox was started at %s", second.SandboxURL())
	}
	if status, body := fetch(t, second.URL()+"/"); status != http.StatusOK || !strings.Contains(body, "sandbox.example") {
		t.Errorf("the page does not name the tenant: %d", status)
	}
}

func TestServePrintsAddressesAndPersonas(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := &lineWriter{lines: make(chan string, 64)}
	done := make(chan int, 1)
	var report bytes.Buffer
	go func() {
		environ := []string{"PORTAL_DATA_DIR=" + t.TempDir(), "PORTAL_ADDR=127.0.0.1:0", "PORTAL_SANDBOX_ADDR=127.0.0.1:0", "PORTAL_LOG=error"}
		done <- program{environ: environ, stdout: out, stderr: &report}.run(ctx, nil)
	}()
	text := ""
	for !strings.Contains(text, "user@sandbox.example") {
		select {
		case line := <-out.lines:
			text += line
		case code := <-done:
			t.Fatalf("ended with %d: %s", code, report.String())
		}
	}
	cancel()
	if code := <-done; code != 0 {
		t.Errorf("exit code %d: %s", code, report.String())
	}
	for _, part := range []string{"http://localhost:", "agent-admin@sandbox.example", "auditor@sandbox.example"} {
		if !strings.Contains(text, part) {
			t.Errorf("the greeting lacks %q: %s", part, text)
		}
	}
}

// fetch gets a page without following redirects.
func fetch(t testing.TB, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// SandboxURL is the address of the embedded sandbox, empty without one.
func (a *App) SandboxURL() string {
	if a.sandbox == nil {
		return ""
	}
	return a.sandbox.url
}
