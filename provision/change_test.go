package provision

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// journal are the writes since a moment, as "METHOD path".
func (b *bench) journal(t testing.TB, after int) []string {
	t.Helper()
	var lines []string
	for _, w := range b.writes(t)[after:] {
		lines = append(lines, w.Method+" "+w.Path)
	}
	return lines
}

// family makes a blueprint with agents, of which some have an agent user.
func (b *bench) family(t testing.TB, a models.Actor, agents, users int) Tree {
	t.Helper()
	run := b.ends(t, b.begin(t, a, b.withUsers(t, a), func(s *BlueprintSpec) {
		s.SecretDays, s.Count = 0, agents
	}))
	if run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	tree := Tree{
		Blueprint: &Target{Kind: graph.KindBlueprint, ID: run.BlueprintID, Name: "Invoice helper"},
		Principal: &Target{Kind: graph.KindBlueprintPrincipal, ID: stepOf(run, KindPrincipal).ObjectID, Name: "Invoice helper"},
	}
	for i, s := range stepsOf(run, KindAgent) {
		agent := TreeAgent{Target: Target{Kind: graph.KindAgentIdentity, ID: s.ObjectID, Name: s.ObjectName}}
		user := stepsOf(run, KindAgentUser)[i]
		if i < users {
			agent.Users = []Target{{Kind: graph.KindAgentUser, ID: user.ObjectID, Name: user.ObjectName}}
		} else {
			b.done(t, a, "no user "+s.ObjectID, Act{Kind: KindDelete, Of: Target{Kind: graph.KindAgentUser, ID: user.ObjectID, Name: user.ObjectName}})
		}
		tree.Agents = append(tree.Agents, agent)
	}
	return tree
}

func (b *bench) treeRun(t testing.TB, a models.Actor, title string, acts []Act) *models.Run {
	t.Helper()
	run, err := b.Change(t.Context(), a, title, ChangeSpec{Title: title, Acts: acts, Reason: "CHG-7"})
	if err != nil {
		t.Fatal(err)
	}
	return b.ends(t, run)
}

// TestTwelveAreDisabledAsOneRun: in one batch, with before and after in the audit.
func TestTwelveAreDisabledAsOneRun(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	made := b.ends(t, b.begin(t, admin, func(s *BlueprintSpec) { s.Count, s.SecretDays = 12, 0 }))
	var acts []Act
	for _, s := range stepsOf(made, KindAgent) {
		acts = append(acts, Act{Kind: KindDisable, Of: Target{Kind: graph.KindAgentIdentity, ID: s.ObjectID, Name: s.ObjectName}})
	}
	before := b.batches(t)
	run := b.treeRun(t, admin, "disable 12 agent identities", acts)
	if run.State != models.RunDone || b.batches(t)-before != 1 {
		t.Errorf("%d batches %s", b.batches(t)-before, stepsText(run))
	}
	for i := range run.Steps {
		s := &run.Steps[i]
		agent, err := b.as(admin).AgentIdentity(t.Context(), acts[i].Of.ID)
		if err != nil || agent.AccountEnabled || DoneWord(s.Kind) != "Disabled" {
			t.Errorf("%+v, %v", agent, err)
		}
		outcome := b.outcomeOf(t, s)
		want := map[string]any{"before": map[string]any{"accountEnabled": true}, "after": map[string]any{"accountEnabled": false}}
		if diff := cmp.Diff(want, map[string]any{"before": outcome["before"], "after": outcome["after"]}); diff != "" {
			t.Errorf("outcome (-want +got):\n%s", diff)
		}
		if of, ok := TargetOf(s); !ok || of != acts[i].Of {
			t.Errorf("target %+v", of)
		}
	}
	b.checkAudit(t)
	again, err := b.Change(t.Context(), admin, "disable 12 agent identities", ChangeSpec{Title: "disable 12 agent identities", Acts: acts, Reason: "CHG-7"})
	if err != nil || again.ID != run.ID {
		t.Errorf("the second press made run %v, %v", again, err)
	}
	if _, err := b.Change(t.Context(), admin, "disable 12 agent identities", ChangeSpec{Title: "disable 12 agent identities", Acts: acts[:2]}); !errors.Is(err, models.ErrConflict) {
		t.Errorf("another request of the same id: %v", err)
	}
}

// TestATreeIsDeletedAndComesBack: from the leaves to the root, and the way back.
func TestATreeIsDeletedAndComesBack(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.globalAdmin(t)
	tree := b.family(t, admin, 3, 2)
	before := len(b.writes(t))
	run := b.treeRun(t, admin, "delete Invoice helper", TreeActs(tree))
	if run.State != models.RunDone || len(run.Steps) != 7 {
		t.Fatal(stepsText(run))
	}
	order := b.journal(t, before)
	at := func(of Target) int {
		return slices.IndexFunc(order, func(line string) bool { return strings.HasSuffix(line, of.ID) })
	}
	for _, agent := range tree.Agents {
		for _, user := range agent.Users {
			if at(user) > at(agent.Target) {
				t.Errorf("an agent identity went before its user: %q", order)
			}
		}
		if at(agent.Target) > at(*tree.Principal) {
			t.Errorf("the principal went before an agent identity: %q", order)
		}
	}
	if len(order) != 7 || at(*tree.Principal) != 5 || at(*tree.Blueprint) != 6 {
		t.Errorf("order %q", order)
	}
	b.checkAudit(t)

	before = len(b.writes(t))
	back := b.treeRun(t, admin, "restore Invoice helper", RestoreActs(tree))
	if back.State != models.RunDone || len(back.Steps) != 7 {
		t.Fatal(stepsText(back))
	}
	order = b.journal(t, before)
	if !strings.Contains(order[0], tree.Blueprint.ID) || !strings.Contains(order[1], tree.Principal.ID) {
		t.Errorf("order %q", order)
	}
	for _, agent := range tree.Agents {
		if _, err := b.as(admin).AgentIdentity(t.Context(), agent.ID); err != nil {
			t.Error(err)
		}
		for _, user := range agent.Users {
			if _, err := b.as(admin).Properties(t.Context(), graph.KindAgentUser, user.ID, "id"); err != nil {
				t.Error(err)
			}
		}
	}
	b.checkAudit(t)
}

// TestWhatIsPurgedIsGone: and a principal cannot be, which keeps nothing else.
func TestWhatIsPurgedIsGone(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.globalAdmin(t)
	tree := b.family(t, admin, 1, 1)
	b.treeRun(t, admin, "delete", TreeActs(tree))
	var acts []Act
	for _, act := range TreeActs(tree) {
		acts = append(acts, Act{Kind: KindPurge, Of: act.Of})
	}
	run := b.treeRun(t, admin, "purge", acts)
	for i := range run.Steps {
		s := &run.Steps[i]
		of, _ := TargetOf(s)
		if of.Kind == graph.KindBlueprintPrincipal {
			if advice, _ := Advise(run, s, false); s.State != models.StepFailed || !strings.Contains(advice.Title, "cannot be purged") {
				t.Errorf("%s: %+v", s.State, advice)
			}
			continue
		}
		if _, err := b.as(admin).DeletedItem(t.Context(), of.ID); s.State != models.StepDone || !graph.IsNotFound(err) {
			t.Errorf("%s %s: %v", s.Name, s.State, err)
		}
	}
	b.checkAudit(t)
	// Purged twice is purged, and cannot be restored.
	if again := b.treeRun(t, admin, "again", acts[:1]); again.State != models.RunDone {
		t.Error(stepsText(again))
	}
	lost := b.treeRun(t, admin, "restore", []Act{{Kind: KindRestore, Of: acts[1].Of}})
	if advice, _ := Advise(lost, &lost.Steps[0], false); lost.State != models.RunFailed || !strings.Contains(advice.Title, "gone for good") {
		t.Errorf("%s %+v", stepsText(lost), advice)
	}
}

// TestPartOfARunFails: one object was deleted meanwhile, another is refused; the
// others go on, and what hangs on the refused one stays.
func TestPartOfARunFails(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.globalAdmin(t)
	tree := b.family(t, admin, 3, 2)
	b.done(t, admin, "meanwhile", Act{Kind: KindDelete, Of: tree.Agents[2].Target})
	refused := tree.Agents[0].Target
	b.faults.mu.Lock()
	b.faults.choose = func(r *http.Request) *fault {
		if r.Method == http.MethodDelete && strings.HasSuffix(r.URL.Path, refused.ID) {
			return &fault{status: http.StatusForbidden, code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation."}
		}
		if strings.HasSuffix(r.URL.Path, "/$batch") {
			if n := partOf(t, r, refused.ID); n > 0 {
				return &fault{parts: map[int]partFault{n: {status: http.StatusForbidden, code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation."}}}
			}
		}
		return nil
	}
	b.faults.mu.Unlock()
	run := b.treeRun(t, admin, "delete", TreeActs(tree))
	want := map[string]models.StepState{
		tree.Agents[0].Users[0].ID: models.StepDone, tree.Agents[1].Users[0].ID: models.StepDone, refused.ID: models.StepFailed,
		tree.Agents[1].ID: models.StepDone, tree.Agents[2].ID: models.StepDone, tree.Principal.ID: models.StepPlanned, tree.Blueprint.ID: models.StepPlanned,
	}
	got := map[string]models.StepState{}
	for i := range run.Steps {
		of, _ := TargetOf(&run.Steps[i])
		got[of.ID] = run.Steps[i].State
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s%s", diff, stepsText(run))
	}
	failed := FailedSteps(run)
	if advice, _ := Advise(run, &failed[0], false); !strings.Contains(advice.Title, refused.Name) || !strings.Contains(advice.Text, "Agent ID Administrator") {
		t.Errorf("advice %+v", advice)
	}
	b.faults.mu.Lock()
	b.faults.choose = nil
	b.faults.mu.Unlock()
	if err := b.Retry(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if run = b.until(t, run.ID, models.RunDone, models.RunFailed); run.State != models.RunDone {
		t.Error(stepsText(run))
	}
}

// partOf is the place of the call about an object in a batch, from 1; 0 for none.
func partOf(t testing.TB, r *http.Request, id string) int {
	t.Helper()
	body, err := r.GetBody()
	if err != nil {
		t.Error(err)
		return 0
	}
	var sent struct{ Requests []struct{ URL string } }
	if err := json.NewDecoder(body).Decode(&sent); err != nil {
		t.Error(err)
	}
	return 1 + slices.IndexFunc(sent.Requests, func(p struct{ URL string }) bool { return strings.HasSuffix(p.URL, id) })
}

// TestAnUpdateTellsBeforeAndAfter: of an agent user without what names it.
func TestAnUpdateTellsBeforeAndAfter(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	user := b.agentUser()
	name := "renamed-bot@" + b.info.Domain
	run := b.done(t, admin, "rename", Act{
		Kind: KindUpdate, Of: user,
		Set:    map[string]any{"displayName": "Renamed", "userPrincipalName": name, "mailNickname": "renamed-bot", "usageLocation": "DE"},
		Before: map[string]any{"displayName": "Invoice helper 01", "userPrincipalName": b.info.Seed.AgentUser.UPN, "usageLocation": nil},
	})
	u, err := b.as(admin).UserNamed(t.Context(), name)
	if err != nil || u.ID != user.ID || u.DisplayName != "Renamed" || u.UsageLocation != "DE" {
		t.Fatalf("%+v, %v", u, err)
	}
	for _, kind := range []models.AuditKind{models.AuditIntent, models.AuditOutcome} {
		record := b.records(t, kind)[run.Steps[0].OpID]
		if strings.Contains(string(record.Body), "renamed-bot") || strings.Contains(string(record.Body), b.info.Seed.AgentUser.UPN) {
			t.Errorf("the %s names the user: %s", kind, record.Body)
		}
		if want := b.info.Seed.AgentUser.UPN + " to " + name; record.Words.TargetName != want || record.TargetID != user.ID {
			t.Errorf("the words of the %s are %q about %s", kind, record.Words.TargetName, record.TargetID)
		}
		if !strings.Contains(string(record.Body), `"after":{"displayName":"Renamed","usageLocation":"DE"},`) || !strings.Contains(string(record.Body), `"before":{"displayName":"Invoice helper 01"`) {
			t.Errorf("the %s has no change: %s", kind, record.Body)
		}
	}
	b.checkAudit(t)
}

// TestMembershipsAndRelations: what they change, whom they are about, and that a
// second time is no fault.
func TestMembershipsAndRelations(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.globalAdmin(t)
	user, group, sponsor := b.agentUser(), b.groups(t, admin, 1)[0], b.persona(t, "approver")
	add := []Act{
		{Kind: KindMember, Of: user, Group: group},
		{Kind: KindSponsor, Of: user, Person: sponsor},
		{Kind: KindOwner, Of: b.blueprintTarget(), Person: sponsor},
		{Kind: KindAgentUserManager, Of: user, Person: sponsor},
	}
	remove := []Act{
		{Kind: KindMemberRemove, Of: user, Group: group},
		{Kind: KindSponsorRemove, Of: user, Person: sponsor},
		{Kind: KindOwnerRemove, Of: b.blueprintTarget(), Person: sponsor},
		{Kind: KindAgentUserManagerRemove, Of: user, Person: sponsor},
	}
	for i, acts := range [][]Act{add, add, remove, remove} {
		run := b.done(t, admin, fmt.Sprint("turn ", i), acts...)
		member := b.records(t, models.AuditIntent)[run.Steps[0].OpID]
		if member.TargetID != user.ID || !strings.Contains(string(member.Body), group.ID) {
			t.Errorf("the record of a membership is about %s %s: %s", member.TargetKind, member.TargetID, member.Body)
		}
		if text := string(b.records(t, models.AuditIntent)[run.Steps[2].OpID].Body); strings.Contains(text, sponsor.Username) {
			t.Errorf("a body names the owner: %s", text)
		}
		groups, err := b.as(admin).GroupsOf(t.Context(), user.ID)
		if err != nil || len(groups) != map[bool]int{true: 1}[i < 2] {
			t.Errorf("turn %d: groups %+v, %v", i, groups, err)
		}
	}
}
