package provision

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// TestCopiedCallsMakeTheSameUsers runs the calls of a plan as they are copied
// from its review, without a run, with names that would do harm as code.
func TestCopiedCallsMakeTheSameUsers(t *testing.T) {
	for kind, run := range map[graph.SnippetKind]func(t *testing.T, text string) *exec.Cmd{
		graph.SnippetCURL: func(t *testing.T, text string) *exec.Cmd {
			cmd := exec.CommandContext(t.Context(), "bash")
			cmd.Stdin = strings.NewReader(text)
			return cmd
		},
		graph.SnippetGo: func(t *testing.T, text string) *exec.Cmd {
			file := filepath.Join(t.TempDir(), "main.go")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			return exec.CommandContext(t.Context(), "go", "run", file)
		},
	} {
		t.Run(string(kind), func(t *testing.T) {
			b := newBench(t, benchOptions{idle: true})
			admin := b.globalAdmin(t)
			spec := b.spec(admin, b.withUsers(t, admin), func(s *BlueprintSpec) {
				s.Count, s.SecretDays = 0, 0
				s.Names = []string{`$(touch x)'; "` + "`id`" + ` {call-1-id}`, `{blueprint-object-id}" \`}
			})
			spec, err := b.Resolve(t.Context(), b.reads(admin), spec)
			if err != nil {
				t.Fatal(err)
			}
			var calls []graph.Call
			for _, p := range b.Plan(spec, admin) {
				calls = append(calls, p.Copied)
			}
			text, err := graph.Snippet(kind, b.o.Graph.Base(), calls)
			if err != nil {
				t.Fatal(err)
			}
			token, err := b.signIns.Token(t.Context(), admin.SignInID)
			if err != nil {
				t.Fatal(err)
			}
			cmd := run(t, text)
			cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "TOKEN="+token.Reveal())
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s\n%s", err, out, text)
			}
			if left, _ := os.ReadDir(cmd.Dir); len(left) != 0 {
				t.Errorf("a name was run: %v", left)
			}
			b.checkUsers(t, admin, b.asRun(t, admin, spec), spec.AgentRows())
		})
	}
}

// asRun tells of what is in the directory as a run would that made it.
func (b *bench) asRun(t *testing.T, a models.Actor, spec BlueprintSpec) *models.Run {
	t.Helper()
	run := &models.Run{}
	for _, row := range spec.AgentRows() {
		u, err := b.reads(a).UserNamed(t.Context(), row.User.UPN)
		if err != nil {
			t.Fatal(err)
		}
		agent, err := b.reads(a).AgentIdentity(t.Context(), u.IdentityParentID)
		if err != nil || agent.DisplayName != row.Name {
			t.Errorf("the parent of %s is %+v, %v", row.User.UPN, agent, err)
		}
		run.Steps = append(run.Steps, models.Step{Kind: KindAgent, ObjectID: u.IdentityParentID}, models.Step{Kind: KindAgentUser, ObjectID: u.ID})
	}
	return run
}
