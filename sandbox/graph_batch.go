package sandbox

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// maxBatch is how many requests one $batch takes.
const maxBatch = 20

// batchPart is one request of a batch.
type batchPart struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batchAnswer is the answer to one part.
type batchAnswer struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// runBatch answers POST /$batch: each part is a request of its own, with its own transaction and
// journal entry. https://learn.microsoft.com/graph/json-batching
func runBatch(g *graphCall) (*reply, error) {
	body, fault := readBody(g.r)
	if fault != nil {
		return nil, fault
	}
	parts, fault := readBatch(body)
	if fault != nil {
		return nil, fault
	}
	batch := clientRequestID(g.r, uuid.NewString())
	answers, status := []batchAnswer{}, map[string]int{}
	for _, part := range parts {
		a := batchAnswer{ID: part.ID}
		failed := slices.ContainsFunc(part.DependsOn, func(id string) bool { return status[strings.ToLower(id)] >= 400 })
		if failed {
			a.Status, a.Body = http.StatusFailedDependency, json.RawMessage(`{"error":{"code":"FailedDependency","message":"A request that this one depends on has failed."}}`)
		} else {
			a = g.runPart(part, batch)
		}
		status[strings.ToLower(part.ID)] = a.Status
		answers = append(answers, a)
	}
	return &reply{status: http.StatusOK, body: entity{"responses": answers}}, nil
}

// readBatch reads the parts; what is wrong with one part's place in the batch refuses the whole.
func readBatch(body jsonObject) ([]batchPart, *graphError) {
	var parts []batchPart
	if json.Unmarshal(body["requests"], &parts) != nil || len(parts) == 0 {
		return nil, badBatch("Invalid batch payload format.")
	}
	if len(parts) > maxBatch {
		return nil, badBatch(fmt.Sprintf("Number of batch request steps exceeds the maximum value of %d.", maxBatch))
	}
	seen := map[string]bool{}
	for _, p := range parts {
		id := strings.ToLower(p.ID)
		if id == "" || seen[id] {
			return nil, badBatch("Request ids have to be present and unique: '" + clip(p.ID) + "'.")
		}
		for _, other := range p.DependsOn {
			if !seen[strings.ToLower(other)] {
				return nil, badBatch("Request '" + clip(p.ID) + "' depends on '" + clip(other) + "', which is no earlier request.")
			}
		}
		seen[id] = true
		if fault := p.check(); fault != nil {
			return nil, fault
		}
	}
	return parts, nil
}

func badBatch(message string) *graphError {
	return &graphError{http.StatusBadRequest, "BadRequest", message}
}

// check refuses addresses that lead out of the version of the batch, and bodies of unknown type.
func (p batchPart) check() *graphError {
	u, err := url.Parse(p.URL)
	if err != nil || u.Scheme != "" || u.Host != "" || strings.Trim(u.Path, "/") == "" || strings.Contains(strings.ToLower(u.Path), "$batch") {
		return badBatch("The address of request '" + clip(p.ID) + "' is not valid in a batch.")
	}
	if !slices.Contains([]string{"GET", "POST", "PATCH", "PUT", "DELETE"}, strings.ToUpper(p.Method)) {
		return badBatch("The method of request '" + clip(p.ID) + "' is not valid.")
	}
	typed := false
	for name := range p.Headers {
		typed = typed || strings.EqualFold(name, "Content-Type")
	}
	if len(p.Body) > 0 && string(p.Body) != "null" && !typed {
		return badBatch("Request '" + clip(p.ID) + "' has a body and no Content-Type header.")
	}
	return nil
}

// runPart sends one part through the same door as a request of its own.
func (g *graphCall) runPart(p batchPart, batch string) batchAnswer {
	address := "/" + g.version + "/" + strings.TrimPrefix(p.URL, "/")
	r, err := http.NewRequestWithContext(g.r.Context(), strings.ToUpper(p.Method), address, bytes.NewReader(p.Body))
	if err != nil {
		return batchAnswer{ID: p.ID, Status: http.StatusBadRequest}
	}
	r.Host = g.r.Host
	for name, value := range p.Headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Authorization", g.r.Header.Get("Authorization"))
	e := &journalEntry{
		Time: g.s.o.Now().UTC(), Method: r.Method, Path: r.URL.Path, ClientRequestID: r.Header.Get("client-request-id"), Batch: batch + "/" + p.ID,
	}
	w := &partWriter{header: http.Header{}}
	r = r.WithContext(withEntry(g.r.Context(), e))
	if f, struck := g.s.strike(r, true); struck {
		g.s.answerFault(f, w, r)
	} else {
		g.s.serveGraph(w, r)
	}
	g.s.journal(r, e, w.status)
	a := batchAnswer{ID: p.ID, Status: w.status, Headers: map[string]string{}}
	for name := range w.header {
		a.Headers[name] = w.header.Get(name)
	}
	if w.body.Len() == 0 {
		return a
	}
	a.Body = w.body.Bytes()
	if kind := w.header.Get("Content-Type"); kind == "text/plain" {
		// What is not JSON travels as base64url, quoted.
		a.Body = json.RawMessage(`"` + base64.URLEncoding.EncodeToString(a.Body) + `"`)
	}
	return a
}

// partWriter keeps the answer to a part.
type partWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *partWriter) Header() http.Header { return w.header }

func (w *partWriter) WriteHeader(status int) { w.status = status }

func (w *partWriter) Write(text []byte) (int, error) { return w.body.Write(text) }
