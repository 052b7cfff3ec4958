package handlers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// maxListed keeps the select of agents usable.
const maxListed = 500

// labAgents are the agents a person may test, as the lab's select lists them.
type labAgents struct {
	options    []views.Option
	blueprints map[string]string // App ID of the blueprint by agent
	names      map[string]string // of the blueprints a person may test, by App ID
	notShown   int               // left out because there are too many
	foreign    int               // left out because somebody else owns the blueprint
}

// agentsToTest lists the agents under the names of their blueprints. The
// chosen one is always among them, with the reason when it cannot be tested.
func (h *Handlers) agentsToTest(c echo.Context, chosen string) (labAgents, error) {
	ctx, g := c.Request().Context(), h.graph(c)
	list := labAgents{blueprints: map[string]string{}, names: map[string]string{}}
	mine, err := h.blueprintsToTest(c)
	if err != nil {
		return list, err
	}
	blueprints, err := h.blueprintsOfLab(ctx, g)
	if err != nil {
		return list, err
	}
	for appID, b := range blueprints {
		if mine(appID) {
			list.names[appID] = b.name
		}
	}
	for a, err := range g.AllAgentIdentities(ctx) {
		if err != nil {
			return list, fmt.Errorf("list agent identities: %w", err)
		}
		list.add(a, blueprints, mine, a.ID == chosen)
	}
	slices.SortStableFunc(list.options, func(a, b views.Option) int {
		return strings.Compare(a.Group+"\x00"+a.Label, b.Group+"\x00"+b.Label)
	})
	return list, nil
}

func (l *labAgents) add(a graph.AgentIdentity, blueprints map[string]labBlueprint, mine func(string) bool, chosen bool) {
	option := agentOption(a, blueprints)
	switch own := mine(a.AgentIdentityBlueprintID); {
	case !own && !chosen:
		l.foreign++
		return
	case !own:
		option.Label += " (you do not own its blueprint)"
	case len(l.options) >= maxListed && !chosen:
		l.notShown++
		return
	}
	l.options = append(l.options, option)
	l.blueprints[a.ID] = a.AgentIdentityBlueprintID
}

// of is the first agent of a blueprint, none for an empty App ID.
func (l *labAgents) of(blueprintAppID string) string {
	for _, o := range l.options {
		if blueprintAppID != "" && strings.EqualFold(l.blueprints[o.Value], blueprintAppID) {
			return o.Value
		}
	}
	return ""
}

// blueprintsToTest says of which blueprints, by App ID, a person may test the
// agents: an Admin of all, others of those they own.
func (h *Handlers) blueprintsToTest(c echo.Context) (func(appID string) bool, error) {
	mine, err := h.ownBlueprints(c)
	if graph.IsForbidden(err) {
		return func(string) bool { return true }, nil // the test itself asks for the owner again
	}
	return mine, err
}

// ownBlueprints is blueprintsToTest where no test asks again.
func (h *Handlers) ownBlueprints(c echo.Context) (func(appID string) bool, error) {
	if web.CurrentUser(c).Has(web.Admin) {
		return func(string) bool { return true }, nil
	}
	owned, err := h.graph(c).Owned(c.Request().Context())
	if err != nil {
		return nil, err
	}
	mine := map[string]bool{}
	for _, o := range owned {
		if o.Kind == graph.KindBlueprint {
			mine[strings.ToLower(o.AppID)] = true
		}
	}
	return func(appID string) bool { return mine[strings.ToLower(appID)] }, nil
}

// labBlueprint is what the select of agents says of a blueprint.
type labBlueprint struct {
	name   string
	unable string // why it cannot sign in for its agents; empty when it may
}

// blueprintsOfLab are all blueprints by App ID.
func (h *Handlers) blueprintsOfLab(ctx context.Context, g *graph.Client) (map[string]labBlueprint, error) {
	blueprints := map[string]labBlueprint{}
	for b, err := range g.AllBlueprints(ctx) {
		if err != nil {
			return nil, fmt.Errorf("list blueprints: %w", err)
		}
		of := labBlueprint{name: b.DisplayName}
		switch nextCredential(&b, h.Now()).Tone {
		case views.ToneMuted:
			of.unable = "its blueprint has no credential"
		case views.ToneDanger:
			of.unable = "all credentials of its blueprint have ended"
		}
		blueprints[b.AppID] = of
	}
	return blueprints, nil
}

func agentOption(a graph.AgentIdentity, blueprints map[string]labBlueprint) views.Option {
	of := blueprints[a.AgentIdentityBlueprintID]
	name := of.name
	if name == "" {
		name = "Blueprint " + a.AgentIdentityBlueprintID
	}
	label := a.DisplayName
	if !a.AccountEnabled {
		label += " (disabled)"
	}
	if of.unable != "" {
		label += " (" + of.unable + ")"
	}
	return views.Option{Value: a.ID, Label: label, Group: name}
}
