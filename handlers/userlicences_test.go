package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// TestLicencesOfAnAgentUser: from the refusal without a usage location to a
// licence that is taken away.
func TestLicencesOfAnAgentUser(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	user := "/agent-users/" + p.info.Seed.AgentUser.ID
	page := p.get(user + "/licences/add")
	if page.status != http.StatusOK || page.Find(`main a[href="`+user+`/edit"]`).Length() != 1 || page.Find("main form[method=post]").Length() != 0 {
		t.Errorf("without a usage location: %d %s", page.status, page.text("main"))
	}
	skus, err := graphOf(p, "global-admin").SubscribedSKUs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if page := p.post(user+"/licences/add", url.Values{"license": {skus[0].SKUID}, "request": {uuid.NewString()}}); page.status != http.StatusConflict {
		t.Errorf("posted by hand: %d %s", page.status, page.text("main"))
	}
	p.sendAs("global-admin", graph.Call{Method: http.MethodPatch, Path: "/v1.0/users/" + p.info.Seed.AgentUser.ID, Body: map[string]any{"usageLocation": "NO"}}, nil)
	page = p.get(user + "/licences/add")
	if !strings.Contains(page.text("#f-license"), skus[0].PartNumber+": 2") || !strings.Contains(page.text("aside"), "/assignLicense") || strings.Contains(page.text(".notice"), "License Administrator") {
		t.Errorf("the question: %d %s", page.status, page.text("main"))
	}
	none := p.submit(page, "Assign licence", url.Values{"reason": {"CHG-2"}})
	if none.status != http.StatusUnprocessableEntity || none.Find("#f-reason").AttrOr("value", "") != "CHG-2" {
		t.Errorf("none chosen: %d", none.status)
	}
	checkSummary(t, "no licence", none, []string{"f-license"})
	done := p.submit(none, "Assign licence", url.Values{"license": {skus[0].SKUID}})
	remove := done.Find(`main a[href="` + user + "/licences/" + strings.ToLower(skus[0].SKUID) + `/remove"]`)
	if done.status != http.StatusOK || done.url.Path != user+"/licences" || remove.Length() != 1 {
		t.Fatalf("assigned: %d %s %s", done.status, done.url, done.text("main"))
	}
	if ask := p.submit(p.get(user+"/edit"), "Continue", url.Values{"usageLocation": {""}}); !strings.Contains(ask.text(".notice"), "It has 1 licence. Microsoft requires a usage location") {
		t.Errorf("before the usage location goes: %s", ask.text("main"))
	}
	again := p.get(user + "/licences/add")
	if !strings.Contains(again.text("tr.people-refused"), "Not eligible: it has one already") || again.Find(`#f-license option[value="`+skus[0].SKUID+`"]`).Length() != 0 {
		t.Errorf("it is offered again: %s", again.text("main"))
	}
	for id, says := range map[string]string{skus[0].SKUID: "it has one already", unknownID: "The tenant has no licences of this product"} {
		if page := p.post(user+"/licences/add", url.Values{"license": {id}, "request": {uuid.NewString()}}); page.status != http.StatusUnprocessableEntity || !strings.Contains(page.text("#f-license-error"), says) {
			t.Errorf("%s: %d %s", says, page.status, page.text("main"))
		}
	}
	page = p.get(remove.AttrOr("href", ""))
	if !strings.Contains(page.text(".notice"), skus[0].Plans[0].Name) || !strings.Contains(page.text(".notice"), "mailbox") {
		t.Errorf("before removing: %s", page.text("main"))
	}
	if page = p.submit(page, "Remove licence", nil); page.status != http.StatusOK || page.url.Path != user+"/licences" || !strings.Contains(page.text(".empty"), "No licences") {
		t.Errorf("removed: %d %s", page.status, page.text("main"))
	}
	gone := user + "/licences/" + skus[0].SKUID + "/remove"
	if page := p.get(gone); page.status != http.StatusNotFound || !strings.Contains(page.text(".notice"), "no more") {
		t.Errorf("gone: %d %s", page.status, page.text("main"))
	}
	if page := p.post(gone, url.Values{"request": {uuid.NewString()}}); page.status != http.StatusConflict {
		t.Errorf("gone, posted: %d", page.status)
	}
	if page := p.get(user + "/licences/nothing/remove"); page.status != http.StatusNotFound {
		t.Errorf("no id: %d", page.status)
	}
	if records := p.audit(models.ActionAgentUserLicense); len(records) != 2 || records[0].Words.Reason != "CHG-2" {
		t.Errorf("records %+v", records)
	}
}

// TestWhoMayNotAssignLicences is told before, and by the run.
func TestWhoMayNotAssignLicences(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	user := "/agent-users/" + p.info.Seed.AgentUser.ID
	p.sendAs("agent-admin", graph.Call{Method: http.MethodPatch, Path: "/v1.0/users/" + p.info.Seed.AgentUser.ID, Body: map[string]any{"usageLocation": "NO"}}, nil)
	page := p.get(user + "/licences/add")
	if !strings.Contains(page.text(".notice"), "License Administrator, User Administrator") || !strings.Contains(page.text(".notice"), "You are: Agent ID Administrator") {
		t.Errorf("%d %s", page.status, page.text("main"))
	}
	id := page.Find("#f-license option[value!='']").First().AttrOr("value", "")
	run := p.submit(page, "Assign licence", url.Values{"license": {id}})
	if !strings.HasPrefix(run.url.Path, "/runs/") || run.text("#run-badge") != "Failed" || !strings.Contains(run.text("main"), "Graph does not let you assign licences") {
		t.Errorf("%s %s", run.url, run.text("main"))
	}
	group := p.addBy(user+"/groups/add", "finance", "Finance readers", "Add to group", nil)
	if group.text("#run-badge") != "Failed" || !strings.Contains(group.text("main"), "Graph does not let you change the members of") {
		t.Errorf("a group: %s %s", group.url, group.text("main"))
	}
}
