package provision

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// Item is one object of a snapshot.
type Item = models.InventoryItem

// Snapshot is the tenant's agent objects and those who answer for them, as one
// reading found them. Nobody changes it, so it may be read by many at once.
type Snapshot struct {
	*models.Inventory

	byID         map[string]*Item
	byKind       map[graph.Kind][]*Item // by name
	blueprints   map[string]*Item       // by App ID, as the next two
	principals   map[string]*Item
	agents       map[string][]*Item
	usersOf      map[string][]*Item // by object id of the agent identity
	lowerName    map[*Item]string
	portalTagged map[*Item]bool
}

// newSnapshot indexes an inventory.
func newSnapshot(v *models.Inventory) *Snapshot {
	s := &Snapshot{
		Inventory: v, byID: make(map[string]*Item, len(v.Items)), byKind: map[graph.Kind][]*Item{},
		blueprints: map[string]*Item{}, principals: map[string]*Item{}, agents: map[string][]*Item{}, usersOf: map[string][]*Item{},
		lowerName: make(map[*Item]string, len(v.Items)), portalTagged: map[*Item]bool{},
	}
	for i := range v.Items {
		item := &v.Items[i]
		s.byID[strings.ToLower(item.ID)] = item
		s.lowerName[item] = strings.ToLower(item.Name)
		s.portalTagged[item] = slices.ContainsFunc(item.Tags, func(tag string) bool { return strings.HasPrefix(tag, graph.OpTag("")) })
		kind := graph.Kind(item.Kind)
		s.byKind[kind] = append(s.byKind[kind], item)
	}
	for _, items := range s.byKind {
		slices.SortFunc(items, func(a, b *Item) int {
			return cmp.Or(strings.Compare(s.lowerName[a], s.lowerName[b]), strings.Compare(a.ID, b.ID))
		})
	}
	for _, item := range s.byKind[graph.KindBlueprint] {
		s.blueprints[strings.ToLower(item.AppID)] = item
	}
	for _, item := range s.byKind[graph.KindBlueprintPrincipal] {
		s.principals[strings.ToLower(item.AppID)] = item
	}
	for _, item := range s.byKind[graph.KindAgentIdentity] {
		app := strings.ToLower(item.BlueprintAppID)
		s.agents[app] = append(s.agents[app], item)
	}
	for _, item := range s.byKind[graph.KindAgentUser] {
		parent := strings.ToLower(item.ParentID)
		s.usersOf[parent] = append(s.usersOf[parent], item)
	}
	return s
}

// Of are the objects of a kind, by name.
func (s *Snapshot) Of(kind graph.Kind) []*Item { return s.byKind[kind] }

// Item is the object with an id, nil when the snapshot has none.
func (s *Snapshot) Item(id string) *Item { return s.byID[strings.ToLower(id)] }

// Blueprint is the blueprint with an App ID; nil when it is not in this tenant.
func (s *Snapshot) Blueprint(appID string) *Item { return s.blueprints[strings.ToLower(appID)] }

// Principal is the principal of a blueprint, by App ID; nil when there is none.
func (s *Snapshot) Principal(appID string) *Item { return s.principals[strings.ToLower(appID)] }

// Agents are the agent identities of a blueprint, by its App ID.
func (s *Snapshot) Agents(appID string) []*Item { return s.agents[strings.ToLower(appID)] }

// Users are the agent users of an agent identity, by its object id: at most one,
// as Graph has it.
func (s *Snapshot) Users(agentID string) []*Item { return s.usersOf[strings.ToLower(agentID)] }

// UsersOfBlueprint counts the agent users of a blueprint's agent identities.
func (s *Snapshot) UsersOfBlueprint(appID string) int {
	n := 0
	for _, agent := range s.Agents(appID) {
		n += len(s.Users(agent.ID))
	}
	return n
}

// Enabled says whether an object can be used, as far as it has such a state of
// its own: a blueprint has that of its principal. known is false where nothing
// says so.
func (s *Snapshot) Enabled(item *Item) (enabled, known bool) {
	if graph.Kind(item.Kind) == graph.KindBlueprint {
		if item = s.Principal(item.AppID); item == nil {
			return false, false
		}
	}
	if item.Enabled == nil {
		return false, false
	}
	return *item.Enabled, true
}

// FromPortal says whether this portal, or another one of its kind, made an object.
func (s *Snapshot) FromPortal(item *Item) bool { return s.portalTagged[item] }

// BlueprintOf is the App ID of the blueprint that an object is, stands for or
// belongs to.
func (s *Snapshot) BlueprintOf(item *Item) string {
	switch graph.Kind(item.Kind) {
	case graph.KindAgentIdentity:
		return item.BlueprintAppID
	case graph.KindAgentUser:
		if parent := s.Item(item.ParentID); parent != nil {
			return parent.BlueprintAppID
		}
		return ""
	}
	return item.AppID
}

// NextEnd is the credential that ends next of those a blueprint can still sign
// in with; ended says that it has none left, though it had some. Federated
// credentials and those without an end come last.
func NextEnd(credentials []models.Credential, now time.Time) (next *models.Credential, ended bool) {
	for i := range credentials {
		c := &credentials[i]
		if !c.Ends.IsZero() && !c.Ends.After(now) {
			ended = true
			continue
		}
		if next == nil || !c.Ends.IsZero() && (next.Ends.IsZero() || c.Ends.Before(next.Ends)) {
			next = c
		}
	}
	return next, ended && next == nil
}

// ExpirySoon is how long before its end a credential needs somebody.
const ExpirySoon = 30 * 24 * time.Hour

// Query narrows the objects of one kind. Zero fields do not narrow.
type Query struct {
	Kind      graph.Kind
	Text      string // words of the name, or a whole or begun id, App ID or UPN
	Status    string // StatusEnabled, StatusDisabled
	Blueprint string // App ID
	Since     time.Time
	Sponsor   string // object id
	NoSponsor bool
	NoOwner   bool
	Expiring  bool   // a credential ends soon, or all have ended
	By        string // MadeHere, MadeElsewhere
	Home      string // tenant that the blueprint of a principal lives in
	Away      string // tenant that it does not live in
}

// The values of Query.Status and Query.By.
const (
	StatusEnabled  = "enabled"
	StatusDisabled = "disabled"
	MadeHere       = "portal"
	MadeElsewhere  = "elsewhere"
)

// Select are the objects that a query leaves, by name.
func (s *Snapshot) Select(q Query, now time.Time) []*Item {
	words := strings.Fields(strings.ToLower(q.Text))
	var found []*Item
	for _, item := range s.byKind[q.Kind] {
		if s.matches(item, q, now) && s.hasWords(item, words) {
			found = append(found, item)
		}
	}
	return found
}

func (s *Snapshot) matches(item *Item, q Query, now time.Time) bool {
	if q.Status != "" {
		enabled, known := s.Enabled(item)
		if !known || enabled != (q.Status == StatusEnabled) {
			return false
		}
	}
	switch {
	case q.Blueprint != "" && !strings.EqualFold(s.BlueprintOf(item), q.Blueprint),
		!q.Since.IsZero() && item.Created.Before(q.Since),
		q.Sponsor != "" && !slices.Contains(item.Sponsors, q.Sponsor),
		q.NoSponsor && (len(item.Sponsors) > 0 || item.SponsorsUnread),
		q.NoOwner && (len(item.Owners) > 0 || item.OwnersUnread),
		q.Expiring && !expiring(item, now),
		q.By != "" && s.FromPortal(item) != (q.By == MadeHere),
		q.Home != "" && !strings.EqualFold(item.HomeID, q.Home),
		q.Away != "" && (item.HomeID == "" || strings.EqualFold(item.HomeID, q.Away)):
		return false
	}
	return true
}

func expiring(item *Item, now time.Time) bool {
	next, ended := NextEnd(item.Credentials, now)
	return ended || next != nil && !next.Ends.IsZero() && next.Ends.Sub(now) <= ExpirySoon
}

// hasWords says whether all words are in the name, or one is the begin of an id.
func (s *Snapshot) hasWords(item *Item, words []string) bool {
	if len(words) == 1 {
		for _, id := range []string{item.ID, item.AppID, item.UPN} {
			if strings.HasPrefix(strings.ToLower(id), words[0]) {
				return true
			}
		}
	}
	for _, word := range words {
		if !strings.Contains(s.lowerName[item], word) {
			return false
		}
	}
	return true
}
