package provision

import (
	"net/http"
	"testing"

	"agentidportal/models"
)

// posts counts the requests to Graph that change something, refused ones too.
func (b *bench) posts(t *testing.T) int {
	t.Helper()
	var journal struct {
		Entries []journalEntry `json:"entries"`
	}
	b.control(t, http.MethodGet, "/_sandbox/journal?after=0", nil, &journal)
	n := 0
	for _, e := range journal.Entries {
		if e.Method == http.MethodPost && len(e.Path) > 6 && e.Path[:6] == "/v1.0/" {
			n++
		}
	}
	return n
}

func calls(run *models.Run) int {
	n := 0
	for i := range run.Steps {
		n += HistoryOf(&run.Steps[i]).Calls
	}
	return n
}

func TestHistoryOutlivesGoingOnAsTheBlueprint(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.knobs(t, map[string]any{"delegatedCreate": false})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunFailed)
	refused := run.Steps[3]
	if err := b.GoOnAsBlueprint(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if got, want := calls(run), b.posts(t); got != want || want != 6 {
		t.Errorf("%d calls are told, the sandbox got %d, want 6 of both: %s", got, want, stepsText(run))
	}
	h := HistoryOf(&run.Steps[3])
	if len(h.Earlier) != 1 || h.As != AsBlueprint || h.By != admin.Username {
		t.Fatalf("history %+v", h)
	}
	first := h.Earlier[0]
	if first.Status != http.StatusForbidden || first.Code == "" || first.OpID != refused.OpID || first.As != AsMe ||
		first.Action != models.ActionRunAsBlueprint || first.ActionBy != admin.Username || first.ActionAt.IsZero() {
		t.Errorf("the refusal before: %+v", first)
	}
	if h := HistoryOf(&run.Steps[0]); h.As != AsMe || h.Calls != 1 || len(h.Earlier) != 0 {
		t.Errorf("history of the first step: %+v", h)
	}
}

func TestCallsCountWhatWasSent(t *testing.T) {
	tests := []struct {
		name  string
		fault fault
		want  int
	}{
		{"refused and sent again", fault{path: "/addPassword", times: 2, status: http.StatusConflict, code: "Directory_ConcurrencyViolation"}, 5},
		{"answer lost", fault{method: http.MethodPost, path: "microsoft.graph.agentIdentityBlueprint", after: true}, 3},
		{"token not to be had", fault{path: "/oauth2/v2.0/token", times: 2, before: true}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, benchOptions{})
			admin := b.admin(t)
			b.signIns.Drop(admin.SignInID)
			b.faults.add(tt.fault)
			run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
			if err != nil {
				t.Fatal(err)
			}
			run = b.until(t, run.ID, models.RunDone, models.RunFailed)
			if got := calls(run); got != tt.want || run.State != models.RunDone {
				t.Errorf("%d calls, want %d: %s", got, tt.want, stepsText(run))
			}
		})
	}
}

func TestWaitingForSignInForgetsTheWaitBefore(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.knobs(t, map[string]any{"lagMs": map[string]int{"blueprint": 600_000}})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin))
	if err != nil {
		t.Fatal(err)
	}
	b.until(t, run.ID, models.RunWaiting)
	if err := b.signIns.End(t.Context(), admin.SignInID); err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunWaitingSignIn)
	s := current(run)
	if s.WaitFor != "" || s.Note != "" || s.HTTPStatus != 0 || s.ErrorCode != "" || s.ErrorMessage != "" || !s.NextAt.IsZero() || !s.GiveUpAt.IsZero() {
		t.Errorf("the step still tells of the lag: %+v", s)
	}
}
