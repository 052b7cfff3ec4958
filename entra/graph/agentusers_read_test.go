package graph_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
)

func TestAnAgentUserByItsID(t *testing.T) {
	h := newHouse(t)
	ctx, seed := t.Context(), h.info.Seed
	for _, persona := range []string{"agent-admin", "auditor"} {
		c := h.as(persona)
		u, err := c.AgentUser(ctx, seed.AgentUser.ID)
		if err != nil || u.IdentityParentID != seed.Agent.ID || u.UserPrincipalName != seed.AgentUser.UPN || u.Mail != seed.AgentUser.UPN || !u.AccountEnabled || len(u.Raw) == 0 {
			t.Errorf("%s: %+v, %v", persona, u, err)
		}
		for what, id := range map[string]string{"a person": h.persona("sponsor").ObjectID, "an agent identity": seed.Agent.ID, "nothing": blueprintAppID} {
			if _, err := c.AgentUser(ctx, id); !graph.IsNotFound(err) {
				t.Errorf("%s: %s was read as an agent user: %v", persona, what, err)
			}
		}
		if u, err := c.AgentUserOf(ctx, seed.Agent.ID); err != nil || u.ID != seed.AgentUser.ID {
			t.Errorf("%s: by parent %+v, %v", persona, u, err)
		}
		body, err := c.Object(ctx, graph.KindAgentUser, seed.AgentUser.ID, graph.ObjectOptions{Select: "id,identityParentId"})
		if err != nil || !strings.Contains(string(body), seed.Agent.ID) {
			t.Errorf("%s: %v %s", persona, err, body)
		}
	}
}

func TestAllAgentUsers(t *testing.T) {
	h := newHouse(t)
	for _, persona := range []string{"agent-admin", "auditor"} {
		var ids []string
		for u, err := range h.as(persona).AllAgentUsers(t.Context()) {
			if err != nil {
				t.Fatalf("%s: %v", persona, err)
			}
			ids = append(ids, u.ID)
		}
		if diff := cmp.Diff([]string{h.info.Seed.AgentUser.ID}, ids); diff != "" {
			t.Errorf("%s (-want +got):\n%s", persona, diff)
		}
	}
	f := newFake(t, answer(http.StatusForbidden, denied))
	for _, err := range f.client().AllAgentUsers(t.Context()) {
		if !graph.IsForbidden(err) {
			t.Errorf("a caller who may list no users: %v", err)
		}
	}
}

func TestWhatAnAgentUserBelongsToAndHolds(t *testing.T) {
	h := newHouse(t)
	c, ctx, user := h.as("agent-admin"), t.Context(), h.info.Seed.AgentUser.ID
	grants, err := c.GrantsFor(ctx, user)
	if err != nil || len(grants) != 1 || grants[0].ClientID != h.info.Seed.Agent.ID || grants[0].Scope != "User.ReadBasic.All" {
		t.Errorf("grants for it %+v, %v", grants, err)
	}
	if roles, err := c.UserRoleAssignments(ctx, user); err != nil || len(roles) != 0 {
		t.Errorf("app roles %+v, %v", roles, err)
	}
	if groups, err := c.GroupsOf(ctx, user); err != nil || len(groups) != 0 {
		t.Errorf("groups %+v, %v", groups, err)
	}
	f := newFake(t, answer(http.StatusOK, `{"value":[
		{"@odata.type":"#microsoft.graph.group","id":"g","displayName":"Clerks","groupTypes":["Unified"]},
		{"@odata.type":"#microsoft.graph.directoryRole","id":"r","displayName":"Reports Reader"}]}`))
	groups, err := f.client().GroupsOf(ctx, user)
	if err != nil || len(groups) != 1 || groups[0].DisplayName != "Clerks" || groups[0].GroupTypes[0] != "Unified" {
		t.Errorf("groups and no roles: %+v, %v", groups, err)
	}
	if diff := cmp.Diff([]string{"GET /v1.0/users/" + user + "/memberOf"}, f.uris()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	refused := newFake(t, answer(http.StatusForbidden, denied)).client()
	for what, err := range map[string]error{
		"groups": second(refused.GroupsOf(ctx, user)), "grants": second(refused.GrantsFor(ctx, user)), "app roles": second(refused.UserRoleAssignments(ctx, user)),
	} {
		if !graph.IsForbidden(err) {
			t.Errorf("%s refused: %v", what, err)
		}
	}
}
