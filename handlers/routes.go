package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"agentidportal/static"
	"agentidportal/web"
)

// routes is every address of the portal, read like a site map. The guard says
// who may use it: a route without one stops the start.
func (h *Handlers) routes() []web.Route {
	const get, post = http.MethodGet, http.MethodPost
	var (
		anyone = web.Public()
		user   = web.RequireUser()
		viewer = web.RequireRole(web.Auditor, web.Operator) // Admin holds both
		tester = web.RequireRole(web.Operator)
	)
	routes := []web.Route{
		// Signing in and out
		{Method: get, Path: "/sign-in", Guard: anyone, Handler: h.startSignIn, Rate: web.RateSignIn},
		{Method: get, Path: "/auth/callback", Guard: anyone, Handler: h.finishSignIn, Rate: web.RateCallback},
		{Method: get, Path: "/signed-in", Guard: user, Handler: h.signedIn},
		{Method: post, Path: "/sign-out", Guard: anyone, Handler: h.signOut},
		{Method: post, Path: "/roles/refresh", Guard: user, Handler: h.refreshRoles, Rate: web.RateWrite},

		// What there is
		{Method: get, Path: "/", Guard: user, Handler: h.showOverview},
		{Method: get, Path: "/blueprints", Guard: viewer, Handler: h.listBlueprints},
		{Method: get, Path: "/blueprints/:id", Guard: viewer, Handler: h.showBlueprint},
		{Method: get, Path: "/agents", Guard: viewer, Handler: h.listAgents},
		{Method: get, Path: "/agents/:id", Guard: viewer, Handler: h.showAgent},

		// Tokens
		{Method: get, Path: "/tokens", Guard: tester, Handler: h.showLab},
		{Method: post, Path: "/tokens", Guard: tester, Handler: h.getToken, Rate: web.RateToken},
		{Method: get, Path: "/tokens/inspect", Guard: h.inspectorGuard(), Handler: h.showInspector},
		{Method: post, Path: "/tokens/inspect", Guard: h.inspectorGuard(), Handler: h.inspect, Rate: web.RateDecode},

		// What pages load
		{Method: get, Path: static.Prefix + "*", Guard: anyone, Handler: echo.WrapHandler(static.Handler()), NoReturn: true},

		// For machines
		{Method: get, Path: "/healthz", Guard: anyone, Handler: h.healthz},
		{Method: get, Path: "/readyz", Guard: anyone, Handler: h.readyz},
	}
	if h.Sandbox != nil {
		routes = append(routes,
			web.Route{Method: get, Path: "/sandbox", Guard: user, Handler: h.showSandbox},
			web.Route{Method: post, Path: "/sandbox/knobs", Guard: web.RequireRole(web.Admin), Handler: h.setKnobs, Rate: web.RateWrite},
		)
	}
	return routes
}
