package main

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startTLSSandbox runs "portal sandbox --tls" for a portal at portalURL until
// the test ends.
func startTLSSandbox(t *testing.T, portalURL string) *sandboxServer {
	t.Helper()
	s, err := startSandbox(t.Context(), sandboxSpec{addr: "127.0.0.1:0", portalURL: portalURL, folder: t.TempDir(), tls: true, now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.serve() }()
	t.Cleanup(func() {
		if err := s.close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestPortalUsesASandboxWithTLS signs in and gets a token over https, trusting
// the authority that PORTAL_SANDBOX_CA names.
func TestPortalUsesASandboxWithTLS(t *testing.T) {
	addr := unusedAddr(t)
	portalURL := "http://localhost:" + addr[strings.LastIndex(addr, ":")+1:]
	s := startTLSSandbox(t, portalURL)
	c := Config{Addr: addr, SandboxURL: s.url, SandboxCA: *s.tenant.Info().CAFile}
	a := startApp(t, c, Wiring{})

	roots, err := c.sandboxRoots()
	if err != nil {
		t.Fatal(err)
	}
	v := newVisitor(t)
	v.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	v.press(v.open(a.URL()+"/sign-in"), "agent-admin@", nil)
	lab := v.open(a.URL() + "/tokens?agent=" + a.info.Seed.Agent.ID)
	p := v.press(lab, "Get token", url.Values{"client_secret": {a.info.Seed.Blueprint.ClientSecret}})
	if got := strings.Join(strings.Fields(p.Find(".verdict").Text()), " "); !strings.Contains(got, "2 of 2 hops answered, 2 of 2 signatures valid") {
		t.Errorf("the token: %s", p.Find("main").Text())
	}
}

// TestSandboxCAThatDoesNotHelp: a portal that cannot trust the sandbox says
// which setting is wrong, and does not start.
func TestSandboxCAThatDoesNotHelp(t *testing.T) {
	s := startTLSSandbox(t, "http://localhost:8080")
	empty := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, ca := range map[string]string{"none": "", "no file": empty + ".missing", "no certificate": empty} {
		a, err := NewApp(t.Context(), Config{Addr: "127.0.0.1:0", DataDir: t.TempDir(), SandboxURL: s.url, SandboxCA: ca}, Wiring{})
		if err == nil {
			_ = a.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "PORTAL_SANDBOX_CA") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A key that is made anew is its owner's alone, whatever the old file was.
func TestNewAuthorityTakesNoOldModeOver(t *testing.T) {
	folder, now := t.TempDir(), time.Now()
	if _, _, err := sandboxTLS(folder, nil, now); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, caKeyFile)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := sandboxTLS(folder, nil, now.AddDate(3, 0, 0)); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadFile(path)
	if err != nil || string(made) == string(old) {
		t.Fatalf("the key of an authority that has ended was kept (%v)", err)
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 2 {
		t.Errorf("the folder holds %v, %v", files, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v; want mode 0600", info, err)
	}
}
