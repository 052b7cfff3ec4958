package handlers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// grantedVersus holds what an agent identity was granted against what a token of
// it carries, as the signed-in person may read it. It is nil where that says
// nothing: nobody is signed in, or the token is none of an agent identity of this
// tenant for a resource. Whether the token is genuine the caller has to know.
// What cannot be read is told in words; an error means that the asker has gone.
func (h *Handlers) grantedVersus(c echo.Context, j *entra.JWT) (*views.Granted, error) {
	if web.CurrentUser(c) == nil || !j.CarriesGrants() || !strings.EqualFold(j.Text("tid"), h.Tenant.ID) {
		return nil, nil
	}
	id, err := graph.ParseGUID(j.ClientID())
	if err != nil {
		return nil, nil
	}
	result := &views.Granted{AgentID: id}
	if h.may(c, "/agents/:id/:tab") {
		result.Href = "/agents/" + id + "/permissions"
	}
	ctx, g := c.Request().Context(), h.graph(c)
	held, err := heldByAgent(ctx, g, id, j.Text("xms_par_app_azp"), result)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("read what the agent was granted: %w", ctx.Err())
	case err != nil:
		result.Fault = grantsFault(err)
	}
	if result.Fault != "" || result.Gone {
		return result, nil
	}
	result.Faults = held.faults
	held.fill(result, j, h)
	return result, nil
}

// heldByAgent reads the agent and what it holds.
func heldByAgent(ctx context.Context, g *graph.Client, id, blueprint string, result *views.Granted) (*holding, error) {
	agent, err := g.AgentIdentity(ctx, id)
	if graph.IsNotFound(err) {
		result.Gone, result.Href = true, ""
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	result.AgentName = agent.DisplayName
	return readHolding(ctx, g, &object{kind: graph.KindAgentIdentity, id: id, blueprint: cmp.Or(agent.AgentIdentityBlueprintID, blueprint)})
}

// grantsFault says why nothing could be read, in words.
func grantsFault(err error) string {
	if needsSignIn(err) {
		return "Your sign-in is over, so Graph was not asked. Sign in again and inspect the token once more."
	}
	var fault string
	if err := part(err, &fault); err != nil {
		return "Graph was not asked"
	}
	return fault + "."
}

// fill holds the grants against the token, the same permission of several
// sources in one row.
func (held *holding) fill(result *views.Granted, j *entra.JWT, h *Handlers) {
	here := held.resourceOf(j.Audience())
	grants, shown := held.sources(here)
	if refused := len(held.faults); refused > 0 && len(grants) == 0 && allForbidden(held.faults) {
		result.Fault, result.Faults = held.faults[0].Why+".", nil
		return
	}
	for _, row := range entra.CompareGrants(j, grants, len(held.faults) == 0, h.Now()) {
		v := views.GrantedRow{GrantRow: row}
		if row.Granted() {
			v.Name, v.API, v.Sources = shown[row.Index].Name, shown[row.Index].API, shown[row.Index].Sources
		} else if api := held.apis[here]; api != nil {
			v.API = views.Named(api.DisplayName, api.AppID)
		}
		if row.State.Never() {
			result.Never = append(result.Never, v)
		} else {
			result.Rows = append(result.Rows, v)
		}
	}
}

func allForbidden(faults []views.PermissionFault) bool {
	return !slices.ContainsFunc(faults, func(f views.PermissionFault) bool { return f.Why != faults[0].Why })
}

// source is a permission with what its row shows.
type source struct {
	views.GrantedRow
	key string
}

// sources lists what was granted, itself and by inheritance, each permission of
// an API for the same people once.
func (held *holding) sources(here string) ([]entra.Grant, []views.GrantedRow) {
	var list []source
	add := func(g entra.Grant, resourceID string, row views.PermissionRow, words string) {
		key := strings.ToLower(fmt.Sprint(resourceID, "/", g.Application, "/", g.Value, "/", g.For))
		i := slices.IndexFunc(list, func(s source) bool { return s.key == key })
		if i < 0 {
			g.Here = here != "" && resourceID == here
			list = append(list, source{key: key, GrantedRow: views.GrantedRow{GrantRow: entra.GrantRow{Grant: g}, Name: row.Name, API: row.API}})
			i = len(list) - 1
		} else if old := &list[i].Grant; g.Since.IsZero() || !old.Since.IsZero() && g.Since.Before(old.Since) {
			old.Since = g.Since // the earliest counts, and what is not known may be early
		}
		list[i].Sources = append(list[i].Sources, words)
	}
	for _, r := range held.roles {
		row := held.roleRow(r)
		add(entra.Grant{Value: row.Value, Application: true, Since: r.CreatedDateTime}, r.ResourceID, row, "Assigned to the agent itself")
	}
	for _, r := range held.inheritedRoles {
		row := held.roleRow(r)
		add(entra.Grant{Value: row.Value, Application: true}, r.ResourceID, row, inheritedSource)
	}
	scopes := func(all []graph.DelegatedGrant, before string) {
		for _, g := range all {
			for _, scope := range g.Scopes() {
				add(entra.Grant{Value: scope, For: g.PrincipalID}, g.ResourceID, held.scopeRow(g, scope), before+held.consentWords(g))
			}
		}
	}
	scopes(held.grants, "")
	scopes(held.inheritedGrants, inheritedSource+": ")
	grants, rows := make([]entra.Grant, len(list)), make([]views.GrantedRow, len(list))
	for i, s := range list {
		grants[i], rows[i] = s.Grant, s.GrantedRow
	}
	return grants, rows
}

// resourceOf is the object id of the API an audience names, among those that
// something was granted of; empty for none of them.
func (held *holding) resourceOf(audience string) string {
	audience = strings.TrimRight(audience, "/")
	if strings.EqualFold(audience, entra.GraphAudience) {
		audience = entra.GraphAppID
	}
	named := func(name string) bool { return strings.EqualFold(strings.TrimRight(name, "/"), audience) }
	for id, api := range held.apis {
		if api != nil && (named(api.AppID) || named("api://"+api.AppID) || slices.ContainsFunc(api.Names, named)) {
			return id
		}
	}
	return ""
}

// withGrants adds to a token what its agent was granted. Only a token with a
// signature that holds is compared: of another one nobody knows whose it is.
func (h *Handlers) withGrants(c echo.Context, token *views.InspectedToken) error {
	if !token.Standing.Genuine() {
		return nil
	}
	var err error
	token.Granted, err = h.grantedVersus(c, token.JWT)
	return err
}
