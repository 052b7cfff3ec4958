package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/models"
	"agentidportal/web"
)

// TestAReasonIsDemandedBySetting: the forms ask for it, and what is sent
// without one changes nothing.
func TestAReasonIsDemandedBySetting(t *testing.T) {
	p := newTestPortal(t, func(_ *web.Options, h *Handlers) { h.RequireReason = true })
	p.signIn("agent-admin")
	id := p.ownBlueprint(p.persona("agent-admin").ObjectID)
	form := p.get("/blueprints/" + id + "/secrets/new")
	if label := form.text("label[for=f-reason]"); label != "Reason" {
		t.Errorf("the field is called %q", label)
	}
	refused := p.submit(form, "Add client secret", url.Values{"life": {"90"}, "reason": {" "}})
	if refused.status != http.StatusUnprocessableEntity || !strings.Contains(refused.text("#error-summary"), "Reason: Write why you do this") {
		t.Errorf("without a reason: %d %s", refused.status, refused.text("#error-summary"))
	}
	if n := len(p.audit(models.ActionCredentialAdd)); n != 0 {
		t.Errorf("%d records of what was refused", n)
	}
	run := p.submit(refused, "Add client secret", url.Values{"life": {"90"}, "reason": {"CHG-7"}})
	p.waitRun(run.url.Path, "Done")

	p.post(run.url.Path+"/secret/saved", nil)
	question := p.get(run.url.Path + "/secret/remove")
	refused = p.submit(question, "Remove this credential", nil)
	if refused.status != http.StatusUnprocessableEntity || refused.Find("#f-reason[aria-invalid=true]").Length() != 1 {
		t.Errorf("the removal without a reason: %d %s", refused.status, refused.text("main"))
	}
	removal := p.submit(refused, "Remove this credential", url.Values{"reason": {"CHG-8"}})
	if page := p.waitRun(removal.url.Path, "Done"); !strings.Contains(page.text("main"), "Reason: CHG-8") {
		t.Errorf("the run does not tell its reason: %s", page.text("main"))
	}
}

func TestAPermissionTakesTheReasonThatIsDemanded(t *testing.T) {
	p := newTestPortal(t, func(_ *web.Options, h *Handlers) { h.RequireReason = true })
	p.signIn("global-admin")
	found := p.submit(p.get(p.agentPermissions()), "Search", url.Values{"q": {"mail send"}})
	question := p.get(found.Find("main a[href*='/permissions/grant?']").First().AttrOr("href", "/none"))
	refused := p.submit(question, "Grant permission", nil)
	if refused.status != http.StatusUnprocessableEntity || !strings.Contains(refused.text("#error-summary"), "Write why you do this") {
		t.Errorf("without a reason: %d %s", refused.status, refused.text("main"))
	}
	run := p.submit(refused, "Grant permission", url.Values{"reason": {"CHG-9"}})
	p.waitRun(run.url.Path, "Done")
}
