package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// limitTime has each limit of time count what it is for. net/http counts both
// of its own from the head of the request: a page that waits for a slow tenant
// would lose its context after ReadTimeout and its answer after WriteTimeout.
// https://pkg.go.dev/net/http#Server
func (s *Server) limitTime(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		limits := http.NewResponseController(c.Response())
		c.Response().Before(func() {
			s.noteLimit(limits.SetWriteDeadline(time.Now().Add(s.opts.Write)))
		})
		arrived := func() { s.noteLimit(limits.SetReadDeadline(time.Time{})) }
		if r := c.Request(); r.Body == nil || r.Body == http.NoBody {
			arrived()
		} else {
			r.Body = &arrivingBody{ReadCloser: r.Body, arrived: arrived}
		}
		return next(c)
	}
}

// noteLimit logs a limit that could not be set. The answer goes on under the
// former one.
func (s *Server) noteLimit(err error) {
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.opts.Log.Debug("set a limit of time", "error", err)
	}
}

// arrivingBody tells when a request has come to its end.
type arrivingBody struct {
	io.ReadCloser
	arrived func()
}

// Read reads on and looks for the end.
func (b *arrivingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.arrived()
	}
	return n, err
}

// inTime ends the request's context when its page takes too long. The answer is
// then made without that limit: it says what is known.
func (s *Server) inTime(c echo.Context, handler echo.HandlerFunc) error {
	whole := c.Request().Context()
	ctx, cancel := context.WithTimeout(whole, s.opts.Patience)
	defer func() {
		cancel()
		c.SetRequest(c.Request().WithContext(whole))
	}()
	c.SetRequest(c.Request().WithContext(ctx))
	return handler(c)
}
