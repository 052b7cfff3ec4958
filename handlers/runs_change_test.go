package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/web"
)

// actorOf is a persona who has signed in, for the engine.
func (p *testPortal) actorOf(persona string) models.Actor {
	p.t.Helper()
	oid := p.persona(persona).ObjectID
	signIn, err := p.store.LatestSignIn(p.t.Context(), p.info.TenantID, oid)
	if err != nil {
		p.t.Fatal(err)
	}
	return models.Actor{TID: p.info.TenantID, OID: oid, Name: signIn.Name, Username: signIn.Username, SignInID: signIn.ID, Roles: signIn.Roles}
}

// TestTheRunPageOfAChange: in words, with the change in the audit and advice where
// an object is refused.
func TestTheRunPageOfAChange(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	actor, seed := p.actorOf("agent-admin"), p.info.Seed
	agent := provision.Target{Kind: graph.KindAgentIdentity, ID: seed.Agent.ID, Name: "Invoice helper 01"}
	change := func(id string, act provision.Act) *answer {
		t.Helper()
		run, err := p.engine.Change(t.Context(), actor, id, provision.ChangeSpec{BlueprintID: seed.Blueprint.ObjectID, BlueprintAppID: seed.Blueprint.AppID, Acts: []provision.Act{act}})
		if err != nil {
			t.Fatal(err)
		}
		return p.get(runPath(run.ID))
	}
	page := change("disable", provision.Act{Kind: provision.KindDisable, Of: agent})
	if page.status != http.StatusOK || page.text("#run-badge") != "Done" || !strings.Contains(page.text("main"), "Disable Invoice helper 01: done") || !strings.Contains(page.text("main"), "Disabled") {
		t.Errorf("%d %s", page.status, page.text("main"))
	}
	outcome := p.audit(models.ActionObjectDisable)[0]
	if record := p.get("/audit/" + strconv.FormatInt(outcome.Seq, 10)); !strings.Contains(record.text("main"), "accountEnabled") || !strings.Contains(record.text("main"), "Disable") {
		t.Errorf("record %s", record.text("main"))
	}
	page = change("restore", provision.Act{Kind: provision.KindRestore, Of: provision.Target{Kind: graph.KindAgentIdentity, ID: "9a770000-0000-4000-8000-00000000dead", Name: "Nobody"}})
	if page.text("#run-badge") != "Failed" || !strings.Contains(page.text("main"), "gone for good") {
		t.Errorf("%s", page.text("main"))
	}
}

// TestTheRunPageOfARotation: the proof is a step like the others, with the secret
// to show.
func TestTheRunPageOfARotation(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	actor, seed := p.actorOf("agent-admin"), p.info.Seed.Blueprint
	blueprint, err := p.engine.AddCredential(t.Context(), actor, "old", provision.SecretSpec{
		BlueprintID: seed.ObjectID, BlueprintAppID: seed.AppID, BlueprintName: "Invoice helper", Days: 90,
	})
	if err != nil {
		t.Fatal(err)
	}
	run, err := p.engine.Rotate(t.Context(), actor, "rotate", provision.RotateSpec{
		BlueprintID: seed.ObjectID, BlueprintAppID: seed.AppID, BlueprintName: "Invoice helper", Days: 90,
		OldKeyID: blueprint.Steps[0].ObjectID, OldKeyName: "portal:old",
	})
	if err != nil {
		t.Fatal(err)
	}
	page := p.waitRun(runPath(run.ID), "Done")
	for _, words := range []string{"has a new client secret", "Prove the new client secret", "Proved", "Remove the old client secret", "Show secret"} {
		if !strings.Contains(page.text("main"), words) {
			t.Errorf("the page lacks %q: %s", words, page.text("main"))
		}
	}
	if old := p.get(runPath(blueprint.ID)); strings.Contains(old.text("main"), "Show secret") {
		t.Errorf("the run of before offers the secret that is gone: %s", old.text("main"))
	}
}

// TestLostAnswersInWords: of a deletion nothing is said to be made.
func TestLostAnswersInWords(t *testing.T) {
	for _, tc := range []struct {
		kind, result, says string
	}{
		{provision.KindDelete, models.ResultRepeated, "answer lost; still there when read, sent again"},
		{provision.KindPurge, models.ResultAdopted, "answer lost; gone when read, not sent again"},
		{provision.KindSponsorRemove, models.ResultRepeated, "answer lost; still there when read, sent again"},
		{provision.KindSponsor, models.ResultRepeated, "answer lost; not found by reading, sent again"},
	} {
		step := models.Step{Ordinal: 1, Kind: tc.kind, State: models.StepDone, Result: tc.result}
		run := &models.Run{Kind: provision.RunChange, State: models.RunDone, Steps: []models.Step{step}}
		if v := (&Handlers{}).runStep(run, &run.Steps[0], provision.SecretState{}, &web.User{}, false); !strings.HasSuffix(v.Call, tc.says) {
			t.Errorf("%s %s: %q", tc.kind, tc.result, v.Call)
		}
	}
}
