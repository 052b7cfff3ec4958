package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// change is what a page asks about before it is done: acts on objects that are
// there, with what the page says of them. GET shows it, POST builds the same one
// anew from the tenant and carries it out.
type change struct {
	of     *object // the one object that it is about; nil for several
	spec   provision.ChangeSpec
	view   views.ChangeView
	page   views.Page
	fields templ.Component   // of its own, between what happens and the reason; nil for none
	faults map[string]string // of its own fields, by their names
	done   string            // where to go instead of the run; empty: there
	tell   bool              // done says which run it was: it gets "run" as a query
	// send carries out what is no change of the engine's; nil: spec is carried out.
	send func(ctx context.Context, a models.Actor, requestID, reason string) (*models.Run, error)
}

// carryOut does what was asked about.
func (h *Handlers) carryOut(c echo.Context, ch *change) (*models.Run, error) {
	ctx, request := c.Request().Context(), ch.view.Request
	if ch.send != nil {
		return ch.send(ctx, h.actor(c), request, ch.spec.Reason)
	}
	return h.Engine.Change(ctx, h.actor(c), request, ch.spec)
}

// changeFields are what every form about a change sends; its own come on top.
func changeFields(own ...string) []string {
	return append([]string{"request", "reason", "typed", "shown"}, own...)
}

// shownObjects stands for the objects of some acts: two forms with the same change
// the same ones.
func shownObjects(acts []provision.Act) string {
	ids := make([]string, len(acts))
	for i, act := range acts {
		ids[i] = act.Kind + " " + strings.ToLower(act.Of.ID)
	}
	return standsFor(ids)
}

// standsFor is a short name of some lines, whatever their order.
func standsFor(lines []string) string {
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:16])
}

// askedCalls is how many calls a question lists.
const askedCalls = 8

// namedObjects is how many objects a question names.
const namedObjects = 50

// askChange shows the question.
func (h *Handlers) askChange(c echo.Context, ch *change) error {
	ch.view.Request = uuid.NewString()
	if err := h.warnOthersObject(c, ch); err != nil {
		return err
	}
	return h.showChange(c, http.StatusOK, ch)
}

// warnOthersObject says before the change that Graph may refuse it: without a role
// for all agents, people change what they own.
// https://learn.microsoft.com/entra/agent-id/agent-owners-sponsors-managers
func (h *Handlers) warnOthersObject(c echo.Context, ch *change) error {
	if ch.of == nil || len(ch.spec.Acts) == 0 || ch.of.kind == graph.KindAgentUser || web.CurrentUser(c).Has(web.Admin) {
		return nil
	}
	var fault string
	owners, err := h.graph(c).Owners(c.Request().Context(), ch.of.kind, ch.of.id)
	if err != nil {
		return part(err, &fault) // Graph says so of the change itself
	}
	if refTo(owners, h.actor(c).OID) == nil {
		ch.view.Consequences = append(ch.view.Consequences, "You are not among its owners, and your roles let you change only what you own: Graph may refuse this.")
	}
	return nil
}

func (h *Handlers) showChange(c echo.Context, status int, ch *change) error {
	if len(ch.spec.Acts) > 0 && ch.view.Calls == nil {
		calls := h.Engine.ChangeCalls(ch.spec)
		for _, call := range calls[:min(askedCalls, len(calls))] {
			ch.view.Calls = append(ch.view.Calls, views.ReviewCall{Method: call.Call.Method, Path: call.Call.Path, What: call.What, Names: []string{call.Name}, Needs: call.Call.Needs})
		}
		ch.view.CallsMore = len(calls) - len(ch.view.Calls)
		for _, call := range calls {
			if needs := call.Call.Needs; needs != "" && !slices.Contains(ch.view.Needs, needs) {
				ch.view.Needs = append(ch.view.Needs, needs)
			}
		}
	}
	if n := len(ch.view.Objects); n > namedObjects {
		ch.view.Objects, ch.view.More = ch.view.Objects[:namedObjects], n-namedObjects
	}
	if n := len(ch.view.Left); n > namedObjects {
		ch.view.Left, ch.view.LeftMore = ch.view.Left[:namedObjects], n-namedObjects
	}
	if ch.view.Keep == "" {
		ch.view.Keep = "Keep it"
	}
	if ch.view.Busy == "" {
		ch.view.Busy = "Sending…"
	}
	ch.view.ReasonRequired = h.RequireReason
	ch.page.HasError = len(ch.view.Errors) > 0
	page := views.ChangePage(ch.page, ch.view)
	if ch.fields != nil {
		return web.Render(c, status, views.With(page, ch.fields))
	}
	return web.Render(c, status, page)
}

// makeChange checks what was posted and carries the change out: at once when it is
// one act, as a run that goes on by itself when it is several. What is wrong is
// shown beside its field, and nothing typed is lost.
func (h *Handlers) makeChange(c echo.Context, ch *change, posted url.Values) error {
	v := &ch.view
	v.Request, v.Reason, v.Value = posted.Get("request"), cut(strings.TrimSpace(posted.Get("reason")), maxTyped), cut(strings.TrimSpace(posted.Get("typed")), maxTyped)
	if _, err := graph.ParseGUID(v.Request); err != nil {
		v.Request = uuid.NewString()
	}
	ch.spec.Reason = v.Reason
	if v.ReasonFault = provision.ReasonFault(v.Reason, h.RequireReason); v.ReasonFault != "" {
		v.Errors = append(v.Errors, views.FieldError{Field: "f-reason", Text: v.ReasonFault})
	}
	if v.Typed != "" && v.Value != strings.TrimSpace(v.Typed) {
		v.TypedFault = fmt.Sprintf("Type %s, letter by letter. Nothing was changed.", v.Typed)
		if _, err := strconv.Atoi(v.Typed); err == nil && v.TypeWhat != "" {
			v.TypedFault = fmt.Sprintf("Type the number %s. Nothing was changed.", v.Typed)
		}
		v.Errors = append(v.Errors, views.FieldError{Field: "f-typed", Text: v.TypedFault})
	}
	for _, name := range sortedKeys(ch.faults) {
		if text := ch.faults[name]; text != "" {
			v.Errors = append(v.Errors, views.FieldError{Field: "f-" + name, Text: text})
		}
	}
	if len(v.Errors) > 0 {
		return h.showChange(c, http.StatusUnprocessableEntity, ch)
	}
	run, err := h.carryOut(c, ch)
	var invalid *models.InvalidError
	if errors.As(err, &invalid) {
		for _, field := range sortedKeys(invalid.Fields) {
			v.Errors = append(v.Errors, views.FieldError{Field: "f-" + field, Text: invalid.Fields[field]})
		}
		return h.showChange(c, http.StatusUnprocessableEntity, ch)
	}
	if err != nil {
		return fmt.Errorf("change objects: %w", err)
	}
	return web.Redirect(c, ch.after(run))
}

// after is where a change leads.
func (ch *change) after(run *models.Run) string {
	switch {
	case ch.done == "" || run.State != models.RunDone:
		return runPath(run.ID)
	case ch.tell:
		return address(ch.done, url.Values{"run": {strconv.FormatInt(run.ID, 10)}})
	}
	return ch.done
}

// changedBefore is the run that this form has started already; nil for none. Who
// presses twice wants to see what came of it, not that there is nothing left to do.
func (h *Handlers) changedBefore(c echo.Context, request string) (*models.Run, error) {
	if _, err := graph.ParseGUID(request); err != nil {
		return nil, nil
	}
	return h.Engine.ChangeOf(c.Request().Context(), h.actor(c), request)
}

// doneRun is the run that has led to the page, by its number; empty for none.
func doneRun(c echo.Context) string {
	run := c.QueryParam("run")
	if _, err := strconv.ParseUint(run, 10, 63); err != nil {
		return ""
	}
	return run
}
