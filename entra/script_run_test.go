package entra_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra"
	"agentidportal/sandbox"
)

// watchedTenant is a sandbox tenant that keeps what its token endpoint was
// asked for.
type watchedTenant struct {
	tenant
	server *httptest.Server
	mu     sync.Mutex
	forms  []url.Values
}

func newWatchedTenant(t *testing.T, tls bool, change ...func(*sandbox.Options)) *watchedTenant {
	t.Helper()
	n := &watchedTenant{}
	var handler http.Handler
	n.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token") {
			_ = r.ParseForm()
			n.mu.Lock()
			n.forms = append(n.forms, r.PostForm)
			n.mu.Unlock()
		}
		handler.ServeHTTP(w, r)
	}))
	base := "http://" + n.server.Listener.Addr().String()
	start := n.server.Start
	if tls {
		base, start = strings.Replace(base, "http:", "https:", 1), n.server.StartTLS
	}
	options := sandbox.Options{DataFile: filepath.Join(t.TempDir(), "tenant.db"), BaseURL: base}
	for _, f := range change {
		f(&options)
	}
	s, err := sandbox.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	handler = s
	start()
	t.Cleanup(func() {
		n.server.Close()
		_ = s.Close()
	})
	info := s.Info()
	n.tenant = tenant{info, entra.New(entra.Options{
		Cloud: entra.SandboxCloud(info.Authority, info.Graph), TenantID: info.TenantID, HTTP: n.server.Client(),
	})}
	return n
}

// asked returns what the token endpoint was asked for since the last time,
// without what differs each time: tokens, and what MSAL adds of its own.
func (n *watchedTenant) asked() []url.Values {
	n.mu.Lock()
	defer n.mu.Unlock()
	forms := n.forms
	n.forms = nil
	for _, form := range forms {
		for _, name := range []string{"client_assertion", "user_federated_identity_credential"} {
			if form.Has(name) {
				form.Set(name, "a token")
			}
		}
	}
	return forms
}

// askedByMSAL is asked without what MSAL adds, or leaves out.
func (n *watchedTenant) askedByMSAL() []url.Values {
	forms := n.asked()
	for _, form := range forms {
		form.Del("client_info")
		form.Del("requested_token_use")
		var scopes []string
		for _, scope := range strings.Fields(form.Get("scope")) {
			if scope != "openid" && scope != "profile" && scope != "offline_access" {
				scopes = append(scopes, scope)
			}
		}
		form.Set("scope", strings.Join(scopes, " "))
	}
	return forms
}

// trial is a mode with the variables its script asks for, and a call that
// tells whose token came.
type trial struct {
	mode entra.Mode
	env  []string
	call string   // key of the last call, empty for none
	says []string // in its answer
}

func (n *watchedTenant) trials(t *testing.T) map[string]trial {
	t.Helper()
	secret, app := "CLIENT_SECRET="+n.info.Seed.Blueprint.ClientSecret, "CLIENT_SECRET="+n.info.Client.ClientSecret
	autonomous, user, agentUser := n.autonomous(), n.persona("user").UPN, n.info.Seed.AgentUser.UPN
	autonomous.Scope = n.info.Echo.Scope
	agent, blueprint := autonomous.AgentID, autonomous.BlueprintAppID
	obo := n.onBehalfOf(t, n.info.Echo.DelegatedScope)
	person := []string{secret, "USER_TOKEN=" + obo.UserToken.Reveal()}
	return map[string]trial{
		"autonomous":     {autonomous, []string{secret}, "echo", []string{agent, blueprint}},
		"on behalf of":   {obo, person, "echo", []string{agent, blueprint, user}},
		"agent user":     {n.agentUser(n.info.Echo.Scope), []string{secret}, "echo", []string{agent, blueprint, agentUser}},
		"blueprint":      {entra.BlueprintToken{BlueprintAppID: blueprint, Credential: autonomous.Credential}, []string{secret}, "", nil},
		"an application": {n.clientCredentials(), []string{app}, "", nil},
		"a password":     {n.password("user", "User.Read"), []string{app, "PASSWORD=" + n.persona("user").Password}, "me", []string{user}},
		"another tenant": {n.crossTenant(), []string{secret}, "", nil},
	}
}

func (n tenant) crossTenant() entra.CrossTenant {
	a, partner := n.autonomous(), n.info.Partner
	return entra.CrossTenant{
		BlueprintAppID: a.BlueprintAppID, AgentID: partner.AgentID, Credential: a.Credential, TenantID: partner.TenantID, AppID: partner.App.AppID,
	}
}

func (n tenant) clientCredentials() entra.ClientCredentials {
	return entra.ClientCredentials{AppID: n.info.Client.ClientID, Credential: entra.Credential{Secret: entra.NewSecret(n.info.Client.ClientSecret)}}
}

// acquired is the trace of a trial.
func (n *watchedTenant) acquired(t *testing.T, it trial) *entra.Trace {
	t.Helper()
	n.asked()
	trace, err := n.client.Acquire(t.Context(), it.mode)
	if err != nil {
		t.Fatalf("%v: %+v", err, trace.Failed())
	}
	return trace
}

// lastCall is the call a trial ends with.
func (n *watchedTenant) lastCall(it trial) entra.ResourceCall {
	calls := n.client.ResourceCalls(entra.Echo{URL: n.info.Echo.URL, AppID: n.info.Echo.AppID})
	if i := slices.IndexFunc(calls, func(c entra.ResourceCall) bool { return c.Key == it.call }); i >= 0 {
		return calls[i]
	}
	return entra.ResourceCall{}
}

func (it trial) check(t *testing.T, name, out string, err error) {
	t.Helper()
	for _, want := range append([]string{"The token expires at 20"}, it.says...) {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%s lacks %s: %v\n%s", name, want, err, out)
		}
	}
}

func TestCURLScriptsRunAsCopied(t *testing.T) {
	n := newWatchedTenant(t, false)
	for name, it := range n.trials(t) {
		trace := n.acquired(t, it)
		want := n.asked()
		out, err := runShell(t, "sh", script(t, entra.ScriptCURL, trace, n.lastCall(it)), it.env...)
		it.check(t, name, out, err)
		if diff := cmp.Diff(want, n.asked()); diff != "" {
			t.Errorf("%s (-trace +script):\n%s", name, diff)
		}
	}
}

// A refresh token works many times; the code of a sign-in would not.
func TestCURLScriptsRefreshAsCopied(t *testing.T) {
	n := newWatchedTenant(t, false)
	first, err := n.client.Acquire(t.Context(), n.onBehalfOf(t, "User.Read offline_access"))
	if err != nil {
		t.Fatal(err)
	}
	refresh, seed := first.Hop(entra.HopTR).Answer.Refresh, n.autonomous()
	it := trial{
		mode: entra.AgentRefresh{
			BlueprintAppID: seed.BlueprintAppID, AgentID: seed.AgentID, Credential: seed.Credential, Scope: "User.Read", Refresh: refresh, Of: first.Mode,
		},
		env: []string{"CLIENT_SECRET=" + n.info.Seed.Blueprint.ClientSecret, "REFRESH_TOKEN=" + refresh.Reveal()}, call: "me", says: []string{n.persona("user").UPN},
	}
	out, err := runShell(t, "sh", script(t, entra.ScriptCURL, n.acquired(t, it), n.lastCall(it)), it.env...)
	it.check(t, "refresh", out, err)
	out, err = runGo(t, script(t, entra.ScriptGo, n.acquired(t, it), n.lastCall(it)), it.env...)
	it.check(t, "refresh by Go", out, err)
}

func TestGoScriptsRunAsCopied(t *testing.T) {
	t.Parallel()
	n := newWatchedTenant(t, false)
	for name, it := range n.trials(t) {
		if name == "an application" {
			continue // the blueprint's program but for its ids
		}
		trace := n.acquired(t, it)
		want := n.askedByMSAL()
		out, err := runGo(t, script(t, entra.ScriptGo, trace, n.lastCall(it)), it.env...)
		it.check(t, name, out, err)
		if diff := cmp.Diff(want, n.askedByMSAL()); diff != "" {
			t.Errorf("%s (-trace +script):\n%s", name, diff)
		}
	}
}

// Over TLS nothing but the certificate has to be known, and here the
// blueprint of the sandbox signs with one of its own.
func TestGoScriptsRunOverTLSWithACertificate(t *testing.T) {
	t.Parallel()
	pair, leaf := newCertificate(t)
	cert, err := entra.LoadCertificate(pair)
	if err != nil {
		t.Fatal(err)
	}
	n := newWatchedTenant(t, true, func(o *sandbox.Options) { o.PortalCertificate = leaf })
	dir := t.TempDir()
	trusted := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: n.server.Certificate().Raw})
	for name, text := range map[string][]byte{"trusted.pem": trusted, "own.pem": pair} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	it := trial{mode: entra.ClientCredentials{AppID: n.info.Portal.ClientID, Credential: entra.Credential{Certificate: cert}}}
	text := script(t, entra.ScriptGo, n.acquired(t, it), entra.ResourceCall{})
	if strings.Contains(text, "overTLS") {
		t.Errorf("a sign-in service with TLS is given some:\n%s", text)
	}
	out, err := runGo(t, text, "SSL_CERT_FILE="+filepath.Join(dir, "trusted.pem"), "CLIENT_CERTIFICATE="+filepath.Join(dir, "own.pem"))
	it.check(t, "over TLS", out, err)
}

// One program for all names: a build for each would take minutes.
func TestGoScriptsKeepHostileNamesAsData(t *testing.T) {
	t.Parallel()
	s := newFormService(t)
	mode := hostileAgentUser(strings.Join(hostileNames(), "|"))
	trace := s.trace(t, mode)
	s.taken()
	out, err := runGo(t, script(t, entra.ScriptGo, trace, entra.ResourceCall{}), "CLIENT_SECRET="+formSecret)
	if err != nil || !strings.Contains(out, "The token expires at 20") {
		t.Fatalf("%v\n%s", err, out)
	}
	got := s.taken()
	if len(got) != 3 || got[0].Get("fmi_path") != mode.AgentID || got[0].Get("client_secret") != formSecret || got[1].Get("client_id") != mode.AgentID ||
		got[2].Get("username") != mode.Username || !strings.HasPrefix(got[2].Get("scope"), strings.Join(strings.Fields(mode.Scope), " ")) {
		t.Errorf("forms: %v", got)
	}
}

// runGo runs a program with the libraries of this module.
func runGo(t *testing.T, text string, env ...string) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", file)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
