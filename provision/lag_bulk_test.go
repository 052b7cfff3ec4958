package provision

import (
	"os"
	"testing"
	"time"

	"agentidportal/models"
)

// TestSoakAgentsAndUsersInALaggingTenant makes agents with their users while
// every new object stays unknown for a while: with nothing made twice, and no
// step that gave up.
func TestSoakAgentsAndUsersInALaggingTenant(t *testing.T) {
	agents, lag := 6, 500*time.Millisecond
	if os.Getenv("PORTAL_SOAK") == "1" {
		agents, lag = 25, 5*time.Second
	}
	b := newBench(t, benchOptions{settle: lag + time.Second, pause: lag / 5})
	ms := lag.Milliseconds()
	b.knobs(t, map[string]any{"lagMs": map[string]int64{"blueprint": ms, "principal": ms, "agentIdentity": ms, "agentUser": ms, "grant": ms}})
	admin := b.globalAdmin(t)
	spec := b.spec(admin, withAPIOnly, b.withUsers(t, admin), func(s *BlueprintSpec) {
		s.Count, s.SecretDays = agents, 90
		if agents > 10 {
			s.Users.License = nil // there are not so many
		}
	})
	started := time.Now()
	run, err := b.Start(t.Context(), admin, "r", spec)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(2 * time.Minute); run.State != models.RunDone && run.State != models.RunFailed && time.Now().Before(deadline); {
		time.Sleep(50 * time.Millisecond)
		if run, err = b.store.Run(t.Context(), run.ID); err != nil {
			t.Fatal(err)
		}
	}
	took := time.Since(started)
	if run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	b.checkTenant(t, admin, run, spec.AgentNames(), 1)
	waited := 0
	for _, s := range run.Steps {
		if s.Attempt > 1 {
			waited++
		}
	}
	if waited == 0 {
		t.Error("no lag was met")
	}
	time.Sleep(lag) // until the last of them shows
	b.checkUsers(t, admin, run, spec.AgentRows())
	b.checkAudit(t)
	verdict := "ok"
	if t.Failed() {
		verdict = "short"
	}
	t.Logf("FIGURE lagging_agents_and_users %d of each at %v lag in %.1f s limit 0 twice %s", agents, lag, took.Seconds(), verdict)
}
