package provision

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// TestCopiedSettingsMakeTheSame runs what the review page gives to copy, and
// compares what it made with what a run of the same spec makes.
func TestCopiedSettingsMakeTheSame(t *testing.T) {
	for credential, change := range map[string]func(*BlueprintSpec){
		"federated": withIdentity, "certificate": withCertificate(t, certificateDERFor(t, `o'neill $(x)`)),
	} {
		for _, language := range []graph.SnippetKind{graph.SnippetCURL, graph.SnippetGo} {
			t.Run(credential+" "+string(language), func(t *testing.T) {
				b := newBench(t, benchOptions{})
				admin := b.admin(t)
				spec := b.spec(admin, change, withAPIOnly, func(s *BlueprintSpec) { s.DisplayName = `It's "a" $(x) ` + "`y`" })
				b.copied(t, admin, language, spec)
				byHand := b.onlyNamed(t, admin, spec.DisplayName)
				run, err := b.Start(t.Context(), admin, "r", spec)
				if err != nil {
					t.Fatal(err)
				}
				run = b.ends(t, run)
				byRun := b.found(t, admin, run.BlueprintID)
				if diff := cmp.Diff(byRun.API, byHand.API); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(byRun.Web.RedirectURIs, byHand.Web.RedirectURIs); diff != "" || byHand.DisplayName != byRun.DisplayName {
					t.Error(diff, byHand.DisplayName)
				}
				if diff := cmp.Diff([]string{"api://" + byHand.AppID}, byHand.IdentifierURIs); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(byRun.KeyCredentials, byHand.KeyCredentials, cmpopts.IgnoreFields(graph.KeyCredential{}, "KeyID")); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(b.federatedOf(t, admin, byRun.ID), b.federatedOf(t, admin, byHand.ID), cmpopts.IgnoreFields(graph.FederatedCredential{}, "ID")); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// copied runs the program that the review page of a spec shows.
func (b *bench) copied(t *testing.T, a models.Actor, language graph.SnippetKind, spec BlueprintSpec) {
	t.Helper()
	var calls []graph.Call
	for _, p := range b.Plan(spec, a) {
		calls = append(calls, p.Copied)
	}
	text, err := graph.Snippet(language, b.url, calls)
	if err != nil {
		t.Fatal(err)
	}
	token, err := b.signIns.Token(t.Context(), a.SignInID)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash")
	cmd.Stdin = strings.NewReader(text)
	if language == graph.SnippetGo {
		file := filepath.Join(t.TempDir(), "main.go")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd = exec.CommandContext(t.Context(), "go", "run", file)
	}
	cmd.Env = append(os.Environ(), "TOKEN="+token.Reveal())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// onlyNamed is the one blueprint of a name.
func (b *bench) onlyNamed(t *testing.T, a models.Actor, name string) *graph.Blueprint {
	t.Helper()
	var made []graph.Blueprint
	for blueprint, err := range b.o.Graph.With(b.signIns.TokenFunc(a.SignInID)).AllBlueprints(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, blueprint)
	}
	made = slices.DeleteFunc(made, func(x graph.Blueprint) bool { return x.DisplayName != name })
	if len(made) != 1 {
		t.Fatalf("%d blueprints named %q, want 1", len(made), name)
	}
	return &made[0]
}
