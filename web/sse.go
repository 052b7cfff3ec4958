package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// ErrStreamEnded says that nobody listens any more: the browser has gone, the
// session is over or the portal stops.
var ErrStreamEnded = errors.New("event stream ended")

// writeLimit is how long one event may take to leave.
const writeLimit = 10 * time.Second

// EventStream sends re-rendered pieces of a page to one browser.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
type EventStream struct {
	server  *Server
	c       echo.Context
	rc      *http.ResponseController
	session string
	guard   Guard // of the route
	beat    *time.Ticker
	watch   *time.Ticker
	release func()
}

// SSE starts an event stream, on a route that is a Stream. It fails with TooManyError when the session or
// the portal has too many of them. The caller closes it.
func SSE(c echo.Context) (*EventStream, error) {
	s, ok := c.Get(string(keyServer)).(*Server)
	if !ok {
		return nil, errors.New("event stream outside the server")
	}
	if _, limited := c.Request().Context().Deadline(); limited {
		return nil, errors.New("event stream on a route that is not marked as one")
	}
	token := s.sessions.Token(c.Request().Context())
	release, ok := s.streams.enter(token)
	if !ok {
		return nil, &TooManyError{RetryAfter: s.opts.Heartbeat}
	}
	e := &EventStream{
		server: s, c: c, session: token, release: release,
		rc:    http.NewResponseController(c.Response()),
		beat:  time.NewTicker(s.opts.Heartbeat),
		watch: time.NewTicker(s.opts.Watch),
	}
	e.guard, _ = c.Get(keyGuard).(Guard)
	h := c.Response().Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	c.Response().WriteHeader(http.StatusOK)
	if err := e.write("retry: 3000\n\n"); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// Send sends one event. The session is looked at first, so that nothing is
// shown to somebody who has signed out elsewhere or lost the role it takes.
func (e *EventStream) Send(event string, part templ.Component) error {
	if !e.alive() {
		return ErrStreamEnded
	}
	var body bytes.Buffer
	if err := part.Render(e.c.Request().Context(), &body); err != nil {
		return fmt.Errorf("render event %s: %w", event, err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "event: %s\n", event)
	// A carriage return would end a line of the stream as a line feed does.
	text := strings.ReplaceAll(body.String(), "\r", "")
	for line := range strings.Lines(text) {
		fmt.Fprintf(&b, "data: %s\n", strings.TrimSuffix(line, "\n"))
	}
	if text == "" {
		b.WriteString("data:\n")
	}
	b.WriteString("\n")
	return e.write(b.String())
}

func (e *EventStream) alive() bool { return e.server.alive(e.session, e.guard) }

// Wait returns when there is something new to send. Meanwhile it keeps the
// connection alive and looks at the session. It fails with ErrStreamEnded when the stream is over.
func (e *EventStream) Wait(changed <-chan struct{}) error {
	for {
		select {
		case <-changed:
			return nil
		case <-e.c.Request().Context().Done():
			return ErrStreamEnded
		case <-e.server.streams.done:
			return ErrStreamEnded
		case <-e.watch.C:
			if !e.alive() {
				return ErrStreamEnded
			}
		case <-e.beat.C:
			if err := e.write(": still here\n\n"); err != nil {
				return err
			}
		}
	}
}

// Close gives the stream's place back.
func (e *EventStream) Close() {
	e.beat.Stop()
	e.watch.Stop()
	e.release()
}

func (e *EventStream) write(text string) error {
	if err := e.rc.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("limit the write: %w", err)
	}
	if _, err := e.c.Response().Write([]byte(text)); err != nil {
		return ErrStreamEnded
	}
	if err := e.rc.Flush(); err != nil {
		return ErrStreamEnded
	}
	return nil
}

// streams counts open event streams.
type streams struct {
	perSession, total int
	done              chan struct{}
	once              sync.Once
	mu                sync.Mutex
	open              map[string]int
	sum               int
}

func newStreams(perSession, total int) *streams {
	return &streams{perSession: perSession, total: total, done: make(chan struct{}), open: map[string]int{}}
}

func (s *streams) enter(session string) (release func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sum >= s.total || s.open[session] >= s.perSession {
		return nil, false
	}
	s.sum++
	s.open[session]++
	return sync.OnceFunc(func() { s.leave(session) }), true
}

func (s *streams) leave(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sum--
	if s.open[session]--; s.open[session] == 0 {
		delete(s.open, session)
	}
}

// end closes every stream; it is called when the portal stops.
func (s *streams) end() { s.once.Do(func() { close(s.done) }) }
