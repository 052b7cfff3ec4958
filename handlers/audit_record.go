package handlers

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// showRecord is one record with the call it belongs to and its place in the
// chain. People who see only their own acts get no other.
func (h *Handlers) showRecord(c echo.Context) error {
	ctx := c.Request().Context()
	r, err := h.Store.AuditRecord(ctx, parseSeq(c.Param("seq")))
	if err != nil {
		return err
	}
	if !h.maySee(c, r) {
		return &web.ForbiddenError{Need: []web.Role{web.Auditor}, User: web.CurrentUser(c)}
	}
	facts := factsOf(r)
	d := views.AuditDetail{
		Record: auditRow(r), Number: r.Seq, Kind: string(r.Kind), RunID: r.RunID,
		Diff: facts.diff(), Facts: facts.rest(r), Who: auditWho(r, facts), Named: r.Words.TargetName,
	}
	if d.Chain, err = h.chainOf(ctx, r); err != nil {
		return err
	}
	if d.Call, err = h.callOf(ctx, r); err != nil {
		return err
	}
	if d.Call != nil && d.Who.Roles == "" {
		d.Who.Roles = d.Call.Roles // an outcome leaves to its intent what both share
	}
	if r.TargetID != "" {
		d.History, d.HistoryName, d.TargetID = auditHref(url.Values{"target": {r.TargetID}}), d.Record.Target, r.TargetID
		if d.HistoryName == "" {
			d.HistoryName = "this " + r.TargetKind
		}
	}
	if err := h.neighbours(c, r, &d); err != nil {
		return err
	}
	p := h.page(c, "Record "+views.Count(r.Seq), "audit")
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Audit", Href: "/audit"}, {Text: p.Title}}
	return web.Render(c, http.StatusOK, views.AuditRecordPage(p, d))
}

// neighbours links the records before and after, for people who see them all.
func (h *Handlers) neighbours(c echo.Context, r models.AuditRecord, d *views.AuditDetail) error {
	if !seesAllActs(web.CurrentUser(c)) {
		return nil
	}
	for _, n := range []struct {
		seq  int64
		href *string
	}{{r.Seq - 1, &d.Previous}, {r.Seq + 1, &d.Next}} {
		_, err := h.Store.AuditRecord(c.Request().Context(), n.seq)
		if errors.Is(err, models.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		*n.href = "/audit/" + strconv.FormatInt(n.seq, 10)
	}
	return nil
}

// chainOf checks this record alone: its own hash, the one before it, its words.
func (h *Handlers) chainOf(ctx context.Context, r models.AuditRecord) (views.AuditChain, error) {
	sum := r.Recompute()
	chain := views.AuditChain{
		Prev: hex.EncodeToString(r.Prev[:]), Hash: hex.EncodeToString(r.Hash[:]), Recomputed: hex.EncodeToString(sum[:]),
	}
	var before [32]byte // the first record follows zeros
	if r.Seq > 1 {
		previous, err := h.Store.AuditRecord(ctx, r.Seq-1)
		if err != nil && !errors.Is(err, models.ErrNotFound) {
			return chain, err
		}
		before = previous.Hash
	}
	if sum != r.Hash {
		chain.Faults = append(chain.Faults, "The record was changed: its bytes give another hash.")
	}
	if before != r.Prev {
		chain.Faults = append(chain.Faults, "It does not follow the record before it.")
	}
	if !r.WordsHold() {
		chain.Faults = append(chain.Faults, "The names, the address or the reason were changed.")
	}
	chain.Holds = len(chain.Faults) == 0
	return chain, nil
}

// callOf puts intent and outcome of an operation together; nil for an event.
func (h *Handlers) callOf(ctx context.Context, r models.AuditRecord) (*views.AuditCall, error) {
	if r.OpID == "" {
		return nil, nil
	}
	records, err := h.Store.AuditByOp(ctx, r.OpID)
	if err != nil {
		return nil, err
	}
	call := &views.AuditCall{ClientRequestID: r.OpID, Result: "No outcome yet", Tone: views.ToneWarn}
	for _, part := range records {
		facts := factsOf(part)
		switch part.Kind {
		case models.AuditIntent:
			call.Intent, call.IntentAt, call.Reason = part.Seq, part.At, part.Words.Reason
			call.Method, call.Path, call.Body = facts.text("method"), facts.text("path"), facts.indented("request")
			call.Roles = facts.text("roles")
			call.RunsAs = map[string]string{"me": "the person", "blueprint": "the blueprint"}[facts.text("runAs")]
		case models.AuditOutcome:
			call.Outcome, call.OutcomeAt = part.Seq, part.At
			call.Result, call.Tone = resultWords(part)
			call.Answer, call.GraphRequestID = facts.answer(), facts.requestID()
		}
	}
	return call, nil
}

func auditWho(r models.AuditRecord, facts recordFacts) views.AuditWho {
	who := views.AuditWho{
		Account: actorWords(r), Name: r.Words.ActorName,
		History: auditHref(url.Values{"actor": {r.Actor}}),
		Roles:   facts.text("roles"), SignIn: facts.text("signIn"),
		IP: r.Words.IP, Browser: r.Words.UserAgent, TenantID: r.Tenant, Erased: r.WordsGone,
	}
	if who.Roles == "" {
		who.Roles = facts.text("directoryRoles") // of a sign-in
	}
	if r.Actor != models.ActorPortal {
		who.ObjectID = actorID(r.Actor)
	}
	if r.Words.IP == "" && !r.WordsGone {
		who.InRun = r.RunID
	}
	return who
}

// recordFacts is the body of a record.
type recordFacts struct {
	kind   models.AuditKind
	fields map[string]any
}

// factsOf reads a body; one that cannot be read has no facts, and the page
// still shows the rest of the record.
func factsOf(r models.AuditRecord) recordFacts {
	f := recordFacts{kind: r.Kind, fields: map[string]any{}}
	decoder := json.NewDecoder(bytes.NewReader(r.Body))
	decoder.UseNumber()
	if decoder.Decode(&f.fields) != nil {
		f.fields = map[string]any{}
	}
	return f
}

// text is a field in words: lists are joined, objects stay JSON.
func (f recordFacts) text(name string) string { return factWords(f.fields[name]) }

func factWords(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return map[bool]string{true: "Yes", false: "No"}[v]
	case json.Number:
		return v.String()
	case []any:
		words := make([]string, len(v))
		for i, part := range v {
			words[i] = factWords(part)
		}
		return strings.Join(words, ", ")
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

func (f recordFacts) indented(name string) string {
	value, ok := f.fields[name].(map[string]any)
	if !ok || len(value) == 0 {
		return ""
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // the template escapes; here it would only be hard to read
	encoder.SetIndent("", "  ")
	if encoder.Encode(value) != nil {
		return ""
	}
	return strings.TrimSpace(text.String())
}

// requestID is what Microsoft answered with: Graph's for an outcome, that of
// the last hop for a token test.
func (f recordFacts) requestID() string {
	if f.kind == models.AuditOutcome {
		return f.text("requestId")
	}
	hops, _ := f.fields["hops"].([]any)
	for i := len(hops) - 1; i >= 0; i-- {
		if hop, ok := hops[i].(map[string]any); ok && factWords(hop["correlationId"]) != "" {
			return factWords(hop["correlationId"])
		}
	}
	return ""
}

// answer is how a call ended, in a few words: "201, 412 ms, 1 attempt".
func (f recordFacts) answer() string {
	var words []string
	for _, name := range []string{"status", "code"} {
		if text := f.text(name); text != "" {
			words = append(words, text)
		}
	}
	if ms := f.text("durationMs"); ms != "" {
		words = append(words, ms+" ms")
	}
	if n, err := strconv.Atoi(f.text("attempts")); err == nil {
		words = append(words, views.Plural(n, "attempt"))
	}
	return strings.Join(words, ", ")
}

// diff is the change of fields, where a record has before and after.
func (f recordFacts) diff() []views.DiffRow {
	before, _ := f.fields["before"].(map[string]any)
	after, _ := f.fields["after"].(map[string]any)
	var changed, same []views.DiffRow
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	for _, name := range sortedKeys(names) {
		row := views.DiffRow{Field: name, Before: factWords(before[name]), After: factWords(after[name])}
		if row.Before == row.After {
			same = append(same, row)
		} else {
			changed = append(changed, row)
		}
	}
	return append(changed, same...)
}

// rest are the fields that have no place of their own on the page.
func (f recordFacts) rest(r models.AuditRecord) []views.SupportFact {
	shown := map[string]bool{"words": true, "directoryRoles": true, "before": true, "after": true, "roles": true, "signIn": true, "name": bodyName(r) != "", "title": true, "address": r.Action == models.ActionAccessDenied}
	if r.Kind != models.AuditEvent {
		for _, name := range []string{"method", "path", "request", "runAs", "status", "code", "durationMs", "attempts", "requestId"} {
			shown[name] = true
		}
	}
	var facts []views.SupportFact
	for _, name := range sortedKeys(f.fields) {
		if text := f.text(name); !shown[name] && text != "" {
			facts = append(facts, views.SupportFact{Label: factLabel(name), Value: text, ID: strings.HasSuffix(strings.ToLower(name), "id")})
		}
	}
	return facts
}

// factLabel names a field of a body for people; an unknown one keeps its name.
func factLabel(name string) string {
	label := map[string]string{
		"kind": "Kind", "runAs": "Runs as", "steps": "Steps", "step": "Step",
		"done": "Steps done", "failed": "Steps failed", "planned": "Steps planned", "from": "Former owner",
		"objectId": "Object ID", "appId": "App ID", "agentId": "Agent identity", "blueprintAppId": "App ID of the blueprint",
		"keyId": "Key ID", "hint": "Hint", "credential": "Credential", "personId": "Person or group", "group": "Group", "groupId": "Group ID", "for": "For", "why": "Why", "mode": "Mode", "scope": "Scope", "hops": "Hops",
		"keptBy": "Object ID of whose secret it is", "profile": "Token profile", "shared": "Shared", "keptSecret": "Names a kept secret",
		"failedAt": "Refused at", "error": "Error", "aadsts": "AADSTS code", "tokenSha256": "SHA-256 of the token", "expires": "Expires",
		"requestId": "Portal request", "cause": "Cause", "method": "Method", "missed": "Refused since the last record", "reason": "Cause",
		"lagMs": "Lag, ms", "latencyMs": "Latency, ms", "delegatedCreate": "People may create agents",
		"format": "Format", "instance": "Instance", "public_key": "Public key",
	}[name]
	if label == "" {
		return name
	}
	return label
}
