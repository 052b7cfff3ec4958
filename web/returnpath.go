package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

const maxReturn = 512

// ReturnPath gives back a path people may be sent to after sign-in, or "/".
// Only a plain path of a page of ours passes, spelt without any of the tricks
// (//, /\, %2f, ;, ..) that browsers and parsers read differently.
func (s *Server) ReturnPath(raw string) string {
	path, _, _ := strings.Cut(raw, "?")
	switch {
	case len(raw) > maxReturn, !strings.HasPrefix(raw, "/"), strings.HasPrefix(raw, "//"),
		strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' || r == '#' }),
		strings.ContainsAny(path, "%;"), strings.Contains(path, "//"), strings.Contains(path, ".."):
		return "/"
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" || u.Fragment != "" || u.Path != path {
		return "/"
	}
	if !s.isPage(path) {
		return "/"
	}
	return raw
}

// isPage says whether a GET of the path is a page of the route table.
func (s *Server) isPage(path string) bool {
	c := s.echo.NewContext(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}}, nil)
	s.echo.Router().Find(http.MethodGet, path, c)
	return s.pages[c.Path()]
}

// Path returns the address of the request as a return path, or "/".
func (s *Server) Path(c echo.Context) string { return s.ReturnPath(c.Request().URL.RequestURI()) }
