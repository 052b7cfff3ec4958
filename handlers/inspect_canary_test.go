package handlers

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agentidportal/entra"
	"agentidportal/web"
)

// checkNowhere asserts that none of the marks is in the log or in a file of the
// portal's data, the write-ahead log included.
func (p *testPortal) checkNowhere(t *testing.T, marks ...string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.data, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	places := map[string][]byte{"the log": p.log.Bytes()}
	for _, file := range files {
		if places[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	for place, content := range places {
		for _, mark := range marks {
			if mark == "" || bytes.Contains(content, []byte(mark)) {
				t.Errorf("%s holds %.12s…", place, mark)
			}
		}
	}
}

// A marked token and marked secrets through the inspector and the comparison,
// read well, read badly and refused: no trace stays but in the answer itself.
func TestInspectorAndCompareLeaveNothingBehind(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	before := len(p.audit(""))
	marked := unsigned(`{"alg":"RS256","kid":"canaryKey"}`, `{"aud":"canaryAudience","uti":"canaryToken","appid":"`+p.info.Seed.Agent.ID+`","xms_par_app_azp":"`+p.info.Seed.Blueprint.AppID+`"}`)
	real := p.tokensOfEveryKind()[entra.KindAutonomous]
	secret := "abc8Q~canarySecretCanaryCanaryCanary.1_x"
	pasted := []string{
		marked, "Authorization: Bearer " + marked, `{"access_token":"` + marked + `","refresh_token":"canaryRefresh"}`, marked[:len(marked)/2], marked + marked, marked + ".x",
		"eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0..canaryIV.canaryCiphertext.canaryTag", secret, "client_secret=" + secret, "half a canaryText",
		"-----BEGIN PRIVATE KEY-----\ncanaryPrivate", strings.Repeat("canaryLong", 7000), real, real + "x", real[:len(real)-40],
	}
	for _, text := range pasted {
		p.post("/tokens/inspect", url.Values{"token": {text}})
		p.post("/tokens/compare", url.Values{"first": {text}})
		p.compareTokens(text, real)
		p.compareTokens(marked, text)
		p.post("/tokens/inspect", url.Values{"token": {text}, "nonsense": {text}})
		p.send(http.MethodPost, "/tokens/compare", url.Values{"first": {text}, "second": {text}}, http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}})
	}
	realParts := strings.Split(real, ".")
	marks := []string{
		"canaryKey", "canaryAudience", "canaryToken", "canaryRefresh", "canarySecret", "canaryPrivate", "canaryText", "canaryLong", "canaryCiphertext",
		strings.Split(marked, ".")[0], strings.Split(marked, ".")[1], realParts[1], realParts[2],
	}
	p.checkNowhere(t, marks...)
	if after := len(p.audit("")); after != before {
		t.Errorf("%d records more in the audit", after-before)
	}
	for _, path := range []string{"/tokens/inspect", "/tokens/compare", "/", "/audit"} {
		if page := p.get(path); strings.Contains(page.body, "canary") {
			t.Errorf("%s shows what was pasted elsewhere", path)
		}
	}
}

// The same with nobody signed in, where the portal asks for a sign-in first.
func TestClosedInspectorLeavesNothingBehind(t *testing.T) {
	p := newTestPortal(t, func(_ *web.Options, h *Handlers) { h.OpenInspector = false })
	marked := unsigned(`{"alg":"RS256"}`, `{"aud":"canaryAudience"}`)
	for path, form := range map[string]url.Values{
		"/tokens/inspect": {"token": {marked}}, "/tokens/compare": {"first": {marked}, "second": {marked}},
	} {
		page := p.post(path, form)
		if page.status != http.StatusUnauthorized || strings.Contains(page.body, strings.Split(marked, ".")[1]) {
			t.Errorf("%s answers %d, or writes the token into its page", path, page.status)
		}
	}
	p.checkNowhere(t, "canaryAudience", strings.Split(marked, ".")[1])
}
