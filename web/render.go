package web

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// Render writes a page. It is rendered whole before the first byte leaves, so
// that a failing template gives an error page and not half of one. Pages are
// never stored by browsers or proxies.
func Render(c echo.Context, status int, page templ.Component) error {
	var buf bytes.Buffer
	if err := page.Render(c.Request().Context(), &buf); err != nil {
		return fmt.Errorf("render %s: %w", c.Path(), err)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.HTMLBlob(status, buf.Bytes())
}

// IsFragment says whether the script of a page asked, which swaps what it
// gets into the page that is there.
func IsFragment(c echo.Context) bool { return c.Request().Header.Get("HX-Request") == "true" }

// Redirect sends a browser to a path of ours, and a page's script as well:
// that would otherwise follow the redirect and swap the page into a corner.
func Redirect(c echo.Context, path string) error {
	if IsFragment(c) {
		c.Response().Header().Set("HX-Redirect", path)
		return c.NoContent(http.StatusNoContent)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Redirect(http.StatusSeeOther, path)
}
