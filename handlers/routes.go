package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"agentidportal/provision"
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
		maker  = web.RequireRole(web.Operator)
		admin  = web.RequireRole(web.Admin)
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
		{Method: get, Path: "/blueprints", Guard: viewer, Handler: h.list(blueprintsList)},
		{Method: post, Path: "/blueprints/export", Guard: viewer, Handler: h.exportList(blueprintsList), Rate: web.RateWrite},
		{Method: get, Path: "/blueprints/:id", Guard: viewer, Handler: h.showBlueprint},
		{Method: get, Path: "/blueprints/:id/:tab", Guard: viewer, Handler: h.showBlueprintTab},
		{Method: get, Path: "/principals", Guard: viewer, Handler: h.list(principalsList)},
		{Method: post, Path: "/principals/export", Guard: viewer, Handler: h.exportList(principalsList), Rate: web.RateWrite},
		{Method: get, Path: "/principals/:id", Guard: viewer, Handler: h.showPrincipal},
		{Method: get, Path: "/principals/:id/:tab", Guard: viewer, Handler: h.showPrincipalTab},
		{Method: get, Path: "/agents", Guard: viewer, Handler: h.list(agentsList)},
		{Method: post, Path: "/agents/export", Guard: viewer, Handler: h.exportList(agentsList), Rate: web.RateWrite},
		{Method: get, Path: "/agents/new", Guard: maker, Handler: h.newAgents},
		{Method: post, Path: "/agents/new", Guard: maker, Handler: h.beginAgents, Rate: web.RateWrite},
		{Method: get, Path: "/agents/:id", Guard: viewer, Handler: h.showAgent},
		{Method: get, Path: "/agents/:id/:tab", Guard: viewer, Handler: h.showAgentTab},
		{Method: get, Path: "/agent-users", Guard: viewer, Handler: h.list(agentUsersList)},
		{Method: post, Path: "/agent-users/export", Guard: viewer, Handler: h.exportList(agentUsersList), Rate: web.RateWrite},
		{Method: get, Path: "/findings", Guard: viewer, Handler: h.showFindings},
		{Method: post, Path: "/findings/export", Guard: viewer, Handler: h.exportFindings, Rate: web.RateWrite},
		{Method: post, Path: "/inventory/refresh", Guard: viewer, Handler: h.refreshInventory, Rate: web.RateWrite},
		{Method: get, Path: "/agent-users/:id", Guard: viewer, Handler: h.showAgentUser},
		{Method: get, Path: "/agent-users/:id/:tab", Guard: viewer, Handler: h.showAgentUserTab},
		{Method: get, Path: "/recycle-bin", Guard: viewer, Handler: h.showBin},
		{Method: get, Path: "/recycle-bin/restore", Guard: admin, Handler: h.askBin(true)},
		{Method: post, Path: "/recycle-bin/restore", Guard: admin, Handler: h.makeBin(true), Rate: web.RateWrite, MaxBody: bulkBody},
		{Method: get, Path: "/recycle-bin/purge", Guard: admin, Handler: h.askBin(false)},
		{Method: post, Path: "/recycle-bin/purge", Guard: admin, Handler: h.makeBin(false), Rate: web.RateWrite, MaxBody: bulkBody},
		{Method: get, Path: "/bulk", Guard: admin, Handler: h.askBulk},
		{Method: post, Path: "/bulk", Guard: admin, Handler: h.makeBulk, Rate: web.RateWrite, MaxBody: bulkBody},
		{Method: get, Path: "/search", Guard: viewer, Handler: h.showSearch},

		// Making something
		{Method: get, Path: "/blueprints/new", Guard: maker, Handler: h.newBlueprint},
		{Method: post, Path: "/blueprints/new", Guard: maker, Handler: h.beginBlueprint, Rate: web.RateWrite, MaxBody: wizardBody},
		{Method: post, Path: "/blueprints/new/file", Guard: maker, Handler: h.beginFromFile, Rate: web.RateWrite, MaxBody: wizardBody, File: true},
		{Method: get, Path: "/blueprints/new/file", Guard: maker, Handler: h.backToStart},
		{Method: get, Path: "/blueprints/new/rows.csv", Guard: maker, Handler: h.rowsTemplate, NoReturn: true},
		{Method: get, Path: "/blueprints/new/:draft", Guard: maker, Handler: h.openDraft},
		{Method: get, Path: "/blueprints/new/:draft/review", Guard: maker, Handler: h.reviewBlueprint},
		{Method: post, Path: "/blueprints/new/:draft/review", Guard: maker, Handler: h.createBlueprint, Rate: web.RateWrite},
		{Method: get, Path: "/blueprints/new/:draft/discard", Guard: maker, Handler: h.askDiscard},
		{Method: post, Path: "/blueprints/new/:draft/discard", Guard: maker, Handler: h.discardDraft, Rate: web.RateWrite},
		{Method: get, Path: "/blueprints/new/:draft/spec.json", Guard: maker, Handler: h.showSpec, NoReturn: true},
		{Method: get, Path: "/blueprints/new/:draft/:step/file", Guard: maker, Handler: h.backToStep},
		{Method: post, Path: "/blueprints/new/:draft/:step/file", Guard: maker, Handler: h.saveFile, Rate: web.RateWrite, MaxBody: wizardBody, File: true},
		{Method: get, Path: "/blueprints/new/:draft/:step", Guard: maker, Handler: h.showStep},
		{Method: post, Path: "/blueprints/new/:draft/:step", Guard: maker, Handler: h.saveStep, Rate: web.RateWrite, MaxBody: wizardBody},
		{Method: post, Path: "/blueprints/:id/setup", Guard: maker, Handler: h.setUp, Rate: web.RateWrite},
		{Method: get, Path: "/blueprints/:id/secrets/new", Guard: maker, Handler: h.newSecret},
		{Method: post, Path: "/blueprints/:id/secrets", Guard: maker, Handler: h.addSecret, Rate: web.RateWrite},
		{Method: get, Path: "/blueprints/:id/secrets/:key/rotate", Guard: maker, Handler: h.askRotation},
		{Method: post, Path: "/blueprints/:id/secrets/:key/rotate", Guard: maker, Handler: h.rotateSecret, Rate: web.RateWrite},
		{Method: get, Path: "/blueprints/:id/credentials/:key/remove", Guard: maker, Handler: h.askKeyRemoval},
		{Method: post, Path: "/blueprints/:id/credentials/:key/remove", Guard: maker, Handler: h.removeKey, Rate: web.RateWrite},
		{Method: get, Path: "/blueprints/:id/certificates/new", Guard: maker, Handler: h.newCertificate},
		{Method: post, Path: "/blueprints/:id/certificates/new", Guard: maker, Handler: h.addCertificate, Rate: web.RateWrite, MaxBody: certificateBody},
		{Method: get, Path: "/blueprints/:id/certificates/new/file", Guard: maker, Handler: h.backToCertificate},
		{Method: post, Path: "/blueprints/:id/certificates/new/file", Guard: maker, Handler: h.readCertificateFile, Rate: web.RateWrite, MaxBody: certificateBody, File: true},
		{Method: get, Path: "/blueprints/:id/federated/new", Guard: maker, Handler: h.newFederated},
		{Method: post, Path: "/blueprints/:id/federated/new", Guard: maker, Handler: h.addFederated, Rate: web.RateWrite},
		{Method: get, Path: "/agents/:id/agent-user/new", Guard: maker, Handler: h.askAgentUser},
		{Method: post, Path: "/agents/:id/agent-user/new", Guard: maker, Handler: h.makeAgentUser, Rate: web.RateWrite},
		{Method: get, Path: "/agents/:id/permissions/grant", Guard: maker, Handler: askPermission(h, h.openAgent, false)},
		{Method: post, Path: "/agents/:id/permissions/grant", Guard: maker, Handler: changePermission(h, h.openAgent, false), Rate: web.RateWrite},
		{Method: get, Path: "/agents/:id/permissions/remove", Guard: maker, Handler: askPermission(h, h.openAgent, true)},
		{Method: post, Path: "/agents/:id/permissions/remove", Guard: maker, Handler: changePermission(h, h.openAgent, true), Rate: web.RateWrite},
		{Method: get, Path: "/principals/:id/permissions/grant", Guard: maker, Handler: askPermission(h, h.openPrincipal, false)},
		{Method: post, Path: "/principals/:id/permissions/grant", Guard: maker, Handler: changePermission(h, h.openPrincipal, false), Rate: web.RateWrite},
		{Method: get, Path: "/principals/:id/permissions/inherit", Guard: maker, Handler: h.askInheritance},
		{Method: post, Path: "/principals/:id/permissions/inherit", Guard: maker, Handler: h.changeInheritance, Rate: web.RateWrite},
		{Method: get, Path: "/principals/:id/permissions/remove", Guard: maker, Handler: askPermission(h, h.openPrincipal, true)},
		{Method: post, Path: "/principals/:id/permissions/remove", Guard: maker, Handler: changePermission(h, h.openPrincipal, true), Rate: web.RateWrite},

		// Who answers for an object, and what an agent user has
		{Method: get, Path: "/blueprints/:id/owners/add", Guard: maker, Handler: h.askAdd(opening(h.openBlueprint), owners())},
		{Method: post, Path: "/blueprints/:id/owners/add", Guard: maker, Handler: h.makeAdd(opening(h.openBlueprint), owners()), Rate: web.RateWrite},
		{Method: get, Path: "/blueprints/:id/owners/:person/remove", Guard: maker, Handler: h.askRemove(opening(h.openBlueprint), owners())},
		{Method: post, Path: "/blueprints/:id/owners/:person/remove", Guard: maker, Handler: h.makeRemove(opening(h.openBlueprint), owners()), Rate: web.RateWrite},
		{Method: get, Path: "/blueprints/:id/sponsors/add", Guard: maker, Handler: h.askAdd(opening(h.openBlueprint), sponsors())},
		{Method: post, Path: "/blueprints/:id/sponsors/add", Guard: maker, Handler: h.makeAdd(opening(h.openBlueprint), sponsors()), Rate: web.RateWrite},
		{Method: get, Path: "/blueprints/:id/sponsors/:person/remove", Guard: maker, Handler: h.askRemove(opening(h.openBlueprint), sponsors())},
		{Method: post, Path: "/blueprints/:id/sponsors/:person/remove", Guard: maker, Handler: h.makeRemove(opening(h.openBlueprint), sponsors()), Rate: web.RateWrite},
		{Method: get, Path: "/principals/:id/owners/add", Guard: maker, Handler: h.askAdd(opening(h.openPrincipal), owners())},
		{Method: post, Path: "/principals/:id/owners/add", Guard: maker, Handler: h.makeAdd(opening(h.openPrincipal), owners()), Rate: web.RateWrite},
		{Method: get, Path: "/principals/:id/owners/:person/remove", Guard: maker, Handler: h.askRemove(opening(h.openPrincipal), owners())},
		{Method: post, Path: "/principals/:id/owners/:person/remove", Guard: maker, Handler: h.makeRemove(opening(h.openPrincipal), owners()), Rate: web.RateWrite},
		{Method: get, Path: "/principals/:id/sponsors/add", Guard: maker, Handler: h.askAdd(opening(h.openPrincipal), sponsors())},
		{Method: post, Path: "/principals/:id/sponsors/add", Guard: maker, Handler: h.makeAdd(opening(h.openPrincipal), sponsors()), Rate: web.RateWrite},
		{Method: get, Path: "/principals/:id/sponsors/:person/remove", Guard: maker, Handler: h.askRemove(opening(h.openPrincipal), sponsors())},
		{Method: post, Path: "/principals/:id/sponsors/:person/remove", Guard: maker, Handler: h.makeRemove(opening(h.openPrincipal), sponsors()), Rate: web.RateWrite},
		{Method: get, Path: "/agents/:id/owners/add", Guard: maker, Handler: h.askAdd(opening(h.openAgent), owners())},
		{Method: post, Path: "/agents/:id/owners/add", Guard: maker, Handler: h.makeAdd(opening(h.openAgent), owners()), Rate: web.RateWrite},
		{Method: get, Path: "/agents/:id/owners/:person/remove", Guard: maker, Handler: h.askRemove(opening(h.openAgent), owners())},
		{Method: post, Path: "/agents/:id/owners/:person/remove", Guard: maker, Handler: h.makeRemove(opening(h.openAgent), owners()), Rate: web.RateWrite},
		{Method: get, Path: "/agents/:id/sponsors/add", Guard: maker, Handler: h.askAdd(opening(h.openAgent), sponsors())},
		{Method: post, Path: "/agents/:id/sponsors/add", Guard: maker, Handler: h.makeAdd(opening(h.openAgent), sponsors()), Rate: web.RateWrite},
		{Method: get, Path: "/agents/:id/sponsors/:person/remove", Guard: maker, Handler: h.askRemove(opening(h.openAgent), sponsors())},
		{Method: post, Path: "/agents/:id/sponsors/:person/remove", Guard: maker, Handler: h.makeRemove(opening(h.openAgent), sponsors()), Rate: web.RateWrite},
		{Method: get, Path: "/agent-users/:id/sponsors/add", Guard: maker, Handler: h.askAdd(opening(h.openAgentUser), sponsors())},
		{Method: post, Path: "/agent-users/:id/sponsors/add", Guard: maker, Handler: h.makeAdd(opening(h.openAgentUser), sponsors()), Rate: web.RateWrite},
		{Method: get, Path: "/agent-users/:id/sponsors/:person/remove", Guard: maker, Handler: h.askRemove(opening(h.openAgentUser), sponsors())},
		{Method: post, Path: "/agent-users/:id/sponsors/:person/remove", Guard: maker, Handler: h.makeRemove(opening(h.openAgentUser), sponsors()), Rate: web.RateWrite},
		{Method: get, Path: "/agent-users/:id/manager/set", Guard: maker, Handler: h.askAdd(opening(h.openAgentUser), manager())},
		{Method: post, Path: "/agent-users/:id/manager/set", Guard: maker, Handler: h.makeAdd(opening(h.openAgentUser), manager()), Rate: web.RateWrite},
		{Method: get, Path: "/agent-users/:id/manager/remove", Guard: maker, Handler: h.askRemove(opening(h.openAgentUser), manager())},
		{Method: post, Path: "/agent-users/:id/manager/remove", Guard: maker, Handler: h.makeRemove(opening(h.openAgentUser), manager()), Rate: web.RateWrite},
		{Method: get, Path: "/agent-users/:id/groups/add", Guard: maker, Handler: h.askAdd(opening(h.openAgentUser), memberships())},
		{Method: post, Path: "/agent-users/:id/groups/add", Guard: maker, Handler: h.makeAdd(opening(h.openAgentUser), memberships()), Rate: web.RateWrite},
		{Method: get, Path: "/agent-users/:id/groups/:group/remove", Guard: maker, Handler: h.askRemove(opening(h.openAgentUser), memberships())},
		{Method: post, Path: "/agent-users/:id/groups/:group/remove", Guard: maker, Handler: h.makeRemove(opening(h.openAgentUser), memberships()), Rate: web.RateWrite},
		{Method: get, Path: "/agent-users/:id/licences/add", Guard: maker, Handler: h.askLicence},
		{Method: post, Path: "/agent-users/:id/licences/add", Guard: maker, Handler: h.giveLicence, Rate: web.RateWrite},
		{Method: get, Path: "/agent-users/:id/licences/:sku/remove", Guard: maker, Handler: h.askLicenceRemoval},
		{Method: post, Path: "/agent-users/:id/licences/:sku/remove", Guard: maker, Handler: h.removeLicence, Rate: web.RateWrite},

		// Runs
		{Method: get, Path: "/runs", Guard: viewer, Handler: h.listRuns},
		{Method: get, Path: "/runs/:id", Guard: viewer, Handler: h.showRun},
		{Method: get, Path: "/runs/:id/events", Guard: viewer, Handler: h.watchRun, NoReturn: true, Stream: true},
		{Method: get, Path: "/runs/:id/steps/:number", Guard: viewer, Handler: h.showRunStep},
		{Method: post, Path: "/runs/:id/try", Guard: maker, Handler: h.actOnRun((*provision.Engine).TryNow), Rate: web.RateWrite},
		{Method: post, Path: "/runs/:id/retry", Guard: maker, Handler: h.actOnRun((*provision.Engine).Retry), Rate: web.RateWrite},
		{Method: post, Path: "/runs/:id/as-blueprint", Guard: maker, Handler: h.actOnRun((*provision.Engine).GoOnAsBlueprint), Rate: web.RateWrite},
		{Method: post, Path: "/runs/:id/as-me", Guard: maker, Handler: h.actOnRun((*provision.Engine).GoOnAsMe), Rate: web.RateWrite},
		{Method: post, Path: "/runs/:id/take-over", Guard: admin, Handler: h.actOnRun((*provision.Engine).TakeOver), Rate: web.RateWrite},
		{Method: get, Path: "/runs/:id/give-up", Guard: maker, Handler: h.askGiveUp},
		{Method: post, Path: "/runs/:id/give-up", Guard: maker, Handler: h.giveUp, Rate: web.RateWrite},
		{Method: get, Path: "/runs/:id/cancel", Guard: maker, Handler: h.askCancel},
		{Method: post, Path: "/runs/:id/cancel", Guard: maker, Handler: h.cancelRun, Rate: web.RateWrite},
		{Method: post, Path: "/runs/:id/resume", Guard: maker, Handler: h.actOnRun((*provision.Engine).Resume), Rate: web.RateWrite},
		{Method: get, Path: "/runs/:id/failed.csv", Guard: viewer, Handler: h.failedRows, NoReturn: true},
		{Method: post, Path: "/runs/:id/secret", Guard: maker, Handler: h.showSecret, Rate: web.RateWrite},
		{Method: get, Path: "/runs/:id/secret", Guard: viewer, Handler: h.backToRun, NoReturn: true},
		{Method: post, Path: "/runs/:id/secret/saved", Guard: maker, Handler: h.actOnRun((*provision.Engine).SecretSaved), Rate: web.RateWrite},
		{Method: get, Path: "/runs/:id/secret/remove", Guard: maker, Handler: h.askRemoval},
		{Method: post, Path: "/runs/:id/secret/remove", Guard: maker, Handler: h.removeCredential, Rate: web.RateWrite},

		// Tokens
		{Method: get, Path: "/tokens", Guard: tester, Handler: h.showLab},
		{Method: post, Path: "/tokens", Guard: tester, Handler: h.getToken, Rate: web.RateToken},
		{Method: get, Path: "/tokens/results/:id", Guard: tester, Handler: h.showResult},
		{Method: post, Path: "/tokens/results/:id/use", Guard: tester, Handler: h.useToken, Rate: web.RateToken},
		{Method: get, Path: "/tokens/results/:id/use", Guard: tester, Handler: h.backToResult},
		{Method: get, Path: "/tokens/results/:id/trace.json", Guard: tester, Handler: h.exportTrace, NoReturn: true},
		{Method: get, Path: "/tokens/user-token", Guard: tester, Handler: h.startUserToken, Rate: web.RateSignIn, NoReturn: true},
		{Method: post, Path: "/tokens/user-token/forget", Guard: tester, Handler: h.forgetUserToken, Rate: web.RateWrite},
		{Method: get, Path: "/tokens/sign-in", Guard: tester, Handler: h.startInteractive, Rate: web.RateSignIn, NoReturn: true},
		{Method: get, Path: "/tokens/device", Guard: tester, Handler: h.showDevice},
		{Method: post, Path: "/tokens/device", Guard: tester, Handler: h.pollDevice, Rate: web.RateToken},
		{Method: get, Path: "/tokens/kept/:id/forget", Guard: tester, Handler: h.askForget},
		{Method: post, Path: "/tokens/kept/:id/forget", Guard: tester, Handler: h.forgetKept, Rate: web.RateWrite},
		{Method: get, Path: "/tokens/profiles", Guard: tester, Handler: h.listProfiles},
		{Method: get, Path: "/tokens/profiles/new", Guard: tester, Handler: h.newProfile},
		{Method: post, Path: "/tokens/profiles/new", Guard: tester, Handler: h.createProfile, Rate: web.RateWrite},
		{Method: get, Path: "/tokens/profiles/:id", Guard: tester, Handler: h.showProfile},
		{Method: get, Path: "/tokens/profiles/:id/edit", Guard: tester, Handler: h.editProfile},
		{Method: post, Path: "/tokens/profiles/:id/edit", Guard: tester, Handler: h.updateProfile, Rate: web.RateWrite},
		{Method: get, Path: "/tokens/profiles/:id/delete", Guard: tester, Handler: h.askProfileDeletion},
		{Method: post, Path: "/tokens/profiles/:id/delete", Guard: tester, Handler: h.deleteProfile, Rate: web.RateWrite},
		{Method: post, Path: "/tokens/profiles/:id/share", Guard: tester, Handler: h.shareProfile(true), Rate: web.RateWrite},
		{Method: post, Path: "/tokens/profiles/:id/unshare", Guard: tester, Handler: h.shareProfile(false), Rate: web.RateWrite},
		{Method: post, Path: "/tokens/profiles/:id/run", Guard: tester, Handler: h.runProfile, Rate: web.RateToken},
		{Method: get, Path: "/tokens/profiles/:id/run", Guard: tester, Handler: h.backToProfile},
		{Method: get, Path: "/tokens/inspect", Guard: h.inspectorGuard(), Handler: h.showInspector},
		{Method: post, Path: "/tokens/inspect", Guard: h.inspectorGuard(), Handler: h.inspect, Rate: web.RateDecode},
		{Method: get, Path: "/tokens/compare", Guard: h.inspectorGuard(), Handler: h.showCompare},
		{Method: post, Path: "/tokens/compare", Guard: h.inspectorGuard(), Handler: h.compare, Rate: web.RateDecode, MaxBody: 2 * 64 << 10},

		// Evidence
		{Method: get, Path: "/audit", Guard: viewer, Handler: h.listAudit},
		{Method: get, Path: "/audit/:seq", Guard: viewer, Handler: h.showRecord},

		// What the words mean: as open as the inspector, whose claims lead here
		{Method: get, Path: "/help", Guard: h.inspectorGuard(), Handler: h.showHelp},
		{Method: get, Path: "/help/permissions", Guard: h.inspectorGuard(), Handler: h.showPermissions},
		{Method: get, Path: "/help/codes", Guard: h.inspectorGuard(), Handler: h.showCodes},
		{Method: get, Path: "/help/claims", Guard: h.inspectorGuard(), Handler: h.showClaims},

		// How the portal looks to a browser
		{Method: get, Path: "/settings", Guard: user, Handler: h.showSettings},
		{Method: post, Path: "/settings", Guard: user, Handler: h.saveSettings, Rate: web.RateWrite},
		{Method: post, Path: "/settings/theme", Guard: anyone, Handler: h.switchTheme},

		// What pages load
		{Method: get, Path: static.Prefix + "*", Guard: anyone, Handler: echo.WrapHandler(static.Handler()), NoReturn: true},

		// For machines
		{Method: get, Path: "/healthz", Guard: anyone, Handler: h.healthz},
		{Method: get, Path: "/readyz", Guard: anyone, Handler: h.readyz},
	}
	routes = append(routes, h.actRoutes()...)
	routes = append(routes, h.checkRoutes()...)
	if h.Sandbox != nil {
		admin := web.RequireRole(web.Admin)
		routes = append(routes,
			web.Route{Method: get, Path: "/sandbox", Guard: user, Handler: h.showSandbox},
			web.Route{Method: post, Path: "/sandbox/secret", Guard: web.RequireRole(web.Operator), Handler: h.showSeedSecret, Rate: web.RateWrite},
			web.Route{Method: post, Path: "/sandbox/knobs", Guard: admin, Handler: h.setKnobs, Rate: web.RateWrite},
			web.Route{Method: post, Path: "/sandbox/knobs/off", Guard: admin, Handler: h.turnKnobsOff, Rate: web.RateWrite},
			web.Route{Method: post, Path: "/sandbox/faults", Guard: admin, Handler: h.addFault, Rate: web.RateWrite},
			web.Route{Method: post, Path: "/sandbox/faults/remove", Guard: admin, Handler: h.removeFault, Rate: web.RateWrite},
			web.Route{Method: post, Path: "/sandbox/clock", Guard: admin, Handler: h.moveClock, Rate: web.RateWrite},
			web.Route{Method: post, Path: "/sandbox/reset", Guard: admin, Handler: h.resetSandbox, Rate: web.RateWrite},
			web.Route{Method: post, Path: "/sandbox/import", Guard: admin, Handler: h.importSandbox, Rate: web.RateWrite, MaxBody: maxImportBytes, File: true},
		)
	}
	if h.Development {
		routes = append(routes, web.Route{Method: get, Path: "/components", Guard: user, Handler: h.showComponents})
	}
	return routes
}
