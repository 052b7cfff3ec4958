package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/entra"
	"agentidportal/web"
)

func (p *testPortal) compareTokens(first, second string) *answer {
	p.t.Helper()
	return p.post("/tokens/compare", url.Values{"first": {first}, "second": {second}})
}

// differenceRow is the row of a claim in the tables of the page.
func (a *answer) differenceRow(claim string) *goquery.Selection {
	return a.Find("tr.difference").FilterFunction(func(_ int, row *goquery.Selection) bool {
		return strings.TrimSpace(row.Find("th").Text()) == claim
	}).First()
}

func TestCompareIsTwoEmptyFields(t *testing.T) {
	p := newTestPortal(t)
	page := p.get("/tokens/compare")
	if page.status != http.StatusOK || page.text("h1") != "Compare tokens" || page.Find("form[action='/tokens/compare'] textarea").Length() != 2 {
		t.Fatalf("%d: %s", page.status, page.text("main"))
	}
	for field, label := range map[string]string{"first": "First token", "second": "Second token"} {
		if got := page.text("label[for='f-" + field + "']"); got != label || page.text("#f-"+field) != "" {
			t.Errorf("%s is labelled %q and holds %q", field, got, page.text("#f-"+field))
		}
	}
	if page.text("nav[aria-label=Main] [aria-current]") != "" && !strings.Contains(page.text("nav[aria-label=Main] [aria-current]"), "Inspector") {
		t.Error("the navigation stands elsewhere")
	}
}

// Two tokens of the lab: what differs stands first, with what it means, and what
// is the same is folded.
func TestCompareTwoTokensOfAnAgent(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	tokens := p.tokensOfEveryKind()
	page := p.compareTokens("Authorization: Bearer "+tokens[entra.KindAutonomous], `{"access_token":"`+tokens[entra.KindOnBehalfOf]+`"}`)
	if page.status != http.StatusOK || page.header.Get("Cache-Control") != "no-store" || page.url.RawQuery != "" {
		t.Fatalf("%d at %s: %s", page.status, page.url, page.text("main"))
	}
	for _, want := range []string{
		"of them decide", "Another sort of subject: an application that acts for itself in the first, a user in the second.",
		"The agent identity Invoice helper 01 acts for itself, through the blueprint Invoice helper.", "Application permissions only in the first: GroupMember.Read.All.",
		"Delegated permissions only in the second:", "Signature valid", "Live: anyone who holds it can use it", " UTC",
	} {
		if !page.says("main", want) {
			t.Errorf("the page lacks %q: %s", want, page.text("main"))
		}
	}
	for claim, want := range map[string]string{"roles": "Only in the first", "scp": "Only in the second", "idtyp": "Changed", "appid": "The same"} {
		if got := page.differenceRow(claim).Find("[data-label='What differs']").Text(); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", claim, got, want)
		}
	}
	if got := page.differenceRow("appid"); got.Closest("details").Length() != 1 || got.Find("a[href='/help/claims#claim-appid']").Length() != 1 {
		t.Error("what is the same is not folded, or not linked to the dictionary")
	}
	if page.differenceRow("idtyp").Closest("details").Length() != 0 {
		t.Error("what differs is folded")
	}
	if page.text("#f-first") != "" || page.text("#f-second") != "" {
		t.Error("the tokens were written back into the form")
	}
	if got := p.submit(page, "Inspect the second", nil); !got.says("main", "What this token is") || !got.says("main", "acts on behalf of the user") {
		t.Errorf("inspecting the second: %s", got.text("main"))
	}
	again := p.submit(page, "Compare the second with another", nil)
	if again.status != http.StatusOK || again.text("#f-first") != tokens[entra.KindOnBehalfOf] || again.text("#f-second") != "" || again.Find("#error-summary").Length() != 0 {
		t.Errorf("comparing with another: %d %s", again.status, again.text("main"))
	}
	if same := p.compareTokens(tokens[entra.KindT1], tokens[entra.KindT1]); !same.says("#verdict", "Both are one and the same token") || same.says("main", "What the difference means") {
		t.Errorf("a token with itself: %s", same.text("main"))
	}
}

// The inspector leads here with its token, in a form and never in an address.
func TestCompareIsReachedFromTheInspector(t *testing.T) {
	p := newTestPortal(t)
	first, second := unsigned(`{"alg":"RS256"}`, `{"aud":"first"}`), unsigned(`{"alg":"RS256"}`, `{"aud":"second"}`)
	inspected := p.post("/tokens/inspect", url.Values{"token": {`{"access_token":"` + first + `","id_token":"` + second + `"}`}})
	page := p.submit(inspected, "Compare with another…", nil)
	if page.status != http.StatusOK || page.text("#f-first") != first || page.text("#f-second") != "" || page.url.RawQuery != "" {
		t.Fatalf("%d at %s: %s", page.status, page.url, page.text("main"))
	}
	if !strings.HasPrefix(page.text("#f-second-hint"), "The first token is filled in. Paste the second") || page.Find("#f-second[autofocus]").Length() != 1 {
		t.Errorf("the second field says %q", page.text("#f-second-hint"))
	}
	if empty := p.get("/tokens/compare"); empty.Find("[autofocus]").Length() != 0 || strings.Contains(empty.text("main"), "filled in") {
		t.Errorf("the empty page says %s", empty.text("main"))
	}
	page = p.submit(page, "Compare", url.Values{"second": {second}})
	if row := page.differenceRow("aud"); !strings.Contains(row.Text(), "first") || !strings.Contains(row.Text(), "second") {
		t.Errorf("aud: %s", row.Text())
	}
	both := p.submit(inspected, "Compare with id_token", nil)
	if both.differenceRow("aud").Length() != 1 {
		t.Errorf("both tokens of an answer: %s", both.text("main"))
	}
	if inspected.Find("a[href='/tokens/compare']").Length() != 1 {
		t.Error("the inspector does not link the page")
	}
}

// A fault stands beside its field, and the other field keeps what was typed.
func TestCompareKeepsTheOtherField(t *testing.T) {
	p := newTestPortal(t)
	good := "Bearer " + unsigned(`{"alg":"RS256"}`, `{"aud":"a"}`)
	tests := []struct{ name, first, second, fault, keptFirst, keptSecond string }{
		{"second empty", good, "", "f-second", good, ""},
		{"first empty", "", good, "f-first", "", good},
		{"second no token", good, "half a token", "f-second", good, "half a token"},
		{"first a client secret", "abc8Q~canaryCanaryCanaryCanaryCanary.1_x", good, "f-first", "", good},
		{"second a private key", good, "-----BEGIN PRIVATE KEY-----\ncanary", "f-second", good, ""},
		{"secret beside the good one", good + "\nclient_secret=canary", "x", "f-second", strings.TrimPrefix(good, "Bearer "), "x"},
	}
	for _, tt := range tests {
		page := p.compareTokens(tt.first, tt.second)
		if page.status != http.StatusUnprocessableEntity || !strings.HasPrefix(page.text("title"), "Error: ") {
			t.Errorf("%s: %d %s", tt.name, page.status, page.text("title"))
		}
		checkSummary(t, tt.name, page, []string{tt.fault})
		if got := page.text("#f-first"); got != tt.keptFirst {
			t.Errorf("%s: the first field holds %q", tt.name, got)
		}
		if got := page.text("#f-second"); got != tt.keptSecond {
			t.Errorf("%s: the second field holds %q", tt.name, got)
		}
		if strings.Contains(page.body, "canary") {
			t.Errorf("%s: the secret is in the page", tt.name)
		}
	}
	both := p.compareTokens("", "x")
	checkSummary(t, "both", both, []string{"f-first", "f-second"})
	if alone := p.post("/tokens/compare", url.Values{"first": {"not a token"}}); alone.status != http.StatusUnprocessableEntity || alone.text("#f-first") != "not a token" {
		t.Errorf("a first alone that is none: %d", alone.status)
	}
	if odd := p.post("/tokens/compare", url.Values{"first": {good}, "second": {good}, "third": {good}}); odd.status != http.StatusBadRequest {
		t.Errorf("a field nobody knows: %d", odd.status)
	}
}

// Whatever is pasted into either field ends as it does in the inspector: in a
// page that does nothing and repeats no credential.
func TestCompareCorpus(t *testing.T) {
	p := newTestPortal(t)
	good := unsigned(`{"alg":"RS256","kid":"k"}`, `{"aud":"good"}`)
	for _, row := range tokenCorpus() {
		for field, form := range map[string]url.Values{"first": {"first": {row.pasted}, "second": {good}}, "second": {"first": {good}, "second": {row.pasted}}} {
			page := p.post("/tokens/compare", form)
			if want := row.status; page.status != want && !(want == http.StatusRequestEntityTooLarge && page.status == http.StatusUnprocessableEntity) {
				t.Errorf("%s, %s: status %d, want %d: %.300s", row.name, field, page.status, want, page.text("main"))
			}
			checkHarmless(t, row.name+", "+field, page)
		}
	}
}

// A session that is over is told so, and the tokens are not written into the page.
func TestCompareWithoutASessionWritesNoToken(t *testing.T) {
	p := newTestPortal(t, func(_ *web.Options, h *Handlers) { h.OpenInspector = false })
	token := unsigned(`{"alg":"RS256"}`, `{"aud":"canary"}`)
	page := p.compareTokens(token, token)
	if page.status != http.StatusUnauthorized || strings.Contains(page.body, strings.Split(token, ".")[1]) || !page.says("main", "first") {
		t.Errorf("%d: %s", page.status, page.text("main"))
	}
	if get := p.get("/tokens/compare"); get.status != http.StatusUnauthorized {
		t.Errorf("GET answers %d", get.status)
	}
	p.signIn("user")
	if page := p.compareTokens(token, token); page.status != http.StatusOK {
		t.Errorf("signed in without a role: %d", page.status)
	}
}

// What cannot be believed or read is told of each token by its place.
func TestCompareSaysWhichTokenIsNotProven(t *testing.T) {
	p := newTestPortal(t)
	good := p.tokensOfEveryKind()[entra.KindAutonomous]
	page := p.compareTokens(good, unsigned(`{"alg":"none"}`, `{"aud":"a"}`))
	if !page.says("main", "Second token: Nobody signed this token") || page.says("main", "First token: Nobody") {
		t.Errorf("unsigned: %s", page.text("main"))
	}
	page = p.compareTokens("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a2V5.aXY.Y2lwaGVy.dGFn", good)
	if !page.says("#verdict", "Only the headers can be compared") || page.differenceRow("enc").Length() != 1 || page.differenceRow("aud").Length() != 0 {
		t.Errorf("encrypted: %s", page.text("main"))
	}
}
