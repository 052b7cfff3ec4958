package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// MaxParts is how many calls one batch takes.
// https://learn.microsoft.com/graph/json-batching
const MaxParts = 20

// Part is one call of a batch, under the id of its operation.
type Part struct {
	OpID string
	Call Call
}

// PartAnswer is what came of one part. Err is as of Send; without one, Body is the answer as received.
type PartAnswer struct {
	Body     []byte
	Response *Response // nil when there was no answer
	Err      error
}

// errNoPart is a batch answered without a word on one of its parts.
var errNoPart = errors.New("the answer to the batch leaves this call out")

// SendAll sends calls together: one as itself, several as a $batch whose parts may be carried out in any order. The
// answers are in the order of the parts, and each has its own fate: refused, carried out, or unknown. When the answer
// to the batch is lost, all are unknown; when the batch as a whole is refused, each part is.
func (w *Writer) SendAll(ctx context.Context, parts []Part) []PartAnswer {
	answers := make([]PartAnswer, len(parts))
	if len(parts) == 1 {
		a := &answers[0]
		a.Response, a.Err = w.Send(ctx, parts[0].OpID, parts[0].Call, &a.Body)
		return answers
	}
	batch, err := batchOf(parts)
	if err != nil {
		return all(answers, PartAnswer{Err: err})
	}
	var got struct {
		Responses []partResponse `json:"responses"`
	}
	answer, err := w.client.once(ctx, newRequestID(), batch, &got)
	if err != nil {
		for i := range answers {
			answers[i] = PartAnswer{Response: answer, Err: ofPart(err, parts[i])}
		}
		return answers
	}
	byID := map[string][]partResponse{}
	for _, r := range got.Responses {
		byID[r.ID] = append(byID[r.ID], r)
	}
	for i, part := range parts {
		// Two answers to one part contradict each other as much as none.
		if r := byID[partID(i)]; len(r) == 1 {
			answers[i] = r[0].answer(part, answer)
			continue
		}
		answers[i] = PartAnswer{Err: &UnknownOutcomeError{ClientRequestID: part.OpID, Err: errNoPart}}
	}
	return answers
}

func all(answers []PartAnswer, one PartAnswer) []PartAnswer {
	for i := range answers {
		answers[i] = one
	}
	return answers
}

// ofPart is the fate of the batch as that of one part.
func ofPart(err error, part Part) error {
	var open *UnknownOutcomeError
	if errors.As(err, &open) {
		return &UnknownOutcomeError{ClientRequestID: part.OpID, Err: open.Err}
	}
	return err
}

func partID(i int) string { return strconv.Itoa(i + 1) }

type batchBody struct {
	Requests []batchRequest `json:"requests"`
}

type batchRequest struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body,omitempty"`
}

// batchOf makes one call of many. All must be of the same API version.
func batchOf(parts []Part) (Call, error) {
	if len(parts) == 0 || len(parts) > MaxParts {
		return Call{}, fmt.Errorf("send batch: it takes 1 to %d calls, these are %d", MaxParts, len(parts))
	}
	var body batchBody
	version, _, _ := strings.Cut(strings.TrimPrefix(parts[0].Call.Path, "/"), "/")
	seen := map[string]bool{}
	for i, part := range parts {
		if err := part.check(); err != nil {
			return Call{}, err
		}
		address, ok := strings.CutPrefix(part.Call.Path, "/"+version)
		if !ok || seen[part.OpID] {
			return Call{}, fmt.Errorf("send batch: %s %s is of another version, or its operation is in the batch twice", part.Call.Method, pathOnly(part.Call.Path))
		}
		seen[part.OpID] = true
		body.Requests = append(body.Requests, batchRequest{
			ID: partID(i), Method: part.Call.Method, URL: address, Headers: part.headers(), Body: part.Call.Body,
		})
	}
	return Call{Method: http.MethodPost, Path: "/" + version + "/$batch", Body: body}, nil
}

func (p Part) headers() map[string]string {
	headers := map[string]string{"client-request-id": p.OpID, "return-client-request-id": "true", "OData-Version": "4.0"}
	if p.Call.Body != nil {
		headers["Content-Type"] = "application/json"
	}
	if p.Call.Eventual {
		headers["ConsistencyLevel"] = "eventual"
	}
	return headers
}

// partResponse is the answer to one part.
type partResponse struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// answer reads a part as once reads a request of its own.
func (r partResponse) answer(part Part, batch *Response) PartAnswer {
	header := http.Header{}
	for name, value := range r.Headers {
		header.Set(name, value)
	}
	if header.Get("Date") == "" && !batch.Date.IsZero() {
		header.Set("Date", batch.Date.UTC().Format(http.TimeFormat))
	}
	a := PartAnswer{Body: r.Body, Response: responseOf(&http.Response{StatusCode: r.Status, Header: header}, part.OpID, batch.Duration, batch.Date)}
	if a.Response.RequestID == "" {
		a.Response.RequestID = batch.RequestID
	}
	if r.Status < 200 || r.Status > 299 {
		a.Err = settle(part.Call, part.OpID, openAfter(r.Status) || r.Status < 400, errorOf(part.Call, a.Response, r.Body))
	}
	return a
}

// Decode reads an answer as Send does.
func Decode(body []byte, out any) error {
	return json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), out)
}
