package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
)

// Begin from what is there: from a former run, or from a blueprint.

// likeForm is the form that asks for what a run, named by its number, or a
// blueprint, named by its object id, was made from. Name says what that is.
// Errors: models.ErrNotFound when there is no such thing.
func (h *Handlers) likeForm(c echo.Context, like string) (form blueprintForm, name string, err error) {
	ctx := c.Request().Context()
	run, err := h.runLike(ctx, like)
	if err != nil {
		return form, "", err
	}
	var spec provision.BlueprintSpec
	if run != nil {
		if err := json.Unmarshal(run.Spec, &spec); err != nil {
			return form, "", fmt.Errorf("decode spec of a run: %w", err)
		}
		for i := range spec.Rows {
			spec.Rows[i].AgentID = "" // a new blueprint makes its own
		}
		name = fmt.Sprintf("run %d", run.ID)
	} else if spec, err = h.specOfBlueprint(ctx, h.graph(c), like); err != nil {
		return form, "", err
	} else {
		name = "“" + spec.DisplayName + "”"
	}
	return h.formOfSpec(c, spec), name, nil
}

// formOfSpec is a form to begin a draft with.
func (h *Handlers) formOfSpec(c echo.Context, spec provision.BlueprintSpec) blueprintForm {
	form := formOf(spec, h.App.ClientID)
	form.complete(h.actor(c))
	form.house = h.houseRules()
	return form
}

// runLike is the run that a number names, or the one that made the blueprint
// with an id; nil when the portal made no such blueprint.
func (h *Handlers) runLike(ctx context.Context, like string) (*models.Run, error) {
	if id, err := graph.ParseGUID(like); err == nil {
		runs, err := h.Store.Runs(ctx, models.RunFilter{BlueprintID: id, Limit: 100})
		if err != nil {
			return nil, fmt.Errorf("find the run of a blueprint: %w", err)
		}
		for i := range runs {
			if runs[i].Kind == provision.RunNewBlueprint && runs[i].TID == h.Tenant.ID {
				return h.Store.Run(ctx, runs[i].ID)
			}
		}
		return nil, nil
	}
	id, err := strconv.ParseInt(like, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("run to begin from: %w", models.ErrNotFound)
	}
	run, err := h.Store.Run(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("run to begin from: %w", err)
	}
	if run.Kind != provision.RunNewBlueprint || run.TID != h.Tenant.ID {
		return nil, fmt.Errorf("run to begin from: %w", models.ErrNotFound)
	}
	return run, nil
}

// specOfBlueprint is what a blueprint that was made elsewhere shows of its
// making: no credential can be copied, and agents are not counted.
func (h *Handlers) specOfBlueprint(ctx context.Context, g *graph.Client, id string) (provision.BlueprintSpec, error) {
	b, err := g.Blueprint(ctx, id)
	if err != nil {
		return provision.BlueprintSpec{}, fmt.Errorf("read the blueprint to begin from: %w", err)
	}
	spec := provision.BlueprintSpec{
		DisplayName: b.DisplayName, Description: b.Description, Audience: b.SignInAudience, Credential: provision.CredentialSecret, SecretDays: provision.DefaultSecretDays,
		Count: 1, NamePattern: provision.DefaultNamePattern, RunAs: provision.AsMe, Does: []provision.Capability{provision.ActsAlone},
	}
	owners, err := g.Owners(ctx, graph.KindBlueprint, id)
	if err != nil {
		return spec, fmt.Errorf("read the owners of a blueprint: %w", err)
	}
	sponsors, err := g.Sponsors(ctx, graph.KindBlueprint, id)
	if err != nil {
		return spec, fmt.Errorf("read the sponsors of a blueprint: %w", err)
	}
	spec.Owners, spec.Sponsors = principalsOf(owners), principalsOf(sponsors)
	if scopes := b.API.Scopes; len(scopes) > 0 {
		spec.Does = append(spec.Does, provision.ActsForUsers)
		spec.Expose = &provision.ExposeSpec{Scope: scopes[0].Value, AdminOnly: scopes[0].Type == graph.ScopeForAdmins, RedirectURIs: b.Web.RedirectURIs}
		for _, client := range b.API.Preauthorized {
			spec.Expose.Preauthorized = append(spec.Expose.Preauthorized, strings.ToLower(client.AppID))
		}
	}
	return spec, nil
}

func principalsOf(refs []graph.PrincipalRef) []provision.Principal {
	people := []provision.Principal{}
	for _, r := range refs {
		people = append(people, provision.PrincipalOf(graph.Candidate{DirectoryObject: r}))
	}
	return people
}
