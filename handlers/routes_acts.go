package handlers

import (
	"net/http"

	"agentidportal/entra/graph"
	"agentidportal/web"
)

// actRoutes are the acts on one object, from its page: who may make things may
// change and disable them; deleting is for Admins.
func (h *Handlers) actRoutes() []web.Route {
	const get, post = http.MethodGet, http.MethodPost
	maker, admin := web.RequireRole(web.Operator), web.RequireRole(web.Admin)
	return []web.Route{
		{Method: get, Path: "/blueprints/:id/edit", Guard: maker, Handler: h.askEdit(graph.KindBlueprint)},
		{Method: post, Path: "/blueprints/:id/edit", Guard: maker, Handler: h.saveEdit(graph.KindBlueprint), Rate: web.RateWrite},
		{Method: get, Path: "/blueprints/:id/disable", Guard: maker, Handler: h.askEnabled(graph.KindBlueprint, false)},
		{Method: post, Path: "/blueprints/:id/disable", Guard: maker, Handler: h.setEnabled(graph.KindBlueprint, false), Rate: web.RateWrite},
		{Method: get, Path: "/blueprints/:id/enable", Guard: maker, Handler: h.askEnabled(graph.KindBlueprint, true)},
		{Method: post, Path: "/blueprints/:id/enable", Guard: maker, Handler: h.setEnabled(graph.KindBlueprint, true), Rate: web.RateWrite},
		{Method: get, Path: "/blueprints/:id/delete", Guard: admin, Handler: h.askDeletion(graph.KindBlueprint)},
		{Method: post, Path: "/blueprints/:id/delete", Guard: admin, Handler: h.deleteObject(graph.KindBlueprint), Rate: web.RateWrite, MaxBody: deletionBody},
		{Method: get, Path: "/principals/:id/edit", Guard: maker, Handler: h.askEdit(graph.KindBlueprintPrincipal)},
		{Method: post, Path: "/principals/:id/edit", Guard: maker, Handler: h.saveEdit(graph.KindBlueprintPrincipal), Rate: web.RateWrite},
		{Method: get, Path: "/principals/:id/disable", Guard: maker, Handler: h.askEnabled(graph.KindBlueprintPrincipal, false)},
		{Method: post, Path: "/principals/:id/disable", Guard: maker, Handler: h.setEnabled(graph.KindBlueprintPrincipal, false), Rate: web.RateWrite},
		{Method: get, Path: "/principals/:id/enable", Guard: maker, Handler: h.askEnabled(graph.KindBlueprintPrincipal, true)},
		{Method: post, Path: "/principals/:id/enable", Guard: maker, Handler: h.setEnabled(graph.KindBlueprintPrincipal, true), Rate: web.RateWrite},
		{Method: get, Path: "/principals/:id/delete", Guard: admin, Handler: h.askDeletion(graph.KindBlueprintPrincipal)},
		{Method: post, Path: "/principals/:id/delete", Guard: admin, Handler: h.deleteObject(graph.KindBlueprintPrincipal), Rate: web.RateWrite, MaxBody: deletionBody},
		{Method: get, Path: "/agents/:id/edit", Guard: maker, Handler: h.askEdit(graph.KindAgentIdentity)},
		{Method: post, Path: "/agents/:id/edit", Guard: maker, Handler: h.saveEdit(graph.KindAgentIdentity), Rate: web.RateWrite},
		{Method: get, Path: "/agents/:id/disable", Guard: maker, Handler: h.askEnabled(graph.KindAgentIdentity, false)},
		{Method: post, Path: "/agents/:id/disable", Guard: maker, Handler: h.setEnabled(graph.KindAgentIdentity, false), Rate: web.RateWrite},
		{Method: get, Path: "/agents/:id/enable", Guard: maker, Handler: h.askEnabled(graph.KindAgentIdentity, true)},
		{Method: post, Path: "/agents/:id/enable", Guard: maker, Handler: h.setEnabled(graph.KindAgentIdentity, true), Rate: web.RateWrite},
		{Method: get, Path: "/agents/:id/delete", Guard: admin, Handler: h.askDeletion(graph.KindAgentIdentity)},
		{Method: post, Path: "/agents/:id/delete", Guard: admin, Handler: h.deleteObject(graph.KindAgentIdentity), Rate: web.RateWrite, MaxBody: deletionBody},
		{Method: get, Path: "/agent-users/:id/edit", Guard: maker, Handler: h.askEdit(graph.KindAgentUser)},
		{Method: post, Path: "/agent-users/:id/edit", Guard: maker, Handler: h.saveEdit(graph.KindAgentUser), Rate: web.RateWrite},
		{Method: get, Path: "/agent-users/:id/disable", Guard: maker, Handler: h.askEnabled(graph.KindAgentUser, false)},
		{Method: post, Path: "/agent-users/:id/disable", Guard: maker, Handler: h.setEnabled(graph.KindAgentUser, false), Rate: web.RateWrite},
		{Method: get, Path: "/agent-users/:id/enable", Guard: maker, Handler: h.askEnabled(graph.KindAgentUser, true)},
		{Method: post, Path: "/agent-users/:id/enable", Guard: maker, Handler: h.setEnabled(graph.KindAgentUser, true), Rate: web.RateWrite},
		{Method: get, Path: "/agent-users/:id/delete", Guard: admin, Handler: h.askDeletion(graph.KindAgentUser)},
		{Method: post, Path: "/agent-users/:id/delete", Guard: admin, Handler: h.deleteObject(graph.KindAgentUser), Rate: web.RateWrite, MaxBody: deletionBody},
	}
}
