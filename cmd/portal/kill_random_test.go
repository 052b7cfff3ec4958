package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"agentidportal/models"
)

// killLag is how long new objects are unknown in the kill suite, in milliseconds.
const killLag = 150

// bulkKilled is a portal that is killed at any moment of runs that make many
// objects, while the tenant lags and fails.
type bulkKilled struct {
	*killed
	chance *rand.Rand
	runs   []*models.Run
}

// TestKillAtRandom kills the portal at random moments of bulk runs. In the end
// every object exists once, no secret lives that no run knows, and the audit
// tells of each write before it.
func TestKillAtRandom(t *testing.T) {
	kills := 12
	if os.Getenv("PORTAL_SOAK") == "1" {
		kills = 200
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	k := &bulkKilled{killed: newKilled(t), chance: rand.New(rand.NewPCG(seed, seed))} //nolint:gosec // no secret is made of it
	k.settle = 3 * killLag * time.Millisecond
	portal := k.start("")
	k.visitor.press(k.visitor.open(k.base+"/sign-in"), "global-admin@"+k.info.Domain, nil)
	portal.stop(t)
	for k.kills < kills {
		run := k.begin()
		for run.State != models.RunDone {
			k.struck(k.kills < kills)
			run = k.state(run.ID)
		}
		k.runs = append(k.runs, run)
	}
	k.checkTenant()
	k.checkChain()
	verdict := "ok"
	if t.Failed() || k.kills < kills {
		verdict = "short"
	}
	t.Logf("FIGURE random_kills_survived %d kills in %d runs limit %d %s", k.kills, len(k.runs), kills, verdict)
}

// struck is one life of the portal: it works on the run until it is killed, or
// is left alone until the run ends.
func (k *bulkKilled) struck(kill bool) {
	k.t.Helper()
	if !kill {
		setTenantKnobs(k.t, k.info.Graph, map[string]any{"faults": []any{}})
		portal := k.start("")
		time.Sleep(2 * time.Second)
		portal.stop(k.t)
		return
	}
	setTenantKnobs(k.t, k.info.Graph, map[string]any{
		"lagMs":  map[string]int{"blueprint": killLag, "principal": killLag, "agentIdentity": killLag, "agentUser": killLag},
		"faults": []any{k.fault()},
	})
	portal := k.start("")
	time.Sleep(time.Duration(k.chance.IntN(600)) * time.Millisecond)
	if err := portal.Process.Kill(); err != nil {
		k.t.Fatal(err)
	}
	portal.killed(k.t, "a random moment")
	k.kills++
}

// fault is one that strikes some of the next writes. Reads fail now and then.
func (k *bulkKilled) fault() map[string]any {
	kinds := []string{"429", "503", "500", "reset", "reset-after", "half", "timeout-before", "timeout-after"}
	paths := []string{"/v1.0/**", "/beta/**", "/v1.0/$batch", "/v1.0/applications/**"}
	f := map[string]any{
		"kind": kinds[k.chance.IntN(len(kinds))], "path": paths[k.chance.IntN(len(paths))], "count": 1 + k.chance.IntN(3), "method": "POST",
	}
	if strings.HasPrefix(f["kind"].(string), "timeout") {
		f["holdMs"] = 200
	}
	if k.chance.IntN(5) == 0 {
		f["method"] = http.MethodGet
	}
	return f
}

// begin records a run while no portal works, as its wizard would.
func (k *bulkKilled) begin() *models.Run {
	k.t.Helper()
	setTenantKnobs(k.t, k.info.Graph, map[string]any{"faults": []any{}}) // the ids of APIs are read
	name := fmt.Sprintf("Random %02d", len(k.runs)+1)
	var run *models.Run
	k.withEngine(func(e killEngine) error {
		var err error
		run, err = e.Start(k.t.Context(), e.actor, name, k.bulkSpec(name, 12))
		return err
	})
	return run
}

// state reads a run while no portal works. What failed because of too many
// faults is taken up again, as a person would.
func (k *bulkKilled) state(id int64) *models.Run {
	k.t.Helper()
	var run *models.Run
	k.withEngine(func(e killEngine) (err error) {
		if run, err = e.store.Run(k.t.Context(), id); err != nil || run.State != models.RunFailed {
			return err
		}
		return e.Retry(k.t.Context(), e.actor, id)
	})
	return run
}

// checkTenant counts what the runs were to make.
func (k *bulkKilled) checkTenant() {
	k.t.Helper()
	made := map[string]int{}
	secrets := map[string][]string{}
	for _, o := range exportOf(k.t, k.info.Graph) {
		if o.DeletedAt.IsZero() && strings.HasPrefix(o.DisplayName, "Random ") {
			made[o.kind+" "+o.DisplayName]++
		}
		for _, s := range o.PasswordCredentials {
			secrets[o.ID] = append(secrets[o.ID], s.KeyID)
		}
	}
	want := map[string]int{}
	for _, run := range k.runs {
		for _, s := range run.Steps {
			switch s.Kind {
			case models.ActionBlueprintCreate:
				want["application "+s.ObjectName]++
			case models.ActionBlueprintPrincipalCreate, models.ActionAgentIdentityCreate:
				want["servicePrincipal "+s.ObjectName]++
			case models.ActionAgentUserCreate:
				want["user "+s.ObjectName]++
			case models.ActionCredentialAdd:
				if got := secrets[run.BlueprintID]; !slices.Equal(got, []string{s.ObjectID}) {
					k.t.Errorf("run %d: the blueprint has the secrets %v, the run knows %s", run.ID, got, s.ObjectID)
				}
			}
		}
	}
	if !maps.Equal(made, want) {
		for name := range want {
			if made[name] != want[name] {
				k.t.Errorf("%s is there %d times, want %d", name, made[name], want[name])
			}
		}
		for name := range made {
			if want[name] == 0 {
				k.t.Errorf("%s is there, and no run made it", name)
			}
		}
	}
	if len(want) < 2*len(k.runs)*12 {
		k.t.Errorf("only %s objects were looked for", strconv.Itoa(len(want)))
	}
}
