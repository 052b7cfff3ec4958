package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// What agent identities inherit is a matter of their blueprint, told beside the
// permissions of its principal: only what that was granted can be inherited.

// inheritance is a change of what is inherited, with what its page shows of it.
type inheritance struct {
	spec provision.InheritanceSpec
	form views.PermissionForm
}

// askInheritance asks before agent identities inherit a permission, or nothing
// of an API any more.
func (h *Handlers) askInheritance(c echo.Context) error {
	_, o, err := h.openPrincipal(c)
	if o == nil {
		return err
	}
	if c.QueryParam("api") == "" {
		return web.Redirect(c, o.path()+"/permissions") // none was named
	}
	in, err := h.inheritanceOf(c, o, c.QueryParams())
	if err != nil {
		return err
	}
	in.form.Request = uuid.NewString()
	return h.renderInheritance(c, http.StatusOK, o, in)
}

// changeInheritance does it, as a run of one step that is done at once.
func (h *Handlers) changeInheritance(c echo.Context) error {
	posted, err := web.Form(c, "api", "scope", "request", "reason")
	if err != nil {
		return err
	}
	_, o, err := h.openPrincipal(c)
	if o == nil {
		return err
	}
	if posted.Get("api") == "" {
		return web.Redirect(c, o.path()+"/permissions")
	}
	in, err := h.inheritanceOf(c, o, posted)
	if err != nil {
		return err
	}
	in.form.Request, in.form.Reason = posted.Get("request"), typedField(posted, "reason")
	if !graphID(in.form.Request) {
		in.form.Request = uuid.NewString()
	}
	in.spec.Reason = in.form.Reason
	if fault := provision.ReasonFault(in.form.Reason, h.RequireReason); fault != "" {
		in.form.Faults = map[string]string{"reason": fault}
		in.form.Errors = []views.FieldError{{Field: "f-reason", Text: "Reason: " + fault}}
		return h.renderInheritance(c, http.StatusUnprocessableEntity, o, in)
	}
	run, err := h.Engine.ChangeInheritance(c.Request().Context(), h.actor(c), in.form.Request, in.spec)
	if err != nil {
		return fmt.Errorf("change inheritance: %w", err)
	}
	return web.Redirect(c, runPath(run.ID))
}

// inheritanceOf reads what the fields name: a delegated permission that is to
// be inherited, or without one the API of which nothing is inherited any more.
func (h *Handlers) inheritanceOf(c echo.Context, o *object, fields url.Values) (*inheritance, error) {
	ctx, g := c.Request().Context(), h.graph(c)
	appID, err := graph.ParseGUID(fields.Get("api"))
	if err != nil {
		return nil, fmt.Errorf("API in the address: %w", models.ErrNotFound)
	}
	b, err := g.BlueprintByAppID(ctx, o.blueprint)
	if err != nil {
		return nil, fmt.Errorf("read the blueprint of the principal: %w", err)
	}
	api, err := g.Resource(ctx, appID)
	if err != nil {
		return nil, fmt.Errorf("read the API: %w", err)
	}
	name := views.Named(api.DisplayName, api.AppID)
	in := &inheritance{
		spec: provision.InheritanceSpec{
			Act: provision.KindInheritRemove, BlueprintID: b.ID, BlueprintAppID: b.AppID, BlueprintName: views.Named(b.DisplayName, b.ID),
			Resource: provision.ResourceRef{ID: api.ID, AppID: api.AppID, Name: name},
		},
		form: views.PermissionForm{
			ReasonRequired: h.RequireReason, Inherit: true, Remove: true, Holder: o.name, HolderHref: o.path() + "/permissions", Action: o.path() + "/permissions/inherit",
			Value: "Everything of this API", Kind: views.PermissionKind(false), API: name, APIAppID: api.AppID,
			Hidden: []views.HiddenField{{Name: "api", Value: api.AppID}},
		},
	}
	if scope := fields.Get("scope"); scope != "" {
		found := scopeOf(api, scope)
		if found == nil {
			return nil, fmt.Errorf("permission in the address: %w", models.ErrNotFound)
		}
		in.spec.Act, in.spec.Scopes = provision.KindInherit, []string{found.Value}
		in.form.Remove, in.form.Value, in.form.Name = false, found.Value, found.DisplayName
		in.form.Blocked = graph.Blocked(api.AppID, found.Value, false)
		in.form.Hidden = append(in.form.Hidden, views.HiddenField{Name: "scope", Value: found.Value})
		in.form.Before = "If the blueprint names this API already, that is changed instead: what is inherited of it stays."
	}
	return in, nil
}

func (h *Handlers) renderInheritance(c echo.Context, status int, o *object, in *inheritance) error {
	p := h.objectPage(c, o, "")
	p.Title, p.Lead = "Let agents of "+o.name+" inherit "+in.form.Value+"?", "Nothing is changed yet."
	if in.form.Remove {
		p.Title = "End what agents of " + o.name + " inherit of " + in.form.API + "?"
	}
	p.Crumbs[len(p.Crumbs)-1].Href = in.form.HolderHref
	p.Crumbs = append(p.Crumbs, views.Crumb{Text: "Inheritance"})
	p.HasError = len(in.form.Errors) > 0
	call := h.Engine.InheritanceCall(in.spec)
	in.form.Call, in.form.Needs = call.Method+" "+call.Path, call.Needs
	return web.Render(c, status, views.PermissionFormPage(p, in.form))
}

// inheritLink is the page that changes what agent identities inherit of a
// permission of their principal.
func (held *holding) inheritLink(o *object, mayChange bool, g graph.DelegatedGrant, scope string) (href, words string) {
	api := held.apis[g.ResourceID]
	if o.kind != graph.KindBlueprintPrincipal || !mayChange || api == nil || g.PrincipalID != "" {
		return "", ""
	}
	fields := url.Values{"api": {api.AppID}}
	if held.passesScope(g, scope) {
		return o.path() + "/permissions/inherit?" + fields.Encode(), "End inheritance…"
	}
	if graph.Blocked(api.AppID, scope, false) != "" || strings.TrimSpace(scope) == "" {
		return "", ""
	}
	fields.Set("scope", scope)
	return o.path() + "/permissions/inherit?" + fields.Encode(), "Let agents inherit…"
}
