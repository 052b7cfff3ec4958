package handlers

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

const (
	// longRun is the number of steps from which they stand in groups, and only
	// those that somebody may want to read are listed.
	longRun = 50
	// stepsPerPage is how many of them a page of ?all=1 lists.
	stepsPerPage = 100
	// troubledShown is how many failed and how many waiting steps a group lists,
	// plannedShown how many of those that come next.
	troubledShown, plannedShown = 5, 2
)

// stepList makes the steps of a run's page.
type stepList struct {
	h       *Handlers
	c       echo.Context
	run     *models.Run
	secret  provision.SecretState
	u       *web.User
	mine    bool
	notSent map[int]provision.Hindrance
}

// fill lists all steps of a short run with their calls, and groups those of a
// long one; ?all=1 pages through the latter.
func (l stepList) fill(d *views.RunData) {
	switch {
	case len(l.run.Steps) <= longRun:
		for i := range l.run.Steps {
			v := l.view(&l.run.Steps[i])
			v.Details = l.h.stepDetails(l.run, &l.run.Steps[i])
			d.Steps = append(d.Steps, v)
		}
	case l.c.QueryParam("all") == "1":
		l.page(d)
	default:
		d.Groups = l.groups()
	}
}

func (l stepList) view(s *models.Step) views.RunStep {
	v := l.h.runStep(l.run, s, l.secret, l.u, l.mine)
	if v.Notice != nil {
		v.Notice.SwitchOff = l.h.switchBehind(l.c, l.run, s)
	}
	if by, kept := l.notSent[s.Ordinal]; kept {
		v.KeptBack = keptBackWords(by)
		v.Status, v.Tone = "Not sent", views.ToneWarn
	}
	return v
}

// keptBackWords says why a step is not sent.
func keptBackWords(by provision.Hindrance) string {
	if by.Alike {
		return fmt.Sprintf("Not sent: step %d was refused for a reason that holds for this one as well.", by.Step)
	}
	return fmt.Sprintf("Not sent: step %d failed.", by.Step)
}

// The states of steps in a filter, in the words of the page.
const (
	stepsFailed  = "failed"
	stepsWaiting = "waiting" // under way and of unknown outcome as well
	stepsNotSent = "not sent"
	stepsPlanned = "planned"
	stepsDone    = "done"
)

func (l stepList) stateOf(s *models.Step) string {
	_, kept := l.notSent[s.Ordinal]
	switch {
	case kept:
		return stepsNotSent
	case s.State == models.StepFailed:
		return stepsFailed
	case s.State == models.StepPlanned:
		return stepsPlanned
	case s.State == models.StepDone:
		return stepsDone
	}
	return stepsWaiting
}

// groups puts the steps of one kind together, in the order of the run.
func (l stepList) groups() []views.StepGroup {
	var kinds []string
	steps := map[string][]*models.Step{}
	for i := range l.run.Steps {
		s := &l.run.Steps[i]
		if steps[s.Kind] == nil {
			kinds = append(kinds, s.Kind)
		}
		steps[s.Kind] = append(steps[s.Kind], s)
	}
	groups := make([]views.StepGroup, len(kinds))
	for i, kind := range kinds {
		groups[i] = l.group(kind, steps[kind])
	}
	return groups
}

// group counts the steps of a kind and lists what somebody may want to read:
// what failed and what waits first, what has a secret, and what comes next.
func (l stepList) group(kind string, steps []*models.Step) views.StepGroup {
	g := views.StepGroup{Title: stepKindWords(kind), Total: len(steps), AllHref: stepsPath(l.run.ID, kind, "", 1)}
	byState := map[string][]*models.Step{}
	for _, s := range steps {
		state := l.stateOf(s)
		byState[state] = append(byState[state], s)
	}
	for _, part := range []struct {
		state string
		most  int
	}{
		{stepsFailed, troubledShown}, {stepsWaiting, troubledShown}, {stepsNotSent, plannedShown}, {stepsPlanned, plannedShown}, {stepsDone, 0},
	} {
		list := byState[part.state]
		if len(list) == 0 {
			continue
		}
		g.Counts = append(g.Counts, views.StepCount{N: len(list), Word: part.state, Href: stepsPath(l.run.ID, kind, part.state, 1)})
		if part.state == stepsDone {
			g.Done = len(list)
			list = slices.DeleteFunc(slices.Clone(list), func(s *models.Step) bool { return s.Kind != provision.KindSecret })
			part.most = len(list)
		}
		for _, s := range list[:min(part.most, len(list))] {
			g.Steps = append(g.Steps, l.view(s))
		}
	}
	g.Left = g.Total - len(g.Steps)
	return g
}

// page is one of ?all=1, of one kind or state where the address names it.
func (l stepList) page(d *views.RunData) {
	kind, state := l.c.QueryParam("kind"), l.c.QueryParam("state")
	var steps []*models.Step
	for i := range l.run.Steps {
		s := &l.run.Steps[i]
		if (kind == "" || s.Kind == kind) && (state == "" || l.stateOf(s) == state) {
			steps = append(steps, s)
		}
	}
	pages := max((len(steps)+stepsPerPage-1)/stepsPerPage, 1)
	page, _ := strconv.Atoi(l.c.QueryParam("page")) // nonsense is the first page
	page = min(max(page, 1), pages)
	from := (page - 1) * stepsPerPage
	to := min(from+stepsPerPage, len(steps))
	for _, s := range steps[from:to] {
		d.Steps = append(d.Steps, l.view(s))
	}
	d.Paging.Text = fmt.Sprintf("Steps %s to %s of %s", views.Count(min(from+1, to)), views.Count(to), views.Count(len(steps)))
	if page > 1 {
		d.Paging.PreviousHref = stepsPath(l.run.ID, kind, state, page-1)
	}
	if page < pages {
		d.Paging.NextHref = stepsPath(l.run.ID, kind, state, page+1)
	}
	d.Filter, d.GroupsHref = filterWords(kind, state), runPath(l.run.ID)
	if kind != "" || state != "" {
		d.AllHref = stepsPath(l.run.ID, "", "", 1)
	}
	here, err := url.Parse(stepsPath(l.run.ID, kind, state, page))
	if err == nil {
		d.EventsURL += "?" + here.RawQuery
	}
}

// stepKindWords names a kind of step without the object that follows in a sentence.
func stepKindWords(kind string) string {
	words := actionWords(kind)
	for _, last := range []string{" to", " from", " of"} {
		words = strings.TrimSuffix(words, last)
	}
	return words
}

// filterWords says which steps a page of ?all=1 lists.
func filterWords(kind, state string) string {
	words := "All steps"
	if kind != "" {
		words = stepKindWords(kind)
	}
	if state != "" {
		words += ", " + state
	}
	return words + "."
}

func stepsPath(runID int64, kind, state string, page int) string {
	query := url.Values{"all": {"1"}}
	for name, value := range map[string]string{"kind": kind, "state": state} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if page > 1 {
		query.Set("page", strconv.Itoa(page))
	}
	return runPath(runID) + "?" + query.Encode()
}
