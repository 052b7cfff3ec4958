package provision

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"agentidportal/models"
)

// The ends that a fault may have.
type ending int

const (
	endsDone   ending = iota // the run waits it out by itself
	endsFailed               // it is for a person, who is told what to do
	endsEither               // one kind of step waits for what is final to another
)

// cellFault is something that goes wrong with the call of a step. alone is it
// for a request of its own; part for one part of a batch, where nil means that
// it befalls the request that holds them all.
type cellFault struct {
	name  string
	ends  ending
	alone fault
	part  *partFault
	times int  // how often; 0 is once
	read  bool // it needs an answer that says what was made
}

// refusal is an answer of Graph that changes nothing, alone and in a batch.
func refusal(name string, ends ending, status int, code, message string, change ...func(*cellFault)) cellFault {
	f := cellFault{
		name: name, ends: ends, alone: fault{status: status, code: code, message: message}, part: &partFault{status: status, code: code, message: message},
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

func retryAfter(f *cellFault) {
	f.alone.header, f.part.after = map[string]string{"Retry-After": "1"}, "1"
}

func carriedOut(f *cellFault) { f.alone.done, f.part.done = true, true }

func threeTimes(f *cellFault) { f.times = 3 }

// cellFaults are the faults that each kind of step has to survive.
func cellFaults() []cellFault {
	gone := "Resource '00000000-0000-0000-0000-000000000000' does not exist or one of its queried reference-property objects are not present."
	return []cellFault{
		refusal("429", endsDone, 429, "TooManyRequests", "Too many requests."),
		refusal("429 Retry-After", endsDone, 429, "TooManyRequests", "Too many requests.", retryAfter),
		refusal("429 three times", endsDone, 429, "TooManyRequests", "Too many requests.", threeTimes),
		refusal("503", endsDone, 503, "ServiceUnavailable", "Busy."),
		refusal("503 Retry-After", endsDone, 503, "ServiceUnavailable", "Busy.", retryAfter),
		refusal("500", endsDone, 500, "InternalServerError", "Oops."),
		refusal("500 after it was done", endsDone, 500, "InternalServerError", "Oops.", carriedOut),
		refusal("502", endsDone, 502, "BadGateway", "Oops."),
		refusal("504 after it was done", endsDone, 504, "GatewayTimeout", "Late.", carriedOut),
		{name: "reset", ends: endsDone, alone: fault{before: true}},
		{name: "reset twice", ends: endsDone, alone: fault{before: true}, times: 2},
		{name: "reset after it was done", ends: endsDone, alone: fault{after: true}},
		{name: "timeout before", ends: endsDone, alone: fault{before: true, failure: os.ErrDeadlineExceeded}},
		{name: "timeout after it was done", ends: endsDone, alone: fault{after: true, failure: os.ErrDeadlineExceeded}},
		{name: "half an answer", ends: endsDone, alone: fault{half: true}, part: &partFault{silent: true}},
		{name: "no JSON", ends: endsDone, alone: fault{status: 200, body: "<html>"}, read: true},
		{name: "an empty answer after it was done", ends: endsDone, alone: fault{status: 201, body: " ", done: true}, part: &partFault{silent: true}, read: true},
		refusal("ConcurrencyViolation", endsDone, 409, "Directory_ConcurrencyViolation", "Another change was faster."),
		refusal("401", endsDone, 401, "InvalidAuthenticationToken", "Lifetime validation failed."),
		refusal("401 three times", endsFailed, 401, "InvalidAuthenticationToken", "Lifetime validation failed.", threeTimes),
		refusal("424", endsDone, 424, "FailedDependency", "Another call failed."),
		refusal("403", endsEither, 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
		refusal("403 of a policy", endsEither, 403, "AccessDenied", "Blocked by a policy."),
		refusal("409", endsEither, 409, "Request_Conflict", "The object was changed."),
		refusal("404 after create", endsEither, 404, "Request_ResourceNotFound", gone),
		refusal("400 of a replica", endsEither, 400, "Request_BadRequest", gone),
		refusal("400", endsFailed, 400, "Request_BadRequest", "Invalid value specified for property 'x'."),
		refusal("quota", endsFailed, 400, "Directory_QuotaExceeded", "The directory object quota limit has been exceeded."),
	}
}

// cellStrike plays a fault to the calls of one kind of step: their operation is
// announced in the audit, whose record names the kind.
type cellStrike struct {
	t     testing.TB
	b     *bench
	kind  string
	fault cellFault

	mu   sync.Mutex
	left int
	hits int
}

// choose is faults.choose.
func (s *cellStrike) choose(r *http.Request) *fault {
	if r.Method == http.MethodGet {
		return nil
	}
	op, batch := r.Header.Get("client-request-id"), strings.HasSuffix(r.URL.Path, "/$batch")
	if batch {
		op = firstOperation(s.t, r)
	}
	if op == "" || !s.announced(op) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == 0 {
		return nil
	}
	s.left--
	s.hits++
	strikes := s.fault.alone
	if batch && s.fault.part != nil {
		strikes = fault{parts: map[int]partFault{1: *s.fault.part}}
	}
	return &strikes
}

func (s *cellStrike) announced(op string) bool {
	records, err := s.b.store.AuditByOp(s.t.Context(), op)
	return err == nil && len(records) > 0 && records[0].Kind == models.AuditIntent && records[0].Action == s.kind
}

// firstOperation is that of the first part of a batch: all are of one kind.
func firstOperation(t testing.TB, r *http.Request) string {
	t.Helper()
	body, err := r.GetBody()
	if err != nil {
		t.Error(err)
		return ""
	}
	text, err := io.ReadAll(body)
	var sent struct {
		Requests []struct{ Headers map[string]string }
	}
	if err != nil || json.Unmarshal(text, &sent) != nil || len(sent.Requests) == 0 {
		t.Errorf("no batch: %s", text)
		return ""
	}
	return sent.Requests[0].Headers["client-request-id"]
}
