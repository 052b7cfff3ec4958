package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/web"
)

// setupOf is the page Set-up of a blueprint of the sandbox.
func (p *testPortal) setupOf(name string) *answer {
	p.t.Helper()
	list := p.get("/blueprints?q=" + url.QueryEscape(name))
	href := list.Find("tbody th a").AttrOr("href", "")
	if href == "" {
		p.t.Fatalf("no blueprint %s: %s", name, list.text("main"))
	}
	return p.get(href + "/setup")
}

func TestSetupMendsABlueprintMadeElsewhere(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.setupOf("Contract reader")
	if page.status != http.StatusOK || !strings.Contains(page.text("main"), "1 thing to mend") {
		t.Fatalf("%d %s", page.status, page.text("main"))
	}
	for _, button := range []string{"Create the principal", "Add URI and scope"} {
		page = p.submit(page, button, url.Values{"reason": {"CHG-9"}})
		if page.status != http.StatusOK || !strings.HasSuffix(page.url.Path, "/setup") || !strings.Contains(page.text(".notice-title"), "Mended by run") {
			t.Errorf("%s: %d %s: %s", button, page.status, page.url, page.text("main"))
		}
		if page.Find("button:contains('"+button+"')").Length() != 0 {
			t.Errorf("%s is offered again", button)
		}
	}
	if !strings.Contains(page.text("main"), "nothing is missing") || page.Find("main button[name=act][value^=mend]").Length() != 0 {
		t.Errorf("mended: %s", page.text("main"))
	}
	records := p.audit(models.ActionBlueprintPrincipalCreate)
	if len(records) != 2 || records[0].Words.Reason != "CHG-9" {
		t.Errorf("records %+v", records)
	}
}

func TestSetupNamesASponsor(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.setupOf("Travel desk")
	found := p.submit(page, "Search", url.Values{"find_sponsor": {"finance"}, "reason": {"CHG-1"}})
	refused := rowOf(found, "Finance readers")
	if !strings.Contains(refused.Text(), "Not eligible") || found.Find("#f-reason").AttrOr("value", "") != "CHG-1" || found.url.RawQuery != "" {
		t.Errorf("the search answers %s: %s", found.url, found.text("main form"))
	}
	done := p.submit(found, "Finance team", nil)
	if done.status != http.StatusOK || !strings.Contains(done.text(".notice-title"), "Mended by run") {
		t.Fatalf("%d %s", done.status, done.text("main"))
	}
	record := p.get("/audit/" + strconv.FormatInt(p.audit(models.ActionSponsorAdd)[0].Seq, 10))
	if !strings.Contains(record.text("main"), "NamesFinance team") {
		t.Errorf("the record does not name the sponsor: %s", record.text("main"))
	}
	id := strings.Split(done.url.Path, "/")[2]
	if owners := p.get("/blueprints/" + id + "/owners"); !strings.Contains(owners.text("main"), "Finance team") {
		t.Errorf("sponsors: %s", owners.text("main"))
	}
}

func TestSetupRefuses(t *testing.T) {
	p := newTestPortal(t, func(_ *web.Options, h *Handlers) { h.RequireReason = true })
	p.signIn("agent-admin")
	page := p.setupOf("Travel desk")
	for name, tt := range map[string]struct {
		button string
		more   url.Values
		says   string
	}{
		"no reason":         {"Name me as sponsor", nil, "Reason: Write why you do this"},
		"an agent user":     {"Name me as sponsor", url.Values{"act": {"add:sponsor:" + p.info.Seed.AgentUser.ID}}, "Sponsor: “"},
		"an empty search":   {"Search", nil, "Write a name, an address or an object id"},
		"a secret searched": {"Search", url.Values{"find_sponsor": {p.info.Seed.Blueprint.ClientSecret}}, "so nothing was searched"},
	} {
		refused := p.submit(page, tt.button, tt.more)
		if refused.status != http.StatusUnprocessableEntity || !strings.Contains(refused.text("#error-summary"), tt.says) {
			t.Errorf("%s: %d %s", name, refused.status, refused.text("main"))
		}
		if strings.Contains(refused.body, p.info.Seed.Blueprint.ClientSecret) {
			t.Errorf("%s: the secret was written back", name)
		}
	}
	p.newBrowser()
	p.signIn("auditor")
	if seen := p.get(page.url.Path); seen.status != http.StatusOK || seen.Find("main button[name=act][value^=mend]").Length() != 0 {
		t.Errorf("an auditor sees %d %s", seen.status, seen.text("main"))
	}
	if posted := p.post(page.url.Path, url.Values{"act": {"mend:" + string(graph.KindUser)}}); posted.status != http.StatusForbidden {
		t.Errorf("an auditor may post: %d", posted.status)
	}
}
