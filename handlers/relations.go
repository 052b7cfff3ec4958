package handlers

import (
	"context"
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
)

// relation is a list of one object that somebody, or a group, is added to and
// taken from: its owners, its sponsors, its manager, its groups.
type relation struct {
	word, verb string // in addresses: "owners" and "add"
	field      string // who is chosen, in forms: "person" or "group"
	tab        string // the part of the object where the list is
	role       string // what one of them is: "an owner"
	takes      string // who can be one
	finds      []peopleFinder
	now        func(ctx context.Context, g *graph.Client, o *object) ([]graph.PrincipalRef, error)
	refuse     func(graph.Candidate) string                             // why one can never be it; empty when he can
	full       func(now []graph.PrincipalRef, c graph.Candidate) string // why not one more
	change     func(of provision.Target, who graph.PrincipalRef, remove bool) provision.Act
}

func (r relation) path(o *object) string { return o.path() + "/" + r.word + "/" + r.verb }

func (r relation) tabPath(o *object) string { return o.path() + "/" + r.tab }

func (r relation) removePath(o *object, id string) string {
	if r.word == "manager" {
		return o.path() + "/manager/remove"
	}
	return o.path() + "/" + r.word + "/" + id + "/remove"
}

// noun is the role without its article.
func (r relation) noun() string {
	_, noun, _ := strings.Cut(r.role, " ")
	return noun
}

// personAct is how acts for people are put together, whatever the relation.
func personAct(add, remove string) func(provision.Target, graph.PrincipalRef, bool) provision.Act {
	return func(of provision.Target, who graph.PrincipalRef, takes bool) provision.Act {
		act := provision.Act{Kind: add, Of: of, Person: provision.PrincipalOf(graph.Candidate{DirectoryObject: who})}
		if takes {
			act.Kind = remove
		}
		return act
	}
}

// owners may change an object.
// https://learn.microsoft.com/entra/agent-id/agent-owners-sponsors-managers
func owners() relation {
	return relation{
		word: "owners", verb: "add", field: "person", tab: "owners", role: "an owner",
		takes: "A person or a service principal of an application. Groups, agent users, blueprint principals and agent identities cannot own.",
		finds: []peopleFinder{(*graph.Client).SearchUsers, (*graph.Client).SearchServicePrincipals},
		now: func(ctx context.Context, g *graph.Client, o *object) ([]graph.PrincipalRef, error) {
			return g.Owners(ctx, o.kind, o.id)
		},
		refuse: provision.OwnerRefusal,
		full: func(now []graph.PrincipalRef, _ graph.Candidate) string {
			if len(now) >= provision.MaxOwners {
				return fmt.Sprintf("there are %d owners already, as many as Graph takes", len(now))
			}
			return ""
		},
		change: personAct(provision.KindOwner, provision.KindOwnerRemove),
	}
}

// sponsors answer for an object.
// https://learn.microsoft.com/graph/api/agentidentity-post-sponsors
func sponsors() relation {
	return relation{
		word: "sponsors", verb: "add", field: "person", tab: "owners", role: "a sponsor",
		takes: "A person, a Microsoft 365 group or a group with dynamic membership. Security groups with assigned members, groups that directory roles can be given to, agent users and service principals cannot sponsor.",
		finds: []peopleFinder{(*graph.Client).SearchUsers, (*graph.Client).SearchGroups},
		now: func(ctx context.Context, g *graph.Client, o *object) ([]graph.PrincipalRef, error) {
			if o.kind == graph.KindAgentUser {
				return g.UserSponsors(ctx, o.id)
			}
			return g.Sponsors(ctx, o.kind, o.id)
		},
		refuse: provision.SponsorRefusal, full: sponsorsFull,
		change: personAct(provision.KindSponsor, provision.KindSponsorRemove),
	}
}

// sponsorsFull: at most 100 sponsors, of them 5 groups.
func sponsorsFull(now []graph.PrincipalRef, c graph.Candidate) string {
	groups := countKind(now, graph.KindGroup)
	switch {
	case len(now) >= provision.MaxSponsors:
		return fmt.Sprintf("there are %d sponsors already, as many as Graph takes", len(now))
	case c.Kind == graph.KindGroup && groups >= provision.MaxSponsorGroups:
		return fmt.Sprintf("there are %d groups among the sponsors already, as many as Graph takes", groups)
	}
	return ""
}

func countKind(refs []graph.PrincipalRef, kind graph.Kind) int {
	n := 0
	for _, ref := range refs {
		if ref.Kind == kind {
			n++
		}
	}
	return n
}

// manager is whom an agent user works for; there is one at most.
// https://learn.microsoft.com/graph/api/user-post-manager
func manager() relation {
	return relation{
		word: "manager", verb: "set", field: "person", tab: "owners", role: "the manager",
		takes: "A person. Groups, agent users and service principals cannot be managers.",
		finds: []peopleFinder{(*graph.Client).SearchUsers},
		now: func(ctx context.Context, g *graph.Client, o *object) ([]graph.PrincipalRef, error) {
			who, err := g.ManagerOf(ctx, o.id)
			if graph.IsNotFound(err) {
				return nil, nil
			}
			if err != nil {
				return nil, err
			}
			return []graph.PrincipalRef{*who}, nil
		},
		refuse: provision.ManagerRefusal,
		full:   func([]graph.PrincipalRef, graph.Candidate) string { return "" }, // one takes the place of another
		change: personAct(provision.KindAgentUserManager, provision.KindAgentUserManagerRemove),
	}
}

// memberships are the groups that an agent user is a direct member of.
func memberships() relation {
	return relation{
		word: "groups", verb: "add", field: "group", tab: "groups", role: "a group",
		takes: "A security group or a Microsoft 365 group with assigned members. Groups whose rule decides who is a member, and groups that directory roles can be given to, take no agent users.",
		finds: []peopleFinder{(*graph.Client).SearchGroups},
		now: func(ctx context.Context, g *graph.Client, o *object) ([]graph.PrincipalRef, error) {
			groups, err := g.GroupsOf(ctx, o.id)
			refs := make([]graph.PrincipalRef, len(groups))
			for i := range groups {
				refs[i] = groups[i].DirectoryObject
			}
			return refs, err
		},
		refuse: provision.GroupRefusal,
		full:   func([]graph.PrincipalRef, graph.Candidate) string { return "" },
		change: func(of provision.Target, who graph.PrincipalRef, remove bool) provision.Act {
			act := provision.Act{Kind: provision.KindMember, Of: of, Group: provision.Target{Kind: graph.KindGroup, ID: who.ID, Name: views.Named(who.DisplayName, who.ID)}}
			if remove {
				act.Kind = provision.KindMemberRemove
			}
			return act
		},
	}
}

// refusal says why a candidate cannot be added; empty when he can.
func (r relation) refusal(now []graph.PrincipalRef, c graph.Candidate) string {
	if why := r.refuse(c); why != "" {
		return why
	}
	if refTo(now, c.ID) != nil {
		if r.word == "groups" {
			return "it is a member already"
		}
		return r.role + " already"
	}
	return r.full(now, c)
}

// refTo finds somebody in a list; nil when he is not in it.
func refTo(list []graph.PrincipalRef, id string) *graph.PrincipalRef {
	for i := range list {
		if strings.EqualFold(list[i].ID, id) {
			return &list[i]
		}
	}
	return nil
}

// opener reads the object of an address; without one the request is answered, or
// failed.
type opener func(echo.Context) (*object, error)

func opening[T any](open func(echo.Context) (T, *object, error)) opener {
	return func(c echo.Context) (*object, error) {
		_, o, err := open(c)
		return o, err
	}
}

// offerChanges adds to a list the ways to change it, for those who may.
func (h *Handlers) offerChanges(c echo.Context, o *object, r relation, list *views.People) {
	folder, _, _ := folderOf(o.kind)
	if list.Fault != "" || !h.may(c, folder+"/:id/"+r.word+"/"+r.verb) {
		return
	}
	text := "Add " + r.noun() + "…"
	if r.word == "manager" {
		text = "Set manager…"
	}
	list.Add = &views.ButtonView{Href: r.path(o), Icon: "plus-lg", Text: text}
	list.Remove = map[string]string{}
	for _, ref := range list.Refs {
		list.Remove[ref.ID] = r.removePath(o, ref.ID)
	}
}

// objectChange is a change of one object, as far as all are alike: its page, and
// the way back to the tab that it is about.
func (h *Handlers) objectChange(c echo.Context, o *object, tab, title, crumb string) *change {
	ch := &change{of: o, page: h.questionPage(c, o, tab, title, crumb), done: o.path() + "/" + tab, tell: true}
	ch.view.KeepHref = ch.done
	return ch
}

// questionPage is the page around a question about a tab of an object.
func (h *Handlers) questionPage(c echo.Context, o *object, tab, title, crumb string) views.Page {
	p := h.objectPage(c, o, tab)
	p.Title, p.Lead = title, "Nothing is changed yet."
	p.Crumbs[len(p.Crumbs)-1].Href = o.path() + "/" + tab
	p.Crumbs = append(p.Crumbs, views.Crumb{Text: crumb})
	return p
}
