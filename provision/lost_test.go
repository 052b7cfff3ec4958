package provision

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentidportal/models"
)

// The steps of a run with one agent, and the part of the path a fault is
// played on.
var lossySteps = []struct {
	kind, path string
	ordinal    int
}{
	{KindBlueprint, "agentIdentityBlueprint", 1},
	{KindPrincipal, "agentIdentityBlueprintPrincipal", 2},
	{KindSecret, "/addPassword", 3},
	{KindAgent, "microsoft.graph.agentIdentity", 4},
}

// strikeAt plays a fault on the call of one step only: paths of the steps are
// prefixes of one another.
func strikeAt(kind, path string, f fault) fault {
	f.path = path
	if kind == KindAgent || kind == KindBlueprint {
		f.exact = true
	}
	return f
}

func TestLostAnswerIsAdopted(t *testing.T) {
	for _, step := range lossySteps {
		for _, as := range []RunAs{AsMe, AsBlueprint} {
			t.Run(step.kind+" as "+string(as), func(t *testing.T) {
				b := newBench(t, benchOptions{settle: 30 * time.Millisecond})
				admin := b.admin(t)
				b.faults.add(strikeAt(step.kind, step.path, fault{after: true}))
				run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count, s.RunAs = 1, as }))
				if err != nil {
					t.Fatal(err)
				}
				run = b.until(t, run.ID, models.RunDone, models.RunFailed)
				want := models.ResultAdopted
				if step.kind == KindSecret {
					// A secret nobody saw cannot be adopted: it is removed, another is made.
					want = models.ResultRepeated
				}
				if s := run.Steps[step.ordinal-1]; s.Result != want || s.ObjectID == "" {
					t.Errorf("want %s: %s", want, stepsText(run))
				}
				b.checkTenant(t, admin, run, twoAgents[:1], 1)
				b.checkAudit(t)
			})
		}
	}
}

func TestLostRequestIsRepeatedAfterReading(t *testing.T) {
	for _, step := range lossySteps {
		t.Run(step.kind, func(t *testing.T) {
			b := newBench(t, benchOptions{settle: 30 * time.Millisecond})
			admin := b.admin(t)
			b.faults.add(strikeAt(step.kind, step.path, fault{before: true}))
			run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 1 }))
			if err != nil {
				t.Fatal(err)
			}
			run = b.until(t, run.ID, models.RunDone, models.RunFailed)
			if s := run.Steps[step.ordinal-1]; s.Result != models.ResultRepeated || s.Attempt != 2 {
				t.Errorf("want repeated: %s", stepsText(run))
			}
			b.checkTenant(t, admin, run, twoAgents[:1], 1)
			b.checkAudit(t)
		})
	}
}

func TestServerFaultIsSettledByReading(t *testing.T) {
	for _, status := range []int{http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout} {
		for _, step := range lossySteps {
			t.Run(http.StatusText(status)+" "+step.kind, func(t *testing.T) {
				b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
				admin := b.admin(t)
				b.faults.add(strikeAt(step.kind, step.path, fault{status: status, code: "UnknownError"}))
				run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 1 }))
				if err != nil {
					t.Fatal(err)
				}
				run = b.until(t, run.ID, models.RunDone, models.RunFailed)
				if s := run.Steps[step.ordinal-1]; s.Result != models.ResultRepeated {
					t.Errorf("want repeated: %s", stepsText(run))
				}
				b.checkTenant(t, admin, run, twoAgents[:1], 1)
				b.checkAudit(t)
			})
		}
	}
}

func TestReadThatFailsNeverLeadsToASecondWrite(t *testing.T) {
	b := newBench(t, benchOptions{settle: time.Millisecond})
	admin := b.admin(t)
	b.faults.add(
		strikeAt(KindBlueprint, "agentIdentityBlueprint", fault{after: true}),
		fault{method: http.MethodGet, path: "agentIdentityBlueprint", status: http.StatusForbidden, code: "Authorization_RequestDenied", times: 2},
		fault{method: http.MethodGet, path: "/v1.0/applications", status: http.StatusForbidden, code: "Authorization_RequestDenied", times: 2},
	)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if run.Steps[0].Result != models.ResultAdopted {
		t.Error(stepsText(run))
	}
	b.checkTenant(t, admin, run, nil, 1)
	b.checkAudit(t)
}

func TestLostRemovalOfAnUnseenSecretIsSettled(t *testing.T) {
	for name, f := range map[string]fault{
		"answer lost": {path: "/removePassword", after: true}, "request lost": {path: "/removePassword", before: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
			admin := b.admin(t)
			b.faults.add(fault{path: "/addPassword", after: true}, f)
			run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
			if err != nil {
				t.Fatal(err)
			}
			run = b.until(t, run.ID, models.RunDone, models.RunFailed)
			b.checkTenant(t, admin, run, nil, 1)
			b.checkAudit(t)
			if view, err := b.ShowSecret(t.Context(), admin, run.ID); err != nil || view.KeyID != run.Steps[2].ObjectID {
				t.Errorf("secret %v, %v; step %+v", view.KeyID, err, run.Steps[2])
			}
		})
	}
}

func TestSeveralCandidatesAreLeftToAPerson(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	// Two creates with the tag of the operation: a proxy that doubled the request.
	b.faults.add(strikeAt(KindBlueprint, "agentIdentityBlueprint", fault{after: true, twice: true}))
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunFailed, models.RunDone)
	if s := run.Steps[0]; s.State != models.StepFailed || !strings.Contains(s.Note, "2 objects named “Invoice helper”") {
		t.Error(stepsText(run))
	}
}

func TestPrincipalThatExistsIsAdopted(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	// Graph does it, and answers that somebody was faster.
	b.faults.add(fault{
		path: "agentIdentityBlueprintPrincipal", done: true, status: http.StatusConflict,
		code: "Request_MultipleObjectsWithSameKeyValue", message: "Another object with the same value for property appId already exists.",
	})
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if s := run.Steps[1]; s.Result != models.ResultAdopted {
		t.Error(stepsText(run))
	}
	b.checkTenant(t, admin, run, twoAgents, 1)
	b.checkAudit(t)
}

// TestAnyRequestMayBeLost loses the n-th request of a run, whatever it is, for
// every n, before and after it took effect.
func TestAnyRequestMayBeLost(t *testing.T) {
	const requests = 5 // four calls of the run and its token as the blueprint
	for n := 1; n <= requests; n++ {
		for name, f := range map[string]fault{"before": {before: true, nth: n}, "after": {after: true, nth: n}} {
			t.Run(fmt.Sprintf("%s %d", name, n), func(t *testing.T) {
				b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
				admin := b.admin(t)
				b.faults.add(f)
				run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count, s.RunAs = 1, AsBlueprint }))
				if err != nil {
					t.Fatal(err)
				}
				run = b.until(t, run.ID, models.RunDone, models.RunFailed)
				if run.State != models.RunDone {
					t.Error(stepsText(run))
				}
				b.checkTenant(t, admin, run, twoAgents[:1], 1)
				b.checkAudit(t)
			})
		}
	}
}
