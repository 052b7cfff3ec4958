package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// showCodes is the table of codes. It holds nothing of the tenant, so it is as
// open as the inspector; ?q= filters by code or word.
func (h *Handlers) showCodes(c echo.Context) error {
	d := views.CodesData{Query: cut(strings.TrimSpace(c.QueryParam("q")), 100)}
	words := strings.Fields(strings.ToLower(d.Query))
	for _, group := range append(entra.Codes(), graph.Codes()...) {
		d.Total += len(group.Rows)
		kept := entra.CodeGroup{Title: group.Title}
		for _, row := range group.Rows {
			if matches(words, row.Code, row.Meaning, row.Cause, row.Fix) {
				kept.Rows = append(kept.Rows, row)
			}
		}
		if len(kept.Rows) > 0 {
			d.Groups = append(d.Groups, kept)
		}
	}
	p := h.page(c, "Error codes", "help")
	p.Lead = "What the codes of the sign-in service and of Microsoft Graph mean, why agents get them, and what to do."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Help", Href: "/help"}, {Text: "Error codes"}}
	return web.Render(c, http.StatusOK, views.CodesPage(p, d))
}
