package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is the time of a test: it starts now and moves only when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// lab is a sandbox behind a real server.
type lab struct {
	*Sandbox
	url   string
	info  Info
	clock *clock
}

// freshTenant is the file of a fresh tenant, made once: a signing key takes long to make.
var freshTenant = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sandbox-test")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "tenant.db")
	s, err := Open(context.Background(), Options{DataFile: path})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// tenantFile puts a fresh tenant into a folder of the test.
func tenantFile(t testing.TB) string {
	t.Helper()
	text, err := freshTenant()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tenant.db")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newLab(t testing.TB) *lab {
	t.Helper()
	return openLab(t, Options{DataFile: tenantFile(t)})
}

func openLab(t testing.TB, o Options) *lab {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{url: "http://" + listener.Addr().String(), clock: &clock{now: time.Now()}}
	if o.BaseURL == "" {
		o.BaseURL = l.url
	}
	if o.Now == nil {
		o.Now = l.clock.Now
	}
	if l.Sandbox, err = Open(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: l.Sandbox}}
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	l.info = l.Info()
	return l
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	text []byte
}

func (a answer) json(t testing.TB) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(a.text, &m); err != nil {
		t.Fatalf("status %d, body %q: %v", a.StatusCode, a.text, err)
	}
	return m
}

func (l *lab) do(t testing.TB, r *http.Request) answer {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res, text}
}

func (l *lab) get(t testing.TB, path string) answer {
	t.Helper()
	return l.do(t, request(t, http.MethodGet, l.url+path, nil))
}

func (l *lab) send(t testing.TB, method, path, body string) answer {
	t.Helper()
	r := request(t, method, l.url+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return l.do(t, r)
}

func request(t testing.TB, method, address string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// token posts a form to the token endpoint; the fields come in pairs.
func (l *lab) token(t testing.TB, fields ...string) answer {
	t.Helper()
	return l.post(t, "/"+l.info.TenantID+"/oauth2/v2.0/token", fields...)
}

func (l *lab) post(t testing.TB, path string, fields ...string) answer {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := request(t, http.MethodPost, l.url+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return l.do(t, r)
}

// access is the access token of an answer that must be a success.
func access(t testing.TB, a answer) string {
	t.Helper()
	token, _ := a.json(t)["access_token"].(string)
	if a.StatusCode != http.StatusOK || token == "" {
		t.Fatalf("status %d: %s", a.StatusCode, a.text)
	}
	return token
}

// t1 gets the exchange token of the seeded blueprint for the seeded agent.
func (l *lab) t1(t testing.TB) string {
	t.Helper()
	b := l.info.Seed.Blueprint
	return access(t, l.token(t, "grant_type", "client_credentials", "client_id", b.AppID, "client_secret", b.ClientSecret,
		"scope", exchangeScope, "fmi_path", l.info.Seed.Agent.ID))
}

// tr gets the resource token of the seeded agent.
func (l *lab) tr(t testing.TB, scope string) answer {
	t.Helper()
	return l.token(t, "grant_type", "client_credentials", "client_id", l.info.Seed.Agent.ID, "scope", scope,
		"client_assertion_type", assertionType, "client_assertion", l.t1(t))
}

// decode reads header and claims of a JWT.
func decode(t testing.TB, token string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", token)
	}
	for i, into := range []*map[string]any{&header, &claims} {
		text, err := decodeSegment(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	return header, claims
}

func TestOpenLocksTheTenant(t *testing.T) {
	path := tenantFile(t)
	first, err := Open(t.Context(), Options{DataFile: path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{DataFile: path}); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("second sandbox on one file: got %v, want ErrLocked with the path", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), Options{DataFile: path})
	if err != nil {
		t.Fatalf("after Close the file is free: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenKeepsTheFilePrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox", "tenant.db")
	s, err := Open(t.Context(), Options{DataFile: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, want := range map[string]os.FileMode{path: 0o600, path + ".lock": 0o600, filepath.Dir(path): 0o700} {
		st, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := st.Mode().Perm(); got != want {
			t.Errorf("%s: mode %o, want %o", name, got, want)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	garbage := filepath.Join(t.TempDir(), "tenant.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		options Options
		want    string
	}{
		"folder is a file": {Options{DataFile: filepath.Join(blocked, "tenant.db")}, "make the sandbox folder"},
		"no database":      {Options{DataFile: garbage}, "prepare the sandbox tenant"},
		"slash at the end": {Options{DataFile: tenantFile(t), BaseURL: "http://localhost:8081/"}, "no slash at its end"},
		"no scheme":        {Options{DataFile: tenantFile(t), BaseURL: "localhost:8081"}, "needs a scheme"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), tc.options)
			if err == nil {
				s.Close()
				t.Fatal("Open succeeded")
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %q, want it to say %q", err, tc.want)
			}
		})
	}
}

func TestHostsAreListed(t *testing.T) {
	l := openLab(t, Options{DataFile: tenantFile(t), GraphURL: "https://graph.microsoft.com", Hosts: []string{"lab.example:8443"}})
	for host, want := range map[string]int{
		"localhost": http.StatusOK, "localhost:1": http.StatusOK, "127.0.0.1:8081": http.StatusOK, "[::1]:8081": http.StatusOK,
		"graph.microsoft.com": http.StatusOK, "lab.example": http.StatusOK,
		"evil.example": http.StatusMisdirectedRequest, "localhost.evil.example": http.StatusMisdirectedRequest,
	} {
		r := request(t, http.MethodGet, l.url+"/_sandbox/info", nil)
		r.Host = host
		if got := l.do(t, r).StatusCode; got != want {
			t.Errorf("Host %s: status %d, want %d", host, got, want)
		}
	}
}
