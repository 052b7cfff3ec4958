package handlers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
)

// mostPermissions is how many permissions a search shows.
const mostPermissions = 20

// permissions are the lists that the choices need: delegated permissions mean
// nothing to agents that act alone, application permissions nothing to others.
func (w *wizardView) permissions(form blueprintForm) {
	w.Permissions = views.PermissionFields{API: form.API, NoConsent: form.NoConsent}
	if form.inherits() {
		p := &w.Permissions.Inherit
		p.List, p.Label, p.FindLabel, p.None = "inherit", "Delegated permissions that agents inherit", "Find a delegated permission", "None yet: the agents can do nothing for others"
		p.Hint = "What agents may do with the rights of a person or of their agent user. All agents of the blueprint inherit it."
		for _, one := range form.Inherit {
			for _, scope := range one.Scopes {
				p.Chosen = append(p.Chosen, views.PickedPermission{ID: one.Resource.AppID + "/" + scope, Value: scope, API: one.Resource.Name})
			}
			if len(one.Scopes) == 0 {
				p.Chosen = append(p.Chosen, views.PickedPermission{ID: one.Resource.AppID + "/", Value: "All that were granted", API: one.Resource.Name})
			}
		}
	}
	if form.will(provision.ActsAlone) {
		p := &w.Permissions.Roles
		p.List, p.Label, p.FindLabel, p.None = "roles", "Application permissions of each agent", "Find an application permission", "None yet: the agents can do nothing on their own"
		p.Hint = "What each agent identity of this run may do with nobody signed in. Granting permissions of Microsoft Graph takes a Privileged Role Administrator or Global Administrator."
		for _, one := range form.Roles {
			p.Chosen = append(p.Chosen, views.PickedPermission{ID: one.Resource.AppID + "/" + one.Value, Value: one.Value, API: one.Resource.Name})
		}
	}
}

// searchWizardPermissions looks through the API that the form names; without one
// through Microsoft Graph.
func (h *Handlers) searchWizardPermissions(c echo.Context, w *wizardView, form blueprintForm, list, words string) error {
	p := &w.Permissions.Roles
	if list == "inherit" {
		p = &w.Permissions.Inherit
	}
	p.Asked = true
	apis, err := provision.FindAPIs(c.Request().Context(), h.graph(c), form.API)
	if err := part(err, &p.Fault); err != nil {
		return err
	}
	if len(apis) == 0 && p.Fault == "" {
		p.Fault = fmt.Sprintf("No API in the tenant is called “%s”. Write the start of its name, or its client ID; left empty, the search looks through Microsoft Graph.", form.API)
	}
	for i := range apis {
		for _, one := range provision.FindPermissions(&apis[i], words, 1000) {
			if one.Application != (list == "roles") {
				continue
			}
			if len(p.Found) == mostPermissions {
				p.More = true
				return nil
			}
			p.Found = append(p.Found, views.PickedPermission{
				ID: one.Resource.AppID + "/" + one.Value, Value: one.Value, API: one.Resource.Name, What: one.Name, Refusal: one.Blocked,
				Chosen: form.holdsPermission(list, one.Resource.AppID, one.Value),
			})
		}
	}
	return nil
}

// addPermission takes a permission into a list, as its API has it now: what a
// form says of it is not believed.
func (h *Handlers) addPermission(c echo.Context, form *blueprintForm, list, id string) (refusal string, err error) {
	const unknown = "The tenant knows no such permission. Search for one and choose from what is found."
	appID, value, _ := strings.Cut(id, "/")
	if appID, err = graph.ParseGUID(appID); err != nil {
		return unknown, nil
	}
	apis, err := provision.FindAPIs(c.Request().Context(), h.graph(c), appID)
	if err != nil {
		return "", fmt.Errorf("look up a permission: %w", err)
	}
	for i := range apis {
		for _, one := range provision.PermissionsOf(&apis[i]) {
			if one.Value != value || one.Application != (list == "roles") {
				continue
			}
			if one.Blocked != "" {
				return fmt.Sprintf("Agents cannot have %s: %s", one.Value, one.Blocked), nil
			}
			form.addPermission(list, one)
			return "", nil
		}
	}
	return unknown, nil
}

func (f *blueprintForm) holdsPermission(list, appID, value string) bool {
	if list == "roles" {
		return slices.ContainsFunc(f.Roles, func(r provision.RoleSpec) bool { return r.Resource.AppID == appID && r.Value == value })
	}
	return slices.ContainsFunc(f.Inherit, func(in provision.InheritSpec) bool {
		return in.Resource.AppID == appID && slices.Contains(in.Scopes, value)
	})
}

func (f *blueprintForm) addPermission(list string, p provision.Permission) {
	if f.holdsPermission(list, p.Resource.AppID, p.Value) {
		return
	}
	if list == "roles" {
		f.Roles = append(slices.Clone(f.Roles), provision.RoleSpec{Resource: p.Resource, RoleID: p.ID, Value: p.Value})
		return
	}
	f.Inherit = slices.Clone(f.Inherit)
	at := slices.IndexFunc(f.Inherit, func(in provision.InheritSpec) bool { return in.Resource.AppID == p.Resource.AppID })
	if at < 0 {
		f.Inherit = append(f.Inherit, provision.InheritSpec{Resource: p.Resource, Scopes: []string{p.Value}})
		return
	}
	f.Inherit[at].Scopes = append(slices.Clone(f.Inherit[at].Scopes), p.Value)
}

// removePermission takes a permission out of a list, and an API that has none
// left.
func (f *blueprintForm) removePermission(list, id string) {
	appID, value, _ := strings.Cut(id, "/")
	if list == "roles" {
		f.Roles = slices.DeleteFunc(slices.Clone(f.Roles), func(r provision.RoleSpec) bool { return r.Resource.AppID == appID && r.Value == value })
		return
	}
	var kept []provision.InheritSpec
	for _, in := range f.Inherit {
		if in.Resource.AppID == appID {
			in.Scopes = slices.DeleteFunc(slices.Clone(in.Scopes), func(s string) bool { return s == value })
			if len(in.Scopes) == 0 {
				continue
			}
		}
		kept = append(kept, in)
	}
	f.Inherit = kept
}

func inheritWords(all []provision.InheritSpec) []string {
	var words []string
	for _, in := range all {
		scopes := "all that were granted"
		if len(in.Scopes) > 0 {
			scopes = strings.Join(in.Scopes, ", ")
		}
		words = append(words, in.Resource.Name+": "+scopes)
	}
	return words
}

func roleSpecWords(all []provision.RoleSpec) []string {
	var words []string
	for _, r := range all {
		words = append(words, r.Resource.Name+": "+r.Value)
	}
	return words
}
