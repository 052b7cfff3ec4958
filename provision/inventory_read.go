package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// Progress is how far a reading of the tenant is: who reads, since when, and how
// many objects of each kind have come.
type Progress struct {
	By                                    string // user principal name
	Started                               time.Time
	Blueprints, Principals, Agents, Users int
}

// counts are the objects that have come, while others ask.
type counts struct{ blueprints, principals, agents, users atomic.Int64 }

// inventoryReader reads a whole tenant, or some of its objects.
type inventoryReader struct {
	g    *graph.Client
	by   string // user principal name
	now  time.Time
	came *counts

	blueprints []graph.Listed[graph.Blueprint]
	principals []graph.Listed[graph.BlueprintPrincipal]
	agents     []graph.Listed[graph.AgentIdentity]
	users      []graph.Listed[graph.AgentUser]
	unread     []string
}

// all reads every object of the four kinds, the kinds side by side.
func (r *inventoryReader) all(ctx context.Context) error {
	work, ctx := errgroup.WithContext(ctx)
	count := func(n *atomic.Int64) func(int) { return func(read int) { n.Store(int64(read)) } }
	work.Go(func() (err error) {
		r.blueprints, err = r.g.ListedBlueprints(ctx, count(&r.came.blueprints))
		return err
	})
	work.Go(func() (err error) {
		r.principals, err = r.g.ListedPrincipals(ctx, count(&r.came.principals))
		return err
	})
	work.Go(func() (err error) {
		r.agents, err = r.g.ListedAgents(ctx, count(&r.came.agents))
		return err
	})
	var unread string
	work.Go(func() (err error) {
		if r.users, err = r.g.ListedAgentUsers(ctx, count(&r.came.users)); graph.IsForbidden(err) {
			unread, err = "agent users: Graph does not let "+r.by+" list them", nil
		}
		return err
	})
	if err := work.Wait(); err != nil {
		return err
	}
	if unread != "" {
		r.unread = append(r.unread, unread)
	}
	return nil
}

// items are the objects that were read, as the inventory keeps them. Objects
// that were disabled in former already have been so since then.
func (r *inventoryReader) items(former *Snapshot) []Item {
	var items []Item
	for i := range r.blueprints {
		items = append(items, blueprintItem(&r.blueprints[i]))
	}
	for i := range r.principals {
		items = append(items, principalItem(&r.principals[i]))
	}
	for i := range r.agents {
		items = append(items, agentItem(&r.agents[i]))
	}
	for i := range r.users {
		items = append(items, userItem(&r.users[i]))
	}
	items = once(items)
	for i := range items {
		r.since(&items[i], former)
	}
	return items
}

// once leaves the last of items with the same id: an object that moved to a later
// page while a list was read comes twice.
func once(items []Item) []Item {
	last := make(map[string]int, len(items))
	for i := range items {
		last[items[i].ID] = i
	}
	var some []Item
	for i := range items {
		if last[items[i].ID] == i {
			some = append(some, items[i])
		}
	}
	return some
}

func (r *inventoryReader) since(item *Item, former *Snapshot) {
	if item.Enabled == nil || *item.Enabled {
		return
	}
	item.DisabledSince = r.now
	if former == nil {
		return
	}
	if was := former.Item(item.ID); was != nil && !was.DisabledSince.IsZero() {
		item.DisabledSince = was.DisabledSince
	}
}

func blueprintItem(l *graph.Listed[graph.Blueprint]) Item {
	b := &l.Item
	item := Item{
		ID: b.ID, Kind: string(graph.KindBlueprint), Name: b.DisplayName, AppID: b.AppID, Description: b.Description,
		Created: b.CreatedDateTime, CreatedByAppID: b.CreatedByAppID, Tags: b.Tags,
	}
	b.Federated = l.Federated
	item.Credentials = CredentialsOf(b)
	withPeople(&item, l.Owners, l.Sponsors)
	return item
}

// CredentialsOf are what a blueprint signs in with: secrets, certificates and
// federated credentials, where those were read.
func CredentialsOf(b *graph.Blueprint) []models.Credential {
	var all []models.Credential
	for _, s := range b.PasswordCredentials {
		all = append(all, models.Credential{Kind: models.CredentialSecret, KeyID: s.KeyID, Name: s.DisplayName, Starts: s.StartDateTime, Ends: s.EndDateTime})
	}
	for _, k := range b.KeyCredentials {
		all = append(all, models.Credential{Kind: models.CredentialCertificate, KeyID: k.KeyID, Name: k.DisplayName, Starts: k.StartDateTime, Ends: k.EndDateTime})
	}
	for _, f := range b.Federated {
		all = append(all, models.Credential{Kind: models.CredentialFederated, KeyID: f.ID, Name: f.Name, Issuer: f.Issuer, Subject: f.Subject})
	}
	return all
}

func principalItem(l *graph.Listed[graph.BlueprintPrincipal]) Item {
	p := &l.Item
	item := Item{
		ID: p.ID, Kind: string(graph.KindBlueprintPrincipal), Name: p.DisplayName, AppID: p.AppID, Enabled: &p.AccountEnabled,
		HomeID: p.OwnerTenantID, HomeName: p.PublisherName, Created: p.CreatedDateTime, CreatedByAppID: p.CreatedByAppID, Tags: p.Tags,
	}
	withPeople(&item, l.Owners, l.Sponsors)
	return item
}

func agentItem(l *graph.Listed[graph.AgentIdentity]) Item {
	a := &l.Item
	item := Item{
		ID: a.ID, Kind: string(graph.KindAgentIdentity), Name: a.DisplayName, BlueprintAppID: a.AgentIdentityBlueprintID, Enabled: &a.AccountEnabled,
		Created: a.CreatedDateTime, CreatedByAppID: a.CreatedByAppID, Tags: a.Tags,
	}
	withPeople(&item, l.Owners, l.Sponsors)
	return item
}

func userItem(l *graph.Listed[graph.AgentUser]) Item {
	u := &l.Item
	item := Item{
		ID: u.ID, Kind: string(graph.KindAgentUser), Name: u.DisplayName, UPN: u.UserPrincipalName, ParentID: u.IdentityParentID, Enabled: &u.AccountEnabled,
		UsageLocation: u.UsageLocation, Created: u.CreatedDateTime,
	}
	withPeople(&item, graph.Related{Known: true}, l.Sponsors)
	if l.Manager != nil {
		item.ManagerID = l.Manager.ID
	}
	return item
}

func withPeople(item *Item, owners, sponsors graph.Related) {
	item.OwnersUnread, item.SponsorsUnread = !owners.Known, !sponsors.Known
	for _, ref := range owners.Refs {
		item.Owners = append(item.Owners, ref.ID)
	}
	for _, ref := range sponsors.Refs {
		item.Sponsors = append(item.Sponsors, ref.ID)
	}
}

// peopleIn are the ids of all who own, sponsor or manage one of the items.
func peopleIn(items []Item) []string {
	seen := map[string]bool{}
	for i := range items {
		for _, id := range slices.Concat(items[i].Owners, items[i].Sponsors, []string{items[i].ManagerID}) {
			if id != "" {
				seen[strings.ToLower(id)] = true
			}
		}
	}
	ids := make([]string, 0, len(seen))
	for id := range seen {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// people are those behind ids. Whoever is not in the directory any more is gone;
// where Graph lets nobody be read, the items name them by their ids.
func (r *inventoryReader) people(ctx context.Context, ids []string) ([]Item, error) {
	found, err := r.g.People(ctx, ids)
	if graph.IsForbidden(err) {
		r.unread = append(r.unread, "names and accounts of owners and sponsors: Graph does not let "+r.by+" read them")
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(r.itemsOf(ctx, found, ids), func(item Item) bool {
		switch graph.Kind(item.Kind) {
		case graph.KindAgentIdentity, graph.KindAgentUser, graph.KindBlueprint, graph.KindBlueprintPrincipal:
			return true // in the inventory as what they are
		}
		return false
	}), nil
}

// itemsOf are the people that were found behind ids, and those that were not.
func (r *inventoryReader) itemsOf(ctx context.Context, found []graph.Person, ids []string) []Item {
	known := map[string]bool{}
	var items []Item
	for i := range found {
		p := &found[i]
		known[strings.ToLower(p.ID)] = true
		item := Item{ID: p.ID, Kind: string(p.Kind), Name: p.DisplayName, UPN: p.UPN, AppID: p.AppID, Enabled: p.Enabled}
		if p.Kind == graph.KindGroup {
			r.members(ctx, p, &item)
		}
		items = append(items, item)
	}
	for _, id := range ids {
		if !known[id] {
			items = append(items, Item{ID: id, Kind: string(graph.KindOther), Gone: true})
		}
	}
	return items
}

// members counts those of a group who have the rights of a sponsor: its direct
// members alone.
// https://learn.microsoft.com/entra/agent-id/agent-owners-sponsors-managers
func (r *inventoryReader) members(ctx context.Context, group *graph.Person, item *Item) {
	item.Unfit = !group.SponsorGroup()
	members, more, err := r.g.FirstMembers(ctx, group.ID)
	if err != nil {
		item.MembersUnread = true
		r.unread = append(r.unread, fmt.Sprintf("members of the group %s", group.DisplayName))
		return
	}
	for i := range members {
		switch m := &members[i]; {
		case m.Kind == graph.KindGroup:
			item.Groups++
		case m.Kind == graph.KindUser && (m.Enabled == nil || *m.Enabled):
			item.People++
		}
	}
	if more && item.People == 0 {
		item.MembersUnread = true // somebody may be on the pages that follow
	}
}
