package sandbox

import (
	"encoding/base64"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// badValues are what clients and strangers send where something sensible is expected.
func badValues() []string {
	return []string{
		"", " ", "\x00", "\xff\xfe", "../../etc/passwd", "%00", "%zz", "'; DROP TABLE objects; --", `"><script>alert(1)</script>`,
		"\r\nSet-Cookie: a=b", strings.Repeat("a", 10_000), strings.Repeat("/", 300), "null", "{}", "[]", "-1", "9999999999999999999999",
		"00000000-0000-0000-0000-000000000000", "{0f3c9a52-7d41-4be8-9c06-51a8e2d7b634}", "api://", ".default", "//.default",
		"a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.", "\u202e\u200b", "user@sandbox.example",
	}
}

// TestBadInputIsAnswered puts every bad value in every field of every identity endpoint: each answer
// is a refusal or a harmless success, never a fault of the server, and repeats no markup.
func TestBadInputIsAnswered(t *testing.T) {
	l := newLab(t)
	t1 := l.t1(t)
	forms := map[string]url.Values{}
	good := func(fields ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			v.Set(fields[i], fields[i+1])
		}
		return v
	}
	forms["T1"] = good(l.basics()...)
	forms["TR"] = good(l.basics("client_id", l.info.Seed.Agent.ID, "client_secret", "-", "fmi_path", "-", "client_assertion", t1,
		"client_assertion_type", assertionType, "scope", "https://graph.microsoft.com/.default")...)
	forms["code"] = good("grant_type", "authorization_code", "client_id", l.info.Portal.ClientID, "client_secret", l.info.Portal.ClientSecret,
		"code", "x", "redirect_uri", l.info.Portal.RedirectURI, "code_verifier", verifier)
	forms["refresh"] = good("grant_type", "refresh_token", "client_id", l.info.Portal.ClientID, "client_secret", l.info.Portal.ClientSecret, "refresh_token", "x")
	f := newFamily(t, l)
	f.consent(t, f.agents[0], "", "User.Read")
	forms["on behalf"], forms["agent user"], forms["password"] = good(f.onBehalf(t)...), good(f.asUser(t)...), good(l.password("user", "User.Read")...)
	forms["device"] = good("grant_type", grantDevice, "client_id", l.info.Client.ClientID, "device_code", "x")
	for name, form := range forms {
		for field := range form {
			for _, bad := range badValues() {
				changed := url.Values{}
				for k, v := range form {
					changed[k] = v
				}
				changed.Set(field, bad)
				r := httptest.NewRequest(http.MethodPost, l.url+"/"+tenantID+"/oauth2/v2.0/token", strings.NewReader(changed.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				wantHarmless(t, l, r, name+" "+field, bad)
			}
		}
	}
	for _, bad := range badValues() {
		for _, field := range []string{"client_id", "scope"} {
			form := good("client_id", l.info.Client.ClientID, "scope", "User.Read")
			form.Set(field, bad)
			r := httptest.NewRequest(http.MethodPost, l.url+"/"+tenantID+"/oauth2/v2.0/devicecode", strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			wantHarmless(t, l, r, "devicecode "+field, bad)
		}
		r := httptest.NewRequest(http.MethodGet, l.url+"/common/UserRealm/"+url.PathEscape(bad), nil)
		wantHarmless(t, l, r, "user realm", bad)
		for _, field := range []string{"resource", "client_id", "object_id"} {
			r := httptest.NewRequest(http.MethodGet, l.url+"/_sandbox/managed-identity/token?"+url.Values{"resource": {exchangeResource}, field: {bad}}.Encode(), nil)
			r.Header.Set("Metadata", "true")
			wantHarmless(t, l, r, "managed identity "+field, bad)
		}
	}
	query, err := url.Parse(l.authorizeURL())
	if err != nil {
		t.Fatal(err)
	}
	for field := range query.Query() {
		for _, bad := range badValues() {
			changed := query.Query()
			changed.Set(field, bad)
			for _, extra := range []string{"", "&login_hint=" + url.QueryEscape(bad), "&prompt=" + url.QueryEscape(bad)} {
				r := httptest.NewRequest(http.MethodGet, l.url+query.Path+"?"+changed.Encode()+extra, nil)
				wantHarmless(t, l, r, "authorize "+field, bad)
			}
		}
	}
}

func wantHarmless(t *testing.T, l *lab, r *http.Request, where, bad string) {
	t.Helper()
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	if w.Code >= http.StatusInternalServerError {
		t.Errorf("%s = %.40q: status %d %s", where, bad, w.Code, w.Body)
	}
	if strings.Contains(w.Body.String(), "<script>alert") && strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Errorf("%s = %.40q: the page repeats markup", where, bad)
	}
	if w.Header().Get("Set-Cookie") != "" {
		t.Errorf("%s = %.40q: a cookie was set", where, bad)
	}
}

// TestReplyAddressIsExact: none of these may be sent a code or an error.
func TestReplyAddressIsExact(t *testing.T) {
	l := newLab(t)
	registered := l.info.Portal.RedirectURI
	for _, address := range []string{
		registered + "/", registered + "?x=1", registered + "#x", registered + "/../evil", strings.ToUpper(registered), registered + "%2f..",
		"http://localhost:8080@evil.example/auth/callback", "http://evil.example/auth/callback", "https://localhost:8080/auth/callback",
		"//localhost:8080/auth/callback", "http://localhost:8080.evil.example/auth/callback", "http://127.0.0.1:8080/auth/callback",
		" " + registered, "javascript:alert(1)", "data:text/html,x", `http:\\localhost:8080\auth\callback`, "/auth/callback", "",
	} {
		a, _ := newBrowser(t, l).open(l.authorizeURL("redirect_uri", address))
		if a.StatusCode != http.StatusBadRequest || a.Header.Get("Location") != "" {
			t.Errorf("%q: status %d, location %q", address, a.StatusCode, a.Header.Get("Location"))
		}
	}
	for address, want := range map[string]bool{ // the sample client may use any loopback port
		"http://localhost:8400/callback": true, "http://localhost:1/callback": true, "http://127.0.0.1:65000/callback": true, "http://[::1]:9/callback": true, "http://localhost/callback": true,
		"http://localhost:1/other": false, "http://u@localhost:1/callback": false, "http://localhost:1/callback?x=1": false, "https://localhost:1/callback": false, "http://127.0.0.2:1/callback": false, "http://localhost.evil.example/callback": false,
	} {
		a, _ := newBrowser(t, l).open(l.authorizeURL("client_id", l.info.Client.ClientID, "redirect_uri", address, "scope", "User.Read"))
		if got := a.StatusCode == http.StatusOK; got != want {
			t.Errorf("sample client, %q: status %d", address, a.StatusCode)
		}
	}
}

// TestSpoiltTokensAreRefused changes one bit of a good T1 at a time, in all its parts; no variant but
// the original may authenticate the agent.
func TestSpoiltTokensAreRefused(t *testing.T) {
	l := newLab(t)
	t1 := l.t1(t)
	key, err := l.keys.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !key.verifyJWT(t1) {
		t.Fatal("the original does not verify")
	}
	parts := strings.Split(t1, ".")
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a repeatable test
	for range 2_000 {
		changed := slices.Clone(parts)
		i := random.IntN(3)
		text, err := base64.RawURLEncoding.DecodeString(changed[i])
		if err != nil {
			t.Fatal(err)
		}
		at := random.IntN(len(text))
		text[at] ^= 1 << random.IntN(8)
		changed[i] = base64.RawURLEncoding.EncodeToString(text)
		if key.verifyJWT(strings.Join(changed, ".")) {
			t.Fatalf("part %d with byte %d changed still verifies", i, at)
		}
	}
	for _, bad := range []string{
		"", ".", "..", parts[0] + "." + parts[1] + ".", parts[1] + "." + parts[0] + "." + parts[2], t1 + ".x",
		base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"none"}`)) + "." + parts[1] + ".",
		base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"HS256","kid":"`+key.id+`"}`)) + "." + parts[1] + "." + parts[2],
	} {
		if key.verifyJWT(bad) {
			t.Errorf("%q verifies", bad)
		}
	}
}

func TestLargeFormsAreRefused(t *testing.T) {
	l := newLab(t)
	for _, size := range []int{maxTokenForm, 10 << 20} {
		wantRefusal(t, l.token(t, l.basics("padding", strings.Repeat("x", size))...), 400, "invalid_request", 9002313)
		wantRefusal(t, l.post(t, "/"+tenantID+"/oauth2/v2.0/devicecode", "client_id", "x", "padding", strings.Repeat("x", size)), 400, "invalid_request", 9002313)
	}
}

// TestOtherContentTypes: a body that is no form has no grant_type in it.
func TestOtherContentTypes(t *testing.T) {
	l := newLab(t)
	for _, kind := range []string{"application/json", "multipart/form-data; boundary=x", "text/plain", "", "nonsense;;"} {
		r := request(t, http.MethodPost, l.url+"/"+tenantID+"/oauth2/v2.0/token", strings.NewReader(`{"grant_type":"client_credentials"}`))
		r.Header.Set("Content-Type", kind)
		body := l.do(t, r).json(t)
		if codes, _ := body["error_codes"].([]any); body["error"] != "invalid_request" || len(codes) != 1 {
			t.Errorf("%q: %v", kind, body)
		}
	}
}
