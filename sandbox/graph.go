package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// graphCall is one request to the emulated Microsoft Graph.
type graphCall struct {
	s       *Sandbox
	r       *http.Request
	model   entities
	version string // v1.0 or beta
	at      target
	caller  caller
	now     time.Time // directory clock
	query   *query
	body    jsonObject
	// counting is for the segment /$count: the number alone, as text.
	counting bool
	about    *entityType // what entity found out
}

// reply is a success: what to send, and the objects it is about.
type reply struct {
	status   int
	body     any    // nil: no body
	text     string // in place of body: a text/plain answer
	location string
	ids      []string // objects created or changed, for the journal
}

// serveGraph answers everything under /v1.0/ and /beta/.
func (s *Sandbox) serveGraph(w http.ResponseWriter, r *http.Request) {
	requestID := uuid.NewString()
	graphHeaders(w.Header(), r, requestID)
	answer, err := s.answerGraph(r)
	if err == nil {
		err = writeReply(w, answer)
	}
	if err == nil {
		return
	}
	var fault *graphError
	if !errors.As(err, &fault) {
		s.o.Log.Error("answer a Graph request", slog.String("path", r.URL.Path), slog.Any("error", err))
		fault = &graphError{http.StatusInternalServerError, "InternalServerError", "An internal server error occurred."}
	}
	writeGraphError(w, r, fault, requestID, s.directoryNow())
}

// answerGraph finds the caller, the route and the query, and lets the route answer: a read over a
// state that stands still, a write in one transaction with its journal entry.
func (s *Sandbox) answerGraph(r *http.Request) (*reply, error) {
	who, fault := s.authenticate(r)
	if fault != nil {
		return nil, fault
	}
	g := &graphCall{s: s, r: r, model: graphModel(), caller: who, now: s.directoryNow()}
	route, fault := g.find()
	if fault != nil {
		return nil, fault
	}
	if g.query, fault = parseQuery(g.entity(), r); fault != nil {
		return nil, fault
	}
	switch {
	case route.whole != nil:
		return route.whole(g)
	case route.write != nil:
		return g.serveWrite(route)
	}
	return g.serveRead(route)
}

// serveRead answers from a state that stands still. Only getByIds reads by POST and so has a body.
func (g *graphCall) serveRead(route route) (answer *reply, err error) {
	if g.r.Method == http.MethodPost {
		var fault *graphError
		if g.body, fault = readBody(g.r); fault != nil {
			return nil, fault
		}
	}
	err = g.s.tenant.read(func(st *state) error {
		var fault *graphError
		if answer, fault = route.read(g, st); fault != nil {
			return fault
		}
		if g.counting && answer.text == "" {
			return noSuchPath("$count")
		}
		return nil
	})
	return answer, err
}

// serveWrite reads the body before it takes the tenant's lock: a slow sender must not hold up others.
// A refusal undoes whatever the route had done by then.
func (g *graphCall) serveWrite(route route) (answer *reply, err error) {
	if g.r.Method != http.MethodDelete && !route.bare {
		var fault *graphError
		if g.body, fault = readBody(g.r); fault != nil {
			return nil, fault
		}
	}
	err = g.s.tenant.write(g.r.Context(), func(tx *txn) error {
		var fault *graphError
		if answer, fault = route.write(g, tx); fault != nil {
			return fault
		}
		tx.answer(answer.status, answer.ids...)
		return nil
	})
	return answer, err
}

// find takes the path apart and looks its pattern up.
func (g *graphCall) find() (route, *graphError) {
	path := strings.TrimPrefix(g.r.URL.EscapedPath(), "/")
	version, rest, _ := strings.Cut(path, "/")
	g.version = version
	if strings.Trim(rest, "/") == "" {
		return route{}, badRequest("The service root lists no resources here.")
	}
	var fault *graphError
	if g.at, fault = parseTarget(g.model, rest); fault != nil {
		return route{}, fault
	}
	pattern := g.at.pattern
	if g.r.Method == http.MethodGet {
		pattern, g.counting = strings.CutSuffix(pattern, "/$count")
	}
	if g.counting && strings.HasSuffix(pattern, "}") {
		return route{}, noSuchPath("$count")
	}
	found, fault := findRoute(g.r.Method, pattern)
	if fault != nil && g.counting {
		return found, noSuchPath(g.at.pattern)
	}
	return found, fault
}

// entity is the type the query options of the request are about.
func (g *graphCall) entity() *entityType {
	if g.about == nil {
		g.about = g.findEntity()
	}
	return g.about
}

func (g *graphCall) findEntity() *entityType {
	if g.at.navCast != nil {
		return g.at.navCast
	}
	for segment := range strings.SplitSeq(g.at.pattern, "/") {
		if name := navTypes()[segment]; name != "" {
			return g.model[name]
		}
	}
	if g.at.cast != nil {
		return g.at.cast
	}
	if name := rootTypes()[g.at.root]; name != "" {
		return g.model[name]
	}
	return g.model["directoryobject"]
}

// navTypes are the types behind the relations, by their segment in the path.
func navTypes() map[string]string {
	return map[string]string{
		"owners": "directoryobject", "sponsors": "directoryobject", "members": "directoryobject", "manager": "directoryobject",
		"memberof": "directoryobject", "transitivememberof": "directoryobject", "ownedobjects": "directoryobject",
		"createdobjects": "directoryobject", "directreports": "directoryobject", "deleteditems": "directoryobject",
		"approleassignments": "approleassignment", "approleassignedto": "approleassignment", "inheritedapproleassignments": "approleassignment",
		"oauth2permissiongrants": "oauth2permissiongrant", "inheritedoauth2permissiongrants": "oauth2permissiongrant",
		"federatedidentitycredentials": "federatedidentitycredential", "inheritablepermissions": "inheritablepermission",
		"licensedetails": "licensedetails",
	}
}

func rootTypes() map[string]string {
	return map[string]string{
		"applications": "application", "serviceprincipals": "serviceprincipal", "groups": "group", "organization": "organization",
		"directoryroles": "directoryrole", "me": "user", "users": "user", "domains": "domain", "subscribedskus": "subscribedsku",
	}
}

// url makes an absolute Graph address in the version of the request.
func (g *graphCall) url(path string) string { return g.s.o.GraphURL + "/" + g.version + "/" + path }

// seen tells whether replication has carried the object to the readers (knob lagMs).
func (g *graphCall) seen(o object) bool { return o.head().visible(g.now) }

// graphHeaders are on every answer, refusals too: support asks for request-id.
func graphHeaders(h http.Header, r *http.Request, requestID string) {
	h.Set("request-id", requestID)
	h.Set("client-request-id", clientRequestID(r, requestID))
	h.Set("OData-Version", "4.0")
	h.Set("Cache-Control", "no-cache")
	h.Set("Strict-Transport-Security", "max-age=31536000")
}

// clientRequestID is the caller's id of the request; Graph echoes its own where the caller sent none.
func clientRequestID(r *http.Request, requestID string) string {
	if id := r.Header.Get("client-request-id"); id != "" {
		return printable(id)
	}
	return requestID
}

// writeReply writes a success; a 204 has neither body nor content type.
func writeReply(w http.ResponseWriter, answer *reply) error {
	if answer.location != "" {
		w.Header().Set("Location", answer.location)
	}
	if answer.text != "" {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(answer.status)
		_, _ = w.Write([]byte(answer.text)) // a reader that has gone changes nothing
		return nil
	}
	if answer.body == nil {
		w.WriteHeader(answer.status)
		return nil
	}
	text, err := encode(answer.body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	w.WriteHeader(answer.status)
	_, _ = w.Write(text) // a reader that has gone changes nothing
	return nil
}

// encode writes JSON as Graph does, with a plain & in links.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// writeGraphError writes the error body of every Graph answer.
// https://learn.microsoft.com/graph/errors
func writeGraphError(w http.ResponseWriter, r *http.Request, fault *graphError, requestID string, now time.Time) {
	if fault.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="`+graphAppID+`"`)
	}
	text, err := json.Marshal(map[string]any{"error": map[string]any{
		"code": fault.Code, "message": fault.Message,
		"innerError": map[string]any{
			"date": now.UTC().Format("2006-01-02T15:04:05"), "request-id": requestID,
			"client-request-id": clientRequestID(r, requestID),
		},
	}})
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(fault.Status)
	_, _ = w.Write(text)
}
