package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/entra"
)

// claimSays is what the row of a claim says of it.
func (a *answer) claimSays(claim string) string {
	var says string
	for i := range a.Find("tr.claim").Nodes {
		row := a.Find("tr.claim").Eq(i)
		if strings.TrimSpace(row.Find("th").Text()) == claim {
			says = strings.Join(strings.Fields(row.Find("[data-label='What it says']").Text()), " ")
		}
	}
	return says
}

// Times are told in UTC, in the reader's zone and relative, wherever they stand.
func TestInspectorTellsTimesThreeWays(t *testing.T) {
	p := newTestPortal(t)
	token := unsigned(`{"alg":"RS256"}`, `{"aud":"a","iat":1770041239,"nbf":1770041239,"exp":1770045139,"auth_time":1770041239,"xms_tcdt":1681123817}`)
	page := p.send(http.MethodPost, "/tokens/inspect", url.Values{"token": {token}}, http.Header{"Sec-Fetch-Site": {"same-origin"}, "Cookie": {zoneCookie + "=Asia/Tokyo"}})
	for _, claim := range []string{"iat", "nbf", "exp", "auth_time", "xms_tcdt"} {
		if says := page.claimSays(claim); !strings.Contains(says, " UTC.") || !strings.Contains(says, "+09:00, ") || !strings.Contains(says, " days ago") {
			t.Errorf("%s says %q", claim, says)
		}
	}
	if !page.says("main", "2 Feb 2026 15:12:19 UTC 3 Feb 00:12 +09:00") {
		t.Errorf("the facts say %s", page.text(".facts"))
	}
}

// With somebody signed in, and only then, ids have the names of the directory.
func TestInspectorNamesIDsOnlyToTheSignedIn(t *testing.T) {
	p := newTestPortal(t)
	tokens := p.tokensOfEveryKind()
	p.signIn("agent-admin")
	group := p.groupID("Finance team")
	p.newBrowser()
	withGroups := unsigned(`{"alg":"RS256"}`, `{"aud":"a","groups":["`+group+`","11111111-2222-4333-8444-555555555555"]}`)
	for _, signedIn := range []bool{false, true} {
		if signedIn {
			p.signIn("agent-admin")
		}
		if got := p.inspectToken(tokens[entra.KindAutonomous]).says("main", "Invoice helper 01 acts for itself, through the blueprint Invoice helper"); got != signedIn {
			t.Errorf("signed in %v: the agent is named: %v", signedIn, got)
		}
		if got := strings.Contains(p.inspectToken(tokens[entra.KindUserToken]).claimSays("azp"), "Here: "); got != signedIn {
			t.Errorf("signed in %v: the client is named: %v", signedIn, got)
		}
		if got := p.inspectToken(withGroups).claimSays("groups"); strings.Contains(got, "Here: Finance team.") != signedIn {
			t.Errorf("signed in %v: groups say %q", signedIn, got)
		}
		if got := strings.Contains(p.compareTokens(tokens[entra.KindT1], tokens[entra.KindT2]).text("main"), "Invoice helper asked for the first"); got != signedIn {
			t.Errorf("signed in %v: the comparison names the client: %v", signedIn, got)
		}
	}
}

// An encrypted token shows its header with what each parameter means; the rest
// of it, which opens doors, is hidden until it is asked for.
func TestInspectorShowsAnEncryptedTokenAsOne(t *testing.T) {
	p := newTestPortal(t)
	page := p.inspectToken("eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2Iiwia2lkIjoiayJ9..aXY.Y2lwaGVydGV4dA.dGFn")
	if page.status != http.StatusOK || !page.says("main", "Encrypted token") || !page.says("main", "This token is encrypted (JWE)") {
		t.Fatalf("%d %s", page.status, page.text("main"))
	}
	for parameter, want := range map[string]string{"enc": "How the content is encrypted.", "kid": "The name of the key", "alg": "of an encrypted token: how the key"} {
		if got := page.claimSays(parameter); !strings.Contains(strings.ToLower(got), strings.ToLower(want)) {
			t.Errorf("%s says %q", parameter, got)
		}
	}
	if page.Find(".code-block:contains('Y2lwaGVydGV4dA')").Length() != 0 || page.Find("details.shown-signature:not([open]) code:contains('Y2lwaGVydGV4dA')").Length() != 1 {
		t.Error("what is encrypted is not hidden")
	}
}
