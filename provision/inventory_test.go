package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// names are those of some items, in their order.
func names(items []*Item) string {
	var all []string
	for _, item := range items {
		all = append(all, item.Name)
	}
	return strings.Join(all, ", ")
}

// snapshot reads the tenant and gives what was found.
func (b *bench) snapshot(t *testing.T, who models.Actor) *Snapshot {
	t.Helper()
	if err := b.Inventory().Refresh(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	s, err := b.Inventory().Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestASnapshotHoldsTheTenant(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	if s, err := b.Inventory().Snapshot(t.Context()); s != nil || err != nil {
		t.Fatalf("before the first reading: %v, %v", s, err)
	}
	s := b.snapshot(t, admin)
	if got := names(s.Of(graph.KindBlueprint)); got != "Contract reader, Expense audit, Invoice helper, Meeting notes, Payroll bridge, Site survey, Support triage, Travel desk" {
		t.Errorf("blueprints: %s", got)
	}
	seed := b.info.Seed
	agent := s.Item(strings.ToUpper(seed.Agent.ID))
	if agent == nil || agent.Name != "Invoice helper 01" || len(s.Users(agent.ID)) != 1 || s.Blueprint(agent.BlueprintAppID).ID != seed.Blueprint.ObjectID {
		t.Fatalf("the seeded agent: %+v", agent)
	}
	if enabled, known := s.Enabled(s.Blueprint(seed.Blueprint.AppID)); !enabled || !known {
		t.Error("a blueprint is not as enabled as its principal")
	}
	if person := s.Item(agent.Sponsors[0]); person == nil || person.UPN != "sponsor@"+b.info.Domain || person.Enabled == nil || !*person.Enabled {
		t.Errorf("its sponsor: %+v", person)
	}
	if s.ReadBy != admin.Username || s.Calls == 0 || len(s.Unread) != 0 {
		t.Errorf("read by %s in %d calls, without %v", s.ReadBy, s.Calls, s.Unread)
	}
	disabled := s.Select(Query{Kind: graph.KindAgentIdentity, Status: StatusDisabled}, time.Now())
	if names(disabled) != "Meeting notes 01" || disabled[0].DisabledSince.IsZero() {
		t.Errorf("disabled: %+v", disabled)
	}
	// What is found again has been disabled since it was found first.
	again := b.snapshot(t, admin)
	if now := again.Item(disabled[0].ID); !now.DisabledSince.Equal(disabled[0].DisabledSince) || again.ReadAt.Equal(s.ReadAt) {
		t.Errorf("disabled since %s, then %s", disabled[0].DisabledSince, now.DisabledSince)
	}
}

func TestASnapshotOutlivesThePortal(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	before := b.snapshot(t, admin)
	b.stop()
	b.startEngine(t, benchOptions{})
	s, err := b.Inventory().Snapshot(t.Context())
	if err != nil || s == nil || !s.ReadAt.Equal(before.ReadAt) || names(s.Of(graph.KindAgentIdentity)) != names(before.Of(graph.KindAgentIdentity)) {
		t.Fatalf("after a start: %+v, %v", s, err)
	}
	if err := b.Inventory().Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, err := b.Inventory().Snapshot(t.Context()); s != nil || err != nil {
		t.Errorf("forgotten: %v, %v", s, err)
	}
}

// TestASnapshotFollowsRuns: what a run made shows without a new reading, also when
// the directory is slow to show it.
func TestASnapshotFollowsRuns(t *testing.T) {
	for _, lag := range []int{0, 150} {
		b := newBench(t, benchOptions{settle: time.Second})
		admin := b.admin(t)
		read := b.snapshot(t, admin).ReadAt
		b.knobs(t, map[string]any{"lagMs": map[string]int{"blueprint": lag, "principal": lag, "agentIdentity": lag}})
		run, err := b.Start(t.Context(), admin, "r", b.spec(admin))
		if err != nil {
			t.Fatal(err)
		}
		run = b.until(t, run.ID, models.RunDone, models.RunFailed)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		b.Inventory().Quiet(ctx)
		s, err := b.Inventory().Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		made := s.Item(run.BlueprintID)
		if made == nil || names(s.Agents(run.BlueprintAppID)) != strings.Join(twoAgents, ", ") || s.Principal(run.BlueprintAppID) == nil || !s.ReadAt.Equal(read) {
			t.Fatalf("lag %d: the snapshot has %+v with %s", lag, made, names(s.Agents(run.BlueprintAppID)))
		}
		if len(made.Credentials) != 1 || len(made.Sponsors) != 1 || !s.FromPortal(made) {
			t.Errorf("lag %d: %+v", lag, made)
		}
		kept, err := b.store.Inventory(t.Context(), b.info.TenantID)
		if err != nil || !slices.ContainsFunc(kept.Items, func(i Item) bool { return i.ID == run.BlueprintID }) {
			t.Errorf("lag %d: the database does not have it: %v", lag, err)
		}
	}
}

func TestOneReadingServesAllWhoAsk(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if err := b.Inventory().Refresh(t.Context(), admin); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s, err := b.Inventory().Snapshot(t.Context())
	if err != nil || s == nil || b.Inventory().Progress() != nil {
		t.Fatalf("%v, %v, %v", s, err, b.Inventory().Progress())
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Inventory().Refresh(ended, admin); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("for somebody who left: %v", err)
	}
}

func TestAReadingThatFailsKeepsTheSnapshot(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	before := b.snapshot(t, admin)
	b.knobs(t, map[string]any{"faults": []map[string]any{{"path": "/v1.0/servicePrincipals/microsoft.graph.agentIdentity", "kind": "500"}}})
	if err := b.Inventory().Refresh(t.Context(), admin); err == nil {
		t.Error("a reading that Graph broke off counts")
	}
	if s, err := b.Inventory().Snapshot(t.Context()); err != nil || s != before {
		t.Errorf("the snapshot is another: %v", err)
	}
}

// TestAnAuditorReadsAsMuch: readers who may not use the typed lists get the same.
func TestAnAuditorReadsAsMuch(t *testing.T) {
	b := newBench(t, benchOptions{})
	want := b.snapshot(t, b.admin(t))
	got := b.snapshot(t, b.signIn(t, "auditor@"+b.info.Domain))
	for _, kind := range []graph.Kind{graph.KindBlueprint, graph.KindBlueprintPrincipal, graph.KindAgentIdentity, graph.KindAgentUser} {
		describe := func(s *Snapshot) string {
			text := ""
			for _, i := range s.Of(kind) {
				text += fmt.Sprintf("%s %d %d %v; ", i.Name, len(i.Owners), len(i.Sponsors), i.SponsorsUnread)
			}
			return text
		}
		if describe(got) != describe(want) {
			t.Errorf("%s: %s, want %s", kind, describe(got), describe(want))
		}
	}
}

// TestAReadingOfATenantThatIsFilledAnew: what was read of the former tenant is of no
// use, and whoever waits gets the new one.
func TestAReadingOfATenantThatIsFilledAnew(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	b.knobs(t, map[string]any{"latencyMs": 300})
	waits := make(chan error, 1)
	go func() { waits <- b.Inventory().Refresh(t.Context(), admin) }()
	for b.Inventory().Progress() == nil {
		time.Sleep(time.Millisecond)
	}
	b.Inventory().mu.Lock()
	former := b.Inventory().reading
	b.Inventory().mu.Unlock()
	if err := b.Inventory().Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(former.err, context.Canceled) {
		t.Errorf("the former reading ended with %v", former.err)
	}
	b.knobs(t, map[string]any{"latencyMs": 0})
	if err := <-waits; err != nil {
		t.Errorf("whoever waited got %v", err)
	}
	if s, err := b.Inventory().Snapshot(t.Context()); s == nil || err != nil {
		t.Errorf("no snapshot: %v", err)
	}
}

func TestAnObjectOnTwoPagesIsThereOnce(t *testing.T) {
	r := &inventoryReader{agents: []graph.Listed[graph.AgentIdentity]{
		{Item: graph.AgentIdentity{ID: "a", DisplayName: "before", AccountEnabled: true}}, {Item: graph.AgentIdentity{ID: "b", AccountEnabled: true}}, {Item: graph.AgentIdentity{ID: "a", DisplayName: "after", AccountEnabled: true}},
	}}
	items := r.items(nil)
	if len(items) != 2 || items[0].ID != "b" || items[1].Name != "after" {
		t.Errorf("items = %+v", items)
	}
}
