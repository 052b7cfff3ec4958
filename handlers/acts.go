package handlers

import (
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
)

// actButtons are the acts on one object, in the order they stand in its title
// row; principal is that of a blueprint, whose state it is. What a person may
// not do is left out.
func (h *Handlers) actButtons(c echo.Context, o *object, principal *graph.BlueprintPrincipal) []views.ButtonView {
	folder, _, _ := folderOf(o.kind)
	var buttons []views.ButtonView
	add := func(act, text, style string) {
		if h.may(c, folder+"/:id/"+act) {
			buttons = append(buttons, views.ButtonView{Href: o.path() + "/" + act, Text: text, Style: style})
		}
	}
	add("edit", "Edit", "")
	enabled := o.enabled
	if principal != nil {
		enabled = principal.AccountEnabled
	}
	switch {
	case o.kind == graph.KindBlueprint && principal == nil: // nothing that could be disabled
	case enabled:
		add("disable", "Disable…", "")
	default:
		add("enable", "Enable…", "")
	}
	add("delete", "Delete…", "danger")
	return buttons
}

// openObject reads the object of an address, whatever its kind. Without an
// object the request is answered, or failed.
func (h *Handlers) openObject(c echo.Context, kind graph.Kind) (o *object, err error) {
	switch kind {
	case graph.KindBlueprint:
		_, o, err = h.openBlueprint(c)
	case graph.KindBlueprintPrincipal:
		_, o, err = h.openPrincipal(c)
	case graph.KindAgentIdentity:
		_, o, err = h.openAgent(c)
	case graph.KindAgentUser:
		_, o, err = h.openAgentUser(c)
	default:
		err = fmt.Errorf("kind %q has no pages: %w", kind, models.ErrNotFound)
	}
	return o, err
}

// actPage is the page of an act: its question as the title, below the object's own page.
func (h *Handlers) actPage(c echo.Context, o *object, question, word string) views.Page {
	p := h.objectPage(c, o, "")
	p.Title, p.Lead = question, "Nothing is changed yet."
	p.Crumbs = append(p.Crumbs, views.Crumb{Text: word})
	return p
}

// target is an object as acts name it.
func (o *object) target() provision.Target {
	return provision.Target{Kind: o.kind, ID: o.id, Name: o.name}
}

// inRunsOf says in a spec which blueprint's list of runs it belongs to. One that
// is gone or lives in another tenant has no list.
func (h *Handlers) inRunsOf(c echo.Context, o *object, spec *provision.ChangeSpec) error {
	ctx, g := c.Request().Context(), h.graph(c)
	var fault string
	appID := o.blueprint
	if appID == "" && o.parent != "" {
		agent, err := g.AgentIdentity(ctx, o.parent)
		if err != nil {
			return part(err, &fault)
		}
		appID = agent.AgentIdentityBlueprintID
	}
	b := o.source
	if b == nil && appID != "" {
		var err error
		if b, err = g.BlueprintByAppID(ctx, appID); err != nil {
			return part(err, &fault)
		}
	}
	if b != nil {
		spec.BlueprintID, spec.BlueprintAppID = b.ID, b.AppID
	}
	return nil
}

// oneLine is a text as a page shows it: with single blanks, so that it can be
// typed as it is seen.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
