package handlers

import (
	"net/http"

	"agentidportal/web"
)

// checkRoutes are the saved checks of tokens. The handlers ask, as the lab does,
// whether the person may test the agents of the blueprint.
func (h *Handlers) checkRoutes() []web.Route {
	const get, post = http.MethodGet, http.MethodPost
	tester := web.RequireRole(web.Operator)
	return []web.Route{
		{Method: get, Path: "/tokens/checks", Guard: tester, Handler: h.listChecks},
		{Method: post, Path: "/tokens/checks/export", Guard: tester, Handler: h.exportChecks, Rate: web.RateWrite},
		{Method: get, Path: "/tokens/checks/new", Guard: tester, Handler: h.newCheck},
		{Method: post, Path: "/tokens/checks/new", Guard: tester, Handler: h.createCheck, Rate: web.RateWrite},
		{Method: get, Path: "/tokens/checks/:id", Guard: tester, Handler: h.showCheck},
		{Method: get, Path: "/tokens/checks/:id/edit", Guard: tester, Handler: h.editCheck},
		{Method: post, Path: "/tokens/checks/:id/edit", Guard: tester, Handler: h.changeCheck, Rate: web.RateWrite},
		{Method: get, Path: "/tokens/checks/:id/delete", Guard: tester, Handler: h.askCheckDeletion},
		{Method: post, Path: "/tokens/checks/:id/delete", Guard: tester, Handler: h.deleteCheck, Rate: web.RateWrite},
		{Method: post, Path: "/tokens/checks/:id/run", Guard: tester, Handler: h.runCheck, Rate: web.RateToken},
		{Method: get, Path: "/tokens/checks/:id/run", Guard: tester, Handler: h.backToCheck},
		{Method: post, Path: "/tokens/checks/:id/cancel", Guard: tester, Handler: h.cancelCheck, Rate: web.RateWrite},
	}
}
