package provision

import (
	"context"
	"fmt"
	"testing"
	"time"

	"agentidportal/models"
)

// bulk is a spec of many agents for the seeded blueprint.
func (b *bench) bulk(t testing.TB, a models.Actor, n int) BlueprintSpec {
	t.Helper()
	spec := BlueprintSpec{
		Into:        &IntoSpec{BlueprintID: b.info.Seed.Blueprint.ObjectID, BlueprintAppID: b.info.Seed.Blueprint.AppID, PrincipalID: b.info.Seed.Blueprint.PrincipalID},
		DisplayName: "Invoice helper", AgentSponsors: []Principal{person(a.OID)},
	}
	for i := range n {
		spec.Names = append(spec.Names, fmt.Sprintf("Bulk %03d", i+1))
	}
	return spec
}

// BenchmarkBulk makes 200 agent identities at 100 ms a request, once one call
// after another and once as runs do.
func BenchmarkBulk(b *testing.B) {
	const latency, agents = 100 * time.Millisecond, 200
	took := func(o benchOptions) time.Duration {
		o.idle = true
		bulk := newBench(b, o)
		admin := bulk.admin(b)
		run, err := bulk.AddAgents(b.Context(), admin, "r", bulk.bulk(b, admin, agents))
		if err != nil {
			b.Fatal(err)
		}
		bulk.knobs(b, map[string]any{"latencyMs": latency.Milliseconds()})
		started := time.Now()
		if err := bulk.moveRun(context.WithoutCancel(b.Context()), run.ID, true); err != nil {
			b.Fatal(err)
		}
		d := time.Since(started)
		bulk.knobs(b, map[string]any{"latencyMs": 0})
		if run, err = bulk.store.Run(b.Context(), run.ID); err != nil || run.State != models.RunDone {
			b.Fatalf("%v %s", err, stepsText(run))
		}
		bulk.checkAudit(b)
		return d
	}
	one := took(benchOptions{concurrency: 1, batch: 1})
	best := time.Duration(0)
	for b.Loop() {
		if d := took(benchOptions{}); best == 0 || d < best {
			best = d
		}
	}
	requests := 0
	for left := agents; left > 0; left -= 20 * 4 {
		requests++
	}
	speedup, over := float64(one)/float64(best), float64(best)/float64(time.Duration(requests)*latency)
	b.Logf("one after another %v, together %v", one, best)
	fmt.Printf("FIGURE bulk_200_speedup %.1f times limit >=15 %s\n", speedup, verdict(speedup >= 15))
	fmt.Printf("FIGURE bulk_200_over_limit %.2f times limit <=1.5 %s\n", over, verdict(over <= 1.5))
}

func verdict(ok bool) string {
	if ok {
		return "ok"
	}
	return "short"
}
