package sandbox

import (
	"iter"
	"net/http"
	"strconv"
	"strings"
)

// maxExpanded is how many related objects $expand gives.
const maxExpanded = 20

// item is the answer to a GET of one object.
func (g *graphCall) item(st *state, o object) *reply {
	e := g.shape(st, o, g.entity().name, g.query.selected)
	g.addExpanded(st, e, o)
	e["@odata.context"] = g.context() + "/$entity"
	return &reply{status: http.StatusOK, body: e}
}

// created is the answer to a POST that made an object.
func (g *graphCall) created(st *state, o object, collection, directoryType string) *reply {
	e := g.shape(st, o, "", nil)
	e["@odata.context"] = g.url("$metadata#" + collection + "/$entity")
	id := o.head().ID
	return &reply{
		status: http.StatusCreated, body: e, ids: []string{id},
		location: g.s.o.GraphURL + "/v2/" + tenantID + "/directoryObjects/" + id + "/Microsoft.DirectoryServices." + directoryType,
	}
}

// changed is the answer to a PATCH, a $ref or a DELETE.
func changed(ids ...string) *reply { return &reply{status: http.StatusNoContent, ids: ids} }

// list answers a GET of a collection, page by page.
func list[T object](g *graphCall, st *state, all iter.Seq[T], size int, keep func(T) bool) (*reply, *graphError) {
	if g.counting {
		return count(g, st, all, keep)
	}
	p, fault := listPage(st, g.query, all, func(o T) bool { return g.seen(o) && keep(o) }, size)
	if fault != nil {
		return nil, fault
	}
	values := make([]entity, len(p.items))
	for i, o := range p.items {
		values[i] = g.shape(st, o, g.entity().name, g.query.selected)
		g.addExpanded(st, values[i], o)
	}
	body := entity{"@odata.context": g.context(), "value": values}
	if p.count != nil {
		body["@odata.count"] = *p.count
	}
	if p.next != "" {
		body["@odata.nextLink"] = g.query.nextLink(g.s.o.GraphURL+g.r.URL.EscapedPath(), p.next)
	}
	return &reply{status: http.StatusOK, body: body}, nil
}

// count answers a GET of /$count. https://learn.microsoft.com/graph/aad-advanced-queries
func count[T object](g *graphCall, st *state, all iter.Seq[T], keep func(T) bool) (*reply, *graphError) {
	if !g.query.eventual {
		return nil, badRequest("$count is not currently supported.")
	}
	n := 0
	for o := range all {
		if g.seen(o) && keep(o) && g.query.matches(st, o) {
			n++
		}
	}
	return &reply{status: http.StatusOK, text: strconv.Itoa(n)}, nil
}

// context is @odata.context of the collection that the request is about.
func (g *graphCall) context() string {
	e := g.entity()
	name := e.collection
	if e.contained {
		name = g.at.root + "('" + g.at.key + "')/" + name
	}
	if e.agent {
		name += "/microsoft.graph." + e.name
	}
	if len(g.query.selected) > 0 {
		name += "(" + strings.Join(g.query.selected, ",") + ")"
	}
	return g.url("$metadata#" + name)
}

// addExpanded puts the related objects that $expand asks for into the object.
func (g *graphCall) addExpanded(st *state, e entity, o object) {
	for _, x := range g.query.expand {
		related := []entity{}
		for _, other := range st.related(o, x.nav) {
			if g.seen(other) && len(related) < maxExpanded {
				related = append(related, g.shape(st, other, "directoryObject", x.selected))
			}
		}
		if x.nav != "manager" {
			e[x.nav] = related
		} else if len(related) > 0 {
			e[x.nav] = related[0] // a single one, and absent when there is none
		}
	}
}
