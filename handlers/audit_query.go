package handlers

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/views"
)

// auditQuery is what the address of the audit says. What is not understood
// counts as absent, and is named as a fault of its field.
type auditQuery struct {
	Actor, Action, Target, Result, Run, Op string
	Kind                                   string // "", intent, outcome, event, all
	From, To                               string // days, as typed
	Before, After                          int64

	from, to time.Time // To is included in the form, excluded here
	zone     *time.Location
	actors   []string // whom Actor means
	who      string   // how that person is called
}

func auditQueryOf(c echo.Context, zone *time.Location) (auditQuery, []views.FieldError) {
	text := func(name string) string { return strings.TrimSpace(cut(c.QueryParam(name), 200)) }
	q := auditQuery{
		Actor: text("actor"), Target: text("target"), Run: text("run"), Op: text("op"),
		From: text("from"), To: text("to"), zone: zone,
		Before: parseSeq(c.QueryParam("before")),
	}
	if q.Before == 0 {
		q.After = parseSeq(c.QueryParam("after"))
	}
	var faults []views.FieldError
	known := func(field, label string, list []string) string {
		typed := text(field)
		if typed == oneOf(typed, list) {
			return typed
		}
		faults = append(faults, views.FieldError{Field: "f-" + field, Text: label + ": There is no “" + typed + "”. Choose one of the list."})
		return ""
	}
	q.Action = known("action", "Action", models.AuditActions())
	q.Result = known("result", "Result", models.AuditResults())
	q.Kind = known("kind", "Kind", []string{"intent", "outcome", "event", "all"})
	day := func(field, label, typed string, at *time.Time, days int) {
		if typed == "" {
			return
		}
		t, err := time.ParseInLocation("2006-01-02", typed, zone)
		if err != nil {
			faults = append(faults, views.FieldError{Field: "f-" + field, Text: label + ": “" + typed + "” is no day. Write a day like 2026-11-21."})
			return
		}
		*at = t.AddDate(0, 0, days)
	}
	day("from", "From", q.From, &q.from, 0)
	day("to", "To", q.To, &q.to, 1)
	return q, faults
}

func oneOf(text string, known []string) string {
	if slices.Contains(known, text) {
		return text
	}
	return ""
}

// findWho takes the words of Who for a person: a user name, a name, an object
// id, or an actor as the records have it. Words that are nobody's find nothing.
func (h *Handlers) findWho(ctx context.Context, q *auditQuery) error {
	if q.Actor == "" {
		return nil
	}
	q.actors, q.who = []string{q.Actor}, q.Actor
	if !strings.Contains(q.Actor, "/") {
		found, err := h.Store.AuditActors(ctx, q.Actor)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			q.actors = found
		}
	}
	if len(q.actors) > 1 {
		return nil // several people of one name: the name says it
	}
	name, err := h.Store.AuditActorName(ctx, q.actors[0])
	if name != "" {
		q.who = name
	}
	return err
}

// filter is the query as the store understands it. Without a kind it lists
// acts: an intent and its outcome are one row.
func (q auditQuery) filter() models.AuditFilter {
	f := models.AuditFilter{
		Actors: q.actors, Action: q.Action, TargetID: q.Target, Result: q.Result, RunID: q.Run, OpID: q.Op,
		From: q.from, To: q.to, Before: q.Before, After: q.After,
	}
	switch q.Kind {
	case "":
		f.Acts = true
	case "all":
	default:
		f.Kind = models.AuditKind(q.Kind)
	}
	return f
}

// values are the parts of the address, without the place in the list.
func (q auditQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"actor": q.Actor, "action": q.Action, "target": q.Target, "result": q.Result, "run": q.Run, "op": q.Op,
		"kind": q.Kind, "from": q.From, "to": q.To,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (q auditQuery) href() string {
	v := q.values()
	if q.Before > 0 {
		v.Set("before", strconv.FormatInt(q.Before, 10))
	}
	if q.After > 0 {
		v.Set("after", strconv.FormatInt(q.After, 10))
	}
	return auditHref(v)
}

func auditHref(v url.Values) string {
	if len(v) == 0 {
		return "/audit"
	}
	return "/audit?" + v.Encode()
}

func (q auditQuery) page(before, after int64) auditQuery {
	q.Before, q.After = before, after
	return q
}

func (q auditQuery) first() auditQuery { return q.page(0, 0) }

// chips are the filters that are on; each takes itself off.
func (q auditQuery) chips() []views.Chip {
	var chips []views.Chip
	for _, f := range []struct{ field, name, value string }{
		{"from", "From", q.dayWords(q.From, q.from)},
		{"to", "To", q.dayWords(q.To, q.to)},
		{"actor", "Who", q.who},
		{"action", "Action", actionLabel(q.Action)},
		{"target", "Object", q.Target},
		{"result", "Result", resultLabel(q.Result)},
		{"kind", "Kind", kindWords(q.Kind)},
		{"run", "Run", q.Run},
		{"op", "Operation", q.Op},
	} {
		if f.value == "" {
			continue
		}
		v := q.values()
		v.Del(f.field)
		chips = append(chips, views.Chip{Name: f.name, Value: f.value, RemoveHref: auditHref(v)})
	}
	return chips
}

// dayWords is a day that was understood, with its zone.
func (q auditQuery) dayWords(typed string, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return typed + ", " + q.zone.String()
}

// actorID is the part of an actor that tells people apart.
func actorID(actor string) string {
	if _, oid, ok := strings.Cut(actor, "/"); ok {
		return oid
	}
	return actor
}

// actionLabel is an action in words that stand alone, as a choice or a chip.
func actionLabel(action string) string {
	if action == "" {
		return ""
	}
	words := actionWords(action)
	switch action {
	case models.ActionAccessDenied:
		return "Try to open a page without the right to"
	case models.ActionSecretKeep:
		return "Keep a secret for the token lab"
	case models.ActionSecretSaved:
		return "Confirm that a secret is saved"
	case models.ActionRunAsBlueprint:
		return "Go on with a run as the blueprint"
	case models.ActionRunAsMe:
		return "Go on with a run as oneself"
	}
	for _, end := range []string{" to", " from", " of", " as"} {
		words = strings.TrimSuffix(words, end)
	}
	return words
}

// resultLabel is a result as the list shows it; nothing for none.
func resultLabel(result string) string {
	if result == "" {
		return ""
	}
	words, _ := resultWords(models.AuditRecord{Result: result})
	return words
}

func kindWords(kind string) string {
	return map[string]string{"intent": "intents", "outcome": "outcomes", "event": "events", "all": "all records"}[kind]
}

// fields are the controls of the filter form; what has no control of its own
// goes along hidden.
func (q auditQuery) fields() views.AuditFields {
	who := q.Actor
	if q.who != "" {
		who = q.who
	}
	f := views.AuditFields{
		Who: who, From: q.From, To: q.To, Zone: q.zone.String(), Action: q.Action, Result: q.Result, Kind: q.Kind, Target: q.Target,
		Actions: []views.Option{{Label: "Any action"}},
		Results: []views.Option{{Label: "Any result"}},
		Kinds: []views.Option{
			{Label: "Acts, one row each"},
			{Value: "all", Label: "All records"},
			{Value: "intent", Label: "Intents"},
			{Value: "outcome", Label: "Outcomes"},
			{Value: "event", Label: "Events"},
		},
	}
	for _, a := range models.AuditActions() {
		f.Actions = append(f.Actions, views.Option{Value: a, Label: actionLabel(a)})
	}
	for _, r := range models.AuditResults() {
		f.Results = append(f.Results, views.Option{Value: r, Label: resultLabel(r)})
	}
	for _, hidden := range []struct{ name, value string }{{"run", q.Run}, {"op", q.Op}} {
		if hidden.value != "" {
			f.Hidden = append(f.Hidden, views.Option{Label: hidden.name, Value: hidden.value})
		}
	}
	return f
}
