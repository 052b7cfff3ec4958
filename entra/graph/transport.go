package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"path"
	"strings"
	"sync/atomic"

	"github.com/google/uuid"
)

// maxBody is the most we read of one answer. A page of 100 service principals is below 1 MiB.
const maxBody = 8 << 20

// ErrTooLarge is an answer of more than 8 MiB.
var ErrTooLarge = errors.New("the answer is larger than 8 MiB")

// once sends one request once and notes it for the page that asked.
func (c *Client) once(ctx context.Context, requestID string, call Call, out any) (*Response, error) {
	started := c.now()
	answer, err := c.send(ctx, requestID, call, out)
	c.recorder.note(call, started, c.now().Sub(started), answer, err)
	return answer, err
}

// send makes the request. For writes it also tells whether a failure leaves the outcome open.
func (c *Client) send(ctx context.Context, requestID string, call Call, out any) (*Response, error) {
	var sent atomic.Bool
	req, err := c.request(traceSent(ctx, &sent), requestID, call)
	if err != nil {
		return nil, err
	}
	started := c.now()
	res, err := c.http.Do(req)
	if err != nil {
		return nil, settle(call, requestID, sent.Load(), c.transportError(call, requestID, err))
	}
	defer res.Body.Close()
	body, readErr := readBody(res.Body)
	answer := responseOf(res, requestID, c.now().Sub(started), c.now())
	if res.StatusCode < 200 || res.StatusCode > 299 {
		refusal := errorOf(call, answer, body)
		return answer, settle(call, requestID, openAfter(res.StatusCode), refusal)
	}
	if readErr == nil {
		readErr = decode(res.StatusCode, body, out)
	}
	if readErr != nil {
		// Graph did it, and what it said is lost: for a write that is as open as no answer at all.
		return answer, settle(call, requestID, true, c.answerError(call, answer, readErr))
	}
	return answer, nil
}

// traceSent notes the moment from which the server may have seen the request.
func traceSent(ctx context.Context, sent *atomic.Bool) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { sent.Store(true) },
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				sent.Store(true)
			}
		},
	})
}

// openAfter says whether a status leaves open what became of a write: a server that failed in the midst of it, or one
// in between that gave up waiting. https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9
func openAfter(status int) bool { return status >= 500 || status == http.StatusRequestTimeout }

func settle(call Call, requestID string, open bool, err error) error {
	if open && call.Method != http.MethodGet {
		return &UnknownOutcomeError{ClientRequestID: requestID, Err: err}
	}
	return err
}

// transportError drops the address from net/http's error: its query may hold what somebody searched for.
func (c *Client) transportError(call Call, requestID string, err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	return &NoAnswerError{Method: call.Method, Path: pathOnly(call.Path), ClientRequestID: requestID, Address: c.base, Err: err}
}

// answerError is for an answer of success that cannot be read whole.
func (c *Client) answerError(call Call, answer *Response, err error) error {
	return &NoAnswerError{
		Method: call.Method, Path: pathOnly(call.Path), Status: answer.Status, RequestID: answer.RequestID,
		ClientRequestID: answer.ClientRequestID, Address: c.base, Err: fmt.Errorf("read answer: %w", err),
	}
}

func (c *Client) request(ctx context.Context, requestID string, call Call) (*http.Request, error) {
	if err := checkPath(call.Path); err != nil {
		return nil, err
	}
	var body io.Reader
	if call.Body != nil {
		text, err := json.Marshal(call.Body)
		if err != nil {
			return nil, fmt.Errorf("%s %s: encode body: %w", call.Method, pathOnly(call.Path), err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, c.base+call.Path, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", call.Method, pathOnly(call.Path), err)
	}
	token, err := c.token(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s %s: get a token: %w", call.Method, pathOnly(call.Path), err)
	}
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("OData-Version", "4.0") // needed with @odata.type, harmless otherwise
	req.Header.Set("client-request-id", requestID)
	req.Header.Set("return-client-request-id", "true")
	if call.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if call.Eventual {
		req.Header.Set("ConsistencyLevel", "eventual")
	}
	return req, nil
}

// checkPath refuses what could lead out of the two API versions. Ids reach a path only through PathSegment; this is
// the second lock.
func checkPath(p string) error {
	plain := pathOnly(p)
	decoded, err := url.PathUnescape(plain)
	if err != nil {
		return fmt.Errorf("path %q: %w", plain, err)
	}
	if !strings.HasPrefix(plain, "/v1.0/") && !strings.HasPrefix(plain, "/beta/") {
		return fmt.Errorf("path %q: no API version", plain)
	}
	for _, form := range []string{plain, decoded} {
		if path.Clean(form) != form || strings.ContainsAny(form, "\\\x00\r\n") {
			return fmt.Errorf("path %q: refused, it does not stay where it points", plain)
		}
	}
	return nil
}

func readBody(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err == nil && len(body) > maxBody {
		return nil, ErrTooLarge
	}
	return body, err
}

func decode(status int, body []byte, out any) error {
	switch out := out.(type) {
	case nil:
		return nil
	case *[]byte:
		*out = body
		return nil
	}
	if status == http.StatusNoContent {
		return nil
	}
	return json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), out)
}

func newRequestID() string { return uuid.Must(uuid.NewV7()).String() }
