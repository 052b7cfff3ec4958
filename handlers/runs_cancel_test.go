package handlers

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentidportal/models"
)

// longRunOf records a run of many steps, as its rows are after a while: the
// first fail, the rest is done.
func (p *testPortal) longRunOf(steps, failed int, change ...func(*models.Run)) string {
	p.t.Helper()
	owner := p.info.Personas[1]
	run := &models.Run{
		RequestID: "long", Kind: "agents.add", Title: "add many", TID: p.info.TenantID, OwnerOID: owner.ObjectID,
		OwnerUsername: owner.UPN, RunAs: "me", State: models.RunFailed, BlueprintID: p.info.Seed.Blueprint.ObjectID,
		BlueprintAppID: p.info.Seed.Blueprint.AppID, Spec: []byte(`{"into":{"quota":{"live":3,"deleted":2}}}`),
	}
	for i := range steps {
		s := models.Step{
			Kind: models.ActionAgentIdentityCreate, Name: fmt.Sprintf("Create agent identity %d", i+1), ObjectName: fmt.Sprintf("=agent %d", i+1),
			Method: "POST", Path: "/v1.0/servicePrincipals", Needs: []int{}, State: models.StepDone, Result: models.ResultSucceeded,
		}
		if i < failed {
			s.State, s.Result, s.HTTPStatus, s.ErrorCode, s.ErrorMessage = models.StepFailed, models.ResultFailed, 400, "Request_BadRequest", "+bad"
		}
		run.Steps = append(run.Steps, s)
	}
	for _, c := range change {
		c(run)
	}
	if _, err := p.store.CreateRun(p.t.Context(), run); err != nil {
		p.t.Fatal(err)
	}
	return runPath(run.ID)
}

func TestLongRunIsFoldedAndPaged(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := p.longRunOf(1000, 60)
	page := p.get(path)
	if n := page.Find(".steps > li").Length(); n != troubledShown {
		t.Errorf("%d steps are shown, want %d", n, troubledShown)
	}
	if first := page.text(".steps > li:first-child"); !strings.Contains(first, "Create agent identity 1") {
		t.Errorf("the first is %s", first)
	}
	for _, want := range []string{"Create agent identity940 of 1,000 done", "60 failed", "All 1,000", "Agent identities of the blueprint: 945 of 250"} {
		if !strings.Contains(page.text("main"), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	last := p.get(path + "?all=1&page=10")
	if n := last.Find(".steps > li").Length(); n != stepsPerPage || !strings.Contains(last.text("main"), "Steps 901 to 1,000 of 1,000") {
		t.Errorf("%d steps on the last page: %.300s", n, last.text("main"))
	}
	failed := p.get(page.Find(".step-counts a").FilterFunction(byText("60 failed")).AttrOr("href", "/none"))
	if n := failed.Find(".step-failed").Length(); n != 60 || !strings.Contains(failed.text("main"), "Create agent identity, failed.") {
		t.Errorf("%d steps behind the count: %.300s", n, failed.text("main"))
	}
	if nobody := p.get(path + "?all=1&state=x"); nobody.status != http.StatusOK || !strings.Contains(nobody.text("main"), "Steps 0 to 0 of 0") {
		t.Errorf("an unknown state: %d %.300s", nobody.status, nobody.text("main"))
	}
	if nonsense := p.get(path + "?all=1&page=x"); !strings.Contains(nonsense.text("main"), "Steps 1 to 100 of 1,000") {
		t.Error("nonsense is not the first page")
	}
}

func TestFailedRowsAreAFileWithoutFormulas(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := p.longRunOf(5, 2)
	if link := p.get(path).Find("a[href='" + path + "/failed.csv']"); strings.TrimSpace(link.Text()) != "Download failed rows" {
		t.Errorf("the link is %q", link.Text())
	}
	file := p.get(path + "/failed.csv")
	rows, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v: %s", len(rows), err, file.body)
	}
	if row := rows[2]; row[0] != "2" || row[1] != "'=agent 2" || row[2] != "Create agent identity" ||
		row[3] != "Graph did not take what was sent. In Graph’s words: +bad" || row[4] != "400" || row[5] != "Request_BadRequest" || !strings.Contains(row[6], "Press “Retry failed”") {
		t.Errorf("row %q", row)
	}
	if answer := p.get("/runs/999/failed.csv"); answer.status != http.StatusNotFound {
		t.Errorf("a run that is not there answered %d", answer.status)
	}
}

func TestCancelAsksFirstAndResumeGoesOn(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.setLag("blueprint", 1000)
	p.pause.Store(int64(time.Minute)) // it waits until somebody ends that
	path := p.startRun(nil)
	page := p.waitRun(path, "Waiting for the directory")
	question := p.get(page.Find("a").FilterFunction(byText("Cancel…")).AttrOr("href", "no link"))
	if !strings.HasPrefix(question.text("h1"), "Cancel run") || !strings.Contains(question.text("main"), "Under way or waiting1 step") {
		t.Errorf("question: %s", question.text("main"))
	}
	if n := len(p.audit(models.ActionRunCancel)); n != 0 {
		t.Errorf("%d cancellations before the answer", n)
	}
	p.submit(question, "Cancel run", nil)
	page = p.waitRun(path, "Failed")
	if !strings.Contains(page.text("main"), "This run was cancelled by agent-admin@") || page.Find("button").FilterFunction(byText("Retry failed")).Length() != 0 {
		t.Errorf("page: %s", page.text("main"))
	}
	if again := p.get(path + "/cancel"); again.url.Path != path {
		t.Errorf("a cancelled run is asked about again: %s", again.url)
	}
	p.pause.Store(int64(5 * time.Millisecond))
	p.submit(page, "Resume", nil)
	p.waitRun(path, "Done")
	if n := len(p.audit(models.ActionRunResume)); n != 1 {
		t.Errorf("%d run.resume events", n)
	}
}
