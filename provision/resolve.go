package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// resolvedFor is a spec with the ids of this tenant, read as a person: whatever
// ids a spec came with, it is granted what its names say.
func (e *Engine) resolvedFor(ctx context.Context, a models.Actor, spec BlueprintSpec) (BlueprintSpec, error) {
	return e.Resolve(ctx, e.o.Graph.With(e.o.SignIns.TokenFunc(a.SignInID)), spec)
}

// Resolve fills in the ids that the permissions of a spec have in this tenant:
// object ids are others in each, so those of a spec from elsewhere are not
// trusted. It adds the permission that agent users need, and reads as the
// reader's caller. An API or a permission that is not there gives
// *models.InvalidError.
func (e *Engine) Resolve(ctx context.Context, reader *graph.Client, spec BlueprintSpec) (BlueprintSpec, error) {
	apis := resolver{ctx: ctx, reader: reader, read: map[string]*graph.Resource{}, faults: map[string]string{}}
	spec.Inherit, spec.Roles, spec.UsersRole = slices.Clone(spec.Inherit), slices.Clone(spec.Roles), nil
	for i := range spec.Inherit {
		if err := apis.inherit(&spec.Inherit[i]); err != nil {
			return spec, err
		}
	}
	for i := range spec.Roles {
		if err := apis.role("roles", &spec.Roles[i]); err != nil {
			return spec, err
		}
	}
	if spec.makesUsers() {
		spec.UsersRole = &RoleSpec{Resource: ResourceRef{AppID: graph.GraphAppID}, Value: usersRoleValue}
		if err := apis.role("users", spec.UsersRole); err != nil {
			return spec, err
		}
	}
	if len(apis.faults) > 0 {
		return spec, &models.InvalidError{Fields: apis.faults}
	}
	return spec, nil
}

// resolver reads each API once.
type resolver struct {
	ctx    context.Context
	reader *graph.Client
	read   map[string]*graph.Resource
	faults map[string]string
}

// api reads an API; nil when this tenant has none with that app id.
func (r *resolver) api(appID string) (*graph.Resource, error) {
	key := strings.ToLower(appID)
	if api, known := r.read[key]; known {
		return api, nil
	}
	api, err := r.reader.Resource(r.ctx, appID)
	if err != nil && !graph.IsNotFound(err) {
		return nil, fmt.Errorf("read the permissions of an API: %w", err)
	}
	r.read[key] = api
	return api, nil
}

func (r *resolver) inherit(in *InheritSpec) error {
	api, err := r.api(in.Resource.AppID)
	if err != nil {
		return err
	}
	if api == nil {
		r.faults["inherit"] = noAPI(in.Resource)
		return nil
	}
	in.Resource = refOf(api)
	for _, scope := range in.Scopes {
		if !slices.ContainsFunc(api.Scopes, func(s graph.Scope) bool { return strings.EqualFold(s.Value, scope) }) {
			r.faults["inherit"] = fmt.Sprintf("“%s” offers no delegated permission %s. Choose one that it offers.", api.DisplayName, scope)
		}
	}
	return nil
}

func (r *resolver) role(field string, role *RoleSpec) error {
	api, err := r.api(role.Resource.AppID)
	if err != nil {
		return err
	}
	if api == nil {
		r.faults[field] = noAPI(role.Resource)
		return nil
	}
	i := slices.IndexFunc(api.Roles, func(a graph.AppRole) bool {
		return strings.EqualFold(a.Value, role.Value) && slices.Contains(a.AllowedMemberTypes, "Application")
	})
	if i < 0 {
		r.faults[field] = fmt.Sprintf("“%s” offers no application permission %s. Choose one that it offers.", api.DisplayName, role.Value)
		return nil
	}
	role.Resource, role.RoleID, role.Value = refOf(api), api.Roles[i].ID, api.Roles[i].Value
	return nil
}

func noAPI(r ResourceRef) string {
	return fmt.Sprintf("The tenant has no service principal of %s. Somebody has to add that API to the tenant first, or choose another one.", r.words())
}

func refOf(api *graph.Resource) ResourceRef {
	return ResourceRef{ID: api.ID, AppID: api.AppID, Name: api.DisplayName}
}
