package handlers

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/web"
)

// unsigned is a token nobody signed.
func unsigned(header, claims string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(header)) + "." + enc([]byte(claims)) + ".c2ln"
}

func TestInspectorReadsATokenOfTheLab(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	result := p.post("/tokens", p.labForm(nil))
	page := p.send(http.MethodPost, "/tokens/inspect", url.Values{"token": {"Authorization: Bearer " + result.Find(".hop .shown-token code").Last().Text()}}, http.Header{"Sec-Fetch-Site": {"same-origin"}})
	if page.status != http.StatusOK || page.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("status %d: %s", page.status, page.text("main"))
	}
	for _, want := range []string{
		"Access token for Microsoft Graph, agent acting for itself (TR, autonomous app)", "Acts Invoice helper 01 " + p.info.Seed.Agent.ID,
		"Through Invoice helper " + p.info.Seed.Blueprint.AppID, "No: idtyp is app", "Signature valid", "Live: anyone who holds it can use it",
		"signature hidden,", "Here: Invoice helper.", "Expected", " UTC",
	} {
		if !page.says("main", want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if got := page.Find("a[href='/agents/" + p.info.Seed.Agent.ID + "']").Length(); got == 0 {
		t.Error("the agent is not linked")
	}
	if page.text("#f-token") != "" {
		t.Error("the token was written back into the form")
	}
	if page.Find("label[for='f-token']").Length() != 1 || page.text("label[for='f-token']") != "Token" {
		t.Error("the field is not labelled Token")
	}
}

func TestInspectorShowsHostileTokens(t *testing.T) {
	p := newTestPortal(t)
	tests := []struct {
		name, token string
		status      int
		want        string
	}{
		{"empty", "", 422, "There is no token."},
		{"dots", strings.Repeat(".", 15000), 422, "This has 15001 parts"},
		{"too long", strings.Repeat("a", 17000), 422, "longer than 16 KiB"},
		{"beyond the form", strings.Repeat("a", 70000), 413, ""},
		{"one part", "eyJhbGciOiJSUzI1NiJ9", 422, "This has no dots"},
		{"alg none", unsigned(`{"alg":"none"}`, `{"aud":"a"}`), 200, "nobody signed this token"},
		{"foreign issuer", unsigned(`{"alg":"RS256","kid":"k"}`, `{"iss":"https://evil.example","aud":"a"}`), 200, "Not checkable here: issuer https://evil.example."},
		{"script in a name", unsigned(`{"alg":"RS256"}`, `{"name":"<script>alert(1)</script>"}`), 200, "<script>alert(1)</script>"},
		{"direction override", unsigned(`{"alg":"RS256"}`, `{"name":"a\u202eb"}`), 200, `a\u202Eb`},
		{"expiry that is none", unsigned(`{"alg":"RS256"}`, `{"exp":1e400}`), 200, "This is not a time"},
		{"twice", unsigned(`{"alg":"RS256"}`, `{"aud":"1","aud":"2"}`), 200, `has "aud" more than once`},
		{"encrypted", "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a2V5.aXY.Y2lwaGVy.dGFn", 200, "This token is encrypted (JWE)"},
		{"damaged", "eyJhbGciOiJSUzI1NiJ9.aGVsbG8.c2ln", 200, "The second part, the claims, is not a JSON object."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := p.post("/tokens/inspect", url.Values{"token": {tt.token}})
			if page.status != tt.status || !strings.Contains(page.text("main"), tt.want) {
				t.Errorf("status %d, want %d with %q: %s", page.status, tt.status, tt.want, page.text("main"))
			}
			if page.Find("main script").Length() != 0 {
				t.Error("a claim became a script")
			}
		})
	}
}

// What a token says is a fact only with a signature that holds: state, words
// and verdicts on claims depend on it.
func TestInspectorBelievesNoUnprovenToken(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	result := p.post("/tokens", p.labForm(nil))
	good := result.Find(".hop .shown-token code").Last().Text()
	parts := strings.Split(good, ".")
	enc := base64.RawURLEncoding
	claims, err := enc.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	forged := enc.EncodeToString([]byte(strings.Replace(string(claims), `"idtyp":"app"`, `"idtyp":"app","roles":["Directory.ReadWrite.All"]`, 1)))
	foreign := enc.EncodeToString([]byte(strings.Replace(string(claims), `"iss":"http`, `"iss":"https://evil.example/http`, 1)))
	tests := []struct {
		name, token string
		says        []string
	}{
		{"unsigned", enc.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".", []string{"Nobody signed this token", "Not usable: nobody signed it"}},
		{"forged", parts[0] + "." + forged + "." + parts[2], []string{"This token was changed after it was signed, or signed by somebody else", "Signature invalid"}},
		{"foreign issuer", parts[0] + "." + foreign + "." + parts[2], []string{"This token is not checkable here", "If it is genuine, it is live"}},
		{"without its end", good[:len(good)-7], []string{"This token was probably cut off", "the last characters are missing", "copy all of it"}},
		{"without its last character", good[:len(good)-1], []string{"This token was probably cut off", "Copy all of the token"}},
		{"cut before the signature", parts[0] + "." + parts[1], []string{"This token is cut off", "Copy all of it and paste it again"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := p.post("/tokens/inspect", url.Values{"token": {tt.token}})
			text := page.text("main")
			for _, want := range append(tt.says, "It says that the agent identity Invoice helper 01 acts for itself", "Unproven") {
				if !strings.Contains(text, want) {
					t.Errorf("the page lacks %q: %s", want, text)
				}
			}
			if strings.Contains(text, "Live: anyone") || page.Find(".claim .status-ok").Length() > 0 {
				t.Errorf("the token is believed: %s", text)
			}
		})
	}
	cut := p.post("/tokens/inspect", url.Values{"token": {good[:len(parts[0])+len(parts[1])/2]}}).text("main")
	if !strings.Contains(cut, "This token is cut off") || strings.Contains(cut, "any more") {
		t.Errorf("a token cut in the middle: %s", cut)
	}
}

func TestInspectorOfT1NamesTheAgent(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.post("/tokens/inspect", url.Values{"token": {p.post("/tokens", p.labForm(nil)).Find(".hop .shown-token code").First().Text()}})
	if !page.says("main", "For agent Invoice helper 01 "+p.info.Seed.Agent.ID) || !page.says("main", "Acts Invoice helper "+p.info.Seed.Blueprint.AppID) {
		t.Errorf("the page says %s", page.text("main"))
	}
}

func TestInspectorOffersTheOtherToken(t *testing.T) {
	p := newTestPortal(t)
	first, second := unsigned(`{"alg":"RS256"}`, `{"aud":"first"}`), unsigned(`{"alg":"RS256"}`, `{"aud":"second"}`)
	page := p.post("/tokens/inspect", url.Values{"token": {`{"access_token":"` + first + `","id_token":"` + second + `"}`}})
	if !strings.Contains(page.text("main"), "1 other token in what you pasted") || !strings.Contains(page.text(".claim"), "first") {
		t.Fatalf("the page says %s", page.text("main"))
	}
	if page = p.submit(page, "Inspect id_token", nil); !strings.Contains(page.text(".claim"), "second") {
		t.Errorf("the other token: %s", page.text("main"))
	}
}

func TestInspectorWarnsOfPastedCredentials(t *testing.T) {
	p := newTestPortal(t)
	for name, pasted := range map[string]string{
		"private key":   "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----",
		"client secret": "abc8Q~canaryCanaryCanaryCanaryCanary.1_x",
		"client_secret": "curl -d client_secret=canary -d assertion=eyJhbGciOi.x.y",
	} {
		page := p.post("/tokens/inspect", url.Values{"token": {pasted}})
		if page.status != http.StatusUnprocessableEntity || !page.says(".notice-danger", name) || !page.says(".notice-danger", "treat it as exposed") {
			t.Errorf("%s: status %d: %s", name, page.status, page.text("main"))
		}
		if strings.Contains(page.body, "canary") {
			t.Errorf("the %s was written back", name)
		}
	}
	page := p.post("/tokens/inspect", url.Values{"token": {"half a token"}})
	if page.text("#f-token") != "half a token" {
		t.Error("what was pasted is lost, though it is no credential")
	}
}

// A Member may read tokens, and none of the pages of what they name.
func TestInspectorLinksOnlyPagesThatOpen(t *testing.T) {
	p := newTestPortal(t)
	agent, blueprint := p.info.Seed.Agent.ID, p.info.Seed.Blueprint.AppID
	token := url.Values{"token": {unsigned(`{"alg":"RS256"}`, `{"aud":"x","appid":"`+agent+`","oid":"`+agent+`","xms_par_app_azp":"`+blueprint+`"}`)}}
	for persona, want := range map[string]bool{"user": false, "agent-admin": true} {
		p.newBrowser()
		p.signIn(persona)
		page := p.post("/tokens/inspect", token)
		if page.status != http.StatusOK || !strings.Contains(page.text("main"), "Invoice helper 01") {
			t.Fatalf("%s: %d %s", persona, page.status, page.text("main"))
		}
		links := page.Find("main a[href^='/agents/'], main a[href^='/blueprints/'], main a[href^='/principals/']")
		if got := links.Length() > 0; got != want {
			t.Errorf("%s: %d links to objects", persona, links.Length())
		}
	}
}

func TestInspectorIsOpenOnLoopbackOnly(t *testing.T) {
	token := url.Values{"token": {unsigned(`{"alg":"RS256"}`, `{"aud":"a"}`)}}
	open := newTestPortal(t)
	if page := open.get("/tokens/inspect"); page.status != http.StatusOK {
		t.Errorf("open: status %d", page.status)
	}
	closed := newTestPortal(t, func(_ *web.Options, h *Handlers) { h.OpenInspector = false })
	if get, post := closed.get("/tokens/inspect"), closed.post("/tokens/inspect", token); get.status != http.StatusUnauthorized || post.status != http.StatusUnauthorized {
		t.Errorf("closed: status %d and %d", get.status, post.status)
	}
	closed.signIn("user")
	if page := closed.post("/tokens/inspect", token); page.status != http.StatusOK {
		t.Errorf("signed in without a role: status %d", page.status)
	}
}
