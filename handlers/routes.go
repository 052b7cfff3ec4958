package handlers

import (
	"net/http"

	"agentidportal/web"
)

// routes is every address of the portal, read like a site map. The guard says
// who may use it: a route without one stops the start.
func (h *Handlers) routes() []web.Route {
	const get, post = http.MethodGet, http.MethodPost
	var (
		anyone = web.Public()
		user   = web.RequireUser()
	)
	routes := []web.Route{
		// Signing in and out
		{Method: get, Path: "/sign-in", Guard: anyone, Handler: h.startSignIn, Rate: web.RateSignIn},
		{Method: get, Path: "/auth/callback", Guard: anyone, Handler: h.finishSignIn, Rate: web.RateCallback},
		{Method: get, Path: "/signed-in", Guard: user, Handler: h.signedIn},
		{Method: post, Path: "/sign-out", Guard: anyone, Handler: h.signOut},
		{Method: post, Path: "/roles/refresh", Guard: user, Handler: h.refreshRoles, Rate: web.RateWrite},

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
