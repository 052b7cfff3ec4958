package provision

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// TestEveryActIsAStep: each kind of act has words, a call and a place in the plan.
func TestEveryActIsAStep(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	const id = newTestID
	person, group := Principal{ID: id, Kind: graph.KindUser, Username: "ann@contoso.example"}, Target{Kind: graph.KindGroup, ID: id, Name: "Team"}
	user, blueprint := Target{Kind: graph.KindAgentUser, ID: id, Name: "X"}, Target{Kind: graph.KindBlueprint, ID: id, Name: "X"}
	license := LicenseRef{SKUID: id, Name: "E3"}
	acts := []Act{
		{Kind: KindDisable, Of: user},
		{Kind: KindEnable, Of: user},
		{Kind: KindUpdate, Of: user, Set: map[string]any{"displayName": "Y"}},
		{Kind: KindDelete, Of: user},
		{Kind: KindRestore, Of: user},
		{Kind: KindPurge, Of: user},
		{Kind: KindOwner, Of: blueprint, Person: person},
		{Kind: KindOwnerRemove, Of: blueprint, Person: person},
		{Kind: KindSponsor, Of: user, Person: person},
		{Kind: KindSponsorRemove, Of: user, Person: person},
		{Kind: KindMember, Of: user, Group: group},
		{Kind: KindMemberRemove, Of: user, Group: group},
		{Kind: KindAgentUserManager, Of: user, Person: person},
		{Kind: KindAgentUserManagerRemove, Of: user},
		{Kind: KindAgentUserLicense, Of: user, License: license},
		{Kind: KindAgentUserLicenseRemove, Of: user, License: license},
		{Kind: KindRemoval, Of: blueprint, KeyID: id, KeyName: "old"},
		{Kind: KindCertificateRemove, Of: blueprint, KeyID: id},
		{Kind: KindFederatedRemove, Of: blueprint, KeyID: id},
	}
	spec := ChangeSpec{Title: "all", BlueprintID: id, Acts: acts}
	if faults := spec.Validate(); len(faults) > 0 {
		t.Fatalf("faults %v", faults)
	}
	for i, c := range b.ChangeCalls(spec) {
		kind := kindNamed(acts[i].Kind)
		if c.Call.Method == "" || !strings.Contains(c.Call.Path, id) || c.Needs == "" || c.Title == "" || c.What == "" || kind.done == "" || kind.left == nil || kind.explain == nil {
			t.Errorf("%s: %+v", acts[i].Kind, c)
		}
	}
}

func TestChangeRefusesWhatCannotRun(t *testing.T) {
	user, agent := Target{Kind: graph.KindAgentUser, ID: newTestID, Name: "X"}, Target{Kind: graph.KindAgentIdentity, ID: newTestID, Name: "X"}
	blueprint := Target{Kind: graph.KindBlueprint, ID: newTestID, Name: "X"}
	for name, tc := range map[string]struct {
		field string
		acts  []Act
	}{
		"none":                     {"acts", nil},
		"no such change":           {"acts", []Act{{Kind: KindBlueprint, Of: blueprint}}},
		"no object":                {"acts", []Act{{Kind: KindDelete}}},
		"a blueprint disabled":     {"acts", []Act{{Kind: KindDisable, Of: blueprint}}},
		"an owner of a user":       {"acts", []Act{{Kind: KindOwner, Of: user, Person: person(newTestID)}}},
		"a group as an owner":      {"person", []Act{{Kind: KindOwner, Of: agent, Person: Principal{ID: "g", Kind: graph.KindGroup}}}},
		"an agent as a sponsor":    {"person", []Act{{Kind: KindSponsor, Of: agent, Person: Principal{ID: "a", Kind: graph.KindAgentIdentity}}}},
		"no sponsor":               {"person", []Act{{Kind: KindSponsorRemove, Of: agent}}},
		"no group":                 {"group", []Act{{Kind: KindMember, Of: user}}},
		"an agent in a group":      {"acts", []Act{{Kind: KindMember, Of: agent, Group: Target{ID: "g"}}}},
		"no licence":               {"license", []Act{{Kind: KindAgentUserLicenseRemove, Of: user}}},
		"nothing to change":        {"fields", []Act{{Kind: KindUpdate, Of: agent}}},
		"a name with a line":       {"displayName", []Act{{Kind: KindUpdate, Of: agent, Set: map[string]any{"displayName": "a\nb"}}}},
		"a secret of another":      {"acts", []Act{{Kind: KindRemoval, Of: blueprint, KeyID: "k"}}},
		"two without a title":      {"acts", []Act{{Kind: KindDelete, Of: agent}, {Kind: KindDelete, Of: user}}},
		"one that waits for later": {"acts", []Act{{Kind: KindDelete, Of: agent, Needs: []int{1}}}},
	} {
		if faults := (ChangeSpec{Acts: tc.acts}).Validate(); faults[tc.field] == "" {
			t.Errorf("%s: %v", name, faults)
		}
	}
	if faults := (ChangeSpec{Acts: []Act{{Kind: KindDelete, Of: agent}}, Reason: strings.Repeat("x", 501)}).Validate(); faults["reason"] == "" {
		t.Errorf("long reason: %v", faults)
	}
}

// TestTreesWithGaps: what is not part of a tree is waited for by nobody.
func TestTreesWithGaps(t *testing.T) {
	agent, user := Target{Kind: graph.KindAgentIdentity, ID: "a"}, Target{Kind: graph.KindAgentUser, ID: "u"}
	blueprint := Target{Kind: graph.KindBlueprint, ID: "b"}
	for name, tc := range map[string]struct {
		acts []Act
		want string
	}{
		"nothing":         {TreeActs(Tree{}), "null"},
		"no principal":    {TreeActs(Tree{Blueprint: &blueprint, Agents: []TreeAgent{{Target: agent}}}), `[["a",null],["b",[1]]]`},
		"a user alone":    {TreeActs(Tree{Blueprint: &blueprint, Agents: []TreeAgent{{Users: []Target{user}}}}), `[["u",null],["b",[1]]]`},
		"a user restored": {RestoreActs(Tree{Agents: []TreeAgent{{Users: []Target{user}}}}), `[["u",null]]`},
		"an agent back":   {RestoreActs(Tree{Blueprint: &blueprint, Agents: []TreeAgent{{Target: agent, Users: []Target{user}}}}), `[["b",null],["a",[1]],["u",[2]]]`},
	} {
		var got [][]any
		for _, act := range tc.acts {
			got = append(got, []any{act.Of.ID, act.Needs})
		}
		if text, _ := json.Marshal(got); string(text) != tc.want {
			t.Errorf("%s: %s, want %s", name, text, tc.want)
		}
	}
}

// TestEveryRefusalIsExplained: Graph's words, and those the page makes of them.
func TestEveryRefusalIsExplained(t *testing.T) {
	agent, user := Target{Kind: graph.KindAgentIdentity, ID: newTestID, Name: "Helper"}, Target{Kind: graph.KindAgentUser, ID: newTestID, Name: "Bot"}
	principal, group := Target{Kind: graph.KindBlueprintPrincipal, ID: newTestID, Name: "Desk"}, Target{Kind: graph.KindGroup, ID: "9b000000-0000-4000-8000-000000000009", Name: "Team"}
	team := Principal{ID: group.ID, Kind: graph.KindGroup, Name: "Team"}
	same := func(property string) string {
		return "Another object with the same value for property " + property + " already exists."
	}
	const denied = "Insufficient privileges to complete the operation."
	gone := func(id string) string {
		return "Resource '" + id + "' does not exist or one of its queried reference-property objects are not present."
	}
	for _, tc := range []struct {
		act        Act
		status     int
		code, said string
		title      string
	}{
		{Act{Kind: KindPurge, Of: principal}, 403, "Authorization_RequestDenied", "An agent identity blueprint principal cannot be deleted permanently.", "A blueprint principal cannot be purged"},
		{Act{Kind: KindPurge, Of: agent}, 403, "Authorization_RequestDenied", denied, "does not let you purge agent identity “Helper”"},
		{Act{Kind: KindRestore, Of: agent}, 400, "AgentIdentity_AgentBlueprintPrincipalDoesNotExist", "The agent identity blueprint principal of 'x' does not exist in the tenant.", "The principal of its blueprint is not there"},
		{Act{Kind: KindRestore, Of: principal}, 400, "Request_BadRequest", "The application 'x' of the service principal is deleted. Restore it first.", "Its blueprint is deleted"},
		{Act{Kind: KindRestore, Of: principal}, 409, "Conflict", same("servicePrincipalNames"), "Its blueprint has another principal"},
		{Act{Kind: KindRestore, Of: agent}, 403, "AgentIdentity_LimitExceeded", "The limit of agent identities has been reached.", "There is no room"},
		{Act{Kind: KindRestore, Of: agent}, 400, "Agent_Directory_QuotaExceeded", "Quota.", "The quota of the directory"},
		{Act{Kind: KindRestore, Of: user}, 409, "Conflict", same("userPrincipalName"), "Its sign-in name belongs to another user"},
		{Act{Kind: KindRestore, Of: user}, 409, "Conflict", same("identityParentId"), "Its agent identity has another agent user"},
		{Act{Kind: KindRestore, Of: agent}, 409, "Conflict", same("identifierUris"), "The identifier URI belongs to another"},
		{Act{Kind: KindRestore, Of: agent}, 409, "Conflict", same("uniqueName"), "Its unique name belongs to another"},
		{Act{Kind: KindUpdate, Of: user}, 400, "Request_BadRequest", same("userPrincipalName"), "The sign-in name is taken"},
		{Act{Kind: KindUpdate, Of: user}, 400, "Request_BadRequest", "The domain portion of the userPrincipalName property is invalid.", "The domain of the sign-in name"},
		{Act{Kind: KindUpdate, Of: agent}, 400, "Request_BadRequest", "Property 'appId' is read-only and cannot be set.", "Graph does not let this be changed"},
		{Act{Kind: KindUpdate, Of: agent}, 400, "Request_BadRequest", "Invalid value specified for property 'x' of resource 'User'.", "Graph does not take one of the values"},
		{Act{Kind: KindUpdate, Of: agent}, 404, "Request_ResourceNotFound", gone(newTestID), "does not know agent identity “Helper”"},
		{Act{Kind: KindDisable, Of: agent}, 403, "Authorization_RequestDenied", denied, "does not let you disable"},
		{Act{Kind: KindEnable, Of: user}, 403, "Authorization_RequestDenied", denied, "does not let you enable agent user “Bot”"},
		{Act{Kind: KindDelete, Of: agent}, 403, "Authorization_RequestDenied", denied, "does not let you delete"},
		{Act{Kind: KindSponsor, Of: agent, Person: team}, 400, "Request_BadRequest", "The number of sponsors exceeds the limit of 100.", "It has 100 sponsors already"},
		{Act{Kind: KindSponsor, Of: agent, Person: team}, 400, "Request_BadRequest", "The number of groups among the sponsors exceeds the limit of 5.", "It has 5 groups"},
		{Act{Kind: KindSponsor, Of: agent, Person: team}, 400, "Request_BadRequest", "The object 'x' cannot be a sponsor: sponsors are users.", "does not take “Team” as a sponsor"},
		{Act{Kind: KindSponsor, Of: agent, Person: team}, 404, "Request_ResourceNotFound", gone(team.ID), "does not know “Team”"},
		{Act{Kind: KindSponsor, Of: agent, Person: team}, 404, "Request_ResourceNotFound", gone(newTestID), "does not know agent identity"},
		{Act{Kind: KindOwner, Of: agent, Person: team}, 400, "Request_BadRequest", "The number of owners exceeds the limit of 100.", "It has 100 owners already"},
		{Act{Kind: KindOwner, Of: agent, Person: team}, 400, "Request_BadRequest", "The reference target 'x' of type 'group' is invalid for the 'owners' reference.", "does not take “Team” as an owner"},
		{Act{Kind: KindOwnerRemove, Of: agent, Person: team}, 400, "Request_BadRequest", "The application must have at least one owner.", "“Team” is the last one"},
		{Act{Kind: KindOwnerRemove, Of: agent, Person: team}, 403, "Authorization_RequestDenied", denied, "change the owners of"},
		{Act{Kind: KindMember, Of: user, Group: group}, 400, "Request_BadRequest", "The members of a group with dynamic membership cannot be changed: its membership rule decides.", "A rule decides"},
		{Act{Kind: KindMember, Of: user, Group: group}, 400, "Request_BadRequest", "The reference target 'x' of type 'agentUser' is invalid for the 'members' reference.", "takes no agent users"},
		{Act{Kind: KindMember, Of: user, Group: group}, 403, "Authorization_RequestDenied", denied, "change the members of group “Team”"},
		{Act{Kind: KindMember, Of: user, Group: group}, 404, "Request_ResourceNotFound", gone(group.ID), "does not know group “Team”"},
		{Act{Kind: KindMember, Of: user, Group: group}, 404, "Request_ResourceNotFound", gone(user.ID), "does not know agent user “Bot”"},
		{Act{Kind: KindAgentUserLicenseRemove, Of: user}, 403, "Authorization_RequestDenied", denied, "take licences away"},
		{Act{Kind: KindAgentUserManagerRemove, Of: user}, 403, "Authorization_RequestDenied", denied, "does not let you change agent user “Bot”"},
		{Act{Kind: KindRemoval, Of: agent}, 403, "Authorization_RequestDenied", denied, "remove credentials"},
		{Act{Kind: KindCertificateRemove, Of: agent}, 403, "Authorization_RequestDenied", denied, "remove credentials"},
		{Act{Kind: KindFederatedRemove, Of: agent}, 403, "Authorization_RequestDenied", denied, "remove credentials"},
	} {
		row, err := tc.act.step().row(1, known{base: "https://graph.microsoft.com", blueprintID: newTestID})
		if err != nil {
			t.Fatal(err)
		}
		row.State, row.HTTPStatus, row.ErrorCode, row.ErrorMessage = models.StepFailed, tc.status, tc.code, tc.said
		a, ok := Advise(&models.Run{Steps: []models.Step{row}}, &row, false)
		if !ok || !strings.Contains(a.Title, tc.title) || len(a.Text) < 40 || len(a.Fixes) == 0 {
			t.Errorf("%s %d %q: %+v, want %q", tc.act.Kind, tc.status, tc.said, a, tc.title)
		}
	}
}

// TestTheSandboxSaysWhatIsExplained: its refusals are met by the words above.
func TestTheSandboxSaysWhatIsExplained(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.globalAdmin(t)
	tree := b.family(t, admin, 1, 1)
	agent, user := tree.Agents[0].Target, tree.Agents[0].Users[0]
	dynamic := b.group(t, admin, "all")
	security := b.group(t, admin, "finance readers")
	refused := func(name, want string, act Act) {
		t.Helper()
		run := b.ends(t, b.acts(t, admin, name, act))
		if a, ok := Advise(run, &run.Steps[0], false); !ok || !strings.Contains(a.Title, want) {
			t.Errorf("%s: %+v %s", name, a, stepsText(run))
		}
	}
	refused("dynamic", "A rule decides", Act{Kind: KindMember, Of: user, Group: dynamic})
	refused("roles", "change the members of group “Agent operators”", Act{Kind: KindMember, Of: user, Group: b.group(t, admin, "agent operators")})
	refused("security", "as a sponsor", Act{Kind: KindSponsor, Of: agent, Person: Principal{ID: security.ID, Kind: graph.KindGroup, Name: security.Name}})
	refused("name", "The sign-in name is taken", Act{Kind: KindUpdate, Of: user, Set: map[string]any{"userPrincipalName": b.info.Seed.AgentUser.UPN}})
	refused("domain", "The domain of the sign-in name", Act{Kind: KindUpdate, Of: user, Set: map[string]any{"userPrincipalName": "x@elsewhere.example"}})
	b.treeRun(t, admin, "delete", TreeActs(tree))
	refused("agent", "The principal of its blueprint", Act{Kind: KindRestore, Of: agent})
	refused("principal", "Its blueprint is deleted", Act{Kind: KindRestore, Of: *tree.Principal})
	refused("purge", "cannot be purged", Act{Kind: KindPurge, Of: *tree.Principal})
	refused("gone", "does not know", Act{Kind: KindDisable, Of: agent})
	b.checkAudit(t)
}

// group is a seeded group.
func (b *bench) group(t testing.TB, a models.Actor, words string) Target {
	t.Helper()
	found, err := b.as(a).SearchGroups(t.Context(), words)
	if err != nil || len(found) == 0 {
		t.Fatalf("no group %s: %v", words, err)
	}
	return Target{Kind: graph.KindGroup, ID: found[0].ID, Name: found[0].DisplayName}
}

// TestASponsorOfAnOlderPortal: its row names the sponsor alone, and no object.
func TestASponsorOfAnOlderPortal(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	row := models.Step{Kind: KindSponsor, Params: []byte(`{"ask":{"sponsor":{"id":"` + newTestID + `","kind":"user","username":"ann@contoso.example"}}}`)}
	run := &models.Run{BlueprintID: "9a770000-0000-4000-8000-00000000000b", Steps: []models.Step{row}}
	call, ok := b.CallOf(run, &run.Steps[0])
	body, _ := json.Marshal(call.Body)
	if !ok || call.Method != http.MethodPost || !strings.Contains(call.Path, run.BlueprintID) || !strings.Contains(string(body), newTestID) {
		t.Errorf("call %+v %s", call, body)
	}
	if left := LeftOver(run, &run.Steps[0]); !strings.Contains(left, newTestID) || strings.Contains(left, "ann@") {
		t.Errorf("left %q", left)
	}
}
