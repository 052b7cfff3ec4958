package sandbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// holdTime is how long a timeout keeps a connection when the fault says nothing: longer than the
// patience of most clients.
const holdTime = time.Minute

// answers tells whether the fault is an answer, and so can befall one part of a batch too.
func (f fault) answers() bool {
	return f.Kind == faultThrottled || f.Kind == faultUnavailable || f.Kind == faultServer
}

// strike finds the first fault meant for the request and counts the hit; false when there is none. A
// part of a batch has no connection of its own and is struck only by answers.
func (s *Sandbox) strike(r *http.Request, part bool) (fault, bool) {
	callers := sync.OnceValue(func() []string { return callersOf(r) })
	meant := func(list []fault) int {
		return slices.IndexFunc(list, func(f fault) bool { return (f.answers() || !part) && f.fits(r, callers) })
	}
	list := s.faults()
	if len(list) == 0 || meant(list) < 0 {
		return fault{}, false
	}
	callers() // not under the lock: it reads the body
	var struck fault
	err := s.tenant.write(withEntry(r.Context(), nil), func(tx *txn) error {
		values := tx.knobs.knobValues
		i := meant(values.Faults)
		if i < 0 {
			return errNoFault
		}
		values.Faults = slices.Clone(values.Faults)
		values.Faults[i].Hits++
		struck = values.Faults[i]
		tx.put(newKnobs(values))
		return nil
	})
	if err != nil && !errors.Is(err, errNoFault) {
		s.o.Log.Error("count a fault", slog.Any("error", err))
	}
	return struck, err == nil
}

// errNoFault ends the count when another request took the last hit.
var errNoFault = errors.New("no fault is left")

// faults is the list as it stands, only for reading.
func (s *Sandbox) faults() (list []fault) {
	_ = s.tenant.read(func(st *state) error {
		list = st.knobs.Faults
		return nil
	})
	return list
}

// play lets the fault befall the request; next is what would have answered it.
func (s *Sandbox) play(f fault, w http.ResponseWriter, r *http.Request, e *journalEntry, next http.Handler) {
	switch f.Kind {
	case faultSilent:
		hold(f, r)
		panic(http.ErrAbortHandler)
	case faultReset:
		resetConnection(w)
		return
	}
	if f.answers() {
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		s.answerFault(f, seen, r)
		s.journal(r, e, seen.status)
		return
	}
	kept := &partWriter{header: http.Header{}, status: http.StatusOK}
	next.ServeHTTP(kept, r.WithContext(withEntry(r.Context(), e)))
	s.journal(r, e, kept.status)
	switch f.Kind {
	case faultSilentAfter:
		hold(f, r)
		panic(http.ErrAbortHandler)
	case faultResetAfter:
		resetConnection(w)
	default:
		sendHalf(w, kept)
	}
}

// answerFault answers in the words of the service that was asked.
// https://learn.microsoft.com/graph/throttling
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
func (s *Sandbox) answerFault(f fault, w http.ResponseWriter, r *http.Request) {
	if f.RetryAfterSec > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfterSec))
	}
	words := map[faultKind]struct {
		graph      graphError
		signIn     refusal
		management managementFault
		echo       echoFault
	}{
		faultThrottled: {
			graphError{Status: 429, Code: "TooManyRequests", Message: "Too many requests."},
			refusal{Status: 429, Code: "temporarily_unavailable", AADSTS: 90055, Text: "There are too many incoming requests."},
			managementFault{429, "TooManyRequests", "The request is being throttled as the limit has been reached for operations of this subscription."},
			echoFault{429, "too_many_requests", "There are too many requests."},
		},
		faultUnavailable: {
			graphError{Status: 503, Code: "ServiceUnavailable", Message: "The service is temporarily unavailable. Retry later."},
			refusal{Status: 503, Code: "temporarily_unavailable", AADSTS: 90033, Text: "A transient error has occurred. Please try again."},
			managementFault{503, "ServerBusy", "The server is busy. Please retry the request later."},
			echoFault{503, "temporarily_unavailable", "The API is temporarily unavailable."},
		},
		faultServer: {
			graphError{Status: 500, Code: "InternalServerError", Message: "An internal server error occurred."},
			*refuseServerError(nil),
			managementFault{500, "InternalServerError", "Encountered internal server error."},
			echoFault{500, "server_error", "The API failed."},
		},
	}[f.Kind]
	switch serviceOf(r) {
	case serviceGraph:
		id := uuid.NewString()
		graphHeaders(w.Header(), r, id)
		writeGraphError(w, r, &words.graph, id, s.directoryNow())
	case serviceManagement:
		managementHeaders(w.Header(), r)
		s.writeManagementFault(w, &words.management)
	case serviceEcho:
		echoHeaders(w.Header(), r)
		writeEchoFault(w, &words.echo)
	default:
		s.writeRefusal(w, r, &words.signIn)
	}
}

// hold keeps the connection without a word until the time is over or the client has gone. The body is
// read first: the server looks for the end of a connection only behind it.
func hold(f fault, r *http.Request) {
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 1<<20))
	wait := holdTime
	if f.HoldMs > 0 {
		wait = time.Duration(f.HoldMs) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	<-ctx.Done()
}

// resetConnection drops the connection with a TCP reset; where that cannot be done, as with HTTP/2, it
// only ends it.
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if plain, ok := conn.(*net.TCPConn); ok {
		_ = plain.SetLinger(0)
	}
	_ = conn.Close()
}

// sendHalf announces the whole answer, sends half of it and ends the connection.
func sendHalf(w http.ResponseWriter, kept *partWriter) {
	for name, values := range kept.header {
		w.Header()[name] = values
	}
	if text := kept.body.Bytes(); len(text) > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		w.WriteHeader(kept.status)
		_, _ = w.Write(text[:len(text)/2])
		_ = http.NewResponseController(w).Flush()
	}
	panic(http.ErrAbortHandler)
}

// maxPeek is how much of a form is searched for the client id.
const maxPeek = 64 << 10

// callersOf names who asks, without checking it: a fault is no door. At an API it is the object id and
// the client id in the token, at Entra the client id in the form, the address or the Basic header.
func callersOf(r *http.Request) []string {
	if _, token, ok := strings.Cut(r.Header.Get("Authorization"), "."); ok && serviceOf(r) != serviceEntra {
		payload, _, _ := strings.Cut(token, ".")
		var c claims
		if !readSegment(payload, &c) {
			return nil
		}
		return []string{c.ObjectID, c.clientID()}
	}
	names := []string{r.URL.Query().Get("client_id")}
	if id, _, ok := r.BasicAuth(); ok {
		names = append(names, id)
	}
	if r.Method == http.MethodPost && r.Body != nil {
		start, _ := io.ReadAll(io.LimitReader(r.Body, maxPeek))
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(start), r.Body), r.Body}
		form, _ := url.ParseQuery(string(start))
		names = append(names, form.Get("client_id"))
	}
	return names
}
