package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// identify gives the request an id. One that the client sent is not believed:
// it would let a stranger choose what our log says.
func (s *Server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := uuid.NewString()
		c.Set(string(keyServer), s)
		c.Set(string(keyRequestID), id)
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

// logAccess writes one line a request: never the query, a header or a body.
func (s *Server) logAccess(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := s.opts.Now()
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		level := slog.LevelInfo
		if strings.HasPrefix(c.Request().URL.Path, "/static/") {
			level = slog.LevelDebug
		}
		s.opts.Log.LogAttrs(c.Request().Context(), level, "request",
			slog.String("method", c.Request().Method),
			slog.String("path", c.Request().URL.Path),
			slog.String("route", c.Path()),
			slog.Int("status", c.Response().Status),
			slog.Int64("bytes", c.Response().Size),
			slog.Duration("duration", s.opts.Now().Sub(start)),
			slog.String("ip", c.RealIP()),
			slog.String("request_id", RequestID(c)),
		)
		return nil
	}
}

// recoverPanics turns a panic into an error, so that the answer is a page and
// the log has the place. http.ErrAbortHandler keeps its meaning.
func (s *Server) recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				err = &PanicError{Value: v, Stack: stack()}
			}
		}()
		return next(c)
	}
}

// stack lists the calls below a panic without their arguments: those may hold
// secrets.
func stack() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	var b strings.Builder
	for {
		f, more := frames.Next()
		fmt.Fprintf(&b, "%s %s:%d\n", f.Function, f.File, f.Line)
		if !more {
			return b.String()
		}
	}
}
