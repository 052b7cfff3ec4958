package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// What the pages about directory objects share: rights, parts that may fail,
// addresses of lists, and where an object came from.

// may says whether the person of a request may open a page; links to others
// are left out.
func (h *Handlers) may(c echo.Context, path string) bool {
	return h.guards[path].Allows(web.CurrentUser(c))
}

// seesAllActs says whether the whole audit is open to the person. Others see
// their own acts.
func seesAllActs(u *web.User) bool { return u.Has(web.Auditor) }

// part decides what becomes of a failed read of one part of a page: words in
// that part, or the failure of the whole page when only a sign-in helps or the
// reader has gone.
func part(err error, fault *string) error {
	var refused *graph.Error
	switch {
	case err == nil:
		return nil
	case needsSignIn(err), errors.Is(err, context.Canceled):
		return err
	case graph.IsForbidden(err):
		*fault = "Your roles do not let you read this"
	case errors.As(err, &refused):
		*fault = "Graph answered " + strings.TrimSpace(strconv.Itoa(refused.Status)+" "+refused.Code)
	default:
		*fault = "Graph could not be reached"
	}
	return nil
}

// pathID reads the id of an address. What is no id names no object.
func pathID(c echo.Context) (string, error) {
	id, err := graph.ParseGUID(c.Param("id"))
	if err != nil {
		return "", fmt.Errorf("id in the address: %w", models.ErrNotFound)
	}
	return id, nil
}

// pageSize is how many rows a list asks Graph for; 100 is the most it gives.
const pageSize = 50

// listQuery is what the address of a list says. Anything that is not
// understood counts as absent: an edited address still shows a list.
type listQuery struct {
	path      string
	search    string
	blueprint string // App ID, agents only
	sort      string // name, -name, created, -created
	next      string // graph.Page.Next
	from      int    // number of the first row, for display
}

func listQueryOf(c echo.Context, sorts ...string) listQuery {
	q := listQuery{path: c.Path(), search: strings.TrimSpace(cut(c.QueryParam("q"), 120)), next: c.QueryParam("next"), from: 1}
	if id, err := graph.ParseGUID(c.QueryParam("blueprint")); err == nil {
		q.blueprint = id
	}
	for _, s := range sorts {
		if c.QueryParam("sort") == s {
			q.sort = s
		}
	}
	if n, err := strconv.Atoi(c.QueryParam("from")); err == nil && n > 0 && n < 1e9 && q.next != "" {
		q.from = n
	}
	return q
}

// href is the address of the list with the query as it is.
func (q listQuery) href() string {
	v := url.Values{}
	for name, value := range map[string]string{"q": q.search, "blueprint": q.blueprint, "sort": q.sort, "next": q.next} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.next != "" && q.from > 1 {
		v.Set("from", strconv.Itoa(q.from))
	}
	if len(v) == 0 {
		return q.path
	}
	return q.path + "?" + v.Encode()
}

// first is the same list from its beginning.
func (q listQuery) first() listQuery {
	q.next, q.from = "", 1
	return q
}

// options are what Graph is asked for. It takes no order beside a search.
func (q listQuery) options() graph.ListOptions {
	o := graph.ListOptions{Top: pageSize, Search: q.search, Next: q.next}
	if q.search == "" {
		o.OrderBy = map[string]string{
			"": "displayName", "name": "displayName", "-name": "displayName desc",
			"created": "createdDateTime", "-created": "createdDateTime desc",
		}[q.sort]
	}
	return o
}

// order says in words how the rows are sorted.
func (q listQuery) order() string {
	switch {
	case q.search != "":
		return "best matches as Graph orders them"
	case strings.HasSuffix(q.sort, "created"):
		return "sorted by creation"
	default:
		return "sorted by name"
	}
}

// sorted makes a head of a column a link that sorts by it, or turns it round.
func (q listQuery) sorted(col views.Column, key string) views.Column {
	if q.search != "" {
		return col
	}
	current := q.sort
	if current == "" {
		current = "name"
	}
	next := key
	switch current {
	case key:
		col.Sorted, next = "ascending", "-"+key
	case "-" + key:
		col.Sorted = "descending"
	}
	other := q.first()
	other.sort = next
	col.SortHref = other.href()
	return col
}

// staleLink says whether a list failed because of the link to its page: it was
// edited, or Graph has forgotten it. The list from its beginning is the answer.
func (q listQuery) staleLink(err error) bool {
	var refused *graph.Error
	if q.next == "" {
		return false
	}
	return errors.Is(err, graph.ErrForeignLink) || errors.As(err, &refused) && refused.Status == 400
}

// pagingOf is the foot of a list of n rows, of total if that is known.
func (q listQuery) pagingOf(n int, total *int, next string) views.Paging {
	p := views.Paging{PreviousLabel: "First page"}
	if q.next != "" {
		p.PreviousHref = q.first().href()
	}
	if next != "" {
		following := q
		following.next, following.from = next, q.from+n
		p.NextHref = following.href()
	}
	if n == 0 {
		p.Text = "No rows"
		return p
	}
	p.Text = views.Count(q.from)
	if n > 1 {
		p.Text += "–" + views.Count(q.from+n-1)
	}
	if total != nil {
		p.Text += " of " + views.Count(*total)
	}
	p.Text += ", " + q.order()
	return p
}

// originOf finds out who made an object: first in the portal's own audit, as
// far as the person may read it, then in what the directory says.
func (h *Handlers) originOf(c echo.Context, kind graph.Kind, id, createdByAppID string) (views.Origin, error) {
	o := views.Origin{AppID: createdByAppID}
	if createdByAppID != "" && strings.EqualFold(createdByAppID, h.App.ClientID) {
		o.App = "This portal; its own database has no record of it"
	}
	action := models.ActionAgentIdentityCreate
	if kind == graph.KindBlueprint {
		action = models.ActionBlueprintCreate
	}
	filter := models.AuditFilter{Action: action, TargetID: id, Kind: models.AuditOutcome, Limit: 1}
	records, err := h.Store.Audit(c.Request().Context(), filter)
	if err != nil {
		return o, fmt.Errorf("find who made it: %w", err)
	}
	for _, r := range records {
		o.RunID = r.RunID
		if h.maySee(c, r) {
			o.Who, o.Seq = actorWords(r), r.Seq
		} else if err := h.originOfRun(c, &o); err != nil {
			return o, err
		}
	}
	return o, nil
}

// originOfRun names the owner of the run that made an object: who may look at
// objects may look at runs, while the audit shows people their own acts.
func (h *Handlers) originOfRun(c echo.Context, o *views.Origin) error {
	id, err := strconv.ParseInt(o.RunID, 10, 64)
	if err != nil {
		o.App = "This portal; who made it is in the audit, which is open to Admins and Auditors"
		return nil
	}
	run, err := h.Store.Run(c.Request().Context(), id)
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find who made it: %w", err)
	}
	o.Who = run.OwnerUsername
	return nil
}

// actorWords names who acted. Erased words leave the ids.
func actorWords(r models.AuditRecord) string {
	switch {
	case r.Words.ActorUsername != "":
		return r.Words.ActorUsername
	case r.Words.ActorName != "":
		return r.Words.ActorName
	case r.Actor == "portal":
		return "The portal"
	}
	if app, ok := strings.CutPrefix(r.Actor, "app:"); ok {
		return "Blueprint " + app
	}
	_, oid, _ := strings.Cut(r.Actor, "/")
	return "Person " + oid
}

// bodyName is the name of the object in an audit body, if it has one.
func bodyName(r models.AuditRecord) string {
	var body struct {
		Name  string `json:"name"`
		Title string `json:"title"`
	}
	if json.Unmarshal(r.Body, &body) != nil {
		return ""
	}
	if body.Name == "" {
		return body.Title
	}
	return body.Name
}
