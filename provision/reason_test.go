package provision

import (
	"errors"
	"testing"

	"agentidportal/models"
)

// TestNoRunStartsWithoutTheReasonThatIsDemanded: whichever way a run comes
// about, the engine asks for its reason.
func TestNoRunStartsWithoutTheReasonThatIsDemanded(t *testing.T) {
	b := newBench(t, benchOptions{requireReason: true})
	admin := b.admin(t)
	made := b.ends(t, b.begin(t, admin, oneAgent, func(s *BlueprintSpec) { s.Reason = "CHG-1" }))
	if err := b.SecretSaved(t.Context(), admin, made.ID); err != nil {
		t.Fatal(err)
	}
	starts := map[string]func(reason string) (*models.Run, error){
		"blueprint": func(reason string) (*models.Run, error) {
			return b.Start(t.Context(), admin, "r2", b.spec(admin, func(s *BlueprintSpec) { s.DisplayName, s.Reason = "Other", reason }))
		},
		"agents": func(reason string) (*models.Run, error) {
			spec := b.bulk(t, admin, 2)
			spec.Reason = reason
			return b.AddAgents(t.Context(), admin, "r3", spec)
		},
		"secret": func(reason string) (*models.Run, error) {
			return b.AddCredential(t.Context(), admin, "r4", SecretSpec{BlueprintID: made.BlueprintID, BlueprintAppID: made.BlueprintAppID, Days: 90, Reason: reason})
		},
		"removal": func(reason string) (*models.Run, error) {
			return b.RemoveCredential(t.Context(), admin, made.ID, reason)
		},
	}
	for name, start := range starts {
		var invalid *models.InvalidError
		if run, err := start(" "); !errors.As(err, &invalid) || invalid.Fields["reason"] == "" {
			t.Errorf("%s: started %+v, %v", name, run, err)
		}
		run, err := start("CHG-2")
		if err != nil {
			t.Errorf("%s with a reason: %v", name, err)
			continue
		}
		if run = b.ends(t, run); run.State != models.RunDone || run.Reason != "CHG-2" {
			t.Errorf("%s: %q %s", name, run.Reason, stepsText(run))
		}
	}
}
