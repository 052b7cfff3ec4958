package graph_test

import (
	"slices"
	"testing"

	"agentidportal/entra/graph"
)

func TestFindUsersFindsAgentUsersToo(t *testing.T) {
	h := newHouse(t)
	c := h.as("agent-admin")
	agent := h.info.Seed.AgentUser
	found, err := c.FindUsers(t.Context(), agent.UPN, 5)
	if err != nil || len(found) != 1 || found[0].ID != agent.ID || found[0].Kind != graph.KindAgentUser || found[0].UPN != agent.UPN {
		t.Fatalf("by UPN: %+v, %v", found, err)
	}
	person := h.persona("approver")
	found, err = c.FindUsers(t.Context(), person.DisplayName, 5)
	if err != nil || !slices.ContainsFunc(found, func(o graph.DirectoryObject) bool { return o.ID == person.ObjectID && o.Kind == graph.KindUser }) {
		t.Errorf("by name: %+v, %v", found, err)
	}
	for _, text := range []string{"'", `"`, "\x00", "....", "' or 1 eq 1"} {
		if found, err = c.FindUsers(t.Context(), text, 5); err != nil || len(found) != 0 {
			t.Errorf("%q: %+v, %v", text, found, err)
		}
	}
}
