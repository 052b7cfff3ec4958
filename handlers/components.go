package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"agentidportal/views"
	"agentidportal/web"
)

// showComponents shows every part in every state, for those who change them.
// ?text= picks the text of the samples.
func (h *Handlers) showComponents(c echo.Context) error {
	p := h.page(c, "Parts and states", "settings")
	p.Lead = "Every part in every state, with sample data. Development builds only."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Settings", Href: "/settings"}, {Text: "Parts and states"}}
	return web.Render(c, http.StatusOK, views.ComponentsPage(p, c.QueryParam("text")))
}
