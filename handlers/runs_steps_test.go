package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"agentidportal/models"
)

// troubledRun is a run of a thousand steps of two kinds, with all that can be
// the matter with them.
func troubledRun(run *models.Run) {
	for i := range run.Steps {
		s := &run.Steps[i]
		s.Ordinal = i + 1
		switch {
		case i >= 500:
			s.Kind, s.Name, s.State, s.Result, s.HTTPStatus, s.ErrorCode = models.ActionCredentialAdd, "Add client secret", models.StepPlanned, "", 0, ""
			s.Needs = []int{i - 499}
		case i >= 450:
			s.State, s.Result, s.OpID = models.StepUnknown, "", "6f1f8c1e-0000-4000-8000-00000000"+strconv.Itoa(1000+i)
			s.Note, s.WaitFor = "The answer to this call was lost.", "certainty"
		}
	}
}

// TestAPageOfAThousandStepsStaysSmall: what is sent each time that the run
// moves, and what a page of all the steps weighs.
func TestAPageOfAThousandStepsStaysSmall(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := p.longRunOf(1000, 60, troubledRun)
	for name, tt := range map[string]struct {
		path string
		most int
	}{
		"page": {path, 60_000}, "event": {path + "/events", 40_000}, "all": {path + "?all=1", 260_000}, "event-all": {path + "/events?all=1", 240_000},
	} {
		n, verdict := len(p.get(tt.path).body), "ok"
		if n == 0 || n > tt.most {
			verdict = "short"
			t.Errorf("%s weighs %d bytes, want at most %d", tt.path, n, tt.most)
		}
		t.Logf("FIGURE run-of-1000-%s %d bytes limit %d %s", name, n, tt.most, verdict)
	}
	page := p.get(path)
	if n := page.Find(".step-group").Length(); n != 2 {
		t.Fatalf("%d groups", n)
	}
	if words := strings.Join(strings.Fields(page.Find(".step-counts").First().Text()), " "); words != "60 failed 50 waiting 390 done All 500" {
		t.Errorf("the first group counts %q", words)
	}
	if words := strings.Join(strings.Fields(page.Find(".step-counts").Last().Text()), " "); words != "60 not sent 440 planned All 500" {
		t.Errorf("the second group counts %q", words)
	}
	kept := page.Find(".step-group").Last().Find(".step").First()
	if words := strings.Join(strings.Fields(kept.Text()), " "); !strings.Contains(words, "Not sent: step 1 failed.") || !strings.Contains(words, "Not sent") {
		t.Errorf("what needs a step that failed says %s", words)
	}
	file := p.get(path + "/failed.csv").body
	if !strings.Contains(file, "Not sent: step 60 failed.,,,Mend step 60 first.") || strings.Contains(file, "step 61 ") {
		t.Errorf("the file of what failed: %.2000s", file)
	}
}

// TestAStepShowsItsCall: behind a fold on the page of a short run, and on a
// page of its own.
func TestAStepShowsItsCall(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.setDelegated(false)
	path := p.startRun(nil)
	page := p.waitRun(path, "Failed")
	folds := page.Find("details.step-call")
	if folds.Length() != 5 {
		t.Fatalf("%d calls on the page: %s", folds.Length(), page.text(".steps"))
	}
	refused := strings.Join(strings.Fields(folds.Eq(3).Text()), " ")
	for _, want := range []string{"Call of step 4", "Tries1", "403 Authorization_RequestDenied", "request-id", "Needs step 2", "POST /v1.0/servicePrincipals/microsoft.graph.agentIdentity", `"displayName": "Invoice reader 01"`, "portal-op:"} {
		if !strings.Contains(refused, want) {
			t.Errorf("the fold lacks %q: %s", want, refused)
		}
	}
	if copied := folds.Eq(3).Find(".code-head [data-copy]").AttrOr("data-copy", ""); !strings.HasPrefix(copied, "POST /v1.0/") || !strings.Contains(copied, "displayName") {
		t.Errorf("what is copied is %q", copied)
	}
	if spared := page.text(".step:nth-child(5)"); !strings.Contains(spared, "Not sent: step 4 was refused for a reason that holds for this one as well.") {
		t.Errorf("the step that was spared says %s", spared)
	}
	alone := p.get(path + "/steps/4")
	if alone.status != http.StatusOK || !strings.Contains(alone.text("main"), "The call as it was sent") || !strings.Contains(alone.text("h1"), "Step 4") {
		t.Errorf("its page: %d %s", alone.status, alone.text("main"))
	}
	if planned := p.get(path + "/steps/5"); !strings.Contains(planned.text("main"), "The call as it will be sent") {
		t.Errorf("the page of a planned step: %s", planned.text("main"))
	}
	for _, nowhere := range []string{"/steps/0", "/steps/6", "/steps/x"} {
		if page := p.get(path + nowhere); page.status != http.StatusNotFound {
			t.Errorf("%s answers %d", nowhere, page.status)
		}
	}
}
