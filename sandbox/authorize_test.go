package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
)

// browser keeps cookies, and stops where the sandbox would send it to another site.
type browser struct {
	t testing.TB
	l *lab
	http.Client
}

func newBrowser(t testing.TB, l *lab) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, l, http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) visit(r *http.Request) (answer, *goquery.Document) {
	b.t.Helper()
	res, err := b.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(text))
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{res, text}, doc
}

func (b *browser) open(address string) (answer, *goquery.Document) {
	b.t.Helper()
	return b.visit(request(b.t, http.MethodGet, address, nil))
}

// submit posts a form of the page at the address, as a browser of today would.
func (b *browser) submit(address string, form url.Values) answer {
	b.t.Helper()
	r := request(b.t, http.MethodPost, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	a, _ := b.visit(r)
	return a
}

const verifier = "a-code-verifier-of-more-than-43-characters-for-PKCE"

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authorizeURL is a good request of the portal's app; changes come in pairs, "-" takes away.
func (l *lab) authorizeURL(changes ...string) string {
	q := url.Values{
		"client_id": {l.info.Portal.ClientID}, "redirect_uri": {l.info.Portal.RedirectURI}, "response_type": {"code"},
		"scope": {"openid profile email offline_access User.Read"}, "state": {"the state"}, "nonce": {"the nonce"},
		"code_challenge": {challenge()}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "-" {
			q.Del(changes[i])
		} else {
			q.Set(changes[i], changes[i+1])
		}
	}
	return l.url + "/" + l.info.TenantID + "/oauth2/v2.0/authorize?" + q.Encode()
}

// button finds the value of a persona's button.
func button(t testing.TB, doc *goquery.Document, upn string) string {
	t.Helper()
	found := doc.Find(`button[name="account"]`).FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.Contains(s.Text(), upn)
	})
	if found.Length() != 1 {
		t.Fatalf("%d buttons for %s", found.Length(), upn)
	}
	return found.AttrOr("value", "")
}

// signIn presses a persona's button and returns where the browser is sent.
func (b *browser) signIn(address, upn string) *url.URL {
	b.t.Helper()
	_, doc := b.open(address)
	a := b.submit(address, url.Values{"account": {button(b.t, doc, upn)}})
	return location(b.t, a)
}

func location(t testing.TB, a answer) *url.URL {
	t.Helper()
	u, err := a.Location()
	if a.StatusCode != http.StatusFound || err != nil {
		t.Fatalf("status %d, location %v: %s", a.StatusCode, err, a.text)
	}
	return u
}

// redeem exchanges the code of a reply.
func (l *lab) redeem(t testing.TB, reply *url.URL, changes ...string) answer {
	t.Helper()
	fields := map[string]string{
		"grant_type": "authorization_code", "client_id": l.info.Portal.ClientID, "client_secret": l.info.Portal.ClientSecret,
		"code": reply.Query().Get("code"), "redirect_uri": l.info.Portal.RedirectURI, "code_verifier": verifier, "client_info": "1",
	}
	for i := 0; i < len(changes); i += 2 {
		fields[changes[i]] = changes[i+1]
	}
	var list []string
	for name, value := range fields {
		if value != "-" {
			list = append(list, name, value)
		}
	}
	return l.token(t, list...)
}

func TestSignInWithOneClick(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	a, doc := b.open(l.authorizeURL())
	if a.StatusCode != http.StatusOK || doc.Find("h1").Text() != "Pick an account" {
		t.Fatalf("status %d: %s", a.StatusCode, a.text)
	}
	for _, p := range l.info.Personas {
		button(t, doc, p.UPN)
	}
	reply := b.signIn(l.authorizeURL(), "agent-admin@sandbox.example")
	if got := reply.Scheme + "://" + reply.Host + reply.Path; got != l.info.Portal.RedirectURI || reply.Query().Get("state") != "the state" {
		t.Errorf("sent to %s", reply)
	}
	body := l.redeem(t, reply).json(t)
	for _, name := range []string{"access_token", "refresh_token", "id_token", "client_info"} {
		if text, _ := body[name].(string); text == "" {
			t.Errorf("no %s in the answer", name)
		}
	}
	if scope, _ := body["scope"].(string); !strings.Contains(scope, "User.Read") || strings.Contains(scope, "offline_access") {
		t.Errorf("scope %q", scope)
	}
	provider, err := oidc.NewProvider(t.Context(), l.v2Issuer())
	if err != nil {
		t.Fatal(err)
	}
	checked := provider.Verifier(&oidc.Config{ClientID: l.info.Portal.ClientID, Now: l.clock.Now})
	id, err := checked.Verify(t.Context(), body["id_token"].(string))
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	admin := l.info.Personas[1]
	want := map[string]any{"nonce": "the nonce", "oid": admin.ObjectID, "tid": l.info.TenantID, "ver": "2.0", "name": admin.DisplayName, "preferred_username": admin.UPN, "email": admin.UPN}
	for name, value := range want {
		if claims[name] != value {
			t.Errorf("%s = %v, want %v", name, claims[name], value)
		}
	}
	if claims["sid"] == nil || claims["auth_time"] == nil {
		t.Errorf("sid %v, auth_time %v", claims["sid"], claims["auth_time"])
	}
}

func TestGraphTokenOfAUser(t *testing.T) {
	l := newLab(t)
	reply := newBrowser(t, l).signIn(l.authorizeURL(), "auditor@sandbox.example")
	_, claims := decode(t, access(t, l.redeem(t, reply)))
	got := map[string]any{}
	for _, name := range []string{"aud", "iss", "ver", "idtyp", "appid", "appidacr", "scp", "wids", "upn", "roles", "xms_par_app_azp", "idp"} {
		got[name] = claims[name]
	}
	want := map[string]any{
		"aud": graphResource, "iss": l.v1Issuer(), "ver": "1.0", "idtyp": "user", "appid": l.info.Portal.ClientID, "appidacr": "1",
		"scp": "User.Read openid profile email", "wids": []any{roleGlobalReader, widMember}, "upn": "auditor@sandbox.example",
		"roles": nil, "xms_par_app_azp": nil, "idp": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, name := range []string{"acct", "acr", "acrs", "amr", "ipaddr", "name", "platf", "puid", "sid", "unique_name", "xms_st", "xms_tcdt", "xms_idrel"} {
		if claims[name] == nil {
			t.Errorf("no %s", name)
		}
	}
}

func TestClientAsksForTheBlueprint(t *testing.T) {
	l := newLab(t)
	address := l.authorizeURL("client_id", l.info.Client.ClientID, "redirect_uri", "http://127.0.0.1:9999/callback", "scope", l.info.Seed.Blueprint.Scope)
	reply := newBrowser(t, l).signIn(address, "user@sandbox.example")
	a := l.redeem(t, reply, "client_id", l.info.Client.ClientID, "client_secret", l.info.Client.ClientSecret, "redirect_uri", "http://127.0.0.1:9999/callback")
	_, claims := decode(t, access(t, a))
	if claims["aud"] != l.info.Seed.Blueprint.AppID || claims["scp"] != blueprintAPI || claims["ver"] != "2.0" || claims["azp"] != l.info.Client.ClientID {
		t.Errorf("%v", claims)
	}
	if scope := a.json(t)["scope"]; scope != l.info.Seed.Blueprint.Scope {
		t.Errorf("scope %v is not the one asked for", scope)
	}
	if a.json(t)["refresh_token"] != nil || a.json(t)["id_token"] != nil {
		t.Errorf("tokens nobody asked for: %s", a.text)
	}
}

func TestSignInWithAPassword(t *testing.T) {
	l := newLab(t)
	p := l.info.Personas[0]
	b := newBrowser(t, l)
	for name, tc := range map[string]struct{ username, password, want string }{
		"wrong password": {p.UPN, "wrong", "AADSTS50126"},
		"unknown":        {"nobody@sandbox.example", "x", "There is no account"},
		"empty":          {"", "", "Write the address"},
		"no password":    {"amara.osei@sandbox.example", "", "AADSTS50126"},
	} {
		t.Run(name, func(t *testing.T) {
			a := b.submit(l.authorizeURL(), url.Values{"username": {tc.username}, "password": {tc.password}})
			if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(a.text), tc.want) {
				t.Errorf("status %d, page lacks %q", a.StatusCode, tc.want)
			}
			if tc.username != "" && !strings.Contains(string(a.text), `value="`+tc.username+`"`) {
				t.Error("the typed address is lost")
			}
		})
	}
	reply := location(t, b.submit(l.authorizeURL(), url.Values{"username": {p.UPN}, "password": {p.Password}}))
	access(t, l.redeem(t, reply))
}

func TestPrompts(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	none := l.authorizeURL("prompt", "none")
	a, _ := b.open(none)
	if q := location(t, a).Query(); q.Get("error") != "login_required" || q.Get("state") != "the state" || !strings.HasPrefix(q.Get("error_description"), "AADSTS50058") {
		t.Errorf("prompt=none without a session: %v", q)
	}
	b.signIn(l.authorizeURL(), "user@sandbox.example")
	a, _ = b.open(none)
	if location(t, a).Query().Get("code") == "" {
		t.Error("prompt=none with a session gives no code")
	}
	a, _ = b.open(l.authorizeURL("prompt", "none", "login_hint", "auditor@sandbox.example"))
	if location(t, a).Query().Get("error") != "login_required" {
		t.Error("prompt=none for somebody else gives a code")
	}
	a, _ = b.open(l.authorizeURL("login_hint", "user@sandbox.example"))
	if location(t, a).Query().Get("code") == "" {
		t.Error("a hinted user who is signed in is asked again")
	}
	for _, prompt := range []string{"login", "select_account", "consent"} {
		a, doc := b.open(l.authorizeURL("prompt", prompt, "login_hint", "sponsor@sandbox.example"))
		if a.StatusCode != http.StatusOK {
			t.Errorf("prompt=%s: status %d", prompt, a.StatusCode)
		}
		if first := doc.Find(".upn").First().Text(); first != "sponsor@sandbox.example" {
			t.Errorf("prompt=%s: %s comes first", prompt, first)
		}
	}
	_, doc := b.open(l.authorizeURL())
	if !strings.Contains(doc.Find(".accounts").Text(), "Signed in.") {
		t.Error("the picker does not remember who is signed in")
	}
}

func TestAuthorizeRefusalsOnAPage(t *testing.T) {
	l := newLab(t)
	for name, tc := range map[string]struct {
		address string
		aadsts  string
	}{
		"no client":          {l.authorizeURL("client_id", "-"), "AADSTS900144"},
		"unknown client":     {l.authorizeURL("client_id", "11111111-1111-4111-8111-111111111111"), "AADSTS700016"},
		"other redirect":     {l.authorizeURL("redirect_uri", "http://localhost:8080/auth/callback/"), "AADSTS50011"},
		"other port, portal": {l.authorizeURL("redirect_uri", "http://localhost:9999/auth/callback"), "AADSTS50011"},
		"other host, client": {l.authorizeURL("client_id", l.info.Client.ClientID, "redirect_uri", "http://evil.example/callback"), "AADSTS50011"},
		"no redirect":        {l.authorizeURL("redirect_uri", "-"), "AADSTS50011"},
		"blueprint":          {l.authorizeURL("client_id", l.info.Seed.Blueprint.AppID), "AADSTS82018"},
		"agent":              {l.authorizeURL("client_id", l.info.Seed.Agent.ID), "AADSTS82018"},
		"wrong tenant":       {strings.Replace(l.authorizeURL(), l.info.TenantID, "fabrikam.example", 1), "AADSTS90002"},
	} {
		t.Run(name, func(t *testing.T) {
			a, doc := newBrowser(t, l).open(tc.address)
			if a.StatusCode != http.StatusBadRequest || a.Header.Get("Location") != "" || !strings.Contains(doc.Find("dl").Text(), tc.aadsts) {
				t.Errorf("status %d, location %q, page lacks %s", a.StatusCode, a.Header.Get("Location"), tc.aadsts)
			}
		})
	}
}

func TestAuthorizeRefusalsToTheClient(t *testing.T) {
	l := newLab(t)
	for name, tc := range map[string]struct {
		address, code, aadsts string
	}{
		"no response type": {l.authorizeURL("response_type", "-"), "invalid_request", "AADSTS900144"},
		"token":            {l.authorizeURL("response_type", "token"), "unsupported_response_type", "AADSTS70005"},
		"id_token":         {l.authorizeURL("response_type", "code id_token"), "unsupported_response_type", "AADSTS700054"},
		"odd mode":         {l.authorizeURL("response_mode", "pigeon"), "invalid_request", "AADSTS9002313"},
		"short challenge":  {l.authorizeURL("code_challenge", "short"), "invalid_request", "AADSTS50147"},
		"odd challenge":    {l.authorizeURL("code_challenge_method", "S512"), "invalid_request", "AADSTS9002313"},
		"no scope":         {l.authorizeURL("scope", "-"), "invalid_request", "AADSTS900144"},
		"unknown scope":    {l.authorizeURL("scope", "Nothing.Read"), "invalid_client", "AADSTS650053"},
		"unknown resource": {l.authorizeURL("scope", "https://nobody.example/Read"), "invalid_resource", "AADSTS500011"},
		"two resources":    {l.authorizeURL("scope", "User.Read "+l.info.Seed.Blueprint.Scope), "invalid_request", "AADSTS700022"},
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := newBrowser(t, l).open(tc.address)
			q := location(t, a).Query()
			if q.Get("error") != tc.code || !strings.HasPrefix(q.Get("error_description"), tc.aadsts+":") || q.Get("state") != "the state" || q.Has("code") {
				t.Errorf("%v", q)
			}
		})
	}
}

func TestScopesNeedConsent(t *testing.T) {
	l := newLab(t)
	reply := newBrowser(t, l).signIn(l.authorizeURL("scope", "openid Mail.Read"), "user@sandbox.example")
	if q := reply.Query(); q.Get("error") != "consent_required" || !strings.HasPrefix(q.Get("error_description"), "AADSTS65001") || q.Has("code") {
		t.Errorf("%v", q)
	}
}

func TestResponseModes(t *testing.T) {
	l := newLab(t)
	reply := newBrowser(t, l).signIn(l.authorizeURL("response_mode", "fragment"), "user@sandbox.example")
	values, err := url.ParseQuery(reply.EscapedFragment())
	if err != nil || values.Get("code") == "" || reply.RawQuery != "" {
		t.Errorf("fragment: %s %v", reply, err)
	}
	b := newBrowser(t, l)
	address := l.authorizeURL("response_mode", "form_post")
	_, doc := b.open(address)
	a := b.submit(address, url.Values{"account": {button(t, doc, "user@sandbox.example")}})
	page, err := goquery.NewDocumentFromReader(bytes.NewReader(a.text))
	if err != nil {
		t.Fatal(err)
	}
	form := page.Find("form")
	if form.AttrOr("action", "") != l.info.Portal.RedirectURI || form.Find(`input[name="code"]`).AttrOr("value", "") == "" || form.Find("button").Text() != "Continue" {
		t.Errorf("form_post: %s", a.text)
	}
}

func TestCodeRefusals(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	for name, tc := range map[string]struct {
		changes []string
		wait    time.Duration
		code    string
		aadsts  int
	}{
		"no code":        {[]string{"code", "-"}, 0, "invalid_request", 900144},
		"no redirect":    {[]string{"redirect_uri", "-"}, 0, "invalid_request", 900144},
		"made up":        {[]string{"code", "1.Axyz"}, 0, "invalid_grant", 70000},
		"other client":   {[]string{"client_id", l.info.Client.ClientID, "client_secret", l.info.Client.ClientSecret}, 0, "invalid_grant", 70000},
		"other redirect": {[]string{"redirect_uri", "http://localhost:8080/other"}, 0, "invalid_grant", 500112},
		"no verifier":    {[]string{"code_verifier", "-"}, 0, "invalid_grant", 501481},
		"other verifier": {[]string{"code_verifier", strings.Repeat("x", 43)}, 0, "invalid_grant", 501481},
		"too late":       {nil, 11 * time.Minute, "invalid_grant", 70008},
	} {
		t.Run(name, func(t *testing.T) {
			reply := b.signIn(l.authorizeURL(), "user@sandbox.example")
			l.clock.advance(tc.wait)
			wantRefusal(t, l.redeem(t, reply, tc.changes...), 400, tc.code, tc.aadsts)
		})
	}
	reply := b.signIn(l.authorizeURL(), "user@sandbox.example")
	access(t, l.redeem(t, reply))
	wantRefusal(t, l.redeem(t, reply), 400, "invalid_grant", 54005)
}

func TestPlainChallenge(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	for _, method := range []string{"plain", "-"} {
		reply := b.signIn(l.authorizeURL("code_challenge", verifier, "code_challenge_method", method), "user@sandbox.example")
		access(t, l.redeem(t, reply))
	}
	reply := b.signIn(l.authorizeURL("code_challenge", "-", "code_challenge_method", "-"), "user@sandbox.example")
	access(t, l.redeem(t, reply, "code_verifier", "-"))
}

func TestRefresh(t *testing.T) {
	l := newLab(t)
	reply := newBrowser(t, l).signIn(l.authorizeURL(), "agent-dev@sandbox.example")
	first, _ := l.redeem(t, reply).json(t)["refresh_token"].(string)
	refresh := func(token string, changes ...string) answer {
		fields := []string{"grant_type", "refresh_token", "client_id", l.info.Portal.ClientID, "client_secret", l.info.Portal.ClientSecret, "refresh_token", token}
		return l.token(t, append(fields, changes...)...)
	}
	body := refresh(first, "scope", "https://graph.microsoft.com/AgentIdentityBlueprint.Create openid").json(t)
	_, claims := decode(t, body["access_token"].(string))
	if claims["scp"] != "AgentIdentityBlueprint.Create openid" {
		t.Errorf("scp %v", claims["scp"])
	}
	if scope, _ := body["scope"].(string); !strings.Contains(scope, "https://graph.microsoft.com/AgentIdentityBlueprint.Create") {
		t.Errorf("scope %q lacks the one asked for", scope)
	}
	second, _ := body["refresh_token"].(string)
	if second == "" || second == first {
		t.Error("the refresh token is not replaced")
	}
	access(t, refresh(first)) // old ones stay valid
	access(t, refresh(second))
	wantRefusal(t, refresh("1.Amadeup"), 400, "invalid_grant", 70000)
	wantRefusal(t, refresh(second, "scope", "Mail.Read"), 400, "invalid_grant", 65001)
	if body := refresh(second, "scope", "Mail.Read").json(t); body["suberror"] != "consent_required" {
		t.Errorf("suberror %v", body["suberror"])
	}
	wantRefusal(t, l.token(t, "grant_type", "refresh_token", "client_id", l.info.Client.ClientID, "client_secret", l.info.Client.ClientSecret, "refresh_token", second), 400, "invalid_grant", 70000)
	l.disable(t, "agent-dev@sandbox.example")
	wantRefusal(t, refresh(second), 400, "invalid_grant", 50057)
	l.clock.advance(91 * 24 * time.Hour)
	wantRefusal(t, refresh(second), 400, "invalid_grant", 700082)
}

func (l *lab) disable(t testing.TB, upn string) {
	t.Helper()
	if err := l.tenant.write(t.Context(), func(tx *txn) error {
		u := clone(tx.userNamed(upn))
		u.AccountEnabled = false
		tx.put(u)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestPickerIsGuarded(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	a, doc := b.open(l.authorizeURL())
	policy := a.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "form-action 'self' http://localhost:8080") || strings.Contains(policy, "unsafe") {
		t.Errorf("CSP %q", policy)
	}
	if doc.Find("[style], style, script:not([src]), [onclick]").Length() != 0 {
		t.Error("the page has something inline")
	}
	if doc.Find("h1").Length() != 1 || doc.Find("main").Length() != 1 || doc.Find("header").Length() != 1 || doc.Find("html").AttrOr("lang", "") == "" {
		t.Error("landmarks, heading or language are missing")
	}
	doc.Find(".password input").Each(func(_ int, s *goquery.Selection) {
		if doc.Find(`label[for="`+s.AttrOr("id", "?")+`"]`).Length() != 1 {
			t.Errorf("input %s has no label", s.AttrOr("name", ""))
		}
	})
	for _, asset := range []string{"pages.css", "form-post.js", "icon.svg"} {
		if got := l.get(t, "/_sandbox/assets/"+asset).StatusCode; got != http.StatusOK {
			t.Errorf("%s: status %d", asset, got)
		}
	}
	form := strings.NewReader(url.Values{"account": {l.info.Personas[0].ObjectID}}.Encode())
	r := request(t, http.MethodPost, l.authorizeURL(), form)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if got := l.do(t, r); got.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site: status %d", got.StatusCode)
	}
	a = b.submit(l.authorizeURL(), url.Values{"account": {seedID("user amara.osei")}})
	if a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an account without a button: status %d", a.StatusCode)
	}
}

func TestSignOut(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	b.signIn(l.authorizeURL(), "user@sandbox.example")
	logout := l.url + "/" + l.info.TenantID + "/oauth2/v2.0/logout?post_logout_redirect_uri="
	_, doc := b.open(logout + url.QueryEscape("https://evil.example/"))
	if doc.Find("h1").Text() != "You are signed out" || doc.Find("main a").Length() != 0 {
		t.Error("the page links to a stranger, or is another page")
	}
	_, doc = b.open(logout + url.QueryEscape("http://localhost:8080/"))
	if doc.Find("main a").AttrOr("href", "") != "http://localhost:8080/" {
		t.Error("the page does not link back")
	}
	a, _ := b.open(l.authorizeURL("prompt", "none"))
	if location(t, a).Query().Get("error") != "login_required" {
		t.Error("still signed in")
	}
}

func TestClientInfo(t *testing.T) {
	text, err := base64.RawURLEncoding.DecodeString(clientInfo("u1"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"uid": "u1", "utid": tenantID}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
