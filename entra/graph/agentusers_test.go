package graph_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"agentidportal/entra/graph"
)

// send sends a call that must be taken.
func (h *house) send(c *graph.Client, call graph.Call, out any) {
	h.t.Helper()
	if _, err := graph.NewWriter(c).Send(h.t.Context(), uuid.NewString(), call, out); err != nil {
		h.t.Fatalf("%s %s: %v", call.Method, call.Path, err)
	}
}

// newAgent makes an agent identity of the seeded blueprint.
func (h *house) newAgent(c *graph.Client, name string) graph.AgentIdentity {
	h.t.Helper()
	var agent graph.AgentIdentity
	h.send(c, graph.CreateAgentIdentityCall(c.Base(), graph.NewAgentIdentity{
		DisplayName: name, BlueprintAppID: h.info.Seed.Blueprint.AppID, Sponsors: people(h.persona("sponsor").ObjectID),
	}), &agent)
	return agent
}

func TestAgentUsersOverHTTP(t *testing.T) {
	h := newHouse(t)
	admin, ctx := h.as("global-admin"), t.Context()
	agent := h.newAgent(admin, "Invoice 'x' helper")
	if _, err := admin.AgentUserOf(ctx, agent.ID); !graph.IsNotFound(err) {
		t.Fatalf("an agent user before it was made: %v", err)
	}
	org, err := admin.Organization(ctx)
	if err != nil || !slices.Contains(org.Domains(), h.info.Domain) {
		t.Fatalf("domains %v, %v", org, err)
	}
	upn := "o'brien#1@" + org.Domains()[0]
	var made graph.AgentUser
	h.send(admin, graph.CreateAgentUserCall(graph.NewAgentUser{
		DisplayName: agent.DisplayName, UPN: upn, MailNickname: "o'brien#1", ParentID: agent.ID, UsageLocation: "DE",
	}), &made)
	for name, read := range map[string]func() (*graph.AgentUser, error){
		"by name":   func() (*graph.AgentUser, error) { return admin.UserNamed(ctx, upn) },
		"by parent": func() (*graph.AgentUser, error) { return admin.AgentUserOf(ctx, agent.ID) },
	} {
		u, err := read()
		if err != nil || u.ID != made.ID || u.IdentityParentID != agent.ID || u.UserPrincipalName != upn || u.UsageLocation != "DE" || !u.AccountEnabled {
			t.Errorf("%s: %+v, %v", name, u, err)
		}
	}
	found, err := admin.UsersNamed(ctx, []string{strings.ToUpper(upn), h.persona("sponsor").UPN, "nobody@" + h.info.Domain})
	if err != nil || len(found) != 2 {
		t.Fatalf("by names: %+v, %v", found, err)
	}
	for _, c := range found {
		if want := map[bool]graph.Kind{true: graph.KindAgentUser, false: graph.KindUser}[c.ID == made.ID]; c.Kind != want {
			t.Errorf("%s is %s, want %s", c.UPN, c.Kind, want)
		}
	}
}

func TestWhatAnAgentUserIsGiven(t *testing.T) {
	h := newHouse(t)
	admin, ctx := h.as("global-admin"), t.Context()
	var made graph.AgentUser
	h.send(admin, graph.CreateAgentUserCall(graph.NewAgentUser{
		DisplayName: "Helper", UPN: "helper@" + h.info.Domain, MailNickname: "helper", ParentID: h.newAgent(admin, "Helper").ID, UsageLocation: "DE",
	}), &made)
	if _, err := admin.ManagerOf(ctx, made.ID); !graph.IsNotFound(err) {
		t.Errorf("a manager before one was set: %v", err)
	}
	skus, err := admin.SubscribedSKUs(ctx)
	if err != nil || len(skus) == 0 {
		t.Fatalf("licences %v, %v", skus, err)
	}
	before := skus[0]
	if before.PartNumber == "" || before.Free() == 0 || !before.Assignable() || len(before.Plans) == 0 || before.Plans[0].State != "Success" {
		t.Errorf("licence %+v", before)
	}
	sponsor := graph.PrincipalRef{ID: h.persona("sponsor").ObjectID, Kind: graph.KindUser}
	h.send(admin, graph.AssignLicenseCall(made.ID, before.SKUID), nil)
	h.send(admin, graph.SetManagerCall(admin.Base(), made.ID, h.persona("user").ObjectID), nil)
	h.send(admin, graph.AddRefCall(admin.Base(), graph.KindAgentUser, made.ID, graph.Sponsors, sponsor), nil)

	if manager, err := admin.ManagerOf(ctx, made.ID); err != nil || manager.ID != h.persona("user").ObjectID {
		t.Errorf("manager %+v, %v", manager, err)
	}
	if sponsors, err := admin.UserSponsors(ctx, made.ID); err != nil || len(sponsors) != 1 || sponsors[0].ID != sponsor.ID {
		t.Errorf("sponsors %+v, %v", sponsors, err)
	}
	if licenses, err := admin.LicensesOf(ctx, made.ID); err != nil || len(licenses) != 1 || licenses[0].SKUID != before.SKUID || len(licenses[0].Plans) == 0 {
		t.Errorf("licences %+v, %v", licenses, err)
	}
	if skus, err := admin.SubscribedSKUs(ctx); err != nil || skus[0].Consumed != before.Consumed+1 {
		t.Errorf("licences of the tenant %+v, %v", skus, err)
	}
}

// TestAgentUserOfWithoutTheFilter: Graph documents no filter by parent.
func TestAgentUserOfWithoutTheFilter(t *testing.T) {
	parents := `{"value":[{"id":"1","identityParentId":"other"},{"id":"2","identityParentId":"A1"}]}`
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("$filter") != "" {
			answer(http.StatusBadRequest, `{"error":{"code":"Request_UnsupportedQuery","message":"No."}}`)(w, r)
			return
		}
		answer(http.StatusOK, parents)(w, r)
	})
	c := f.client()
	if u, err := c.AgentUserOf(t.Context(), "a1"); err != nil || u.ID != "2" {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := c.AgentUserOf(t.Context(), "a2"); !graph.IsNotFound(err) {
		t.Errorf("nobody has this parent: %v", err)
	}
}

func TestTheBlueprintNeedsAnotherPermissionForAgentUsers(t *testing.T) {
	call := graph.CreateAgentUserCall(graph.NewAgentUser{ParentID: graph.LaterID(2)})
	if call.Needs != "AgentIdUser.ReadWrite.All" || call.By(graph.AsBlueprint).Needs != "AgentIdUser.ReadWrite.IdentityParentedBy" {
		t.Errorf("needs %s, as the blueprint %s", call.Needs, call.By(graph.AsBlueprint).Needs)
	}
}
