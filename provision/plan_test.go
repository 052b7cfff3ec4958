package provision

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

func TestPlanIsTheRun(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin := b.admin(t)
	spec := b.spec(admin, func(s *BlueprintSpec) { s.RunAs = AsBlueprint })
	plan := b.Plan(spec, admin)
	type line struct{ Method, Path, RunsAs, Needs string }
	var got []line
	for i, p := range plan {
		if p.Number != i+1 || p.What == "" {
			t.Errorf("call %d: %+v", i+1, p)
		}
		got = append(got, line{p.Call.Method, p.Call.Path, p.RunsAs, p.Needs})
	}
	agent := line{"POST", "/v1.0/servicePrincipals/microsoft.graph.agentIdentity", "Blueprint", "AgentIdentity.CreateAsManager"}
	want := []line{
		{"POST", "/v1.0/applications/microsoft.graph.agentIdentityBlueprint", "You", "AgentIdentityBlueprint.Create"},
		{"POST", "/v1.0/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal", "You", "AgentIdentityBlueprintPrincipal.Create"},
		{"POST", "/v1.0/applications/{blueprint-object-id}/addPassword", "You", "AgentIdentityBlueprint.AddRemoveCreds.All"},
		agent, agent,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	run, err := b.Start(t.Context(), admin, "r", spec)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range run.Steps {
		if s.Path != plan[i].Call.Path || s.Name != plan[i].Title || s.State != models.StepPlanned {
			t.Errorf("step %d is not call %d: %+v", s.Ordinal, i+1, s)
		}
	}
}

func TestPlanCarriesNamesAsData(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin := b.admin(t)
	hostile := `$(reboot)'; rm -rf / # "` + "`id`"
	plan := b.Plan(b.spec(admin, func(s *BlueprintSpec) { s.DisplayName, s.Count = hostile, 1 }), admin)
	body, err := json.Marshal(plan[0].Call.Body)
	if err != nil {
		t.Fatal(err)
	}
	var sent struct {
		DisplayName string   `json:"displayName"`
		Sponsors    []string `json:"sponsors@odata.bind"`
		Tags        []string `json:"tags"`
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		t.Fatal(err)
	}
	if sent.DisplayName != hostile || len(sent.Sponsors) != 1 || !strings.HasSuffix(sent.Sponsors[0], "/v1.0/users/"+admin.OID) {
		t.Errorf("body %s", body)
	}
	if len(sent.Tags) != 1 || sent.Tags[0] != graph.OpTag(laterOpID) {
		t.Errorf("tags %v", sent.Tags)
	}
}

func TestAdviceOffersASecretWhereThereIsABlueprint(t *testing.T) {
	for blueprint, want := range map[string][]Fix{"b": {FixAddSecret, FixRetry, FixAsMe}, "": {FixRetry, FixAsMe}} {
		run := &models.Run{ID: 1, RunAs: string(AsBlueprint), State: models.RunFailed, BlueprintID: blueprint}
		run.Steps = []models.Step{{ID: 9, State: models.StepFailed, Kind: KindAgent, Note: noteSecretGone}}
		if advice, _ := Advise(run, &run.Steps[0], false); !slices.Equal(advice.Fixes, want) {
			t.Errorf("blueprint %q: %v, want %v", blueprint, advice.Fixes, want)
		}
	}
}

func TestAdviceIsWords(t *testing.T) {
	run := &models.Run{ID: 1, RunAs: string(AsMe), BlueprintID: "b", State: models.RunFailed, OwnerUsername: "agent-admin@sandbox.example"}
	tests := []struct {
		name      string
		run       models.RunState
		step      models.Step
		blueprint bool
		ok        bool
		first     Fix
		says      string
	}{
		{"done", models.RunDone, models.Step{State: models.StepDone}, false, false, "", ""},
		{"planned", models.RunFailed, models.Step{State: models.StepPlanned}, false, false, "", ""},
		{"no role", models.RunFailed, models.Step{State: models.StepFailed, Kind: KindBlueprint, HTTPStatus: 403}, false, true, FixRetry, "Agent ID Administrator"},
		{"agent as me", models.RunFailed, models.Step{State: models.StepFailed, Kind: KindAgent, HTTPStatus: 403}, true, true, FixAsBlueprint, "own token"},
		{"agent as me, no secret", models.RunFailed, models.Step{State: models.StepFailed, Kind: KindAgent, HTTPStatus: 403}, false, true, FixRetry, "no client secret"},
		{"as the blueprint, wrong secret", models.RunFailed, models.Step{State: models.StepFailed, Kind: KindAgent, HTTPStatus: 401, ErrorCode: "AADSTS7000215", Note: "The client secret is wrong."}, true, true, FixAddSecret, "wrong"},
		{"as the blueprint, expired secret", models.RunFailed, models.Step{State: models.StepFailed, Kind: KindAgent, HTTPStatus: 401, ErrorCode: "AADSTS7000222", Note: "It has expired."}, true, true, FixAddSecret, "expired"},
		{"as the blueprint, another refusal", models.RunFailed, models.Step{State: models.StepFailed, Kind: KindAgent, HTTPStatus: 401, ErrorCode: "AADSTS53003", Note: "Blocked by a policy."}, true, true, FixRetry, "policy"},
		{"as the blueprint, secret gone", models.RunFailed, models.Step{State: models.StepFailed, Kind: KindAgent, Note: noteSecretGone}, false, true, FixAddSecret, "no longer kept"},
		{"quota", models.RunFailed, models.Step{State: models.StepFailed, Kind: KindAgent, HTTPStatus: 400, ErrorCode: "AgentIdentity_LimitExceeded"}, false, true, FixRetry, "250"},
		{"lag", models.RunWaiting, models.Step{State: models.StepWaiting, WaitFor: waitDirectory, Note: kindNamed(KindPrincipal).lagNote}, false, true, FixTryNow, "replication lag"},
		{"lost", models.RunWaiting, models.Step{State: models.StepUnknown, Note: "The answer was lost."}, false, true, FixTryNow, "lost"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := *run
			r.State = tt.run
			tt.step.ID = 9
			r.Steps = []models.Step{tt.step}
			advice, ok := Advise(&r, &r.Steps[0], tt.blueprint)
			if ok != tt.ok {
				t.Fatalf("ok %v, advice %+v", ok, advice)
			}
			if !ok {
				return
			}
			if advice.Title == "" || !strings.Contains(advice.Text, tt.says) || len(advice.Fixes) == 0 || advice.Fixes[0] != tt.first {
				t.Errorf("advice %+v", advice)
			}
		})
	}
}

// TestAnAnswerThatSettlesNothingIsNotCalledLost: a 503 is an answer, and says
// nothing of what was done.
func TestAnAnswerThatSettlesNothingIsNotCalledLost(t *testing.T) {
	run := &models.Run{State: models.RunWaiting, Steps: []models.Step{{ID: 1, Kind: KindSecret, State: models.StepUnknown}}}
	for status, want := range map[int]string{
		0: "The answer to this call was lost", 503: "Graph answered 503, which leaves open whether it was done",
	} {
		run.Steps[0].HTTPStatus = status
		if a, ok := Advise(run, &run.Steps[0], false); !ok || a.Title != want {
			t.Errorf("%d: title %q", status, a.Title)
		}
	}
	run.Steps[0].HTTPStatus, run.Steps[0].Params = 403, []byte(`{"unread":true}`)
	if a, _ := Advise(run, &run.Steps[0], false); strings.Contains(a.Title, "403") {
		t.Errorf("the answer to a reading is taken for that to the call: %q", a.Title)
	}
}

// TestARefusedAgentNamesTheSecretThatFailed: while the blueprint has no secret
// because its own step failed, that step comes first.
func TestARefusedAgentNamesTheSecretThatFailed(t *testing.T) {
	run := &models.Run{RunAs: string(AsMe), BlueprintID: "b", State: models.RunFailed, Steps: []models.Step{
		{ID: 3, Ordinal: 3, Kind: KindSecret, State: models.StepFailed, HTTPStatus: 503},
		{ID: 4, Ordinal: 4, Kind: KindAgent, State: models.StepFailed, HTTPStatus: 403},
	}}
	a, _ := Advise(run, &run.Steps[1], false)
	if !strings.Contains(a.Text, "First retry step 3") || slices.Contains(a.Fixes, FixAddSecret) {
		t.Errorf("advice %+v", a)
	}
}
