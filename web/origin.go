package web

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// Origin reads an address of the form scheme://host[:port] and writes it as
// browsers do: in lower case, without the scheme's own port.
// https://www.rfc-editor.org/rfc/rfc6454#section-6.2
func Origin(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.TrimSuffix(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%q is not a plain origin like https://portal.example", address)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("%q is neither http nor https", address)
	}
	return u.Scheme + "://" + plainHost(u.Scheme, u.Host), nil
}

// plainHost drops the port that the scheme has anyway.
func plainHost(scheme, host string) string {
	port := map[string]string{"http": ":80", "https": ":443"}[scheme]
	return strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(host, port), ":"))
}

// maxQuery is the longest query in bytes; a longer one is no link of ours. Lists
// carry the rows that were ticked: 250 of them, and one page more.
const maxQuery = 12_000

// checkHost answers the public host only: a page that was led here by another
// name (DNS rebinding) gets nothing. Other loopback names are sent to the
// public one, because cookies are bound to it. Probes may use any of them.
func (s *Server) checkHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if plainHost(s.public.Scheme, r.Host) == s.public.Host {
			return next(c)
		}
		if !IsLoopback(r.Host) {
			return &MisdirectedError{PublicURL: s.URL("/")}
		}
		switch {
		case isProbe(r.URL.Path):
			return next(c)
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			to := s.URL(r.URL.EscapedPath())
			if r.URL.RawQuery != "" {
				to += "?" + r.URL.RawQuery
			}
			return c.Redirect(http.StatusTemporaryRedirect, to)
		default:
			return &MisdirectedError{PublicURL: s.URL("/")}
		}
	}
}

func isProbe(path string) bool { return path == "/healthz" || path == "/readyz" }

// IsLoopback says whether a host, with or without a port, names this machine.
func IsLoopback(host string) bool {
	if h, port, err := net.SplitHostPort(host); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
		host = h
	}
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func (s *Server) checkQuery(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if len(c.Request().URL.RawQuery) > maxQuery {
			return &BadRequestError{
				Status: http.StatusRequestURITooLong,
				What:   "The address of this page is longer than 12,000 characters.",
				Fix:    "Open the page from the navigation, and set fewer filters or tick fewer rows. “Select all” takes any number of rows.",
			}
		}
		return next(c)
	}
}

// checkOrigin lets a request that changes something pass only when a browser
// says that it comes from the portal's own pages. The standard library lets
// requests pass that carry neither header; a browser sends at least one, and
// programs have no business with these routes.
func (s *Server) checkOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
			return next(c)
		case http.MethodTrace, http.MethodConnect:
			return echo.ErrMethodNotAllowed
		}
		said := &CrossSiteError{Site: r.Header.Get("Sec-Fetch-Site"), Origin: r.Header.Get("Origin")}
		if said.Site == "" && said.Origin == "" {
			return said
		}
		if err := s.csrf.Check(r); err != nil {
			return said
		}
		return next(c)
	}
}
