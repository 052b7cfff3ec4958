package provision

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"agentidportal/models"
)

// outage is a fault that strikes every request to a path until it is over.
func outage(path string, f fault) fault {
	f.path, f.times = path, 1_000_000
	return f
}

func TestBlueprintWaitsUntilItsSecretIsKnown(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	b.faults.add(fault{
		path: "/oauth2/v2.0/token", times: 3, status: http.StatusUnauthorized, oauth: true,
		code: "invalid_client", message: "AADSTS7000215: Invalid client secret provided.",
	})
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.RunAs = AsBlueprint }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if run.State != models.RunDone {
		t.Error(stepsText(run))
	}
	b.checkTenant(t, admin, run, twoAgents, 1)
	b.checkAudit(t)
}

func TestBlueprintThatMayNotSignInFailsWithTheReason(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	b.faults.add(outage("/oauth2/v2.0/token", fault{
		status: http.StatusUnauthorized, oauth: true, code: "invalid_client", message: "AADSTS7000222: The provided client secret keys are expired.",
	}))
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.RunAs = AsBlueprint }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	s := run.Steps[3]
	if s.State != models.StepFailed || s.ErrorCode != "AADSTS7000222" || s.Note == "" || s.OpID != "" {
		t.Errorf("step: %+v", s)
	}
	advice, ok := Advise(run, &s, true)
	if !ok || advice.Title != "The blueprint got no token" || advice.Text == "" {
		t.Errorf("advice %+v", advice)
	}
	b.checkAudit(t)
}

func TestUnreachableSignInServiceIsWaitedFor(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	b.signIns.Drop(admin.SignInID)
	b.faults.add(fault{path: "/oauth2/v2.0/token", times: 3, before: true})
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if run.State != models.RunDone {
		t.Error(stepsText(run))
	}
	b.checkTenant(t, admin, run, twoAgents, 1)
	b.checkAudit(t)
}

func TestTokenThatIsNeverTakenEndsTheStep(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	b.faults.add(outage("/addPassword", fault{status: http.StatusUnauthorized, code: "InvalidAuthenticationToken"}))
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunFailed, models.RunDone)
	s := run.Steps[2]
	if s.State != models.StepFailed || s.Attempt != 3 || s.HTTPStatus != http.StatusUnauthorized {
		t.Error(stepsText(run))
	}
	if advice, _ := Advise(run, &s, false); !strings.Contains(advice.Text, "Sign out and in again") {
		t.Errorf("advice %+v", advice)
	}
	b.checkAudit(t)
}

func TestConcurrentChangeIsTriedAgain(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	b.faults.add(fault{path: "/addPassword", times: 2, status: http.StatusConflict, code: "Directory_ConcurrencyViolation"})
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if s := run.Steps[2]; s.State != models.StepDone || s.Attempt != 3 {
		t.Error(stepsText(run))
	}
	b.checkTenant(t, admin, run, nil, 1)
	b.checkAudit(t)
}

func TestForbiddenPrincipalOfANewBlueprintIsLag(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	b.faults.add(fault{path: "agentIdentityBlueprintPrincipal", times: 2, status: http.StatusForbidden, code: "Authorization_RequestDenied"})
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if s := run.Steps[1]; s.State != models.StepDone || s.Attempt != 3 {
		t.Error(stepsText(run))
	}
	b.checkAudit(t)
}

func TestUnknownOutcomeIsNeverGivenUp(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{now: clock.now, settle: time.Millisecond})
	admin := b.admin(t)
	b.faults.add(
		strikeAt(KindBlueprint, "agentIdentityBlueprint", fault{after: true}),
		outage("/v1.0/applications", fault{method: http.MethodGet, status: http.StatusForbidden, code: "Authorization_RequestDenied"}),
	)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
	if err != nil {
		t.Fatal(err)
	}
	b.until(t, run.ID, models.RunWaiting)
	clock.forward(giveUpAfter + time.Hour)
	for range 5 {
		run = b.until(t, run.ID, models.RunWaiting, models.RunFailed, models.RunDone)
		time.Sleep(10 * time.Millisecond)
	}
	if s := run.Steps[0]; run.State != models.RunWaiting || s.State != models.StepUnknown || s.WaitFor != waitReading {
		t.Fatal(stepsText(run))
	}
	if n := len(b.writes(t)); n != 1 {
		t.Errorf("%d writes although nothing could be read, want 1", n)
	}
	b.faults.clear()
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if run.Steps[0].Result != models.ResultAdopted {
		t.Error(stepsText(run))
	}
	b.checkAudit(t)
}

func TestRemovalThatIsRefusedCanBeRetried(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone)
	b.faults.add(fault{path: "/removePassword", status: http.StatusForbidden, code: "Authorization_RequestDenied"})
	removal, err := b.RemoveCredential(t.Context(), admin, run.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	removal = b.until(t, removal.ID, models.RunFailed, models.RunDone)
	if removal.State != models.RunFailed {
		t.Fatal(stepsText(removal))
	}
	b.checkTenant(t, admin, run, nil, 1)
	if err := b.Retry(t.Context(), admin, removal.ID); err != nil {
		t.Fatal(err)
	}
	b.until(t, removal.ID, models.RunDone)
	b.checkTenant(t, admin, run, nil, 0)
	b.checkAudit(t)
}

func TestRemovalOfWhatIsGoneSucceeds(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone)
	b.faults.add(fault{path: "/removePassword", status: http.StatusNotFound, code: "Request_ResourceNotFound", message: "gone"})
	removal, err := b.RemoveCredential(t.Context(), admin, run.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	removal = b.until(t, removal.ID, models.RunFailed, models.RunDone)
	if removal.Steps[0].Result != models.ResultSucceeded {
		t.Error(stepsText(removal))
	}
}
