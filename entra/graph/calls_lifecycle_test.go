package graph_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
)

func TestCallsOfALifeAreWhatTheReferenceSays(t *testing.T) {
	const base, id, other = "https://graph.microsoft.com", "9a770000-0000-4000-8000-000000000001", "9a770000-0000-4000-8000-000000000002"
	const application, principal = "/v1.0/applications/" + id + "/microsoft.graph.agentIdentityBlueprint", "/v1.0/servicePrincipals/" + id + "/microsoft.graph.agentIdentityBlueprintPrincipal"
	const agent, user, bin = "/v1.0/servicePrincipals/" + id + "/microsoft.graph.agentIdentity", "/v1.0/users/" + id, "/v1.0/directory/deletedItems/" + id
	const writeUser = "AgentIdUser.ReadWrite.All"
	person, group := graph.PrincipalRef{ID: other, Kind: graph.KindUser}, graph.PrincipalRef{ID: other, Kind: graph.KindGroup}
	toPerson := `{"@odata.id":"` + base + "/v1.0/users/" + other + `"}`
	named := map[string]any{"displayName": "New"}
	scopes := graph.SignInScopes()
	for _, tt := range []struct {
		name               string
		call               graph.Call
		method, path, need string
		body               string
	}{
		{"disable agent", graph.SetEnabledCall(graph.KindAgentIdentity, id, false), "PATCH", agent, "AgentIdentity.EnableDisable.All", `{"accountEnabled":false}`},
		{"enable principal", graph.SetEnabledCall(graph.KindBlueprintPrincipal, id, true), "PATCH", principal, "AgentIdentityBlueprintPrincipal.EnableDisable.All", `{"accountEnabled":true}`},
		{"disable user", graph.SetEnabledCall(graph.KindAgentUser, id, false), "PATCH", user, writeUser, `{"accountEnabled":false}`},
		{"update blueprint", graph.UpdateCall(graph.KindBlueprint, id, named), "PATCH", application, "AgentIdentityBlueprint.ReadWrite.All", `{"displayName":"New"}`},
		{"update principal", graph.UpdateCall(graph.KindBlueprintPrincipal, id, named), "PATCH", principal, "AgentIdentityBlueprintPrincipal.ReadWrite.All", `{"displayName":"New"}`},
		{"update agent", graph.UpdateCall(graph.KindAgentIdentity, id, named), "PATCH", agent, "AgentIdentity.ReadWrite.All", `{"displayName":"New"}`},
		{"update user", graph.UpdateCall(graph.KindAgentUser, id, named), "PATCH", user, writeUser, `{"displayName":"New"}`},
		{"delete blueprint", graph.DeleteCall(graph.KindBlueprint, id), "DELETE", "/v1.0/applications/" + id, "AgentIdentityBlueprint.DeleteRestore.All", "null"},
		{"delete principal", graph.DeleteCall(graph.KindBlueprintPrincipal, id), "DELETE", "/v1.0/servicePrincipals/" + id, "AgentIdentityBlueprintPrincipal.DeleteRestore.All", "null"},
		{"delete agent", graph.DeleteCall(graph.KindAgentIdentity, "../x"), "DELETE", "/v1.0/servicePrincipals/..%2Fx", "AgentIdentity.DeleteRestore.All", "null"},
		{"delete user", graph.DeleteCall(graph.KindAgentUser, id), "DELETE", user, writeUser, "null"},
		{"restore", graph.RestoreCall(graph.KindBlueprint, id), "POST", bin + "/restore", "AgentIdentityBlueprint.DeleteRestore.All", "null"},
		{"purge", graph.PurgeCall(graph.KindAgentIdentity, id), "DELETE", bin, "AgentIdentity.DeleteRestore.All", "null"},
		{"add owner", graph.AddRefCall(base, graph.KindBlueprint, id, graph.Owners, person), "POST", application + "/owners/$ref", "AgentIdentityBlueprint.ReadWrite.All", toPerson},
		{"add group as sponsor", graph.AddRefCall(base, graph.KindAgentIdentity, id, graph.Sponsors, group), "POST", agent + "/sponsors/$ref", "AgentIdentity.ReadWrite.All", `{"@odata.id":"` + base + "/v1.0/groups/" + other + `"}`},
		{"add sponsor of a user", graph.AddRefCall(base, graph.KindAgentUser, id, graph.Sponsors, person), "POST", user + "/sponsors/$ref", writeUser, toPerson},
		{"remove owner", graph.RemoveRefCall(graph.KindBlueprintPrincipal, id, graph.Owners, other), "DELETE", principal + "/owners/" + other + "/$ref", "AgentIdentityBlueprintPrincipal.ReadWrite.All", "null"},
		{"remove manager", graph.RemoveManagerCall(id), "DELETE", user + "/manager/$ref", writeUser, "null"},
		{"remove licence", graph.RemoveLicenseCall(id, other), "POST", user + "/assignLicense", "LicenseAssignment.ReadWrite.All", `{"addLicenses":[],"removeLicenses":["` + other + `"]}`},
		{"add member", graph.AddMemberCall(base, id, person), "POST", "/v1.0/groups/" + id + "/members/$ref", "GroupMember.ReadWrite.All", toPerson},
		{"remove member", graph.RemoveMemberCall(id, "a/b"), "DELETE", "/v1.0/groups/" + id + "/members/a%2Fb/$ref", "GroupMember.ReadWrite.All", "null"},
		{"remove federated credential", graph.RemoveFederatedCall(id, other), "DELETE", "/v1.0/applications/" + id + "/federatedIdentityCredentials/" + other, "AgentIdentityBlueprint.AddRemoveCreds.All", "null"},
		{"remove the last certificate", graph.KeepCertificatesCall(id, nil), "PATCH", application, "AgentIdentityBlueprint.AddRemoveCreds.All", `{"keyCredentials":[]}`},
		{"remove a certificate", graph.KeepCertificatesCall(id, []graph.KeyCredential{{KeyID: "k", Type: "T", Usage: "U"}}), "PATCH", application, "AgentIdentityBlueprint.AddRemoveCreds.All", `{"keyCredentials":[{"keyId":"k","type":"T","usage":"U"}]}`},
	} {
		body, err := json.Marshal(tt.call.Body)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{tt.call.Method, tt.call.Path, tt.call.Needs, string(body)}
		if diff := cmp.Diff([]string{tt.method, tt.path, tt.need, tt.body}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if !slices.Contains(scopes, tt.call.Needs) {
			t.Errorf("%s needs %s, which sign-in does not ask for", tt.name, tt.call.Needs)
		}
	}
	if call := graph.UpdateCall(graph.KindGroup, id, named); call.Path != "" || graph.CanDisable(graph.KindBlueprint) || !graph.CanDisable(graph.KindAgentUser) {
		t.Errorf("a group is changed at %q", call.Path)
	}
}

// TestTheRecycleBinTellsKindsApart: the tree of the seed is deleted, read, restored.
func TestTheRecycleBinTellsKindsApart(t *testing.T) {
	h := newHouse(t)
	c, seed := h.as("agent-admin"), h.info.Seed
	h.send(c, graph.DeleteCall(graph.KindAgentUser, seed.AgentUser.ID), nil)
	h.send(c, graph.DeleteCall(graph.KindAgentIdentity, seed.Agent.ID), nil)
	h.send(c, graph.DeleteCall(graph.KindBlueprint, seed.Blueprint.ObjectID), nil)
	found := map[graph.Kind]graph.DeletedObject{}
	for item, err := range c.AllDeleted(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if item.DeletedAt.IsZero() || item.DisplayName == "" {
			t.Errorf("item %+v", item)
		}
		found[item.Kind] = item
	}
	user, agent := found[graph.KindAgentUser], found[graph.KindAgentIdentity]
	if len(found) != 4 || user.UPN != seed.AgentUser.UPN || user.ParentID != seed.Agent.ID || agent.BlueprintAppID != seed.Blueprint.AppID ||
		found[graph.KindBlueprint].AppID != seed.Blueprint.AppID || found[graph.KindBlueprintPrincipal].ID != seed.Blueprint.PrincipalID {
		t.Errorf("bin %+v", found)
	}
	for item, err := range c.Deleted(t.Context(), graph.KindAgentIdentity) {
		if err != nil || item.ID != seed.Agent.ID {
			t.Errorf("an agent identity of the bin is %+v, %v", item, err)
		}
	}
	one, err := c.DeletedItem(t.Context(), seed.AgentUser.ID)
	if err != nil || one.Kind != graph.KindAgentUser {
		t.Errorf("item %+v, %v", one, err)
	}
	h.send(c, graph.RestoreCall(graph.KindBlueprint, seed.Blueprint.ObjectID), nil)
	if _, err := c.DeletedItem(t.Context(), seed.Blueprint.ObjectID); !graph.IsNotFound(err) {
		t.Errorf("restored, and in the bin: %v", err)
	}
	h.send(c, graph.PurgeCall(graph.KindAgentIdentity, seed.Agent.ID), nil)
}

// TestADeletedNameComesWithoutTheID: Graph puts the id before the name of a
// deleted user, so that the name is free.
func TestADeletedNameComesWithoutTheID(t *testing.T) {
	var d graph.DeletedObject
	body := `{"id":"9a770000-0000-4000-8000-000000000001","userPrincipalName":"9a770000000040008000000000000001bot@contoso.example","identityParentId":"p"}`
	if err := json.Unmarshal([]byte(body), &d); err != nil || d.UPN != "bot@contoso.example" || d.Kind != graph.KindAgentUser {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestGroupsAndTheirMembers(t *testing.T) {
	h := newHouse(t)
	c, seed := h.as("global-admin"), h.info.Seed
	groups, err := c.SearchGroups(t.Context(), "finance")
	if err != nil || len(groups) == 0 {
		t.Fatal(groups, err)
	}
	into := groups[slices.IndexFunc(groups, func(g graph.Candidate) bool {
		return !g.RoleAssignable && !slices.Contains(g.GroupTypes, "DynamicMembership")
	})]
	h.send(c, graph.AddMemberCall(c.Base(), into.ID, graph.PrincipalRef{ID: seed.AgentUser.ID, Kind: graph.KindUser}), nil)
	of, err := c.GroupsOf(t.Context(), seed.AgentUser.ID)
	if err != nil || len(of) != 1 || of[0].ID != into.ID || of[0].DisplayName != into.DisplayName || of[0].Dynamic() {
		t.Errorf("groups %+v, %v", of, err)
	}
	members, _, err := c.FirstMembers(t.Context(), into.ID)
	if at := slices.IndexFunc(members, func(m graph.Person) bool { return m.ID == seed.AgentUser.ID }); err != nil || at < 0 || members[at].Kind != graph.KindAgentUser || !*members[at].Enabled {
		t.Errorf("members %+v, %v", members, err)
	}
	h.send(c, graph.SetEnabledCall(graph.KindAgentUser, seed.AgentUser.ID, false), nil)
	values, err := c.Properties(t.Context(), graph.KindAgentUser, seed.AgentUser.ID, "accountEnabled", "displayName")
	if err != nil || string(values["accountEnabled"]) != "false" {
		t.Errorf("properties %s, %v", values, err)
	}
}
