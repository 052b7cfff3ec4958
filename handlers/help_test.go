package handlers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"agentidportal/entra"
	"agentidportal/web"
)

// Every claim that is explained has its place, and every link from a token to
// the dictionary arrives.
func TestClaimsHaveTheirPlaces(t *testing.T) {
	p := newTestPortal(t)
	page := p.get("/help/claims")
	if page.status != http.StatusOK || page.text("h1") != "Claims" {
		t.Fatalf("status %d: %s", page.status, page.text("h1"))
	}
	for _, e := range entra.Dictionary() {
		if row := page.Find("tr#" + strings.ReplaceAll(e.Anchor(), ".", `\.`)); row.Length() != 1 || !strings.Contains(row.Text(), e.Means) {
			t.Errorf("%s has %d places", e.Name, row.Length())
		}
	}
	for _, e := range entra.HeaderDictionary() {
		if page.Find("tr#"+e.HeaderAnchor()).Length() != 1 {
			t.Errorf("header parameter %s has no place", e.Name)
		}
	}
	if row := page.text("tr#claim-xms_par_app_azp"); !strings.Contains(row, "T2; TR, autonomous; TR, on behalf of; TR, agent user") || !strings.Contains(row, "An id (GUID)") {
		t.Errorf("xms_par_app_azp: %s", row)
	}
	if !page.says("main", "agent user") || page.Find("a[href='#claim-xms_sub_fct']").Length() == 0 {
		t.Error("the facet numbers are missing")
	}
}

func TestClaimsAreFiltered(t *testing.T) {
	p := newTestPortal(t)
	tests := []struct {
		query       string
		claim, gone string // the anchor of one that is there, and of one that is not
	}{
		{"xms_par", "claim-xms_par_app_azp", "claim-aud"},
		{"XMS_PAR", "claim-xms_par_app_azp", "claim-aud"},
		{"T1", "claim-xms_ficinfo", "claim-upn"},
		{"blueprint log", "claim-xms_par_app_azp", "claim-aud"},
		{"header", "header-kid", "claim-aud"},
		{" ", "claim-aud", ""},
	}
	for _, tt := range tests {
		page := p.get("/help/claims?" + url.Values{"q": {tt.query}}.Encode())
		if page.Find("tr#"+tt.claim).Length() != 1 || tt.gone != "" && page.Find("tr#"+tt.gone).Length() != 0 {
			t.Errorf("%q: %s", tt.query, page.text(".chips"))
		}
	}
	for _, query := range []string{"no such entry", "' or 1 eq 1", "<script>", strings.Repeat("a", 300)} {
		page := p.get("/help/claims?" + url.Values{"q": {query}}.Encode())
		if page.status != http.StatusOK || !page.says("main", "No entry matches") || page.Find("main script").Length() != 0 {
			t.Errorf("%q: status %d: %s", query, page.status, page.text("main"))
		}
	}
}

// The help page leads to what there is: every topic the route table has is
// linked and answers.
func TestHelpLeadsToEveryTopic(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.get("/help")
	there := map[string]bool{}
	for _, r := range p.h.routes() {
		there[r.Path] = r.Method == http.MethodGet
	}
	for _, topic := range helpTopics() {
		links := page.Find("main a[href='" + topic.Href + "']").Length()
		if !there[topic.Href] {
			if links != 0 {
				t.Errorf("%s is linked and does not exist", topic.Href)
			}
			continue
		}
		if links != 1 {
			t.Errorf("%s is not linked", topic.Href)
		}
		if target := p.get(topic.Href); target.status != http.StatusOK || target.Find("h1").Length() != 1 {
			t.Errorf("%s answers %d", topic.Href, target.status)
		}
	}
	if !there["/help/claims"] {
		t.Error("there is no dictionary of claims")
	}
}

// Where the inspector is closed to strangers, so is what explains it.
func TestHelpIsAsOpenAsTheInspector(t *testing.T) {
	closed := newTestPortal(t, func(_ *web.Options, h *Handlers) { h.OpenInspector = false })
	for _, path := range []string{"/help", "/help/claims"} {
		if page := closed.get(path); page.status != http.StatusUnauthorized {
			t.Errorf("%s: status %d", path, page.status)
		}
	}
	closed.signIn("user")
	if page := closed.get("/help/claims"); page.status != http.StatusOK {
		t.Errorf("signed in: status %d", page.status)
	}
}

// Each claim and header parameter of the published tokens is explained on the
// page and linked to its place.
func TestInspectorExplainsThePublishedTokens(t *testing.T) {
	data, err := os.ReadFile("../entra/testdata/tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	var tokens []struct {
		Name   string
		Header json.RawMessage
		Claims json.RawMessage
	}
	if err := json.Unmarshal(data, &tokens); err != nil {
		t.Fatal(err)
	}
	if len(tokens) != 4 {
		t.Fatalf("%d tokens", len(tokens))
	}
	p := newTestPortal(t)
	for _, token := range tokens {
		if string(token.Header) == "null" {
			token.Header = json.RawMessage(`{"typ":"JWT","alg":"RS256","kid":"k"}`)
		}
		page := p.post("/tokens/inspect", url.Values{"token": {unsigned(string(token.Header), string(token.Claims))}})
		var claims map[string]any
		if err := json.Unmarshal(token.Claims, &claims); err != nil {
			t.Fatal(err)
		}
		if page.status != http.StatusOK || page.says("main", "Not described") || page.says("main", "a type they never have") {
			t.Errorf("%s: status %d: %s", token.Name, page.status, page.text("main"))
		}
		for name := range claims {
			if page.Find("a[href='/help/claims#claim-"+name+"']").Length() != 1 {
				t.Errorf("%s: %s is not linked to its explanation", token.Name, name)
			}
		}
	}
}
