package handlers

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/views"
)

// labFacts is what a mode depends on, as the directory has it. What could not
// be read is nil, and nothing is said of it.
type labFacts struct {
	agent     *graph.AgentIdentity
	blueprint *graph.Blueprint
	principal *graph.BlueprintPrincipal
	noAccount bool // no principal in this tenant
	user      *graph.AgentUser
	noUser    bool
	resource  *graph.Resource
	roles     []graph.RoleAssignment
	grants    []graph.DelegatedGrant
	known     bool // roles and grants were read
}

// labChecks says before a try what its mode lacks, and where that is mended.
func (h *Handlers) labChecks(c echo.Context, mode views.TokenMode, form labForm, preset labPreset) ([]views.LabCheck, error) {
	if !mode.Agent || preset.id == "" {
		return nil, nil
	}
	facts, err := readLabFacts(c.Request().Context(), h.graph(c), mode, preset)
	if err != nil || facts.agent == nil {
		return nil, err
	}
	checks := facts.parties(h, mode)
	checks = append(checks, facts.permissions(mode)...)
	if mode.UserToken {
		checks = append(checks, h.userTokenCheck(c, &facts, preset))
	}
	return checks, nil
}

// readLabFacts reads side by side; a part that cannot be read stays empty.
func readLabFacts(ctx context.Context, g *graph.Client, mode views.TokenMode, preset labPreset) (labFacts, error) {
	var f labFacts
	work, ctx := errgroup.WithContext(ctx)
	read := func(do func() error) {
		work.Go(func() error {
			var fault string
			return part(do(), &fault)
		})
	}
	read(func() (err error) { f.agent, err = g.AgentIdentity(ctx, preset.id); return err })
	read(func() (err error) { f.blueprint, err = g.BlueprintByAppID(ctx, preset.blueprintAppID); return err })
	read(func() (err error) {
		f.principal, err = g.BlueprintPrincipalOf(ctx, preset.blueprintAppID)
		f.noAccount = graph.IsNotFound(err)
		return err
	})
	if mode.AgentUser {
		read(func() (err error) {
			f.user, err = g.AgentUserOf(ctx, preset.id)
			f.noUser = graph.IsNotFound(err) || err == nil && f.user == nil
			return err
		})
	}
	if appID := resourceAppID(preset.scope); appID != "" {
		read(func() (err error) { f.resource, err = g.Resource(ctx, appID); return err })
		read(func() error { return f.readPermissions(ctx, g, mode, preset.id) })
	}
	err := work.Wait()
	return f, err
}

func (f *labFacts) readPermissions(ctx context.Context, g *graph.Client, mode views.TokenMode, agentID string) error {
	var own, inherited error
	if mode.AppOnly {
		var more []graph.RoleAssignment
		f.roles, own = g.RoleAssignments(ctx, agentID)
		more, inherited = g.InheritedRoles(ctx, agentID)
		f.roles = append(f.roles, more...)
	} else {
		var more []graph.DelegatedGrant
		f.grants, own = g.GrantsOf(ctx, agentID)
		more, inherited = g.InheritedGrants(ctx, agentID)
		f.grants = append(f.grants, more...)
	}
	f.known = own == nil && inherited == nil
	if own != nil {
		return own
	}
	return inherited
}

// resourceAppID is the App ID of a scope's resource where the scope tells it.
func resourceAppID(scope string) string {
	resource := strings.ToLower(entra.ResourceOf(scope))
	switch resource {
	case entra.GraphAudience:
		return entra.GraphAppID
	case entra.ManagementAudience:
		return entra.ManagementAppID
	}
	if id, err := graph.ParseGUID(strings.TrimPrefix(resource, "api://")); err == nil && id != entra.ExchangeAppID {
		return id
	}
	return ""
}

// parties judges the agent, its blueprint and its agent user.
func (f *labFacts) parties(h *Handlers, mode views.TokenMode) []views.LabCheck {
	agent := "/agents/" + f.agent.ID
	checks := []views.LabCheck{{Holds: f.agent.AccountEnabled, Text: "The agent identity is enabled", Fails: "The agent identity is disabled: Entra ID refuses its tokens.", Href: agent + "/enable", Words: "Enable"}}
	if f.blueprint != nil {
		check := views.LabCheck{Holds: true, Text: "The blueprint has a credential that counts", Href: newSecretPath(f.blueprint.ID), Words: "Add client secret"}
		switch nextCredential(f.blueprint, h.Now()).Tone {
		case views.ToneMuted:
			check.Holds, check.Fails = false, "The blueprint has no credential, so it cannot prove itself."
		case views.ToneDanger:
			check.Holds, check.Fails = false, "All credentials of the blueprint have ended (AADSTS7000222)."
		}
		checks = append(checks, check)
	}
	switch {
	case f.noAccount:
		href := agent
		if f.blueprint != nil {
			href = "/blueprints/" + f.blueprint.ID
		}
		checks = append(checks, views.LabCheck{Fails: "The blueprint has no principal in this tenant, so it cannot sign in.", Href: href, Words: "Look at the blueprint"})
	case f.principal != nil:
		checks = append(checks, views.LabCheck{
			Holds: f.principal.AccountEnabled, Text: "The blueprint's principal is enabled",
			Fails: "The blueprint's principal is disabled: none of its agents gets a token.", Href: "/principals/" + f.principal.ID + "/enable", Words: "Enable",
		})
	}
	if mode.AgentUser {
		checks = append(checks, f.agentUser()...)
	}
	return checks
}

func (f *labFacts) agentUser() []views.LabCheck {
	switch {
	case f.noUser:
		return []views.LabCheck{{Fails: "The agent identity has no agent user, so there is nobody to act as.", Href: addUserPath(f.agent.ID), Words: "Add agent user"}}
	case f.user == nil:
		return nil
	}
	return []views.LabCheck{{
		Holds: f.user.AccountEnabled, Text: "Its agent user " + f.user.UserPrincipalName + " is enabled",
		Fails: "Its agent user " + f.user.UserPrincipalName + " is disabled (AADSTS50057).", Href: "/agent-users/" + f.user.ID + "/enable", Words: "Enable",
	}}
}

// permissions judges what the agent may do at the resource of the scope.
func (f *labFacts) permissions(mode views.TokenMode) []views.LabCheck {
	if f.resource == nil || !f.known {
		return nil
	}
	href := "/agents/" + f.agent.ID + "/permissions"
	if mode.AppOnly {
		if mode.OtherTenant || f.resource.AppID == entra.ManagementAppID {
			return nil // what counts is granted in the other tenant, or by Azure's role assignments
		}
		n := 0
		for _, r := range f.roles {
			if r.ResourceID == f.resource.ID {
				n++
			}
		}
		return []views.LabCheck{{
			Holds: n > 0, Text: views.Plural(n, "application permission") + " at " + f.resource.DisplayName, Warns: true,
			Fails: "No application permission at " + f.resource.DisplayName + ": the token comes without roles, and most calls are refused.", Href: href, Words: "Grant permissions",
		}}
	}
	var scopes []string
	for _, g := range f.grants {
		if g.ResourceID == f.resource.ID && f.counts(g, mode) {
			scopes = append(scopes, g.Scopes()...)
		}
	}
	return []views.LabCheck{{
		Holds: len(scopes) > 0, Text: "Consent at " + f.resource.DisplayName + ": " + strings.Join(scopes, " "),
		Fails: "No consent at " + f.resource.DisplayName + " for this user: Entra ID refuses (AADSTS65001).", Href: href, Words: "Grant permissions",
	}}
}

// counts says whether a grant counts for the user of the mode. Who the person
// of an on-behalf-of try is, only their token tells.
func (f *labFacts) counts(g graph.DelegatedGrant, mode views.TokenMode) bool {
	if g.ConsentType == graph.ConsentEverybody || mode.UserToken {
		return true
	}
	return f.user != nil && g.PrincipalID == f.user.ID
}

// userTokenCheck judges what on behalf of needs before the agent asks.
func (h *Handlers) userTokenCheck(c echo.Context, f *labFacts, preset labPreset) views.LabCheck {
	view := h.heldView(c, preset)
	check := views.LabCheck{Holds: view.Held && view.Fits, Text: "A user token of " + view.Who + " is held", Href: view.GetHref, Words: "Get a user token"}
	if _, lacks := userScope(f.blueprint); f.blueprint != nil && lacks != "" {
		check.Fails, check.Href, check.Words = lacks, "/blueprints/"+f.blueprint.ID+"/setup", "Look at its settings"
		return check
	}
	check.Fails = "No user token for the blueprint is held: get one, or paste one."
	if view.Held {
		check.Fails = "The user token that is held is for another blueprint."
	}
	return check
}
