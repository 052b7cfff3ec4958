package provision

import (
	"encoding/json"
	"net/http"
	"runtime"
	"testing"
	"time"

	"agentidportal/models"
)

// outcomeOf is the body of the outcome that ends a step's operation.
func (b *bench) outcomeOf(t *testing.T, s *models.Step) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(b.records(t, models.AuditOutcome)[s.OpID].Body, &body); err != nil {
		t.Fatal(err)
	}
	return body
}

func oneAgent(s *BlueprintSpec) { s.Count = 1 }

// slowDown is a refusal that is followed by another attempt.
func slowDown() fault {
	return strikeAt(KindAgent, "microsoft.graph.agentIdentity", fault{status: http.StatusTooManyRequests, code: "TooManyRequests", message: "slow down"})
}

// TestACrashLeavesNoEarlierAnswer: the process stops while the second attempt
// is on its way. The first one's refusal is not the answer to it.
func TestACrashLeavesNoEarlierAnswer(t *testing.T) {
	hit, sent := make(chan struct{}), 0
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond, hook: func(point string) {
		if point != afterSend+" "+KindAgent {
			return
		}
		if sent++; sent == 2 {
			close(hit)
			runtime.Goexit()
		}
	}})
	b.faults.add(slowDown())
	run := b.begin(t, b.admin(t), oneAgent)
	select {
	case <-hit:
	case <-time.After(20 * time.Second):
		t.Fatal("there was no second attempt")
	}
	b.stop()
	b.startEngine(t, benchOptions{settle: 10 * time.Millisecond})
	run = b.ends(t, run)
	step := &run.Steps[3]
	if step.Result != models.ResultAdopted {
		t.Fatal(stepsText(run))
	}
	if body := b.outcomeOf(t, step); body["status"] != nil || body["requestId"] != nil {
		t.Errorf("the adopted outcome claims the refusal's answer: %v", body)
	}
}

// TestALostAnswerLeavesNoEarlierOne: the same when the second answer is lost on
// its way, and when a read fails before the one that finds the object.
func TestALostAnswerLeavesNoEarlierOne(t *testing.T) {
	lost := strikeAt(KindAgent, "microsoft.graph.agentIdentity", fault{after: true})
	tests := map[string][]fault{
		"refused, then lost": {slowDown(), lost},
		"lost, then unread":  {lost, {method: http.MethodGet, path: "/servicePrincipals", status: http.StatusInternalServerError, code: "X"}},
	}
	for name, faults := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
			b.faults.add(faults...)
			run := b.ends(t, b.begin(t, b.admin(t), oneAgent))
			step := &run.Steps[3]
			if step.Result != models.ResultAdopted {
				t.Fatal(stepsText(run))
			}
			if body := b.outcomeOf(t, step); body["status"] != nil || body["requestId"] != nil {
				t.Errorf("the adopted outcome carries another answer: %v", body)
			}
		})
	}
}
