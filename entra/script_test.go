package entra_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra"
)

// formService is a sign-in service that takes every form and keeps it: what a
// script sends can be held against what the trace sent.
type formService struct {
	*httptest.Server
	answer func(form url.Values) (int, map[string]any)

	mu    sync.Mutex
	forms []url.Values
}

const (
	formTenant = "237098ae-0798-4cf9-a3a5-208374d2dcfd"
	formSecret = `canary-"secret"-\'$(x)-0001`
)

func newFormService(t *testing.T) *formService {
	t.Helper()
	s := &formService{answer: tokenFor}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *formService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	status, body := http.StatusOK, map[string]any{
		"issuer": s.URL + "/" + formTenant + "/v2.0", "token_endpoint": s.URL + "/" + formTenant + "/oauth2/v2.0/token",
		"authorization_endpoint": s.URL + "/" + formTenant + "/oauth2/v2.0/authorize",
	}
	if r.Method == http.MethodPost {
		_ = r.ParseForm()
		s.mu.Lock()
		s.forms = append(s.forms, r.PostForm)
		s.mu.Unlock()
		status, body = s.answer(r.PostForm)
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// tokenFor answers alike for alike forms.
func tokenFor(form url.Values) (int, map[string]any) {
	token := "canary-token-TR"
	switch {
	case !form.Has("grant_type"):
		return http.StatusOK, map[string]any{
			"device_code": "canary-device", "user_code": "ABCD", "verification_uri": "https://device.example/", "expires_in": 900, "interval": 1,
		}
	case form.Has("fmi_path"):
		token = "canary-token-T1"
	case strings.HasPrefix(form.Get("scope"), entra.ExchangeScope):
		token = "canary-token-T2"
	}
	return http.StatusOK, map[string]any{
		"note": `"access_token": "wrong"`, "token_type": "Bearer", "expires_in": 3599, "access_token": token,
		"client_info": "eyJ1aWQiOiJhIiwidXRpZCI6ImIifQ", // {"uid":"a","utid":"b"}
	}
}

// taken returns the forms so far and forgets them.
func (s *formService) taken() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	forms := s.forms
	s.forms = nil
	return forms
}

func (s *formService) trace(t *testing.T, mode entra.Mode) *entra.Trace {
	t.Helper()
	client := entra.New(entra.Options{Cloud: entra.SandboxCloud(s.URL, s.URL), TenantID: formTenant})
	trace, _ := client.Acquire(t.Context(), mode)
	return trace
}

// hostileAgentUser is the mode with the most fields, a name in each that
// anybody may type.
func hostileAgentUser(name string) entra.AgentUser {
	return entra.AgentUser{
		BlueprintAppID: "9471f355-173a-4466-b142-3d4acf848b03", AgentID: name, Scope: "api://" + name + "/.default", Username: name,
		Credential: entra.Credential{Secret: entra.NewSecret(formSecret)},
	}
}

func script(t *testing.T, kind entra.ScriptKind, trace *entra.Trace, last entra.ResourceCall) string {
	t.Helper()
	text, err := entra.Script(kind, trace, last)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// runShell runs a script as it is pasted, in an empty folder that must stay
// so, with the environment given.
func runShell(t *testing.T, program, text string, env ...string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), shell(t, program))
	cmd.Stdin, cmd.Dir, cmd.Env = strings.NewReader(text), dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left %v behind", left)
	}
	return string(out), err
}

func TestCURLScriptsSendWhatTheTraceSent(t *testing.T) {
	s := newFormService(t)
	for i, name := range hostileNames() {
		trace := s.trace(t, hostileAgentUser(name))
		want := s.taken()
		if len(want) != 3 {
			t.Fatalf("%q: the trace made %d requests", name, len(want))
		}
		program := []string{"sh", "bash"}[i%2]
		out, err := runShell(t, program, script(t, entra.ScriptCURL, trace, entra.ResourceCall{}), "CLIENT_SECRET="+formSecret)
		if err != nil || !strings.Contains(out, "The token expires at 20") || strings.Contains(out, "canary") {
			t.Fatalf("%s, %q: %v\n%s", program, name, err, out)
		}
		if diff := cmp.Diff(want, s.taken()); diff != "" {
			t.Errorf("%s, %q (-trace +script):\n%s", program, name, diff)
		}
	}
}

// A list of processes shows the arguments of a program to everybody.
func TestCURLScriptsKeepSecretsOutOfArguments(t *testing.T) {
	s := newFormService(t)
	bin := t.TempDir()
	seen := filepath.Join(bin, "arguments")
	wrapper := "#!/bin/sh\nprintf '%s\\n' \"$@\" >>" + entra.QuoteShell(seen) + "\nexec " + shell(t, "curl") + " \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "curl"), []byte(wrapper), 0o700); err != nil {
		t.Fatal(err)
	}
	trace := s.trace(t, hostileAgentUser("x"))
	text := script(t, entra.ScriptCURL, trace, entra.ResourceCall{URL: s.URL + "/me"})
	out, err := runShell(t, "sh", text, "CLIENT_SECRET="+formSecret, "PATH="+bin+":"+os.Getenv("PATH"))
	if err != nil || !strings.Contains(out, "token_endpoint") {
		t.Fatalf("%v\n%s", err, out)
	}
	arguments, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(arguments); strings.Count(got, "--fail-with-body") != 4 || strings.Contains(got, "canary") {
		t.Errorf("arguments:\n%s", got)
	}
}

func TestCURLScriptsStopAtARefusalAndWithoutASecret(t *testing.T) {
	s := newFormService(t)
	text := script(t, entra.ScriptCURL, s.trace(t, hostileAgentUser("x")), entra.ResourceCall{URL: s.URL})
	s.taken()
	s.answer = func(url.Values) (int, map[string]any) {
		return http.StatusUnauthorized, map[string]any{"error": "invalid_client", "error_description": "AADSTS7000215: wrong"}
	}
	out, err := runShell(t, "sh", text, "CLIENT_SECRET=x")
	if err == nil || !strings.Contains(out, "AADSTS7000215") || len(s.taken()) != 1 {
		t.Errorf("refused: %v\n%s", err, out)
	}
	out, err = runShell(t, "sh", text, "CLIENT_SECRET=")
	if err == nil || !strings.Contains(out, "Client secret: CLIENT_SECRET is not set.") || len(s.taken()) != 0 {
		t.Errorf("without a secret: %v\n%s", err, out)
	}
	s.answer = func(url.Values) (int, map[string]any) { return http.StatusOK, map[string]any{"hello": "there"} }
	out, err = runShell(t, "sh", text, "CLIENT_SECRET=x")
	if err == nil || !strings.Contains(out, `{"hello":"there"}`) || len(s.taken()) != 1 {
		t.Errorf("without a token: %v\n%s", err, out)
	}
}

// A trace that failed is taken along whole: what was not asked for is known.
func TestScriptsOfFailedTracesAreWhole(t *testing.T) {
	s := newFormService(t)
	refuse := func(url.Values) (int, map[string]any) {
		return http.StatusBadRequest, map[string]any{"error": "invalid_request"}
	}
	want := func() []url.Values {
		s.answer = tokenFor
		s.trace(t, hostileAgentUser("x"))
		return s.taken()
	}()
	twice := hostileAgentUser("x")
	twice.Credential.Assertion = entra.NewSecret("canary-assertion")
	for name, failed := range map[string]func() *entra.Trace{
		"refused":      func() *entra.Trace { s.answer = refuse; return s.trace(t, hostileAgentUser("x")) },
		"not sent":     func() *entra.Trace { return s.trace(t, twice) },
		"unreachable":  func() *entra.Trace { return unreachable(t, s, hostileAgentUser("x")) },
		"not finished": func() *entra.Trace { s.answer = refuseAfter(1); return s.trace(t, hostileAgentUser("x")) },
	} {
		trace := failed()
		if trace.Complete() {
			t.Fatalf("%s: the trace is complete", name)
		}
		s.answer = tokenFor
		s.taken()
		out, err := runShell(t, "sh", script(t, entra.ScriptCURL, trace, entra.ResourceCall{}), "CLIENT_SECRET="+formSecret)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if diff := cmp.Diff(want, s.taken()); diff != "" {
			t.Errorf("%s (-good +script):\n%s", name, diff)
		}
		for _, hop := range trace.Hops {
			for _, field := range append(hop.Request, hop.Planned...) {
				if strings.Contains(field.Value+field.Note, "canary") {
					t.Errorf("%s: %s holds %+v", name, hop.Name, field)
				}
			}
			if len(hop.Request) > 0 && len(hop.Planned) > 0 {
				t.Errorf("%s: %s is made and planned", name, hop.Name)
			}
		}
	}
}

// refuseAfter answers n requests, then refuses.
func refuseAfter(n int) func(url.Values) (int, map[string]any) {
	return func(form url.Values) (int, map[string]any) {
		if n--; n >= 0 {
			return tokenFor(form)
		}
		return http.StatusBadRequest, map[string]any{"error": "invalid_grant"}
	}
}

// unreachable is the trace of a mode whose request never left.
func unreachable(t *testing.T, s *formService, mode entra.Mode) *entra.Trace {
	t.Helper()
	client := entra.New(entra.Options{
		Cloud: entra.SandboxCloud(s.URL, s.URL), TenantID: formTenant,
		HTTP: &http.Client{Transport: &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return url.Parse("http://127.0.0.1:1") }}},
	})
	trace, err := client.Acquire(t.Context(), mode)
	if err == nil {
		t.Fatal("it was reached")
	}
	return trace
}

// The form of a device code is sent again until somebody has approved it.
func TestScriptsWaitForADevice(t *testing.T) {
	t.Parallel()
	s := newFormService(t)
	asked := 0
	s.answer = func(form url.Values) (int, map[string]any) {
		if form.Has("device_code") {
			asked++
		}
		if asked == 1 {
			return http.StatusBadRequest, map[string]any{"error": "authorization_pending"}
		}
		return tokenFor(form)
	}
	client := entra.New(entra.Options{Cloud: entra.SandboxCloud(s.URL, s.URL), TenantID: formTenant})
	code, err := client.StartDevice(t.Context(), "app", "User.Read")
	if err != nil {
		t.Fatal(err)
	}
	trace := s.trace(t, entra.Device{AppID: "app", Code: code})
	want := s.taken()
	for name, trace := range map[string]*entra.Trace{"whole": trace, "of the first hop": {Hops: trace.Hops[:1]}} {
		asked = 0
		out, err := runShell(t, "sh", script(t, entra.ScriptCURL, trace, entra.ResourceCall{}))
		if err != nil || !strings.Contains(out, "Open https://device.example/ and type ABCD.\n") || !strings.Contains(out, "The token expires") {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		if diff := cmp.Diff([]url.Values{want[0], want[1], want[1]}, s.taken()); diff != "" {
			t.Errorf("%s (-trace +script):\n%s", name, diff)
		}
	}
	asked = 0
	out, err := runGo(t, script(t, entra.ScriptGo, trace, entra.ResourceCall{}))
	if err != nil || !strings.Contains(out, "Open https://device.example/ and type ABCD.\n") || !strings.Contains(out, "The token expires") || len(s.taken()) != 3 {
		t.Errorf("Go: %v\n%s", err, out)
	}
}

func TestScriptsThatCannotBe(t *testing.T) {
	s := newFormService(t)
	trace := s.trace(t, hostileAgentUser("x"))
	given := &entra.Trace{Hops: []entra.Hop{{Name: entra.HopTc, State: entra.HopGiven}}}
	for name, tt := range map[string]struct {
		kind  entra.ScriptKind
		trace *entra.Trace
		last  entra.ResourceCall
	}{
		"an unknown language": {"cobol", trace, entra.ResourceCall{}},
		"no hops":             {entra.ScriptCURL, &entra.Trace{}, entra.ResourceCall{}},
		"no request":          {entra.ScriptCURL, given, entra.ResourceCall{}},
		"another scheme":      {entra.ScriptCURL, trace, entra.ResourceCall{URL: "file:///etc/passwd"}},
		"no host":             {entra.ScriptGo, trace, entra.ResourceCall{URL: "https:///me"}},
		"no address":          {entra.ScriptPowerShell, trace, entra.ResourceCall{URL: "http://a b/"}},
	} {
		if text, err := entra.Script(tt.kind, tt.trace, tt.last); err == nil {
			t.Errorf("%s: %s", name, text)
		}
	}
}
