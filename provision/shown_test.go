package provision

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/models"
)

// TestNotSentNamesTheStepThatFailed: through other steps that are not sent
// either, and for those that would be refused like one before them.
func TestNotSentNamesTheStepThatFailed(t *testing.T) {
	step := func(n int, kind string, state models.StepState, status int, needs ...int) models.Step {
		return models.Step{Ordinal: n, Kind: kind, State: state, HTTPStatus: status, Needs: append([]int{}, needs...)}
	}
	run := &models.Run{RunAs: string(AsMe), Steps: []models.Step{
		step(1, KindBlueprint, models.StepDone, 201),
		step(2, KindPrincipal, models.StepFailed, 400, 1),
		step(3, KindSecret, models.StepPlanned, 0, 2),
		step(4, KindRemoval, models.StepPlanned, 0, 3),
		step(5, KindAgent, models.StepFailed, 403, 1),
		step(6, KindAgent, models.StepPlanned, 0, 1),
		step(7, KindRemoval, models.StepPlanned, 0, 1),
	}}
	want := map[int]Hindrance{3: {Step: 2}, 4: {Step: 2}, 6: {Step: 5, Alike: true}}
	got := NotSent(run)
	if len(got) != len(want) {
		t.Errorf("kept back: %v, want %v", got, want)
	}
	for n, h := range want {
		if got[n] != h {
			t.Errorf("step %d: %+v, want %+v", n, got[n], h)
		}
	}
}

// TestCallOfIsWhatWasAnnounced: the call that a page shows is the one in the
// intent, and before that it is the one of the plan.
func TestCallOfIsWhatWasAnnounced(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	b.faults.add(fault{path: "/addPassword", status: http.StatusBadRequest, code: "Request_BadRequest"})
	run := b.ends(t, b.begin(t, admin))
	intents := b.records(t, models.AuditIntent)
	for i := range run.Steps {
		s := &run.Steps[i]
		call, ok := b.CallOf(run, s)
		if !ok {
			t.Errorf("step %d has no call", s.Ordinal)
			continue
		}
		var sent struct {
			Method, Path string
			Request      any
		}
		if err := json.Unmarshal(intents[s.OpID].Body, &sent); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sent.Request, plain(t, call.Body)); call.Method != sent.Method || call.Path != sent.Path || diff != "" {
			t.Errorf("step %d: %s %s, announced %s %s: %s", s.Ordinal, call.Method, call.Path, sent.Method, sent.Path, diff)
		}
	}
}

// plain is a value as JSON has it.
func plain(t *testing.T, v any) (out any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestARefusedRoleSparesThoseOfItsAPIOnly: those of Microsoft Graph take
// another role of the directory than those of other APIs.
func TestARefusedRoleSparesThoseOfItsAPIOnly(t *testing.T) {
	step := func(n int, api string, state models.StepState, status int) models.Step {
		row, err := planned{kind: KindRole, ask: roleAsk{
			Holder: holder{Ref: objectRef{ID: newTestID}}, Resource: ResourceRef{ID: api}, RoleID: "r", Value: "Read.All",
		}}.row(n, known{})
		if err != nil {
			t.Fatal(err)
		}
		row.State, row.HTTPStatus = state, status
		return row
	}
	run := &models.Run{RunAs: string(AsMe), Steps: []models.Step{
		step(1, "graph", models.StepFailed, 403), step(2, "Graph", models.StepPlanned, 0), step(3, "storage", models.StepPlanned, 0),
	}}
	if diff := cmp.Diff(map[int]Hindrance{2: {Step: 1, Alike: true}}, NotSent(run)); diff != "" {
		t.Errorf("kept back (-want +got):\n%s", diff)
	}
}
