package provision

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentidportal/models"
)

// begin starts a run of a spec.
func (b *bench) begin(t testing.TB, a models.Actor, change ...func(*BlueprintSpec)) *models.Run {
	t.Helper()
	run, err := b.Start(t.Context(), a, "r", b.spec(a, change...))
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// ends waits for the end of a run.
func (b *bench) ends(t testing.TB, run *models.Run) *models.Run {
	t.Helper()
	return b.until(t, run.ID, models.RunDone, models.RunFailed)
}

func noAgents(s *BlueprintSpec)    { s.Count = 0 }
func oneAsItself(s *BlueprintSpec) { s.Count, s.RunAs = 1, AsBlueprint }

// TestAnUnseenSecretIsRemovedWhateverAStaleReadShows: the removal of a secret
// that nobody has seen was lost, and the next read meets a replica that does
// not know the secret. It still lives, and must not stay.
func TestAnUnseenSecretIsRemovedWhateverAStaleReadShows(t *testing.T) {
	b := newBench(t, benchOptions{settle: 200 * time.Millisecond})
	admin := b.admin(t)
	stale := fault{
		method: http.MethodGet, path: "/applications/", status: http.StatusOK,
		body: `{"@odata.type":"#microsoft.graph.agentIdentityBlueprint","id":"b","displayName":"Invoice helper","passwordCredentials":[]}`,
	}
	b.faults.add(fault{path: "/addPassword", after: true}, fault{path: "/removePassword", before: true, do: func() { b.faults.add(stale) }})
	run := b.ends(t, b.begin(t, admin, noAgents))
	if run.State != models.RunDone {
		t.Error(stepsText(run))
	}
	b.checkTenant(t, admin, run, nil, 1)
	b.checkAudit(t)
}

// TestGoneBeforeTheWindowEndsIsNotBelieved: a replica that lags answers the
// removal of an unseen secret like one that is gone.
func TestGoneBeforeTheWindowEndsIsNotBelieved(t *testing.T) {
	b := newBench(t, benchOptions{settle: 200 * time.Millisecond})
	admin := b.admin(t)
	b.faults.add(fault{path: "/addPassword", after: true}, fault{path: "/removePassword", status: http.StatusNotFound, code: "Request_ResourceNotFound"})
	run := b.ends(t, b.begin(t, admin, noAgents))
	b.checkTenant(t, admin, run, nil, 1)
	b.checkAudit(t)
}

// TestARemovalThatIsAskedForIsConfirmed: the same for one a person asked for.
func TestARemovalThatIsAskedForIsConfirmed(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	run := b.ends(t, b.begin(t, admin, noAgents))
	b.faults.add(fault{path: "/removePassword", status: http.StatusNotFound, code: "Request_ResourceNotFound"})
	removal, err := b.RemoveCredential(t.Context(), admin, run.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	if removal = b.ends(t, removal); removal.State != models.RunDone {
		t.Error(stepsText(removal))
	}
	b.checkTenant(t, admin, run, nil, 0)
	b.checkAudit(t)
}

// TestARemovalIsNotBelievedUnread: the read that should confirm it fails, or
// meets a replica that does not know the blueprint.
func TestARemovalIsNotBelievedUnread(t *testing.T) {
	read := fault{method: http.MethodGet, path: "/applications/"}
	failed, unknown := read, read
	failed.status, failed.code = http.StatusInternalServerError, "InternalServerError"
	unknown.status, unknown.code = http.StatusNotFound, "Request_ResourceNotFound"
	for name, read := range map[string]fault{"fails": failed, "lags": unknown} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, benchOptions{settle: 200 * time.Millisecond})
			admin := b.admin(t)
			run := b.ends(t, b.begin(t, admin, noAgents))
			b.faults.add(fault{path: "/removePassword", status: http.StatusNotFound, code: "Request_ResourceNotFound"}, read)
			removal, err := b.RemoveCredential(t.Context(), admin, run.ID, "")
			if err != nil {
				t.Fatal(err)
			}
			if removal = b.ends(t, removal); removal.State != models.RunDone {
				t.Error(stepsText(removal))
			}
			b.checkTenant(t, admin, run, nil, 0)
			b.checkAudit(t)
		})
	}
}

// TestSecretOfABlueprintThatIsGoneEnds: the secret's answer was lost and its
// blueprint deleted. Whatever was made is gone with it.
func TestSecretOfABlueprintThatIsGoneEnds(t *testing.T) {
	gone := fault{status: http.StatusNotFound, code: "Request_ResourceNotFound"}
	reads := outage("/applications/", gone)
	reads.method = http.MethodGet
	tests := map[string][]fault{
		"before it is read":        {{path: "/addPassword", after: true}, reads},
		"before a secret is added": {{path: "/addPassword", before: true}, reads},
		"while one is removed":     {{path: "/addPassword", after: true}, {path: "/removePassword", before: true}, outage("/removePassword", gone)},
	}
	for name, faults := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, benchOptions{settle: 30 * time.Millisecond})
			admin := b.admin(t)
			if len(faults) == 3 {
				faults[1].do = func() { b.faults.add(reads) }
			}
			b.faults.add(faults...)
			run := b.ends(t, b.begin(t, admin, noAgents))
			s := run.Steps[2]
			if s.State != models.StepFailed || !strings.Contains(s.Note, "The blueprint is gone") {
				t.Error(stepsText(run))
			}
			if n := len(b.records(t, models.AuditIntent)); n != len(b.records(t, models.AuditOutcome)) {
				t.Errorf("%d intents and not as many outcomes", n)
			}
		})
	}
}

// TestAPrincipalThatExistsAndIsNotShownFails: Graph refuses a second principal
// and shows none. Asking for ever would change nothing.
func TestAPrincipalThatExistsAndIsNotShownFails(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	b.faults.add(outage("agentIdentityBlueprintPrincipal", fault{status: http.StatusConflict, code: "Request_MultipleObjectsWithSameKeyValue"}))
	run := b.ends(t, b.begin(t, admin))
	s := run.Steps[1]
	if s.State != models.StepFailed || s.Attempt != 2 || !strings.Contains(s.Note, "deleted objects") {
		t.Error(stepsText(run))
	}
	if advice, ok := Advise(run, &s, false); !ok || advice.Text != s.Note {
		t.Errorf("advice %+v", advice)
	}
	b.checkAudit(t)
}

// TestAnswersThatAreLostEachTimeEnd: nothing is ever made, and reading shows it.
func TestAnswersThatAreLostEachTimeEnd(t *testing.T) {
	for _, step := range lossySteps {
		t.Run(step.kind, func(t *testing.T) {
			b := newBench(t, benchOptions{settle: 5 * time.Millisecond})
			admin := b.admin(t)
			b.faults.add(strikeAt(step.kind, step.path, fault{times: 1000, status: http.StatusServiceUnavailable, code: "ServiceUnavailable"}))
			run := b.ends(t, b.begin(t, admin, func(s *BlueprintSpec) { s.Count = 1 }))
			s := run.Steps[step.ordinal-1]
			if s.State != models.StepFailed || s.Attempt != maxRepeats+1 || !strings.Contains(s.Note, "nothing is left over") {
				t.Error(stepsText(run))
			}
			b.checkAudit(t)
		})
	}
}

// TestLagDoesNotUseUpTheTokens: three answers that the object is not known yet
// are no tokens that were refused.
func TestLagDoesNotUseUpTheTokens(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	b.faults.add(fault{path: "/addPassword", status: http.StatusNotFound, code: "Request_ResourceNotFound", times: 4})
	b.faults.add(fault{path: "/addPassword", status: http.StatusUnauthorized, code: "InvalidAuthenticationToken", times: 2})
	run := b.ends(t, b.begin(t, admin, noAgents))
	if s := run.Steps[2]; s.State != models.StepDone || s.Attempt != 7 {
		t.Error(stepsText(run))
	}
	b.checkAudit(t)
}

// TestPausesAreKept: whoever answers with Retry-After is left alone until then,
// whether he was asked to write, to read or for a token.
func TestPausesAreKept(t *testing.T) {
	pause := map[string]string{"Retry-After": "240"}
	busy := fault{path: "/oauth2/v2.0/token", oauth: true, header: pause, times: 9}
	token := func(status int, code, message string) []fault {
		f := busy
		f.status, f.code, f.message = status, code, message
		return []fault{f}
	}
	tests := map[string]struct {
		faults []fault
		waits  string
	}{
		"a read": {[]fault{
			strikeAt(KindAgent, "microsoft.graph.agentIdentity", fault{after: true}),
			{method: http.MethodGet, path: "/servicePrincipals", times: 9, status: http.StatusTooManyRequests, code: "TooManyRequests", header: pause},
		}, waitReading},
		"a write that may have been carried out": {[]fault{
			strikeAt(KindAgent, "microsoft.graph.agentIdentity", fault{status: http.StatusServiceUnavailable, code: "Busy", header: pause}),
		}, waitReading},
		"too many tokens":      {token(http.StatusTooManyRequests, "invalid_request", "AADSTS90055: later"), waitEntra},
		"sign-in service busy": {token(http.StatusServiceUnavailable, "temporarily_unavailable", "AADSTS90033: later"), waitEntra},
		"passing fault as 400": {token(http.StatusBadRequest, "temporarily_unavailable", "AADSTS90033: later"), waitEntra},
		"same request again":   {token(http.StatusBadRequest, "invalid_grant", "AADSTS50196: loop"), waitEntra},
		"a web page":           {[]fault{{path: busy.path, status: http.StatusServiceUnavailable, header: pause, body: "<html>busy", times: 9}}, waitEntra},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var clock movedClock
			b := newBench(t, benchOptions{settle: 10 * time.Millisecond, now: clock.now})
			admin := b.admin(t)
			b.faults.add(tt.faults...)
			run := b.begin(t, admin, oneAsItself)
			run = b.until(t, run.ID, models.RunWaiting, models.RunFailed)
			for end := time.Now().Add(5 * time.Second); time.Now().Before(end) && left(run) < 200*time.Second; {
				time.Sleep(5 * time.Millisecond)
				run = b.until(t, run.ID, models.RunWaiting, models.RunFailed, models.RunDone)
			}
			if s := run.Steps[3]; run.State != models.RunWaiting || s.WaitFor != tt.waits || left(run) < 200*time.Second {
				t.Fatalf("%s waits %v: %s", run.State, left(run), stepsText(run))
			}
			b.faults.clear()
			clock.forward(5 * time.Minute)
			if err := b.TryNow(t.Context(), admin, run.ID); err != nil {
				t.Fatal(err)
			}
			run = b.ends(t, run)
			b.checkTenant(t, admin, run, twoAgents[:1], 1)
			b.checkAudit(t)
		})
	}
}

// left is how long a waiting run waits; of a lost call, until it is sent again.
func left(run *models.Run) time.Duration {
	s := current(run)
	if s == nil {
		return 0
	}
	data, _ := dataOf(s)
	next := s.NextAt
	if data.Settled.After(next) && s.State == models.StepUnknown {
		next = data.Settled
	}
	return next.Sub(run.UpdatedAt)
}

// TestASealedSecretThatDoesNotOpenIsOurOwnFault: the sign-in service was never
// asked, so it is not blamed, and waiting would not help.
func TestASealedSecretThatDoesNotOpenIsOurOwnFault(t *testing.T) {
	var b *bench
	b = newBench(t, benchOptions{hook: func(point string) {
		if point != afterOutcome+" "+KindSecret {
			return
		}
		runs, err := b.store.UnfinishedRuns(t.Context())
		if err != nil || len(runs) != 1 {
			t.Errorf("runs %v, %v", runs, err)
			return
		}
		secret, err := b.store.RunSecret(t.Context(), runs[0].ID)
		if err == nil {
			secret.Sealed[len(secret.Sealed)-1] ^= 1
			err = b.store.PutRunSecret(t.Context(), secret)
		}
		if err != nil {
			t.Error(err)
		}
	}})
	run := b.ends(t, b.begin(t, b.admin(t), oneAsItself))
	if s := run.Steps[3]; s.State != models.StepFailed || !strings.Contains(s.Note, "encryption key") || s.OpID != "" {
		t.Error(stepsText(run))
	}
	b.checkAudit(t)
}

// TestOwnFaultsAreNoOutage: only what the sign-in service did is waited for.
func TestOwnFaultsAreNoOutage(t *testing.T) {
	for _, err := range []error{fmt.Errorf("find sign-in: %w", models.ErrConflict), errSealed, errReset} {
		if words, _, ok := withheld(err); ok {
			t.Errorf("%v is blamed on the sign-in service: %s", err, words)
		}
	}
}

// TestRecordsOfAnUnseenSecretAreWhole: the records of its removal say as much
// as those of any call.
func TestRecordsOfAnUnseenSecretAreWhole(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	b.faults.add(fault{path: "/addPassword", after: true})
	run := b.ends(t, b.begin(t, admin, noAgents))
	want := map[models.AuditKind][]string{
		models.AuditIntent:  {"method", "path", "request", "runAs", "step", "name", "roles", "keyId", "why"},
		models.AuditOutcome: {"keyId", "name", "step", "status", "requestId"},
	}
	for kind, fields := range want {
		n := 0
		for _, r := range b.records(t, kind) {
			if r.Action != models.ActionCredentialRemove {
				continue
			}
			n++
			var body map[string]any
			if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
				t.Fatal(err)
			}
			for _, field := range fields {
				if body[field] == nil || body[field] == "" {
					t.Errorf("%s has no %s: %s", kind, field, r.Body)
				}
			}
			if body["name"] != "Invoice helper" || r.TargetID != run.BlueprintID {
				t.Errorf("%s of %v, object %s: %s", kind, body["name"], r.TargetID, r.Body)
			}
		}
		if n != 1 {
			t.Errorf("%d records of kind %s", n, kind)
		}
	}
}
