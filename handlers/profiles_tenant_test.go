package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
)

// An agent of this tenant is the credential of an application in another one:
// the sandbox plays both, and the profile is filled from its hint.
func TestCrossTenantProfile(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	partner := p.info.Partner
	kept := p.keep(p.persona("agent-admin").ObjectID, p.info.Seed.Blueprint.AppID)
	hint := p.get("/tokens/profiles/new?mode=cross-tenant")
	for _, want := range []string{"The sandbox plays a second tenant, Tailspin Toys", partner.TenantID, partner.App.AppID, partner.AgentID} {
		if !hint.says(".notice", want) {
			t.Errorf("the hint lacks %q", want)
		}
	}
	if p.get("/tokens/profiles/new?mode=autonomous").says("main", "Tailspin") {
		t.Error("the hint is shown for another mode")
	}
	form := p.submit(hint, "Fill these in", url.Values{"name": {"Intake"}, "scope": {"https://vault.azure.net/.default"}, "shared": {"on"}, "kept": {kept.ID}})
	if form.status != http.StatusOK || form.Find("#f-name").AttrOr("value", "") != "Intake" || form.Find("#f-scope").AttrOr("value", "") != "https://vault.azure.net/.default" ||
		form.Find("#f-shared[checked]").Length() != 1 || form.Find("#f-kept option[selected]").AttrOr("value", "") != kept.ID || form.Find("#f-reuse[checked]").Length() != 0 {
		t.Errorf("what was typed is lost: %d %s", form.status, form.text(".form"))
	}
	if form.Find("#f-agent option[selected]").AttrOr("value", "") != partner.AgentID || form.Find("#f-other_tenant").AttrOr("value", "") != partner.TenantID || form.Find("#f-other_app_id").AttrOr("value", "") != partner.App.AppID {
		t.Errorf("the ids are not filled in: %s", form.text(".form"))
	}
	page := p.submit(form, "Save profile", url.Values{"scope": {entra.GraphDefaultScope}})
	for _, want := range []string{"Application of another tenant", "Issuer " + p.h.Entra.Issuer(), "Subject " + p.info.Seed.Agent.ID, "Audience api://AzureADTokenExchange"} {
		if !page.says("main", want) {
			t.Fatalf("the page lacks %q: %s", want, page.text("main"))
		}
	}
	run := p.submit(page, "Run", nil)
	if got := run.text(".verdict"); run.status != http.StatusOK || !strings.Contains(got, "3 of 3 hops answered, 3 of 3 signatures valid, 13 of 13 links hold.") {
		t.Errorf("the run: %d %s", run.status, got)
	}
	for _, want := range []string{"TR.tid is the other tenant", "TR.appid is the application there", "Profile: Intake", "Issuer " + p.h.Entra.Issuer()} {
		if !run.says("main", want) {
			t.Errorf("the result lacks %q", want)
		}
	}
	if run.says("main", "does not take this agent identity yet") || run.Find(".claim-missing, .claim-unexpected").Length() != 0 {
		t.Errorf("a good run has faults: %s", run.text("main"))
	}
}

// What the other tenant refuses is explained with what to register there.
func TestCrossTenantRefusals(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	agent := p.makeAgent(&graph.Blueprint{AppID: p.info.Seed.Blueprint.AppID}, "Stranger 01")
	for name, tt := range map[string]struct {
		change url.Values
		code   string
		want   string
	}{
		"an application that is not there": {url.Values{"other_app_id": {p.info.Client.ClientID}}, "AADSTS700016", "The other tenant has no application of this App ID"},
		"an agent that is not trusted":     {url.Values{"agent": {agent.ID}}, "AADSTS700213", "has this agent identity as its subject"},
		"a tenant that is not there":       {url.Values{"other_tenant": {"9b2d8e0e-6f3b-4f0e-9b51-0d6a7f2f0c11"}}, "AADSTS90002", "There is no such tenant in this cloud"},
	} {
		form := p.labForm(url.Values{"mode": {"cross-tenant"}, "other_tenant": {p.info.Partner.TenantID}, "other_app_id": {p.info.Partner.App.AppID}})
		for field, value := range tt.change {
			form[field] = value
		}
		page := p.post("/tokens", form)
		if page.status != http.StatusOK || !strings.HasPrefix(page.text("#verdict"), "Refused at TR") || !page.says(".hop-refused", tt.code) {
			t.Errorf("%s: %d %s", name, page.status, page.text("main"))
		}
		if there := "section[aria-labelledby=there]"; !page.says(there, tt.want) || !page.says(there, "Subject "+form.Get("agent")) {
			t.Errorf("%s: %s", name, page.text(there))
		}
		if page.Find(".verdict a[href='#there']").Length() != 1 {
			t.Errorf("%s: the verdict does not lead to it: %s", name, page.text(".verdict"))
		}
	}
	if n := len(p.audit(models.ActionTokenTest)); n != 3 {
		t.Errorf("%d tries are recorded", n)
	}
}
