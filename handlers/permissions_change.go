package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// permissionAct is a change of permissions that an address or a form asks for, with what
// its page shows of it.
type permissionAct struct {
	spec provision.PermissionSpec
	form views.PermissionForm
}

// permissionFields are what a form says about the permission.
func permissionFields(remove bool) []string {
	if remove {
		return []string{"assignment", "grant", "scope"}
	}
	return []string{"api", "kind", "value"}
}

// askPermission is the page that asks before a permission is given or taken.
func askPermission[T any](h *Handlers, open func(echo.Context) (T, *object, error), remove bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		_, o, err := open(c)
		if o == nil {
			return err
		}
		a, err := h.askedFor(c, o, c.QueryParams(), remove)
		if errors.Is(err, models.ErrNotFound) && (remove || c.QueryParam("api") == "") {
			return web.Redirect(c, o.path()+"/permissions") // it is gone already, as the tab shows, or none was named
		}
		if err != nil {
			return err
		}
		a.form.Request = uuid.NewString()
		return h.renderPermission(c, http.StatusOK, o, a)
	}
}

// changePermission gives or takes it, as a run of one step that is done at once.
// The form's own id keeps a double click to one run.
func changePermission[T any](h *Handlers, open func(echo.Context) (T, *object, error), remove bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		posted, err := web.Form(c, append(permissionFields(remove), "request", "reason")...)
		if err != nil {
			return err
		}
		_, o, err := open(c)
		if o == nil {
			return err
		}
		a, err := h.askedFor(c, o, posted, remove)
		if errors.Is(err, models.ErrNotFound) && (remove || posted.Get("api") == "") {
			return web.Redirect(c, o.path()+"/permissions")
		}
		if err != nil {
			return err
		}
		a.form.Request, a.form.Reason = posted.Get("request"), cut(strings.TrimSpace(posted.Get("reason")), maxTyped)
		if _, err := graph.ParseGUID(a.form.Request); err != nil {
			a.form.Request = uuid.NewString()
		}
		a.spec.Reason = a.form.Reason
		found := a.spec.Validate()
		if fault := provision.ReasonFault(a.form.Reason, h.RequireReason); fault != "" {
			found["reason"] = fault
		}
		if len(found) > 0 {
			a.form.Faults = found
			for _, field := range []string{"permission", "reason"} {
				if text := found[field]; text != "" {
					a.form.Errors = append(a.form.Errors, views.FieldError{Field: "f-" + field, Text: text})
				}
			}
			return h.renderPermission(c, http.StatusUnprocessableEntity, o, a)
		}
		run, err := h.Engine.ChangePermission(c.Request().Context(), h.actor(c), a.form.Request, a.spec)
		if err != nil {
			return fmt.Errorf("change permission: %w", err)
		}
		return web.Redirect(c, runPath(run.ID))
	}
}

// askedFor reads from the tenant what the fields name: nothing of what is sent
// comes from the form itself.
func (h *Handlers) askedFor(c echo.Context, o *object, fields url.Values, remove bool) (a *permissionAct, err error) {
	ctx, g := c.Request().Context(), h.graph(c)
	a = &permissionAct{
		spec: provision.PermissionSpec{HolderID: o.id, HolderKind: o.kind, HolderName: o.name, BlueprintAppID: o.blueprint},
		form: views.PermissionForm{ReasonRequired: h.RequireReason, Remove: remove, Holder: o.name, HolderHref: o.path() + "/permissions"},
	}
	switch {
	case !remove:
		err = a.toGrant(ctx, g, fields)
	case fields.Get("assignment") != "":
		err = a.roleToRemove(ctx, g, o, fields.Get("assignment"))
	default:
		err = a.scopeToRemove(ctx, g, o, fields.Get("grant"), fields.Get("scope"))
	}
	if err != nil {
		return nil, err
	}
	for _, name := range permissionFields(remove) {
		if value := fields.Get(name); value != "" {
			a.form.Hidden = append(a.form.Hidden, views.HiddenField{Name: name, Value: value})
		}
	}
	b, err := g.BlueprintByAppID(ctx, o.blueprint)
	if err == nil {
		a.spec.BlueprintID = b.ID
	}
	var fault string // one in another tenant: the run is then in no list of a blueprint
	return a, part(err, &fault)
}

// toGrant finds the permission of an API.
func (a *permissionAct) toGrant(ctx context.Context, g *graph.Client, fields url.Values) error {
	appID, err := graph.ParseGUID(fields.Get("api"))
	if err != nil {
		return fmt.Errorf("API in the address: %w", models.ErrNotFound)
	}
	api, err := g.Resource(ctx, appID)
	if err != nil {
		return fmt.Errorf("read the API: %w", err)
	}
	application := fields.Get("kind") == kindWord(true)
	list := provision.PermissionsOf(api)
	i := slices.IndexFunc(list, func(p provision.Permission) bool {
		return p.Application == application && strings.EqualFold(p.Value, fields.Get("value"))
	})
	if i < 0 {
		return fmt.Errorf("permission in the address: %w", models.ErrNotFound)
	}
	p := list[i]
	a.about(api, p.Value, p.Name, application)
	a.form.Blocked = p.Blocked
	if application {
		a.spec.Act, a.spec.RoleID, a.spec.Value = provision.KindRole, p.ID, p.Value
		return nil
	}
	a.spec.Act, a.spec.Scopes, a.form.Who = provision.KindConsent, []string{p.Value}, "Everybody in the tenant"
	a.form.Before = "If there is a grant for this API already, it is changed instead: what it has stays."
	return nil
}

// about fills in what the page says of a permission.
func (a *permissionAct) about(api *graph.Resource, value, name string, application bool) {
	a.spec.Resource = provision.ResourceRef{ID: api.ID, AppID: api.AppID, Name: views.Named(api.DisplayName, api.AppID)}
	a.form.Value, a.form.Name, a.form.Kind = value, name, views.PermissionKind(application)
	a.form.API, a.form.APIAppID = a.spec.Resource.Name, api.AppID
}

func (a *permissionAct) roleToRemove(ctx context.Context, g *graph.Client, o *object, assignmentID string) error {
	roles, err := g.RoleAssignments(ctx, o.id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(roles, func(r graph.RoleAssignment) bool { return r.ID == assignmentID })
	if i < 0 {
		return fmt.Errorf("assignment in the address: %w", models.ErrNotFound)
	}
	api, err := g.ResourceByID(ctx, roles[i].ResourceID)
	if err != nil {
		return err
	}
	value, name := roles[i].RoleID, ""
	if role := roleOf(api, roles[i].RoleID); role != nil {
		value, name = role.Value, role.DisplayName
	}
	a.about(api, value, name, true)
	a.spec.Act, a.spec.RoleID, a.spec.Value, a.spec.AssignmentID = provision.KindRoleRemove, roles[i].RoleID, value, assignmentID
	return nil
}

func (a *permissionAct) scopeToRemove(ctx context.Context, g *graph.Client, o *object, grantID, scope string) error {
	grants, err := g.GrantsOf(ctx, o.id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(grants, func(d graph.DelegatedGrant) bool { return d.ID == grantID && slices.Contains(d.Scopes(), scope) })
	if i < 0 {
		return fmt.Errorf("grant in the address: %w", models.ErrNotFound)
	}
	api, err := g.ResourceByID(ctx, grants[i].ResourceID)
	if err != nil {
		return err
	}
	name := ""
	if s := scopeOf(api, scope); s != nil {
		name = s.DisplayName
	}
	a.about(api, scope, name, false)
	a.spec.Act, a.spec.Scopes, a.spec.PersonID = provision.KindConsentRemove, []string{scope}, grants[i].PrincipalID
	a.spec.GrantID, a.spec.Granted = grantID, grants[i].Scopes()
	a.form.Who = "Everybody in the tenant"
	if a.spec.PersonID != "" {
		held := &holding{apis: map[string]*graph.Resource{}, people: map[string]string{}, grants: grants[i : i+1]}
		if err := held.readNames(ctx, g); err != nil {
			return err
		}
		a.form.Who = held.consentWords(grants[i])
	}
	a.form.Before = "Where the grant holds other permissions, it is changed instead, and they stay."
	return nil
}

func (h *Handlers) renderPermission(c echo.Context, status int, o *object, a *permissionAct) error {
	p := h.objectPage(c, o, "")
	p.Title, p.Lead = "Grant "+a.form.Value+" to "+o.name+"?", "Nothing is granted yet."
	if a.form.Remove {
		p.Title, p.Lead = "Remove "+a.form.Value+" from "+o.name+"?", "Nothing is removed yet."
	}
	p.Crumbs[len(p.Crumbs)-1].Href = a.form.HolderHref
	p.Crumbs = append(p.Crumbs, views.Crumb{Text: a.form.Value})
	p.HasError = len(a.form.Errors) > 0
	word := "grant"
	if a.form.Remove {
		word = "remove"
	}
	a.form.Action = o.path() + "/permissions/" + word
	call := h.Engine.PermissionCall(a.spec)
	a.form.Call, a.form.Needs = call.Method+" "+call.Path, call.Needs
	return web.Render(c, status, views.PermissionFormPage(p, a.form))
}
