package provision

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"agentidportal/entra"
	"agentidportal/models"
)

// withSecret adds a secret to the blueprint of a run and returns the run that did.
func (b *bench) withSecret(t *testing.T, a models.Actor, run *models.Run) *models.Run {
	t.Helper()
	added, err := b.AddCredential(t.Context(), a, "of-"+a.OID+run.UpdatedAt.String(), SecretSpec{
		BlueprintID: run.BlueprintID, BlueprintAppID: run.BlueprintAppID, BlueprintName: "Invoice helper", Days: 90,
	})
	if err != nil || added.State != models.RunDone {
		t.Fatalf("add a secret: %v %+v", err, added)
	}
	return added
}

// signsIn asks what the page of a run asks before it gives advice.
func (b *bench) signsIn(t *testing.T, a models.Actor, run *models.Run) bool {
	t.Helper()
	state, err := b.Secret(t.Context(), a, run)
	if err != nil {
		t.Fatal(err)
	}
	return state.SignsIn
}

// TestTheAdviceToAddASecretLeadsOn: a run without a secret is refused, gets one
// by another run, and goes on as the blueprint.
func TestTheAdviceToAddASecretLeadsOn(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.knobs(t, map[string]any{"delegatedCreate": false})
	admin := b.admin(t)
	run := b.ends(t, b.begin(t, admin, func(s *BlueprintSpec) { s.Count, s.SecretDays = 1, 0 }))
	failed := &run.Steps[2]
	if advice, _ := Advise(run, failed, b.signsIn(t, admin, run)); !slices.Contains(advice.Fixes, FixAddSecret) {
		t.Fatalf("advice %+v", advice)
	}
	if err := b.GoOnAsBlueprint(t.Context(), admin, run.ID); !errors.Is(err, ErrNoSecret) {
		t.Fatalf("without a secret: %v", err)
	}
	if again, err := b.store.Run(t.Context(), run.ID); err != nil || again.RunAs != string(AsMe) || again.State != models.RunFailed {
		t.Fatalf("the refused act changed the run: %+v %v", again, err)
	}
	other := b.signIn(t, "global-admin@"+b.info.Domain)
	b.withSecret(t, other, run)
	if b.signsIn(t, admin, run) {
		t.Error("the secret of another person is used")
	}
	added := b.withSecret(t, admin, run)
	if advice, _ := Advise(run, failed, b.signsIn(t, admin, run)); advice.Fixes[0] != FixAsBlueprint {
		t.Errorf("advice %+v", advice)
	}
	if err := b.GoOnAsBlueprint(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if run = b.ends(t, run); run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	if secret, err := b.store.RunSecret(t.Context(), added.ID); err != nil || secret.Keep {
		t.Errorf("the run that is done still holds the secret: %+v %v", secret, err)
	}
	b.checkAudit(t)
}

// TestABorrowedSecretStaysUntilTheRunEnds: it is saved while the run signs in
// with it, and deleted when the run is done.
func TestABorrowedSecretStaysUntilTheRunEnds(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.knobs(t, map[string]any{"delegatedCreate": false})
	admin := b.admin(t)
	run := b.ends(t, b.begin(t, admin, func(s *BlueprintSpec) { s.Count, s.SecretDays = 1, 0 }))
	added := b.withSecret(t, admin, run)
	under, goOn := make(chan struct{}), make(chan struct{})
	b.faults.add(strikeAt(KindAgent, "microsoft.graph.agentIdentity", fault{do: func() { close(under); <-goOn }}))
	if err := b.GoOnAsBlueprint(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	<-under
	if _, err := b.RemoveCredential(t.Context(), admin, added.ID, ""); !errors.Is(err, ErrNotNow) {
		t.Errorf("removed while a run signs in with it: %v", err)
	}
	if err := b.SecretSaved(t.Context(), admin, added.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.RunSecret(t.Context(), added.ID); err != nil {
		t.Errorf("the run lost its secret: %v", err)
	}
	close(goOn)
	if run = b.ends(t, run); run.State != models.RunDone {
		t.Error(stepsText(run))
	}
	if _, err := b.store.RunSecret(t.Context(), added.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a saved secret outlived the run: %v", err)
	}
	b.checkAudit(t)
}

// TestABlueprintThatCannotSignInIsNoDeadEnd: its secret is refused; a new one
// leads on, and so does going back to the person.
func TestABlueprintThatCannotSignInIsNoDeadEnd(t *testing.T) {
	for _, words := range []string{"AADSTS7000215: Invalid client secret provided.", "AADSTS7000222: The keys are expired."} {
		for _, way := range []Fix{FixAddSecret, FixAsMe} {
			t.Run(words[:13]+" "+string(way), func(t *testing.T) {
				var clock movedClock
				b := newBench(t, benchOptions{now: clock.now})
				admin := b.admin(t)
				b.faults.add(outage("/oauth2/v2.0/token", fault{
					status: http.StatusUnauthorized, oauth: true, code: "invalid_client", message: words,
				}))
				run := b.begin(t, admin, oneAsItself)
				b.until(t, run.ID, models.RunWaiting, models.RunFailed)
				clock.forward(giveUpAfter + time.Second)
				run = b.ends(t, run)
				b.faults.clear()
				s := &run.Steps[3]
				advice, _ := Advise(run, s, b.signsIn(t, admin, run))
				if s.State != models.StepFailed || s.GraphRequestID != "" || !slices.Contains(advice.Fixes, way) {
					t.Fatalf("advice %+v, request-id %q: %s", advice, s.GraphRequestID, stepsText(run))
				}
				act := b.Retry
				if way == FixAsMe {
					act = b.GoOnAsMe
				} else {
					b.withSecret(t, admin, run)
				}
				if err := act(t.Context(), admin, run.ID); err != nil {
					t.Fatal(err)
				}
				run = b.ends(t, run)
				if as := HistoryOf(&run.Steps[3]).As; run.State != models.RunDone || (as == AsMe) != (way == FixAsMe) {
					t.Errorf("sent as %s: %s", as, stepsText(run))
				}
				b.checkAudit(t)
			})
		}
	}
}

// TestAnOldSecretIsNotWaitedFor: a secret that is not new any more and is
// refused is wrong.
func TestAnOldSecretIsNotWaitedFor(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{now: clock.now})
	b.knobs(t, map[string]any{"delegatedCreate": false})
	admin := b.admin(t)
	run := b.ends(t, b.begin(t, admin, oneAgent))
	clock.forward(lagAge + time.Minute)
	b.faults.add(fault{path: "/oauth2/v2.0/token", status: http.StatusUnauthorized, oauth: true, code: "invalid_client", message: "AADSTS7000215: Invalid."})
	if err := b.GoOnAsBlueprint(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	run = b.ends(t, run)
	if s := run.Steps[3]; s.ErrorCode != "AADSTS7000215" || strings.Contains(s.Note, "gave up") {
		t.Error(stepsText(run))
	}
	if err := b.GoOnAsMe(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	run = b.ends(t, run)
	if err := b.GoOnAsMe(t.Context(), admin, run.ID); !errors.Is(err, ErrNotNow) {
		t.Errorf("as oneself twice: %v", err)
	}
}

// TestARefusedTokenNamesItsCorrelationID: it is no request-id of Graph.
func TestARefusedTokenNamesItsCorrelationID(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	run := b.ends(t, b.begin(t, admin, oneAgent))
	run.Steps[3].OpID = "" // nothing was sent yet
	m, err := b.moverOf(run, &run.Steps[3])
	if err != nil {
		t.Fatal(err)
	}
	refused := &entra.Error{Code: "invalid_client", AADSTS: 53003, Status: http.StatusUnauthorized, CorrelationID: "c0ffee"}
	if _, err := m.tokenRefused(t.Context(), refused); err != nil {
		t.Fatal(err)
	}
	if s := run.Steps[3]; s.GraphRequestID != "" || !strings.Contains(s.Note, "correlation ID c0ffee") {
		t.Errorf("request-id %q, note %s", s.GraphRequestID, s.Note)
	}
}
