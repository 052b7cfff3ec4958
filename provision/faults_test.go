package provision

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing/iotest"
)

// fault is something that goes wrong with one request.
type fault struct {
	method string // POST unless set
	path   string // part of the path
	exact  bool   // path is its end
	times  int    // how often; 0 is once
	nth    int    // any request, this one counted from now; method and path do not matter

	before  bool // the request is lost before Graph sees it
	after   bool // Graph does it, the answer is lost
	twice   bool // and does it a second time
	done    bool // Graph does it, and status is answered
	status  int  // answered in Graph's place
	code    string
	message string
	oauth   bool // the answer has the shape of the token endpoint
	header  map[string]string
	body    string // the whole answer, in place of code and message
	half    bool   // Graph does it, and half of the answer comes
	failure error  // of the connection, in place of a reset
	hangs   bool   // no answer comes; ended is told why the request ended
	ended   func(error)

	parts map[int]partFault // of a batch, by place from 1; path is "/$batch"

	do func() // called when it strikes
}

// faults is a transport that plays faults the sandbox cannot play.
type faults struct {
	mu     sync.Mutex
	list   []*fault
	change func(*http.Request) // done to every request; set before the first
	// choose says what befalls a request, before the list is asked; the mutex
	// guards it.
	choose func(*http.Request) *fault
}

// clear ends every fault.
func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
}

func (f *faults) add(list ...fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range list {
		if one.times == 0 {
			one.times = 1
		}
		if one.method == "" {
			one.method = http.MethodPost
		}
		f.list = append(f.list, &one)
	}
}

func (f *faults) take(r *http.Request) *fault {
	f.mu.Lock()
	choose := f.choose
	f.mu.Unlock()
	if choose != nil {
		if one := choose(r); one != nil {
			return one
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.list {
		if one.nth > 0 {
			if one.nth--; one.nth == 0 && one.times > 0 {
				one.times = 0
				return one
			}
			continue
		}
		fits := strings.Contains(r.URL.Path, one.path)
		if one.exact {
			fits = strings.HasSuffix(r.URL.Path, one.path)
		}
		if one.times > 0 && one.method == r.Method && fits {
			one.times--
			return one
		}
	}
	return nil
}

var errReset = errors.New("connection reset by peer")

// RoundTrip plays the first fault that fits, once the request counts as sent.
func (f *faults) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.change != nil {
		f.change(r)
	}
	strikes := f.take(r)
	if strikes == nil {
		return http.DefaultTransport.RoundTrip(r)
	}
	if strikes.do != nil {
		strikes.do()
	}
	switch {
	case strikes.parts != nil:
		return playParts(r, strikes.parts)
	case strikes.hangs:
		return nil, strikes.hang(r)
	case strikes.half:
		return halved(r)
	case strikes.before:
		return nil, strikes.broken(sentThenReset(r))
	case strikes.after:
		if strikes.twice {
			again := r.Clone(r.Context())
			again.Body, _ = r.GetBody()
			deliver(again)
		}
		deliver(r)
		return nil, strikes.broken(errReset)
	case strikes.status == 0:
		return http.DefaultTransport.RoundTrip(r)
	}
	if strikes.done {
		deliver(r)
	}
	body := `{"error":{"code":"` + strikes.code + `","message":"` + strikes.message + `","innerError":{"request-id":"played"}}}`
	if strikes.oauth {
		body = `{"error":"` + strikes.code + `","error_description":"` + strikes.message + `"}`
	}
	if strikes.body != "" {
		body = strikes.body
	}
	res := &http.Response{
		StatusCode: strikes.status, Header: http.Header{"Content-Type": {"application/json"}, "Request-Id": {"played"}},
		Body: io.NopCloser(bytes.NewReader([]byte(body))), Request: r, ProtoMajor: 1, ProtoMinor: 1,
	}
	for name, value := range strikes.header {
		res.Header.Set(name, value)
	}
	return res, nil
}

// broken is how the connection ended.
func (f *fault) broken(reset error) error {
	if f.failure != nil {
		return f.failure
	}
	return reset
}

// halved has Graph carry a request out and cuts its answer in two. An answer
// without a body is lost whole.
func halved(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	whole, err := io.ReadAll(res.Body)
	if err != nil || len(whole) == 0 {
		return nil, errReset
	}
	res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), iotest.ErrReader(io.ErrUnexpectedEOF)))
	return res, nil
}

// hang has the request written to somebody who never answers, and waits until
// the client ends it.
func (f *fault) hang(r *http.Request) error {
	_ = sentThenReset(r)
	<-r.Context().Done()
	if f.ended != nil {
		f.ended(r.Context().Err())
	}
	return r.Context().Err()
}

// deliver has Graph carry a request out and drops the answer.
func deliver(r *http.Request) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
}

// sentThenReset has the request written to somebody who never answers, so that
// the client must count it as sent.
func sentThenReset(r *http.Request) error {
	lost := r.Clone(r.Context())
	lost.URL.Path, lost.URL.RawPath = "/nobody-is-here", ""
	res, err := http.DefaultTransport.RoundTrip(lost)
	if err == nil {
		res.Body.Close()
	}
	return errReset
}
