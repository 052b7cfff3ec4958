package handlers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
)

// What a page needs to let somebody choose people and groups.

// maxSearch is how much of a search is looked for.
const maxSearch = 120

// foundEach is how many people, and how many groups, Graph's search gives.
const foundEach = 15

// foundPeople is the answer to a search.
type foundPeople struct {
	all   []graph.Candidate
	more  bool
	fault string // why it is not the whole answer
}

// findPeople looks for people and groups by name, or for any object by its id.
// What cannot be read is said in words beside what could.
func (h *Handlers) findPeople(c echo.Context, words string) (foundPeople, error) {
	return h.findIn(c, words, (*graph.Client).SearchUsers, (*graph.Client).SearchGroups)
}

// peopleFinder is one of Graph's searches.
type peopleFinder func(g *graph.Client, ctx context.Context, words string) ([]graph.Candidate, error)

// findIn looks for any object by its id, for people by their whole user name, also
// those whose accounts are disabled, and for the rest with Graph's searches.
func (h *Handlers) findIn(c echo.Context, words string, searches ...peopleFinder) (f foundPeople, err error) {
	ctx, g := c.Request().Context(), h.graph(c)
	if id, err := graph.ParseGUID(words); err == nil {
		f.all, err = g.Candidates(ctx, []string{id})
		err = part(err, &f.fault) // before f is copied into the result
		return f, err
	}
	if strings.Contains(words, "@") && !strings.ContainsAny(words, " ,;") {
		named, err := g.UsersNamed(ctx, []string{words})
		if err = part(err, &f.fault); err != nil {
			return f, err
		}
		f.all = named
	}
	for _, search := range searches {
		found, err := search(g, ctx, words)
		if err = part(err, &f.fault); err != nil {
			return f, err
		}
		f.more = f.more || len(found) == foundEach
		for _, one := range found {
			if !slices.ContainsFunc(f.all, func(c graph.Candidate) bool { return c.ID == one.ID }) {
				f.all = append(f.all, one)
			}
		}
	}
	return f, nil
}

// chosenPerson looks up whom a form names by id: what a form says of him is
// not believed. The second value says why he cannot be chosen.
func (h *Handlers) chosenPerson(c echo.Context, id string, refuse func(graph.Candidate) string) (provision.Principal, string, error) {
	const unknown = "The directory knows nobody and no group with this id. Search for a name and choose from what is found."
	guid, err := graph.ParseGUID(id)
	if err != nil {
		return provision.Principal{}, unknown, nil
	}
	found, err := h.graph(c).Candidate(c.Request().Context(), guid)
	if graph.IsNotFound(err) {
		return provision.Principal{}, unknown, nil
	}
	if err != nil {
		return provision.Principal{}, "", fmt.Errorf("look up a candidate: %w", err)
	}
	p := provision.PrincipalOf(*found)
	if why := refuse(*found); why != "" {
		return p, fmt.Sprintf("“%s” is %s. Choose a person%s.", found.DisplayName, why, otherThanPeople(refuse)), nil
	}
	return p, "", nil
}

// otherThanPeople names what a list takes beside people.
func otherThanPeople(refuse func(graph.Candidate) string) string {
	takes := func(c graph.Candidate, kind graph.Kind) bool {
		c.Kind = kind
		return refuse(c) == ""
	}
	switch {
	case takes(graph.Candidate{}, graph.KindServicePrincipal):
		return " or a service principal"
	case takes(graph.Candidate{GroupTypes: []string{"Unified"}}, graph.KindGroup):
		return ", a Microsoft 365 group or a group with dynamic membership"
	}
	return ""
}

// missingPeople are those of the chosen whom the directory does not know any
// more.
func (h *Handlers) missingPeople(c echo.Context, chosen ...[]provision.Principal) ([]string, error) {
	var ids []string
	words := map[string]string{}
	for _, list := range chosen {
		for _, p := range list {
			if id := strings.ToLower(p.ID); words[id] == "" {
				ids, words[id] = append(ids, id), p.Words()
			}
		}
	}
	known, err := h.graph(c).GetByIDs(c.Request().Context(), ids)
	if err != nil {
		return nil, err
	}
	for _, o := range known {
		delete(words, strings.ToLower(o.ID))
	}
	var missing []string
	for _, id := range ids {
		if name, ok := words[id]; ok {
			missing = append(missing, name)
		}
	}
	return missing, nil
}

// pickedOf is a chosen one as a row; me is the object id of the reader.
func pickedOf(p provision.Principal, me string) views.Picked {
	row := views.Picked{ID: p.ID, Mark: "user", Name: p.Name, Second: p.Username, Kind: "Person"}
	switch p.Kind {
	case graph.KindUser:
		if strings.EqualFold(p.ID, me) {
			row.Kind = "Person, you"
		}
	case graph.KindGroup:
		row.Mark, row.Kind = "group", "Group"
	case graph.KindServicePrincipal:
		row.Mark, row.Kind = "blueprintPrincipal", "Service principal"
	case graph.KindAgentUser:
		row.Mark, row.Kind = "agentUser", "Agent user"
	default:
		row.Mark, row.Kind = "", "Other"
	}
	if row.Name == "" {
		row.Name = p.Words()
	}
	return row
}

// foundRow is a candidate as a row of an answer, with what a group is.
func foundRow(c graph.Candidate, me string, refuse func(graph.Candidate) string, chosen []provision.Principal) views.Found {
	row := views.Found{Picked: pickedOf(provision.PrincipalOf(c), me), Refusal: refuse(c), Chosen: holds(chosen, c.ID)}
	if c.Kind == graph.KindGroup {
		row.Kind = groupKind(c)
	}
	return row
}

// groupKind names the sort of a group.
// https://learn.microsoft.com/graph/api/resources/groups-overview
func groupKind(c graph.Candidate) string {
	kind := "Security group"
	for _, t := range c.GroupTypes {
		switch t {
		case "Unified":
			kind = "Microsoft 365 group"
		case "DynamicMembership":
			return "Group with dynamic membership"
		}
	}
	return kind
}

func holds(list []provision.Principal, id string) bool {
	for _, p := range list {
		if strings.EqualFold(p.ID, id) {
			return true
		}
	}
	return false
}
