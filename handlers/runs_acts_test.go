package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// TestATakenOverRunNamesTheSecretsOwner: the secret stays with the person it
// was made for.
func TestATakenOverRunNamesTheSecretsOwner(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	p.setDelegated(false)
	path := p.startRun(nil)
	p.waitRun(path, "Failed")
	p.newBrowser()
	p.signIn("agent-admin")
	page := p.submit(p.get(path), "Take over", nil)
	got := page.text("main")
	if strings.Contains(got, "can be shown to "+p.persona("agent-admin").UPN) || !strings.Contains(got, "can be shown to "+p.persona("agent-dev").UPN+" only") {
		t.Errorf("the page of the taker says: %s", got)
	}
	if shown := p.post(path+"/secret", nil); shown.status == http.StatusOK {
		t.Error("and it is shown to him")
	}
}

// TestAddingASecretLeadsBackToTheRun: refused as a person, without a secret;
// the advice is followed, and the same run is finished as the blueprint.
func TestAddingASecretLeadsBackToTheRun(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.setDelegated(false)
	path := p.startRun(nil)
	page := p.waitRun(path, "Failed")
	p.post(path+"/secret/saved", nil)
	refused := p.post(path+"/as-blueprint", nil)
	if refused.status != http.StatusConflict || !strings.Contains(refused.text("main"), "Add one and come back to the run") {
		t.Errorf("without a secret: %d %s", refused.status, refused.text("main"))
	}
	page = p.get(path)
	form := p.get(page.Find(".step-failed a").FilterFunction(byText("Add client secret")).AttrOr("href", "/none"))
	p.submit(form, "Add client secret", url.Values{"life": {"90"}})
	page = p.get(path)
	p.submit(page, "Go on as the blueprint", nil)
	p.waitRun(path, "Done")
}

// TestARunAsTheBlueprintGoesBackToThePerson: its secret is gone before it has
// signed in with it.
func TestARunAsTheBlueprintGoesBackToThePerson(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.setFault(Fault{Kind: "429", Path: "/*/oauth2/v2.0/token", RetryAfterSec: 200, Count: 1})
	path := p.startRun(url.Values{"run_as": {"blueprint"}})
	p.waitRun(path, "Waiting for the sign-in service")
	id, err := strconv.ParseInt(strings.TrimPrefix(path, "/runs/"), 10, 64)
	if err == nil {
		err = p.h.Store.DeleteRunSecret(t.Context(), id)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.submit(p.get(path), "Try now", nil)
	page := p.waitRun(path, "Failed")
	if got := page.text(".step-failed"); !strings.Contains(got, "The blueprint has no secret to sign in with") {
		t.Errorf("the step says %s", got)
	}
	p.submit(page, "Go on as yourself", nil)
	page = p.waitRun(path, "Done")
	if got := page.text(".steps"); !strings.Contains(got, "let the run go on with a person’s rights") {
		t.Error(got)
	}
}
