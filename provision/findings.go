package provision

import (
	"fmt"
	"strings"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// FindingKind is something that somebody should look after.
type FindingKind string

// The kinds of findings, the gravest first.
const (
	FindingUserParentless  FindingKind = "agent-user-without-parent"
	FindingAgentOrphan     FindingKind = "agent-without-principal"
	FindingPrincipalOrphan FindingKind = "principal-without-blueprint"
	FindingNoPrincipal     FindingKind = "blueprint-without-principal"
	FindingCredentialEnded FindingKind = "credential-ended"
	FindingNoCredential    FindingKind = "no-credential"
	FindingNoSponsor       FindingKind = "no-sponsor"
	FindingSponsorUnusable FindingKind = "sponsor-unusable"
	FindingCredentialEnds  FindingKind = "credential-expiring"
	FindingCredentialLong  FindingKind = "credential-overlong"
	FindingNoOwner         FindingKind = "no-owner"
	FindingDisabledLong    FindingKind = "disabled-long"
)

// The bounds that findings go by.
const (
	// CredentialLongest is how long a credential should live at most; 366 days are
	// a year that has one more.
	CredentialLongest = 366 * 24 * time.Hour
	// DisabledLongest is how long an object may be disabled before somebody asks
	// whether it is needed.
	DisabledLongest = 90 * 24 * time.Hour
)

// Finding is one fact about one object that needs somebody, and why.
type Finding struct {
	Kind FindingKind
	Item *Item
	Why  string
	// Credential is the one it is about; nil for findings about none.
	Credential *models.Credential
}

// FindingAbout says what findings of a kind have in common.
type FindingAbout struct {
	Kind  FindingKind
	Title string
	// Grave ones mean that something does not work, or that nobody answers for it.
	Grave bool
	// What is the meaning for the tenant, and what to do.
	What string
}

// FindingKinds describes every kind, the gravest first.
// https://learn.microsoft.com/entra/agent-id/agent-owners-sponsors-managers
// https://learn.microsoft.com/entra/agent-id/concept-agent-identity-deletion
func FindingKinds() []FindingAbout {
	return []FindingAbout{
		{FindingUserParentless, "Agent user without its agent identity", true, "Nothing can sign in to it any more, and it may keep a licence, a mailbox and its groups. Graph leaves agent users behind when their agent identity is deleted."},
		{FindingAgentOrphan, "Agent identity without a blueprint principal", true, "It gets no tokens: those come through the principal of its blueprint. Restore the principal, or delete the agent identity."},
		{FindingPrincipalOrphan, "Principal without its blueprint", true, "It gets no tokens, and neither do its agent identities. Restore the blueprint within 30 days of its deletion."},
		{FindingNoPrincipal, "Blueprint without a principal", true, "It can neither create agent identities nor get tokens in this tenant."},
		{FindingCredentialEnded, "All credentials have ended", true, "None of the agent identities gets a token until the blueprint has a new credential."},
		{FindingNoCredential, "Blueprint with agents and no credential", true, "It has agent identities, and none of them gets a token."},
		{FindingNoSponsor, "Nobody sponsors it", true, "No one is asked when its access is reviewed or ends. Graph wants a sponsor at creation, and lets the last one be removed."},
		{FindingSponsorUnusable, "No sponsor can act", true, "All its sponsors are deleted or disabled accounts, or groups in which no enabled person is a direct member."},
		{FindingCredentialEnds, "Credential ends soon", false, "The agent identities get their tokens with it. Rotate it before it ends."},
		{FindingCredentialLong, "Credential lives too long", false, "Whoever copies it can use it for years. Rotate it to one that ends within a year, or use a federated credential."},
		{FindingNoOwner, "Nobody owns it", false, "Only administrators can change it or its credentials."},
		{FindingDisabledLong, "Disabled for more than 90 days", false, "If nobody has missed it, delete it: it counts against the quota of its blueprint."},
	}
}

// Findings are what a snapshot shows that needs somebody, by kind, the gravest
// first, and by name within a kind.
func (s *Snapshot) Findings(now time.Time) []Finding {
	found := map[FindingKind][]Finding{}
	add := func(kind FindingKind, item *Item, why string) {
		found[kind] = append(found[kind], Finding{Kind: kind, Item: item, Why: why})
	}
	for _, b := range s.Of(graph.KindBlueprint) {
		s.blueprintFindings(b, add)
		s.credentialFindings(b, now, func(f Finding) { found[f.Kind] = append(found[f.Kind], f) })
	}
	for _, p := range s.Of(graph.KindBlueprintPrincipal) {
		if strings.EqualFold(p.HomeID, s.TID) && s.Blueprint(p.AppID) == nil {
			add(FindingPrincipalOrphan, p, fmt.Sprintf("The blueprint with the App ID %s is not in this tenant any more.", p.AppID))
		}
	}
	for _, a := range s.Of(graph.KindAgentIdentity) {
		s.agentFindings(a, add)
	}
	for _, u := range s.Of(graph.KindAgentUser) {
		if s.Item(u.ParentID) == nil {
			add(FindingUserParentless, u, fmt.Sprintf("Its agent identity %s is deleted.", u.ParentID))
		}
	}
	for _, kind := range []graph.Kind{graph.KindBlueprintPrincipal, graph.KindAgentIdentity, graph.KindAgentUser} {
		for _, item := range s.Of(kind) {
			if since := item.DisabledSince; !since.IsZero() && now.Sub(since) > DisabledLongest {
				add(FindingDisabledLong, item, fmt.Sprintf("Disabled since %s at the latest, when the portal first found it so.", since.UTC().Format("2 Jan 2006")))
			}
		}
	}
	var all []Finding
	for _, kind := range FindingKinds() {
		all = append(all, found[kind.Kind]...)
	}
	return all
}

func (s *Snapshot) blueprintFindings(b *Item, add func(FindingKind, *Item, string)) {
	if s.Principal(b.AppID) == nil {
		add(FindingNoPrincipal, b, "This tenant has no service principal with its App ID.")
	}
	if n := len(s.Agents(b.AppID)); n > 0 && len(b.Credentials) == 0 {
		add(FindingNoCredential, b, fmt.Sprintf("No client secret, certificate or federated credential, and %s.", countOf(n, "agent identity", "agent identities")))
	}
	if len(b.Owners) == 0 && !b.OwnersUnread {
		add(FindingNoOwner, b, "It has no owner.")
	}
	s.sponsorFindings(b, add)
}

func (s *Snapshot) agentFindings(a *Item, add func(FindingKind, *Item, string)) {
	if s.Principal(a.BlueprintAppID) == nil {
		add(FindingAgentOrphan, a, fmt.Sprintf("This tenant has no principal of the blueprint %s.", a.BlueprintAppID))
	}
	if s.Blueprint(a.BlueprintAppID) == nil && len(a.Owners) == 0 && !a.OwnersUnread {
		add(FindingNoOwner, a, "It has no owner, and its blueprint is not in this tenant.")
	}
	s.sponsorFindings(a, add)
}

// sponsorFindings are about those who answer for a blueprint or an agent identity.
func (s *Snapshot) sponsorFindings(item *Item, add func(FindingKind, *Item, string)) {
	if item.SponsorsUnread {
		return
	}
	if len(item.Sponsors) == 0 {
		add(FindingNoSponsor, item, "It has no sponsor.")
		return
	}
	var reasons []string
	for _, id := range item.Sponsors {
		why := s.unusable(id)
		if why == "" {
			return // this one can
		}
		reasons = append(reasons, why)
	}
	add(FindingSponsorUnusable, item, strings.Join(reasons, " "))
}

// unusable says why somebody cannot act as a sponsor; empty where he can, or
// where nobody knows.
func (s *Snapshot) unusable(id string) string {
	person := s.Item(id)
	switch {
	case person == nil:
		return ""
	case person.Gone:
		return fmt.Sprintf("%s is not in the directory any more.", id)
	case graph.Kind(person.Kind) == graph.KindGroup:
		return groupUnusable(person)
	case graph.Kind(person.Kind) == graph.KindAgentUser, graph.Kind(person.Kind) == graph.KindServicePrincipal:
		return fmt.Sprintf("“%s” is no person: it can answer nobody.", person.Name)
	case person.Enabled != nil && !*person.Enabled:
		return fmt.Sprintf("The account %s is disabled.", person.UPN)
	}
	return ""
}

func groupUnusable(group *Item) string {
	switch {
	case group.Unfit:
		return fmt.Sprintf("The group “%s” is of a kind that cannot sponsor.", group.Name)
	case group.MembersUnread || group.People > 0:
		return ""
	case group.Groups > 0:
		return fmt.Sprintf("The group “%s” has only groups as members: sponsors are its direct members alone.", group.Name)
	}
	return fmt.Sprintf("The group “%s” has no enabled person as a member.", group.Name)
}

// credentialFindings are about what a blueprint signs in with: all ended, the
// next to end, and those that live too long.
func (s *Snapshot) credentialFindings(b *Item, now time.Time, add func(Finding)) {
	next, ended := NextEnd(b.Credentials, now)
	if ended {
		add(Finding{Kind: FindingCredentialEnded, Item: b, Why: "The last one ended " + lastEnd(b.Credentials).UTC().Format("2 Jan 2006 15:04 UTC") + "."})
	}
	if next != nil && !next.Ends.IsZero() && next.Ends.Sub(now) <= ExpirySoon {
		add(Finding{Kind: FindingCredentialEnds, Item: b, Credential: next, Why: "Ends " + next.Ends.UTC().Format("2 Jan 2006 15:04 UTC") + "."})
	}
	for i := range b.Credentials {
		c := &b.Credentials[i]
		if c.Kind == models.CredentialFederated || !c.Ends.IsZero() && !c.Ends.After(now) {
			continue
		}
		switch {
		case c.Ends.IsZero():
			add(Finding{Kind: FindingCredentialLong, Item: b, Credential: c, Why: "It has no end."})
		case !c.Starts.IsZero() && c.Ends.Sub(c.Starts) > CredentialLongest:
			add(Finding{Kind: FindingCredentialLong, Item: b, Credential: c, Why: fmt.Sprintf("It lives %s, until %s.", lifeWords(c.Ends.Sub(c.Starts)), c.Ends.UTC().Format("2 Jan 2006"))})
		}
	}
}

// lifeWords is a long time in words: in years from two on.
func lifeWords(d time.Duration) string {
	days := int(d / (24 * time.Hour))
	if years := days / 365; years >= 2 {
		return fmt.Sprintf("%d years", years)
	}
	return fmt.Sprintf("%d days", days)
}

func lastEnd(credentials []models.Credential) time.Time {
	var last time.Time
	for _, c := range credentials {
		if c.Ends.After(last) {
			last = c.Ends
		}
	}
	return last
}

func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
