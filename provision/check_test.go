package provision

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"agentidportal/models"
)

// checkAudit asserts what every story must leave behind: a whole chain, an end
// for each intent, and in the sandbox's journal exactly the writes the audit
// tells, each under its operation's id.
func (b *bench) checkAudit(t testing.TB) {
	t.Helper()
	report, err := models.VerifyAudit(t.Context(), b.dbPath)
	if err != nil || len(report.Faults) > 0 || report.Records == 0 {
		t.Errorf("verify audit: %+v, %v", report, err)
	}
	if len(report.OpenIntents) > 0 {
		t.Errorf("open intents: %+v", report.OpenIntents)
	}
	intents, outcomes := b.records(t, models.AuditIntent), b.records(t, models.AuditOutcome)
	if len(intents) != len(outcomes) {
		t.Errorf("%d intents, %d outcomes", len(intents), len(outcomes))
	}
	written := map[string]int{}
	for _, w := range b.writes(t) {
		written[w.ClientRequestID]++
		if _, ok := intents[w.ClientRequestID]; !ok {
			t.Errorf("%s %s was written without an intent (%s)", w.Method, w.Path, w.ClientRequestID)
		}
	}
	for op, outcome := range outcomes {
		want := 1
		if outcome.Result == models.ResultFailed || outcome.Result == models.ResultAbandoned {
			want = 0
		}
		if outcome.Action == models.ActionCredentialAdd && outcome.Result == models.ResultRepeated {
			continue // the lost one was removed; checkCredentials counts what is left
		}
		if written[op] != want {
			t.Errorf("%s %s: %d writes in the journal, want %d", outcome.Action, outcome.Result, written[op], want)
		}
	}
}

// records returns the audit records of a kind by operation.
func (b *bench) records(t testing.TB, kind models.AuditKind) map[string]models.AuditRecord {
	t.Helper()
	list, err := b.store.Audit(t.Context(), models.AuditFilter{Kind: kind, Limit: 1000})
	if err != nil {
		t.Fatalf("list audit: %v", err)
	}
	byOp := map[string]models.AuditRecord{}
	for _, r := range list {
		if _, twice := byOp[r.OpID]; twice {
			t.Errorf("two records of kind %s for operation %s", kind, r.OpID)
		}
		byOp[r.OpID] = r
	}
	return byOp
}

// events returns how often each action was recorded as an event about a run.
func (b *bench) events(t testing.TB, runID int64) map[string]int {
	t.Helper()
	list, err := b.store.Audit(t.Context(), models.AuditFilter{
		Kind: models.AuditEvent, RunID: strconv.FormatInt(runID, 10), Limit: 1000,
	})
	if err != nil {
		t.Fatalf("list audit: %v", err)
	}
	counts := map[string]int{}
	for _, r := range list {
		counts[r.Action]++
	}
	return counts
}

// checkTenant asserts that the run's objects exist exactly once, and that its
// blueprint has only secrets the portal knows.
func (b *bench) checkTenant(t testing.TB, a models.Actor, run *models.Run, agents []string, secrets int) {
	t.Helper()
	g := b.o.Graph.With(b.signIns.TokenFunc(a.SignInID))
	blueprint, err := g.Blueprint(t.Context(), run.BlueprintID)
	if err != nil {
		t.Fatalf("read blueprint: %v", err)
	}
	same := 0
	for other, err := range g.AllBlueprints(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if other.DisplayName == blueprint.DisplayName && other.ID != b.info.Seed.Blueprint.ObjectID {
			same++
		}
	}
	if same != 1 {
		t.Errorf("%d blueprints named %q, want 1", same, blueprint.DisplayName)
	}
	if len(blueprint.PasswordCredentials) != secrets {
		t.Errorf("%d secrets on the blueprint, want %d: %+v", len(blueprint.PasswordCredentials), secrets, blueprint.PasswordCredentials)
	}
	counts := map[string]int{}
	for agent, err := range g.AgentIdentitiesOf(t.Context(), run.BlueprintAppID) {
		if err != nil {
			t.Fatal(err)
		}
		counts[agent.DisplayName]++
	}
	if len(counts) != len(agents) {
		t.Errorf("agents %v, want %v", counts, agents)
	}
	for _, name := range agents {
		if counts[name] != 1 {
			t.Errorf("%d agents named %q, want 1", counts[name], name)
		}
	}
}

// checkNotInFiles asserts that a value is in no file of the portal's data
// folder, write-ahead log included.
func (b *bench) checkNotInFiles(t testing.TB, what, value string) {
	t.Helper()
	if value == "" {
		t.Fatalf("no %s to look for", what)
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(b.dbPath), "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files beside %s (%v)", b.dbPath, err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(body, []byte(value)) {
			t.Errorf("%s stands in clear in %s", what, filepath.Base(file))
		}
	}
}
