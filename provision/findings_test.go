package provision

import (
	"encoding/json"
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

// healthy is a tenant in which nothing needs anybody: one of each kind, a person
// and a group of people.
func healthy(now time.Time) *models.Inventory {
	on := true
	people := []string{"person"}
	return &models.Inventory{TID: "tenant", Items: []Item{
		{
			ID: "blueprint", Kind: string(graph.KindBlueprint), Name: "Blueprint", AppID: "app", Owners: people, Sponsors: people,
			Credentials: []models.Credential{{Kind: models.CredentialSecret, KeyID: "key", Starts: now, Ends: now.AddDate(0, 6, 0)}},
		},
		{ID: "principal", Kind: string(graph.KindBlueprintPrincipal), Name: "Principal", AppID: "app", HomeID: "tenant", Enabled: &on},
		{ID: "agent", Kind: string(graph.KindAgentIdentity), Name: "Agent", BlueprintAppID: "app", Sponsors: []string{"group"}, Enabled: &on},
		{ID: "user", Kind: string(graph.KindAgentUser), Name: "User", ParentID: "agent", Enabled: &on},
		{ID: "person", Kind: string(graph.KindUser), Name: "Person", UPN: "person@x.example", Enabled: &on},
		{ID: "group", Kind: string(graph.KindGroup), Name: "Group", People: 2},
	}}
}

// found are findings as "kind object" lines.
func found(list []Finding) []string {
	lines := []string{}
	for _, f := range list {
		lines = append(lines, string(f.Kind)+" "+f.Item.ID)
	}
	return lines
}

// TestWhatIsAFinding changes one thing in a healthy tenant and wants just what
// follows from it.
func TestWhatIsAFinding(t *testing.T) {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	off := false
	tests := map[string]struct {
		change func(item map[string]*Item, v *models.Inventory)
		want   []string
		why    string
	}{
		"nothing":    {func(map[string]*Item, *models.Inventory) {}, []string{}, ""},
		"no sponsor": {func(i map[string]*Item, _ *models.Inventory) { i["agent"].Sponsors = nil }, []string{"no-sponsor agent"}, "It has no sponsor."},
		"sponsors unread": {func(i map[string]*Item, _ *models.Inventory) {
			i["agent"].Sponsors, i["agent"].SponsorsUnread = nil, true
		}, []string{}, ""},
		"sponsor disabled": {
			func(i map[string]*Item, _ *models.Inventory) { i["person"].Enabled = &off }, []string{"sponsor-unusable blueprint"}, "The account person@x.example is disabled.",
		},
		"one of two sponsors disabled": {
			func(i map[string]*Item, _ *models.Inventory) {
				i["person"].Enabled, i["blueprint"].Sponsors = &off, []string{"person", "group"}
			}, []string{}, "",
		},
		"sponsor deleted": {
			func(i map[string]*Item, _ *models.Inventory) {
				*i["person"] = Item{ID: "person", Kind: string(graph.KindOther), Gone: true}
			},
			[]string{"sponsor-unusable blueprint"},
			"is not in the directory any more.",
		},
		"account unknown": {func(i map[string]*Item, _ *models.Inventory) { i["person"].Enabled = nil }, []string{}, ""},
		"empty group": {
			func(i map[string]*Item, _ *models.Inventory) { i["group"].People = 0 }, []string{"sponsor-unusable agent"}, "has no enabled person as a member.",
		},
		"group of groups": {
			func(i map[string]*Item, _ *models.Inventory) { i["group"].People, i["group"].Groups = 0, 2 }, []string{"sponsor-unusable agent"}, "has only groups as members",
		},
		"members unread": {func(i map[string]*Item, _ *models.Inventory) { i["group"].People, i["group"].MembersUnread = 0, true }, []string{}, ""},
		"group that cannot sponsor": {
			func(i map[string]*Item, _ *models.Inventory) { i["group"].Unfit = true }, []string{"sponsor-unusable agent"}, "of a kind that cannot sponsor.",
		},
		"agent user as sponsor": {
			func(i map[string]*Item, _ *models.Inventory) { i["agent"].Sponsors = []string{"user"} }, []string{"sponsor-unusable agent"}, "is no person",
		},
		"no owner": {func(i map[string]*Item, _ *models.Inventory) { i["blueprint"].Owners = nil }, []string{"no-owner blueprint"}, ""},
		"owners unread": {func(i map[string]*Item, _ *models.Inventory) {
			i["blueprint"].Owners, i["blueprint"].OwnersUnread = nil, true
		}, []string{}, ""},
		"credential ended": {
			func(i map[string]*Item, _ *models.Inventory) {
				i["blueprint"].Credentials[0].Ends = now.Add(-time.Hour)
			}, []string{"credential-ended blueprint"}, "The last one ended 21 Nov 2026 07:00 UTC.",
		},
		"one of two ended": {
			func(i map[string]*Item, _ *models.Inventory) {
				i["blueprint"].Credentials = append(i["blueprint"].Credentials, models.Credential{Kind: models.CredentialSecret, KeyID: "old", Ends: now.Add(-time.Hour)})
			}, []string{}, "",
		},
		"credential ends soon": {
			func(i map[string]*Item, _ *models.Inventory) {
				i["blueprint"].Credentials[0].Ends = now.AddDate(0, 0, 30)
			}, []string{"credential-expiring blueprint"}, "Ends 21 Dec 2026 08:00 UTC.",
		},
		"credential for years": {
			func(i map[string]*Item, _ *models.Inventory) {
				i["blueprint"].Credentials[0].Ends = now.AddDate(3, 0, 0)
			}, []string{"credential-overlong blueprint"}, "It lives 3 years",
		},
		"credential for a leap year": {
			func(i map[string]*Item, _ *models.Inventory) {
				i["blueprint"].Credentials[0].Ends = now.AddDate(0, 0, 366)
			}, []string{}, "",
		},
		"credential without an end": {
			func(i map[string]*Item, _ *models.Inventory) { i["blueprint"].Credentials[0].Ends = time.Time{} }, []string{"credential-overlong blueprint"}, "It has no end.",
		},
		"federated alone": {
			func(i map[string]*Item, _ *models.Inventory) {
				i["blueprint"].Credentials = []models.Credential{{Kind: models.CredentialFederated, KeyID: "f"}}
			}, []string{}, "",
		},
		"no credential": {
			func(i map[string]*Item, _ *models.Inventory) { i["blueprint"].Credentials = nil }, []string{"no-credential blueprint"}, "and 1 agent identity.",
		},
		"no credential and no agents": {
			func(i map[string]*Item, v *models.Inventory) {
				i["blueprint"].Credentials = nil
				v.Items = slices.DeleteFunc(v.Items, func(i Item) bool { return i.ID == "agent" || i.ID == "user" })
			}, []string{}, "",
		},
		"no principal": {
			func(_ map[string]*Item, v *models.Inventory) {
				v.Items = slices.DeleteFunc(v.Items, func(i Item) bool { return i.ID == "principal" })
			},
			[]string{"agent-without-principal agent", "blueprint-without-principal blueprint"},
			"",
		},
		"no blueprint": {
			func(_ map[string]*Item, v *models.Inventory) {
				v.Items = slices.DeleteFunc(v.Items, func(i Item) bool { return i.ID == "blueprint" })
			},
			[]string{"principal-without-blueprint principal", "no-owner agent"},
			"",
		},
		"blueprint in another tenant": {
			func(i map[string]*Item, v *models.Inventory) {
				i["principal"].HomeID, i["agent"].Owners = "elsewhere", []string{"person"}
				v.Items = slices.DeleteFunc(v.Items, func(i Item) bool { return i.ID == "blueprint" })
			}, []string{}, "",
		},
		"agent user without its agent": {
			func(_ map[string]*Item, v *models.Inventory) {
				v.Items = slices.DeleteFunc(v.Items, func(i Item) bool { return i.ID == "agent" })
			},
			[]string{"agent-user-without-parent user"},
			"Its agent identity agent is deleted.",
		},
		"disabled for 91 days": {
			func(i map[string]*Item, _ *models.Inventory) {
				i["agent"].Enabled, i["agent"].DisabledSince = &off, now.AddDate(0, 0, -91)
			}, []string{"disabled-long agent"}, "Disabled since 22 Aug 2026 at the latest",
		},
		"disabled for 90 days": {
			func(i map[string]*Item, _ *models.Inventory) {
				i["agent"].Enabled, i["agent"].DisabledSince = &off, now.AddDate(0, 0, -90)
			}, []string{}, "",
		},
	}
	seen := map[FindingKind]bool{}
	for name, tt := range tests {
		v := healthy(now)
		items := map[string]*Item{}
		for i := range v.Items {
			items[v.Items[i].ID] = &v.Items[i]
		}
		tt.change(items, v)
		list := newSnapshot(v).Findings(now)
		if diff := cmp.Diff(tt.want, found(list)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for _, f := range list {
			seen[f.Kind] = true
		}
		if len(list) > 0 && !strings.Contains(list[0].Why, tt.why) {
			t.Errorf("%s: why = %q, want %q", name, list[0].Why, tt.why)
		}
	}
	for _, about := range FindingKinds() {
		if !seen[about.Kind] || about.Title == "" || about.What == "" {
			t.Errorf("no row of the table is a %s, or it has no words", about.Kind)
		}
	}
}

// TestFindingsInATenantOfThousands makes every kind that Graph lets be made in a
// tenant of 10,000 agents, and wants those found and no others.
func TestFindingsInATenantOfThousands(t *testing.T) {
	b := newBench(t, benchOptions{})
	res, err := http.Post(b.url+"/_sandbox/reset", "application/json", strings.NewReader(`{"seed":"large"}`))
	if err != nil || res.StatusCode > 299 {
		t.Fatal(res, err)
	}
	_ = res.Body.Close()
	admin := b.signIn(t, "global-admin@"+b.info.Domain)
	before := b.snapshot(t, admin)
	if n := len(before.Of(graph.KindAgentIdentity)); n != 10_007 {
		t.Fatalf("%d agent identities", n)
	}
	at := time.Now().Add(time.Minute)
	known := map[string]bool{}
	for _, line := range found(before.Findings(at)) {
		known[line] = true
	}
	want := b.neglect(t, admin, before)
	b.rememberDisabled(t, before, at)
	after := b.snapshot(t, admin)
	got := []string{}
	for _, line := range found(after.Findings(at)) {
		if !known[line] {
			got = append(got, line)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	kinds := map[string]bool{}
	for _, line := range want {
		kind, _, _ := strings.Cut(line, " ")
		kinds[kind] = true
	}
	// Graph deletes a principal with its blueprint and restores it only after it.
	if len(kinds) != len(FindingKinds())-1 {
		t.Errorf("made %d kinds of %d", len(kinds), len(FindingKinds()))
	}
}

// neglect makes one object for each kind of finding, and gives what they should be
// found as.
func (b *bench) neglect(t *testing.T, admin models.Actor, s *Snapshot) (want []string) {
	t.Helper()
	w := b.o.Writer.With(b.signIns.TokenFunc(admin.SignInID))
	n := 0
	send := func(call graph.Call, out any) {
		t.Helper()
		if n++; n > 0 {
			if _, err := w.Send(t.Context(), fmt.Sprintf("neglect-%d", n), call, out); err != nil {
				t.Fatal(err)
			}
		}
	}
	base, person := b.o.Graph.Base(), graph.PrincipalRef{ID: admin.OID, Kind: graph.KindUser}
	people := []graph.PrincipalRef{person}
	blueprint := func(name string, principal bool, ends time.Time) (made graph.Blueprint) {
		send(graph.CreateBlueprintCall(base, graph.NewBlueprint{DisplayName: name, Sponsors: people, Owners: people}), &made)
		if principal {
			send(graph.CreateBlueprintPrincipalCall(made.AppID), nil)
		}
		if !ends.IsZero() {
			send(graph.AddPasswordCall(made.ID, name, ends), nil)
		}
		return made
	}
	agent := func(of graph.Blueprint, name string) (made graph.AgentIdentity) {
		send(graph.CreateAgentIdentityCall(base, graph.NewAgentIdentity{DisplayName: name, BlueprintAppID: of.AppID, Sponsors: people}), &made)
		return made
	}
	year := time.Now().AddDate(0, 6, 0)
	want = append(want, "blueprint-without-principal "+blueprint("No principal", false, year).ID)
	want = append(want, "credential-expiring "+blueprint("Ends soon", true, time.Now().AddDate(0, 0, 10)).ID)
	want = append(want, "credential-ended "+blueprint("Ends at once", true, time.Now().Add(5*time.Second)).ID)
	want = append(want, "credential-overlong "+blueprint("Lives long", true, time.Now().AddDate(3, 0, 0)).ID)
	bare := blueprint("No credential", true, time.Time{})
	agent(bare, "Without tokens")
	want = append(want, "no-credential "+bare.ID)

	owned := blueprint("No owner", true, year)
	send(graph.RemoveRefCall(graph.KindBlueprint, owned.ID, graph.Owners, admin.OID), nil)
	want = append(want, "no-owner "+owned.ID)

	lonely := agent(owned, "No sponsor")
	send(graph.RemoveRefCall(graph.KindAgentIdentity, lonely.ID, graph.Sponsors, admin.OID), nil)
	want = append(want, "no-sponsor "+lonely.ID)

	left := agent(owned, "Sponsor left")
	disabled := s.Blueprint(s.Select(Query{Kind: graph.KindBlueprint, Text: "Expense audit"}, time.Now())[0].AppID).Sponsors[0]
	send(graph.AddRefCall(base, graph.KindAgentIdentity, left.ID, graph.Sponsors, graph.PrincipalRef{ID: disabled, Kind: graph.KindUser}), nil)
	send(graph.RemoveRefCall(graph.KindAgentIdentity, left.ID, graph.Sponsors, admin.OID), nil)
	want = append(want, "sponsor-unusable "+left.ID)

	orphaned := blueprint("Principal deleted", true, year)
	orphan := agent(orphaned, "Without principal")
	var principals struct{ Value []graph.BlueprintPrincipal }
	if _, err := b.o.Graph.With(b.signIns.TokenFunc(admin.SignInID)).Do(t.Context(), graph.Call{Path: "/v1.0/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal?$filter=appId%20eq%20%27" + orphaned.AppID + "%27"}, &principals); err != nil {
		t.Fatal(err)
	}
	send(graph.DeleteCall(graph.KindBlueprintPrincipal, principals.Value[0].ID), nil)
	want = append(want, "blueprint-without-principal "+orphaned.ID, "agent-without-principal "+orphan.ID)

	parent := agent(owned, "Gone")
	var user graph.AgentUser
	send(graph.CreateAgentUserCall(graph.NewAgentUser{DisplayName: "Gone", UPN: "gone@" + b.info.Domain, MailNickname: "gone", ParentID: parent.ID}), &user)
	send(graph.DeleteCall(graph.KindAgentIdentity, parent.ID), nil)
	return append(want, "agent-user-without-parent "+user.ID, "disabled-long "+s.Select(Query{Kind: graph.KindAgentIdentity, Text: "Meeting notes 01"}, time.Now())[0].ID)
}

// rememberDisabled has one agent found disabled a hundred days ago, in the
// snapshot that the next reading goes on from.
func (b *bench) rememberDisabled(t *testing.T, s *Snapshot, at time.Time) {
	t.Helper()
	text, err := json.Marshal(s.Items)
	if err != nil {
		t.Fatal(err)
	}
	v := *s.Inventory
	if err := json.Unmarshal(text, &v.Items); err != nil {
		t.Fatal(err)
	}
	for i := range v.Items {
		if v.Items[i].Name == "Meeting notes 01" {
			v.Items[i].DisabledSince = at.AddDate(0, 0, -100)
		}
	}
	if err := b.store.ReplaceInventory(t.Context(), &v); err != nil {
		t.Fatal(err)
	}
	b.Inventory().put(newSnapshot(&v))
}
