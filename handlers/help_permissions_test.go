package handlers

import (
	"net/http"
	"strings"
	"testing"
)

func TestPermissionsPageSaysWhatRunsNeed(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	page := p.get("/help/permissions")
	if page.status != http.StatusOK || page.text("h1") != "Who may do what" {
		t.Fatalf("%d %s", page.status, page.text("h1"))
	}
	for _, want := range []string{
		"AgentIdentity.CreateAsManager", "AgentIdentityBlueprint.AddRemoveCreds.All", "Agent ID Developer", "Directory.AccessAsUser.All", "Go on as the blueprint",
		"AgentIdUser.ReadWrite.IdentityParentedBy", "LicenseAssignment.ReadWrite.All", "AgentIdentityBlueprint.UpdateAuthProperties.All",
	} {
		if !strings.Contains(page.text("main"), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if page.Find("#as-me").Length() != 1 {
		t.Error("no part as-me, to which runs and the wizard lead")
	}
	asked := page.Find("tbody tr").FilterFunction(byText("Create a blueprint")).Find(".second").Text()
	if !strings.Contains(asked, "asks for it at sign-in") {
		t.Errorf("the portal's own permission is not marked: %s", asked)
	}
	for _, act := range permissionActs() {
		if act.Who == "" || act.Delegated == "" && act.Application == "" {
			t.Errorf("%+v", act)
		}
	}
	if index := p.get("/help"); index.Find("a[href='/help/permissions']").Length() != 1 {
		t.Error("the index of the help pages leaves it out")
	}
	if page := p.get("/help/permission"); page.status != http.StatusNotFound {
		t.Errorf("a page that is not there answers %d", page.status)
	}
}

func TestRefusalsLeadToThePermissionsPage(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.setDelegated(false)
	failed := p.waitRun(p.startRun(nil), "Failed")
	if failed.Find(".step-failed .notice a[href='/help/permissions#as-me']").Length() == 0 {
		t.Errorf("the refused step does not lead there: %s", failed.text(".step-failed"))
	}
	if step := p.walkTo("agents", nil); step.Find("form a[href='/help/permissions#as-me']").Length() != 1 {
		t.Error("the choice of who creates the agents does not lead there")
	}
}
