package provision

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// TestCopiedProgramOfAMixedSpecMakesTheSame: what the review gives to copy and
// what a run does leave two tenants that hold the same, though names are made
// to be run by a shell or to pass for an id.
func TestCopiedProgramOfAMixedSpecMakesTheSame(t *testing.T) {
	hostile := func(s *BlueprintSpec) {
		s.DisplayName = `It's "a" $(touch pwned) ` + "`touch pwned`" + ` {call-1-id}`
		s.Count, s.Names = 0, []string{`$(touch pwned)'; "` + "`id`" + ` {blueprint-app-id}`, `{call-2-id}" \ %s`}
	}
	mixed := func(b *bench, a models.Actor) BlueprintSpec {
		spec := b.mixedSpec(t, a, KindFederated, 2)
		hostile(&spec)
		spec, err := b.Resolve(t.Context(), b.reads(a), spec)
		if err != nil {
			t.Fatal(err)
		}
		return spec
	}
	b := newBench(t, benchOptions{})
	admin := b.globalAdmin(t)
	run, err := b.Start(t.Context(), admin, "r", mixed(b, admin))
	if err != nil {
		t.Fatal(err)
	}
	if run = b.ends(t, run); run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	byRun := b.census(t)
	for _, language := range []graph.SnippetKind{graph.SnippetCURL, graph.SnippetGo} {
		t.Run(string(language), func(t *testing.T) {
			b := newBench(t, benchOptions{idle: true})
			admin := b.globalAdmin(t)
			b.copied(t, admin, language, mixed(b, admin))
			if diff := cmp.Diff(byRun, b.census(t)); diff != "" {
				t.Errorf("the copied program made something else (-run +program):\n%s", diff)
			}
			if _, err := os.Stat("pwned"); err == nil {
				_ = os.Remove("pwned")
				t.Error("a name was run as a command")
			}
		})
	}
}
