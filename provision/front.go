package provision

import (
	"slices"
	"time"

	"agentidportal/models"
)

// manySteps is from how many steps of a kind on they move together. A few go
// one after another, so that the first refusal spares the others.
const manySteps = 3

// front is what of a run can be moved: steps that are not over, and whose
// needs are done.
type front struct {
	e       *Engine
	run     *models.Run
	kinds   map[string]int
	hurried map[int64]bool // steps whose pause somebody has ended
}

func (e *Engine) frontOf(run *models.Run, hurry bool) *front {
	f := &front{e: e, run: run, kinds: map[string]int{}, hurried: map[int64]bool{}}
	for i := range run.Steps {
		f.kinds[run.Steps[i].Kind]++
		if hurry {
			f.hurried[run.Steps[i].ID] = true
		}
	}
	if hurry {
		e.hold(run.ID, time.Time{})
	}
	return f
}

// many says whether the steps of a kind move together.
func (f *front) many(kind string) bool { return kindNamed(kind).bulk && f.kinds[kind] >= manySteps }

// moved takes note that a step is moved: what somebody hurried is done once.
func (f *front) moved(s *models.Step) { delete(f.hurried, s.ID) }

// open are the steps that can be moved sooner or later, in their order.
func (f *front) open() []*models.Step {
	spared := sparedBy(f.run)
	over := map[int]bool{}
	for i := range f.run.Steps {
		over[f.run.Steps[i].Ordinal] = f.run.Steps[i].State == models.StepDone
	}
	var open []*models.Step
	for i := range f.run.Steps {
		s := &f.run.Steps[i]
		switch {
		case s.State == models.StepDone, s.State == models.StepFailed:
		case s.State == models.StepUnknown, s.State == models.StepStarted:
			open = append(open, s) // what was sent is always settled
		case f.run.CancelledBy != "" && s.OpID == "":
		case s.State == models.StepPlanned && spared.has(s):
		case !slices.ContainsFunc(needsOf(f.run, s), func(n int) bool { return !over[n] }):
			open = append(open, s)
		}
	}
	return open
}

// over says that nothing is left to move.
func (f *front) over() bool { return len(f.open()) == 0 }

// due says whether the pause of a step has ended.
func (f *front) due(s *models.Step) bool {
	return f.hurried[s.ID] || !s.NextAt.After(f.e.o.Now())
}

// first is the first step that can be moved now; nil when all wait.
func (f *front) first() *models.Step {
	if f.e.heldUntil(f.run.ID).After(f.e.o.Now()) {
		return nil
	}
	for _, s := range f.open() {
		if f.due(s) {
			return s
		}
	}
	return nil
}

// spared says of which steps one like them was refused in a way that says the
// same of them.
type spared struct {
	kinds map[string]int // what is refused alike, by the ordinal of the step that was refused
	asks  map[string]int // kind and what was asked for, where people in it are blamed
}

func sparedBy(run *models.Run) spared {
	sp := spared{kinds: map[string]int{}, asks: map[string]int{}}
	for i := range run.Steps {
		s := &run.Steps[i]
		switch {
		case s.State != models.StepFailed:
		case refusesAll(s):
			sp.kinds[alikeKey(s)] = s.Ordinal
		case blamesPeople(run, s):
			sp.asks[askKey(s)] = s.Ordinal
		}
	}
	return sp
}

func (sp spared) has(s *models.Step) bool { return sp.by(s) > 0 }

// by is the ordinal of the step that was refused; 0 for none.
func (sp spared) by(s *models.Step) int {
	if len(sp.kinds) > 0 {
		if n := sp.kinds[alikeKey(s)]; n > 0 {
			return n
		}
	}
	if len(sp.asks) == 0 {
		return 0
	}
	return sp.asks[askKey(s)]
}

func alikeKey(s *models.Step) string {
	alike := kindNamed(s.Kind).alike
	if alike == nil {
		return s.Kind
	}
	data, err := dataOf(s)
	if err != nil {
		return s.Kind
	}
	return s.Kind + " " + alike(data.Ask)
}

func askKey(s *models.Step) string {
	data, err := dataOf(s)
	if err != nil {
		return s.Kind
	}
	return s.Kind + " " + string(data.Ask)
}

// refusesAll reports whether the others would get the same answer, or wait as
// long in vain.
func refusesAll(s *models.Step) bool {
	switch s.ErrorCode {
	case "AgentIdentity_LimitExceeded", "Agent_Directory_QuotaExceeded", "Directory_QuotaExceeded",
		"AgentIdentity_AgentBlueprintPrincipalDoesNotExist", "NoBackingApplicationObject":
		return true
	}
	data, err := dataOf(s)
	return err != nil || data.GaveUp || s.HTTPStatus == 401 || s.HTTPStatus == 403
}

// needsOf are the ordinals of the steps that must be done before a step. What
// the blueprint sends itself needs the secret of the run. The rows of an older
// portal do not name their needs: there the order of a new blueprint holds,
// which was the only run of several steps.
func needsOf(run *models.Run, s *models.Step) []int {
	needs := s.Needs
	itself := run.RunAs == string(AsBlueprint) && kindNamed(s.Kind).itself
	if s.Needs != nil && !itself {
		return ownNeeds(run, s)
	}
	for i := range run.Steps {
		earlier := &run.Steps[i]
		if earlier.Ordinal >= s.Ordinal || earlier.Kind == KindAgent {
			break
		}
		secret := earlier.Kind == KindSecret
		if secret && itself || !secret && s.Needs == nil {
			needs = append(slices.Clip(needs), earlier.Ordinal)
		}
	}
	return needs
}

// dueAt is when a run can be moved next; zero is at once.
func (e *Engine) dueAt(run *models.Run) time.Time {
	f := e.frontOf(run, false)
	var due time.Time
	for i, s := range f.open() {
		if i == 0 || s.NextAt.Before(due) {
			due = s.NextAt
		}
	}
	if held := e.heldUntil(run.ID); held.After(due) {
		return held
	}
	return due
}

// hold lets a whole run wait; a zero time ends that.
func (e *Engine) hold(runID int64, until time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.held[runID] = until; until.IsZero() {
		delete(e.held, runID)
	}
}

func (e *Engine) heldUntil(runID int64) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.held[runID]
}
