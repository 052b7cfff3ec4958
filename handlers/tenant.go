package handlers

import (
	"context"
	"errors"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// domainSetting keeps the name of a real tenant between starts.
const domainSetting = "tenant.domain"

// domain names the tenant on every page. A real tenant is known by its id
// until the first person signs in, because nobody else may ask for its name.
func (h *Handlers) domain() string {
	if name := h.learned.Load(); name != nil {
		return *name
	}
	return h.Tenant.Domain
}

// recallDomain takes the name that an earlier start has learned.
func (h *Handlers) recallDomain(ctx context.Context) error {
	if h.Tenant.Domain != h.Tenant.ID {
		return nil
	}
	name, err := h.Store.Setting(ctx, domainSetting)
	if errors.Is(err, models.ErrNotFound) || err == nil && name == "" {
		return nil
	}
	if err != nil {
		return err
	}
	h.learned.Store(&name)
	return nil
}

// learnDomain asks Graph, as the person who has just signed in, what the
// tenant is called. A refusal changes nothing: the id stays its name.
func (h *Handlers) learnDomain(ctx context.Context, g *graph.Client) {
	if h.Tenant.Domain != h.Tenant.ID {
		return
	}
	org, err := g.Organization(ctx)
	if err != nil {
		h.Log.Info("read the tenant's name", "error", err)
		return
	}
	name := org.DefaultDomain()
	if name == "" || name == h.domain() {
		return
	}
	h.learned.Store(&name)
	if err := h.Store.SetSetting(ctx, domainSetting, name); err != nil {
		h.Log.Warn("keep the tenant's name", "error", err)
	}
}
