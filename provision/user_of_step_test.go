package provision

import (
	"encoding/json"
	"testing"

	"agentidportal/models"
)

func TestAgentUserOfStep(t *testing.T) {
	data := func(ask string) []byte {
		raw, err := json.Marshal(stepData{Ask: json.RawMessage(ask)})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	run := &models.Run{Steps: []models.Step{
		{Ordinal: 1, Kind: KindAgentUser, ObjectID: "u1"},
		{Ordinal: 2, Kind: KindAgentUserLicense, Params: data(`{"user":{"step":1}}`)},
		{Ordinal: 3, Kind: KindAgentUserManager, Params: data(`{"user":{"id":"u2"}}`)},
		{Ordinal: 4, Kind: KindAgentUserSponsor, Params: data(`{"user":{"step":9}}`)},
		{Ordinal: 5, Kind: KindAgent, ObjectID: "a1"},
		{Ordinal: 6, Kind: KindAgentUserLicense, Params: []byte("{")},
	}}
	for i, want := range []string{"u1", "u1", "u2", "", "", ""} {
		if got := AgentUserOfStep(run, &run.Steps[i]); got != want {
			t.Errorf("step %d is about %q, want %q", i+1, got, want)
		}
	}
}
