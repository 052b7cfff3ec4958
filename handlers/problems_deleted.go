package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// binLife is how long Graph keeps what was deleted.
// https://learn.microsoft.com/graph/api/resources/directory
const binLife = 30 * 24 * time.Hour

// deletedError is an id that names an object in the recycle bin.
type deletedError struct {
	item *graph.DeletedObject
	err  error // Graph's own answer
}

func (e *deletedError) Error() string {
	return "the id names a deleted " + string(e.item.Kind) + ": " + e.err.Error()
}

func (e *deletedError) Unwrap() error { return e.err }

// inBin looks for an object in the recycle bin; nil when it is not there, or the
// person may not look. Nobody is refused a page for that.
func (h *Handlers) inBin(ctx context.Context, g *graph.Client, id string, err error) error {
	item, binErr := g.DeletedItem(ctx, id)
	if binErr != nil {
		return err
	}
	if item.Kind == graph.KindAgentUser || item.Kind == graph.KindUser {
		item = userInBin(ctx, g, item)
	}
	if folder, _, _ := folderOf(item.Kind); folder == "" {
		return err
	}
	return &deletedError{item: item, err: err}
}

// userInBin is a deleted user with what Graph tells of users only where it is
// asked for it: since when it is deleted, and whose agent user it was.
func userInBin(ctx context.Context, g *graph.Client, item *graph.DeletedObject) *graph.DeletedObject {
	for user, err := range g.Deleted(ctx, graph.KindAgentUser) {
		if err != nil {
			break // the page does without the time
		}
		if strings.EqualFold(user.ID, item.ID) {
			return &user
		}
	}
	return item
}

// deleted says when an object was deleted, for how long it can come back, and
// leads to the bin.
func (h *Handlers) deleted(c echo.Context, err *deletedError) problem {
	item := err.item
	folder, list, thing := folderOf(item.Kind)
	name := views.Named(item.DisplayName, item.ID)
	v := views.Problem{Status: http.StatusNotFound, Tone: views.ToneWarn, Cause: strings.ToUpper(thing[:1]) + thing[1:] + " “" + name + "” is in the recycle bin"}
	if !item.DeletedAt.IsZero() {
		v.Text = append(v.Text, "It was deleted on "+views.UTC(item.DeletedAt)+".", binTime(h.directoryNow(c), item.DeletedAt))
	}
	v.Text = append(v.Text, "It gets no tokens meanwhile, and nothing of it can be changed until it is restored.")
	if h.may(c, "/recycle-bin") {
		v.Ways = append(v.Ways, views.Way{Icon: "trash", Title: "Look at it in the recycle bin", Text: "From there it can be restored.", Button: "Recycle bin", Href: "/recycle-bin?q=" + url.QueryEscape(item.ID), Primary: true})
	}
	if h.may(c, "/audit") {
		v.Ways = append(v.Ways, views.Way{Icon: "journal-check", Title: "See who deleted it", Text: "As far as that was done with this portal.", Button: "Audit", Href: "/audit?target=" + url.QueryEscape(item.ID)})
	}
	if h.may(c, folder) {
		v.Ways = append(v.Ways, views.Way{Icon: string(item.Kind), Title: "Go to the list", Text: "The list has what there is now.", Button: list, Href: folder})
	}
	v.Ways = append(v.Ways, toOverview())
	v.Support = []views.SupportFact{asked(c), {Label: "Object ID", Value: item.ID, ID: true}}
	return problem{title: name + " was deleted", view: v}
}

// binDays is how many days the bin keeps an object from now on, a day begun counted
// as one; 0: its time is over.
func binDays(now, deletedAt time.Time) int {
	left := deletedAt.Add(binLife).Sub(now)
	return max(0, int((left+24*time.Hour-1)/(24*time.Hour)))
}

// binTime is how long an object can be restored.
func binTime(now, deletedAt time.Time) string {
	left := binDays(now, deletedAt)
	if left == 0 {
		return "Its 30 days are over: Graph may purge it at any time."
	}
	return "It can be restored for " + views.Plural(left, "more day") + ", until " + views.UTC(deletedAt.Add(binLife)) + "; then Graph purges it."
}
