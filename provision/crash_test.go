package provision

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"agentidportal/models"
)

// crash stops the worker at a named point, as a crash would: what was committed
// stays, nothing after the point happens.
type crash struct {
	point string
	hit   chan struct{}
	once  sync.Once
}

func (c *crash) hook(point string) {
	if point != c.point {
		return
	}
	mine := false
	c.once.Do(func() { mine = true })
	if mine {
		close(c.hit)
		runtime.Goexit()
	}
}

// leadTo plays what must go wrong before a run comes to a point at all.
func leadTo(b *bench, point string) {
	name, kind, _ := strings.Cut(point, " ")
	for _, step := range lossySteps {
		if step.kind != kind {
			continue
		}
		switch name {
		case inReconcile:
			b.faults.add(strikeAt(kind, step.path, fault{after: true}))
		case afterRemoval:
			b.faults.add(strikeAt(kind, step.path, fault{after: true}))
		case beforeRepeat:
			b.faults.add(strikeAt(kind, step.path, fault{before: true}))
		}
	}
}

func TestCrashAtEveryPoint(t *testing.T) {
	for i, point := range KillPoints() {
		t.Run(point, func(t *testing.T) {
			stopped := &crash{point: point, hit: make(chan struct{})}
			o := benchOptions{settle: 10 * time.Millisecond, hook: stopped.hook}
			b := newBench(t, o)
			admin := b.admin(t)
			leadTo(b, point)
			run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) {
				if s.Count = 1; i%2 == 1 {
					s.RunAs = AsBlueprint
				}
			}))
			if err != nil {
				t.Fatal(err)
			}
			select {
			case <-stopped.hit:
			case <-time.After(20 * time.Second):
				t.Fatal("the run never came to this point")
			}
			b.stop()
			b.startEngine(t, benchOptions{settle: o.settle})
			run = b.until(t, run.ID, models.RunDone, models.RunFailed)
			if run.State != models.RunDone {
				t.Error(stepsText(run))
			}
			b.checkTenant(t, admin, run, twoAgents[:1], 1)
			b.checkAudit(t)
			if view, err := b.ShowSecret(t.Context(), admin, run.ID); err != nil || view.KeyID != run.Steps[2].ObjectID {
				t.Errorf("the secret that lives is not the one that is kept: %+v, %v", view, err)
			}
			if n := b.events(t, run.ID)[models.ActionRunFinish]; n != 1 {
				t.Errorf("%d run.finish events, want 1", n)
			}
		})
	}
}
