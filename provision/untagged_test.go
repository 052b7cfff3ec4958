package provision

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentidportal/models"
)

// dropTags is a Graph that keeps no tags: the run must find what it made by
// name and time.
func dropTags(r *http.Request) {
	if r.Method != http.MethodPost || r.Body == nil || !strings.HasPrefix(r.URL.Path, "/v1.0/") {
		return
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var body map[string]any
	if json.Unmarshal(text, &body) == nil {
		delete(body, "tags")
		text, _ = json.Marshal(body)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
}

func TestLostAnswerIsAdoptedByNameWithoutTags(t *testing.T) {
	for _, step := range lossySteps {
		if step.kind != KindBlueprint && step.kind != KindAgent {
			continue
		}
		t.Run(step.kind, func(t *testing.T) {
			b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
			b.faults.change = dropTags
			admin := b.admin(t)
			b.faults.add(strikeAt(step.kind, step.path, fault{after: true}))
			// The seed has a blueprint of the same name, made moments ago.
			run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 1 }))
			if err != nil {
				t.Fatal(err)
			}
			run = b.until(t, run.ID, models.RunDone, models.RunFailed)
			if s := run.Steps[step.ordinal-1]; s.Result != models.ResultAdopted || run.BlueprintID == b.info.Seed.Blueprint.ObjectID {
				t.Error(stepsText(run))
			}
			b.checkTenant(t, admin, run, twoAgents[:1], 1)
			b.checkAudit(t)
		})
	}
}

func TestTwinsWithoutTagsAreLeftToAPerson(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	b.faults.change = dropTags
	admin := b.admin(t)
	b.faults.add(strikeAt(KindAgent, "microsoft.graph.agentIdentity", fault{after: true, twice: true}))
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 1 }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunFailed, models.RunDone)
	s := run.Steps[3]
	if s.State != models.StepFailed || !strings.Contains(s.Note, "2 objects named “Invoice helper 01”") {
		t.Error(stepsText(run))
	}
	if advice, ok := Advise(run, &s, true); !ok || advice.Title != "A person has to look at this" || advice.Text != s.Note {
		t.Errorf("advice %+v", advice)
	}
}

func TestTagsOfTheBlueprintAreNotTheAgents(t *testing.T) {
	tests := []struct {
		tags []string
		but  string
		want bool
	}{
		{nil, "", false},
		{[]string{"finance"}, "", false},
		{[]string{"portal-op:1"}, "", true},
		{[]string{"portal-op:1"}, "1", false},
		{[]string{"portal-op:1", "portal-op:2"}, "1", true},
	}
	for _, tt := range tests {
		if got := hasOpTag(tt.tags, tt.but); got != tt.want {
			t.Errorf("%v but %q: %v", tt.tags, tt.but, got)
		}
	}
}
