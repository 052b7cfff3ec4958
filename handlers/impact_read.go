package handlers

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// What a page may take to read whole lists: a tenant may have thousands.
const (
	impactTime  = 4 * time.Second
	impactPages = 10 // of 100 agent identities
)

// readBlueprint reads what hangs on a blueprint, or on its principal: the same
// agent identities get their tokens by both.
func (i *impact) readBlueprint(ctx context.Context, g *graph.Client, o *object) error {
	var faults [4]string
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() (err error) {
		i.agents, err = readFamilyOf(ctx, g, o.blueprint)
		return part(err, &faults[0])
	})
	var every []graph.AgentUser
	work.Go(func() (err error) {
		every, err = inTime(ctx, g.AllAgentUsers, &faults[1])
		return err
	})
	work.Go(func() error { return i.readPrincipal(ctx, g, o, &faults[2]) })
	work.Go(func() error { return i.readClients(ctx, g, o, &faults[3]) })
	work.Go(func() (err error) {
		i.deleted, err = deletedAgents(ctx, g, o.blueprint)
		return err
	})
	if err := work.Wait(); err != nil {
		return err
	}
	if faults[0] != "" {
		faults[1] = faults[0] // without their parents nobody knows whose they are
	}
	for n, what := range []string{partAgents, partUsers, partPrincipal, partClients} {
		i.fault(what, faults[n])
	}
	i.users = childrenOf(i.agents.list, every)
	return nil
}

// readFamilyOf reads the agent identities of a blueprint. Whoever may not ask
// for those of one blueprint gets what the first reading found among all.
func readFamilyOf(ctx context.Context, g *graph.Client, appID string) (familyOf, error) {
	f, o := familyOf{}, graph.ListOptions{Top: 100, OrderBy: "displayName"}
	for n := range impactPages {
		page, err := g.AgentIdentitiesPage(ctx, appID, o)
		if err != nil {
			return familyOf{}, err
		}
		if n == 0 {
			f.total = page.Count
		}
		f.list, f.more, o.Next = append(f.list, page.Items...), page.Next != "", page.Next
		if !f.more || f.total == nil {
			break
		}
	}
	if n := len(f.list); !f.more {
		f.total = &n // all were read, so nobody needs to count them
	}
	return f, nil
}

// count is how many there are at least, and whether there may be more.
func (f familyOf) count() (n int, more bool) {
	if f.total != nil {
		return *f.total, false
	}
	return len(f.list), f.more
}

// drawn are the first of them, as pages list and draw them.
func (i *impact) drawn() views.AgentsOf {
	agents := views.AgentsOf{Fault: i.faultOf(partAgents), Total: i.agents.total, Deleted: i.deleted}
	first := i.agents.list[:min(len(i.agents.list), views.TreeMost)]
	for _, a := range first {
		agents.Rows = append(agents.Rows, agentRow(a, ""))
	}
	agents.More = i.agents.more || len(first) < len(i.agents.list)
	return agents
}

// readPrincipal reads what the principal holds: with a blueprint goes its
// principal. A blueprint without one holds nothing.
func (i *impact) readPrincipal(ctx context.Context, g *graph.Client, o *object, fault *string) error {
	p := &object{kind: graph.KindBlueprintPrincipal, id: o.id, blueprint: o.blueprint, source: o.source}
	if o.kind == graph.KindBlueprint {
		if err := readPrincipalOf(ctx, g, o.blueprint, &i.principal, fault); err != nil || i.principal == nil {
			return err
		}
		p.id = i.principal.ID
	}
	return i.readPermissions(ctx, g, p)
}

// readPermissions reads what goes with an object that holds it.
func (i *impact) readPermissions(ctx context.Context, g *graph.Client, o *object) error {
	held, err := readHolding(ctx, g, o)
	if err != nil {
		return err
	}
	i.permissions, i.faults = permissionRows(o, held, false), append(i.faults, held.faults...)
	return nil
}

// readClients reads who may ask for the blueprint's scopes without consent. A
// blueprint of another tenant tells nothing.
func (i *impact) readClients(ctx context.Context, g *graph.Client, o *object, fault *string) error {
	b, err := sourceOf(ctx, g, o)
	if graph.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return part(err, fault)
	}
	for _, p := range b.API.Preauthorized {
		client := impactClient{appID: p.AppID}
		for _, s := range b.API.Scopes {
			if slices.ContainsFunc(p.ScopeIDs, func(id string) bool { return strings.EqualFold(id, s.ID) }) {
				client.scopes = append(client.scopes, s.Value)
			}
		}
		i.clients = append(i.clients, client)
	}
	return nil
}

func (i *impact) readAgent(ctx context.Context, g *graph.Client, o *object) error {
	work, ctx := errgroup.WithContext(ctx)
	var fault string
	work.Go(func() error {
		u, err := g.AgentUserOf(ctx, o.id)
		if graph.IsNotFound(err) {
			return nil // it has none
		}
		if err == nil {
			i.users = []graph.AgentUser{*u}
		}
		return part(err, &fault)
	})
	work.Go(func() error { return i.readPermissions(ctx, g, o) })
	work.Go(func() (err error) {
		i.deleted, err = deletedAgents(ctx, g, o.blueprint)
		return err
	})
	if err := work.Wait(); err != nil {
		return err
	}
	i.fault(partUsers, fault)
	return nil
}

func (i *impact) readUser(ctx context.Context, g *graph.Client, o *object) error {
	work, ctx := errgroup.WithContext(ctx)
	var fault string
	work.Go(func() (err error) {
		i.licences, err = g.LicensesOf(ctx, o.id)
		return part(err, &fault)
	})
	work.Go(func() error {
		held, err := readUserHolding(ctx, g, o.id)
		if err == nil {
			i.permissions, i.faults = userRows(held), append(i.faults, held.faults...)
		}
		return err
	})
	if err := work.Wait(); err != nil {
		return err
	}
	i.fault(partLicences, fault)
	return nil
}

// inTime reads a whole list, or says why not: also when that takes too long.
func inTime[T any](ctx context.Context, list func(context.Context) iter.Seq2[T, error], fault *string) ([]T, error) {
	short, cancel := context.WithTimeout(ctx, impactTime)
	defer cancel()
	var all []T
	for item, err := range list(short) {
		if errors.Is(short.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
			*fault = "There are too many to read them all for this page"
			return nil, nil
		}
		if err != nil {
			return nil, part(err, fault)
		}
		all = append(all, item)
	}
	return all, nil
}

// childrenOf picks the agent users of these agent identities, in their order.
func childrenOf(agents []graph.AgentIdentity, every []graph.AgentUser) []graph.AgentUser {
	known := byParent(every)
	var children []graph.AgentUser
	for _, a := range agents {
		if u, ok := known[a.ID]; ok {
			children = append(children, u)
		}
	}
	return children
}
