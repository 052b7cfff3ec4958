package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"agentidportal/models"
	"agentidportal/provision"
)

// unreadableRun is a run whose call was lost and cannot be read, since its
// owner is not signed in.
func (p *testPortal) unreadableRun(oid string) *models.Run {
	p.t.Helper()
	run := p.newRun(oid, models.RunWaitingSignIn, models.Step{
		Kind: provision.KindAgent, Name: "Create agent identity Reader 01", ObjectName: "Reader 01", State: models.StepUnknown,
		Method: http.MethodPost, Path: "/v1.0/servicePrincipals/microsoft.graph.agentIdentity", Params: []byte(`{"unread":true}`),
		OpID: uuid.NewString(), Attempt: 1, StartedAt: p.clock.now(), HTTPStatus: http.StatusForbidden, ErrorCode: "Authorization_RequestDenied",
	})
	intent := models.NewAudit{
		OpID: run.Steps[0].OpID, Kind: models.AuditIntent, Actor: run.TID + "/" + oid, Action: models.ActionAgentIdentityCreate,
		TargetKind: "agentIdentity", Body: map[string]any{},
	}
	p.append(intent)
	return run
}

func TestALostCallIsGivenUpAfterAQuestion(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	run := p.unreadableRun(stranger)
	op := run.Steps[0].OpID

	page := p.get(runPath(run.ID))
	link := page.Find("a[href='" + runPath(run.ID) + "/give-up']")
	if strings.TrimSpace(link.Text()) != "Give up…" {
		t.Fatalf("the page offers no way out: %s", page.text(".steps"))
	}
	question := p.get(link.AttrOr("href", ""))
	for _, want := range []string{"Give up “Create agent identity Reader 01”?", "Nothing is given up yet", "named “Reader 01” with the tag portal-op:" + op, "403 Authorization_RequestDenied", "Keep waiting"} {
		if !strings.Contains(question.text("main"), want) {
			t.Errorf("the question lacks %q: %s", want, question.text("main"))
		}
	}
	if n := len(p.audit(models.ActionRunGiveUp)); n != 0 {
		t.Fatalf("%d records before the question was answered", n)
	}
	if other := p.post(runPath(run.ID)+"/give-up", url.Values{"operation": {"another"}}); other.status != http.StatusConflict {
		t.Errorf("giving up another operation answers %d", other.status)
	}
	after := p.submit(question, "Give up", nil)
	if after.url.Path != runPath(run.ID) {
		t.Fatalf("Give up led to %s with %d", after.url, after.status)
	}
	after = p.waitRun(runPath(run.ID), "Failed")
	for _, want := range []string{"Given up: nobody knows whether this was carried out", p.persona("agent-admin").UPN + " gave it up", "Look there first"} {
		if !strings.Contains(after.text(".step-failed"), want) {
			t.Errorf("the step does not say %q: %s", want, after.text(".steps"))
		}
	}
	if n := len(p.audit(models.ActionRunGiveUp)); n != 1 {
		t.Errorf("%d records of the act, want 1", n)
	}
	records, err := p.store.AuditByOp(t.Context(), op)
	if err != nil || len(records) != 2 || records[1].Result != models.ResultAbandoned {
		t.Errorf("records %+v, %v", records, err)
	}
	if again := p.get(runPath(run.ID) + "/give-up"); again.url.Path != runPath(run.ID) {
		t.Errorf("the question is still asked at %s", again.url)
	}
}

func TestGivingUpIsForTheOwnerAndAdmins(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	run := p.unreadableRun(stranger)
	if n := p.get(runPath(run.ID)).Find("a[href$='/give-up']").Length(); n != 0 {
		t.Error("somebody else is offered to give the call up")
	}
	if page := p.get(runPath(run.ID) + "/give-up"); page.status != http.StatusForbidden {
		t.Errorf("the question answers %d", page.status)
	}
	if page := p.post(runPath(run.ID)+"/give-up", url.Values{"operation": {run.Steps[0].OpID}}); page.status != http.StatusForbidden {
		t.Errorf("the act answers %d", page.status)
	}
}
