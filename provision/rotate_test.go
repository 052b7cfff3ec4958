package provision

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"agentidportal/entra"
	"agentidportal/models"
)

// rotation replaces the secret of a blueprint that was made for it.
func (b *bench) rotation(t testing.TB, a models.Actor) (made *models.Run, spec RotateSpec) {
	t.Helper()
	made = b.ends(t, b.begin(t, a, func(s *BlueprintSpec) { s.Count = 0 }))
	if made.State != models.RunDone {
		t.Fatal(stepsText(made))
	}
	return made, RotateSpec{
		BlueprintID: made.BlueprintID, BlueprintAppID: made.BlueprintAppID, BlueprintName: "Invoice helper", Days: 90,
		OldKeyID: stepOf(made, KindSecret).ObjectID, OldKeyName: "portal:old", Reason: "CHG-1",
	}
}

func (b *bench) rotate(t testing.TB, a models.Actor, spec RotateSpec) *models.Run {
	t.Helper()
	run, err := b.Rotate(t.Context(), a, "rotate", spec)
	if err != nil {
		t.Fatal(err)
	}
	return b.ends(t, run)
}

// signInFault makes the sign-ins of the blueprint, and of people, meet a fault.
func (b *bench) signInFault(f fault) {
	f.path, f.exact, f.oauth = "/oauth2/v2.0/token", true, true
	b.faults.add(f)
}

func TestRotationRemovesTheOldSecretAfterTheProof(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	made, spec := b.rotation(t, admin)
	b.signInFault(fault{status: http.StatusUnauthorized, code: "invalid_client", message: "AADSTS7000215: Invalid client secret provided.", times: 3})
	run := b.rotate(t, admin, spec)
	if run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	now := b.found(t, admin, made.BlueprintID)
	if len(now.PasswordCredentials) != 1 || now.PasswordCredentials[0].KeyID == spec.OldKeyID {
		t.Errorf("secrets %+v", now.PasswordCredentials)
	}
	if s := run.Steps[1]; s.Attempt != 4 || s.Result != models.ResultSucceeded || s.OpID != "" {
		t.Errorf("proof %+v", s)
	}
	events, err := b.store.Audit(t.Context(), models.AuditFilter{Action: models.ActionCredentialProve})
	if err != nil || len(events) != 1 || events[0].Kind != models.AuditEvent || events[0].Result != models.ResultSucceeded || !strings.Contains(string(events[0].Body), now.PasswordCredentials[0].KeyID) {
		t.Errorf("records of the proof %+v, %v", events, err)
	}
	b.checkAudit(t)
	view, err := b.ShowSecret(t.Context(), admin, run.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.checkNotInFiles(t, "the new secret", view.Value.Reveal())
	if _, err := b.entra.Acquire(t.Context(), entra.BlueprintToken{BlueprintAppID: made.BlueprintAppID, Credential: entra.Credential{Secret: view.Value}, Scope: entra.GraphDefaultScope}); err != nil {
		t.Errorf("the new secret does not sign in: %v", err)
	}
	// The run that minted the old one knows that it is gone, and holds it no longer.
	if state, err := b.Secret(t.Context(), admin, made); err != nil || !state.Removed || state.Held {
		t.Errorf("the old secret is %+v, %v", state, err)
	}
}

// TestTheOldSecretStaysWithoutAProof: the sign-in service refuses the new one for
// good, then takes it.
func TestTheOldSecretStaysWithoutAProof(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	made, spec := b.rotation(t, admin)
	b.signInFault(fault{status: http.StatusUnauthorized, code: "invalid_client", message: "AADSTS7000112: Application is disabled."})
	run := b.rotate(t, admin, spec)
	if run.State != models.RunFailed || run.Steps[1].State != models.StepFailed || run.Steps[2].State != models.StepPlanned {
		t.Fatal(stepsText(run))
	}
	if n := len(b.found(t, admin, made.BlueprintID).PasswordCredentials); n != 2 {
		t.Errorf("%d secrets", n)
	}
	if advice, ok := Advise(run, &run.Steps[1], false); !ok || !strings.Contains(advice.Title, "could not be proved") || !strings.Contains(advice.Text, "old one was not touched") {
		t.Errorf("advice %+v", advice)
	}
	events, err := b.store.Audit(t.Context(), models.AuditFilter{Action: models.ActionCredentialProve})
	if err != nil || len(events) != 1 || events[0].Result != models.ResultFailed || !strings.Contains(string(events[0].Body), "AADSTS7000112") {
		t.Errorf("records of the proof %+v, %v", events, err)
	}
	if err := b.Retry(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if run = b.until(t, run.ID, models.RunDone, models.RunFailed); run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	if left := b.found(t, admin, made.BlueprintID).PasswordCredentials; len(left) != 1 || left[0].KeyID == spec.OldKeyID {
		t.Errorf("left %+v", left)
	}
	b.checkAudit(t)
}

// TestASavedSecretCannotBeProved: its owner has it, and the portal no longer.
func TestASavedSecretCannotBeProved(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	_, spec := b.rotation(t, admin)
	b.signInFault(fault{status: http.StatusUnauthorized, code: "invalid_client", message: "AADSTS7000112: Application is disabled."})
	run := b.rotate(t, admin, spec)
	if err := b.SecretSaved(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if err := b.Retry(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunFailed)
	if advice, _ := Advise(run, &run.Steps[1], false); !strings.Contains(advice.Title, "no longer held") || run.Steps[2].State != models.StepPlanned {
		t.Errorf("%s %+v", stepsText(run), advice)
	}
}

// TestProofsSurviveTheSignInService: what keeps a sign-in from being answered is
// waited out, and says nothing of the secret.
func TestProofsSurviveTheSignInService(t *testing.T) {
	words := func(status int, code, message string) fault {
		return fault{status: status, code: code, message: message}
	}
	for name, f := range map[string]fault{
		"unknown app":       words(400, "unauthorized_client", "AADSTS700016: Application not found in the directory."),
		"unknown secret":    words(401, "invalid_client", "AADSTS7000215: Invalid client secret provided."),
		"no credential":     words(401, "invalid_client", "AADSTS7000216: client_assertion or client_secret is required."),
		"no principal":      words(400, "unauthorized_client", "AADSTS7000229: The client application is missing service principal."),
		"429":               words(429, "temporarily_unavailable", "AADSTS90055: Too many requests."),
		"503":               words(503, "temporarily_unavailable", "AADSTS90033: A transient error has occurred."),
		"no JSON":           {status: 502, body: "<html>"},
		"reset":             {before: true},
		"reset afterwards":  {after: true},
		"half of an answer": {half: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
			admin := b.admin(t)
			made, spec := b.rotation(t, admin)
			b.signInFault(f)
			run := b.rotate(t, admin, spec)
			if run.State != models.RunDone || run.Steps[1].Attempt < 2 {
				t.Fatal(stepsText(run))
			}
			if left := b.found(t, admin, made.BlueprintID).PasswordCredentials; len(left) != 1 || left[0].KeyID == spec.OldKeyID {
				t.Errorf("left %+v", left)
			}
			b.checkAudit(t)
		})
	}
}

// TestAProofIsGivenUp: after the usual patience, with the old secret in place.
func TestAProofIsGivenUp(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond, now: clock.now})
	admin := b.admin(t)
	made, spec := b.rotation(t, admin)
	b.signInFault(fault{
		status: http.StatusUnauthorized, code: "invalid_client", message: "AADSTS7000215: Invalid client secret provided.", times: 100000,
		do: func() { clock.forward(30 * time.Second) },
	})
	run := b.rotate(t, admin, spec)
	s := run.Steps[1]
	if advice, _ := Advise(run, &s, false); s.State != models.StepFailed || !strings.Contains(advice.Text, "gave up") || !strings.Contains(advice.Text, "old one was not touched") {
		t.Errorf("%s %+v", stepsText(run), advice)
	}
	if n := len(b.found(t, admin, made.BlueprintID).PasswordCredentials); n != 2 {
		t.Errorf("%d secrets", n)
	}
}

func TestTheCallsOfARotation(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	spec := RotateSpec{BlueprintID: newTestID, BlueprintAppID: newTestID, BlueprintName: "Invoice helper", Days: 90, OldKeyID: newTestID, OldKeyName: "old"}
	plan := b.RotateCalls(spec)
	if len(plan) != 3 || plan[0].Call.Method != http.MethodPost || plan[1].Call.Method != "" || plan[1].RunsAs != "Blueprint" || !strings.HasSuffix(plan[2].Call.Path, "/removePassword") {
		t.Errorf("plan %+v", plan)
	}
	for _, c := range plan {
		if c.What == "" || c.Title == "" {
			t.Errorf("call %+v has no words", c)
		}
	}
	spec.Days, spec.OldKeyID = 7, ""
	if faults := spec.Validate(); faults["secret"] == "" || faults["old"] == "" {
		t.Errorf("faults %v", faults)
	}
}
