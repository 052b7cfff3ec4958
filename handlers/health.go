package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"agentidportal/web"
)

// healthz says that the process answers, and nothing else.
func (h *Handlers) healthz(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.String(http.StatusOK, "ok\n")
}

// readyz says whether the portal can do its work: the database can be written,
// and the key opens what it seals. The tenant is not asked: a portal without
// its tenant still shows its audit.
func (h *Handlers) readyz(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	if err := h.Store.Ping(c.Request().Context()); err != nil {
		h.Log.Error("not ready", "error", err, "request_id", web.RequestID(c))
		return c.String(http.StatusServiceUnavailable, "the database cannot be written\n")
	}
	const aad = "ready:probe:0"
	sealed, err := h.Sealer.Seal([]byte("ready"), aad)
	if err == nil {
		_, err = h.Sealer.Open(sealed, aad)
	}
	if err != nil {
		h.Log.Error("not ready", "error", err, "request_id", web.RequestID(c))
		return c.String(http.StatusServiceUnavailable, "the encryption key does not work\n")
	}
	return c.String(http.StatusOK, "ready\n")
}
