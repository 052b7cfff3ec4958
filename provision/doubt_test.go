package provision

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"agentidportal/entra"
	"agentidportal/models"
)

// briefTokens is a sign-in service whose access tokens live for seconds, and
// that counts how often it was asked.
type briefTokens struct {
	life  string
	asked atomic.Int64
}

func (b *briefTokens) RoundTrip(r *http.Request) (*http.Response, error) {
	b.asked.Add(1)
	body := `{"access_token":"brief","token_type":"Bearer","expires_in":` + b.life + `}`
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// TestBriefTokensAreNotAskedForEndlessly: a token shorter than the margin is
// used, one that has ended is an error, and neither is a loop.
func TestBriefTokensAreNotAskedForEndlessly(t *testing.T) {
	for life, usable := range map[string]bool{"100": true, "0": false} {
		t.Run(life+" seconds", func(t *testing.T) {
			b := newBench(t, benchOptions{idle: true})
			admin := b.admin(t)
			service := &briefTokens{life: life}
			b.signIns.o.Entra = entra.New(entra.Options{Cloud: entra.SandboxCloud(b.url, b.url), TenantID: b.info.TenantID, HTTP: &http.Client{Transport: service}})
			b.signIns.o.Graph = nil // the roles are of no matter here
			b.signIns.Drop(admin.SignInID)
			_, err := b.signIns.Token(t.Context(), admin.SignInID)
			if (err == nil) != usable {
				t.Errorf("Token: %v", err)
			}
			if n := service.asked.Load(); n < 1 || n > 2 {
				t.Errorf("the sign-in service was asked %d times", n)
			}
		})
	}
}

// TestASecretWithoutItsTextIsMintedAnew: a success that does not bring the
// secret leaves one alive that nobody can know; it is removed.
func TestASecretWithoutItsTextIsMintedAnew(t *testing.T) {
	b := newBench(t, benchOptions{settle: 30 * time.Millisecond})
	admin := b.admin(t)
	b.faults.add(fault{path: "/addPassword", status: http.StatusOK, done: true, code: "x"})
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if run.State != models.RunDone {
		t.Fatalf("run is %s: %s", run.State, stepsText(run))
	}
	if _, err := b.store.RunSecret(t.Context(), run.ID); err != nil {
		t.Errorf("done without a secret to show: %v", err)
	}
	var minted, removed int
	for _, w := range b.writes(t) {
		switch {
		case strings.HasSuffix(w.Path, "/addPassword"):
			minted++
		case strings.HasSuffix(w.Path, "/removePassword"):
			removed++
		}
	}
	if minted != 2 || removed != 1 {
		t.Errorf("%d secrets minted and %d removed, want 2 and 1", minted, removed)
	}
	b.checkAudit(t)
}

// TestARemovalIsNotBelievedTooEarly: when the request to remove a secret was
// lost and the next read meets a replica that knows nothing, the secret still
// lives. It is removed before the run says so.
func TestARemovalIsNotBelievedTooEarly(t *testing.T) {
	b := newBench(t, benchOptions{settle: 200 * time.Millisecond})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	b.faults.add(fault{path: "/removePassword", before: true}, fault{method: http.MethodGet, path: "/applications/", status: http.StatusNotFound, code: "Request_ResourceNotFound"})
	removal, err := b.RemoveCredential(t.Context(), admin, run.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	removal = b.until(t, removal.ID, models.RunDone, models.RunFailed)
	removed := 0
	for _, w := range b.writes(t) {
		if strings.HasSuffix(w.Path, "/removePassword") {
			removed++
		}
	}
	if removal.State != models.RunDone || removed != 1 {
		t.Errorf("run is %s with %d removals at Graph, want done with 1: %s", removal.State, removed, stepsText(removal))
	}
	b.checkAudit(t)
}

// TestATakenOverOperationEndsInItsOwnersName: what waits after a refusal was
// announced in the name of the former owner, so it ends, and the new owner's
// call has an intent of its own.
func TestATakenOverOperationEndsInItsOwnersName(t *testing.T) {
	b := newBench(t, benchOptions{})
	developer := b.signIn(t, "agent-dev@"+b.info.Domain)
	b.faults.add(fault{path: "agentIdentityBlueprint", exact: true, status: http.StatusTooManyRequests, code: "TooManyRequests", header: map[string]string{"Retry-After": "120"}})
	run, err := b.Start(t.Context(), developer, "r", b.spec(developer))
	if err != nil {
		t.Fatal(err)
	}
	first := b.until(t, run.ID, models.RunWaiting).Steps[0].OpID
	admin := b.admin(t)
	if err := b.TakeOver(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if err := b.TryNow(t.Context(), admin, run.ID); err != nil && !errors.Is(err, ErrNotNow) {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if run.State != models.RunDone {
		t.Fatalf("run is %s: %s", run.State, stepsText(run))
	}
	for op, want := range map[string]struct{ actor, result string }{
		first:             {developer.String(), models.ResultAbandoned},
		run.Steps[0].OpID: {admin.String(), models.ResultSucceeded},
	} {
		records, err := b.store.AuditByOp(t.Context(), op)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) != 2 {
			t.Fatalf("operation %s has %d records, want 2", op, len(records))
		}
		for _, r := range records {
			if r.Actor != want.actor {
				t.Errorf("%s of %s is in the name of %s, want %s", r.Kind, op, r.Actor, want.actor)
			}
		}
		if records[1].Result != want.result {
			t.Errorf("operation %s ended %s, want %s", op, records[1].Result, want.result)
		}
	}
	b.checkAudit(t)
}
