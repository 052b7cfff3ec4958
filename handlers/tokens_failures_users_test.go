package handlers

import (
	"net/url"

	"agentidportal/entra"
	"agentidportal/entra/graph"
)

func agentUserFailures() []labFailure {
	const mode = entra.ModeAgentUser
	const own, ownTo = "/tokens?mode=agent-user&agent={seed.agent}&username=", "Token lab"
	of := func(family string, more ...string) []string {
		return append([]string{"agent", "{" + family + ".agent}", "client_secret", "{" + family + ".secret}"}, more...)
	}
	return []labFailure{
		{mode: mode, name: "agent without agent user", form: of("kept"), at: "username", says: "This agent identity has no agent user", fix: "/agents/{kept.agent}/agent-user/new"},
		{mode: mode, name: "unknown user", form: []string{"username", "nobody@{domain}"}, at: "TR", code: "50034", says: "There is no user of that name in the tenant.", fix: own, to: ownTo},
		{mode: mode, name: "unknown user of an agent without one", form: of("kept", "username", "nobody@{domain}"), at: "TR", code: "50034", says: "There is no user of that name", fix: "/agents/{kept.agent}/agent-user/new"},
		{mode: mode, name: "ordinary user", form: []string{"username", "{user}"}, at: "TR", code: "700213", says: "{user} is a person. An agent identity acts as its own agent user", fix: own, to: ownTo},
		{mode: mode, name: "another agent's user", form: []string{"username", "{plain.upn}"}, at: "TR", code: "700213", says: "{plain.upn} is the agent user of another agent identity", fix: own, to: ownTo},
		{mode: mode, name: "disabled agent user", form: of("mute"), at: "TR", code: "50057", says: "The agent user is disabled.", fix: "/agent-users/{mute.user}/enable", to: "Enable Mute 01?"},
		{mode: mode, name: "disabled agent", form: of("idle"), at: "T2", code: "7000112", says: "The agent identity is disabled", fix: "/agents/{idle.agent}/enable", to: "Enable Idle 01?"},
		{mode: mode, name: "disabled principal", form: of("asleep"), at: "T1", code: "7000112", says: "The blueprint's principal is disabled", fix: "/blueprints/{asleep.blueprint}/enable", to: "Enable Asleep?"},
		{mode: mode, name: "no consent at all", form: of("plain"), at: "TR", code: "65001", says: "any delegated permission at Microsoft Graph that counts for this user", fix: "/agents/{plain.agent}/permissions?api=00000003-0000-0000-c000-000000000000#add", to: "Plain 01"},
		{mode: mode, name: "missing consent", form: []string{"scope", "https://graph.microsoft.com/Mail.Send"}, at: "TR", code: "65001", says: "the delegated permission Mail.Send at Microsoft Graph", fix: "/agents/{seed.agent}/permissions/grant?value=Mail.Send", to: "Grant Mail.Send to Invoice helper 01?"},
		{mode: mode, name: "wrong secret", form: []string{"client_secret", wrongSecret}, at: "T1", code: "7000215", says: "does not begin with wro", fix: "/blueprints/{seed.blueprint}/secrets/new", to: "Add client secret", press: anotherSecret},
		{mode: mode, name: "unknown resource", form: []string{"scope", "api://nobody.example/x"}, at: "TR", code: "500011", says: "The resource api://nobody.example is not known", fix: "#f-scope"},
		{mode: mode, name: "user name of two lines", form: []string{"username", "a\nb"}, at: "username", says: "in one line"},
		{mode: mode, name: "connection reset", bend: fault("reset", "seed.agent"), at: "T2", says: "ended the connection", fix: "/sandbox", to: "Sandbox", press: "Try again"},
	}
}

func crossTenantFailures() []labFailure {
	const mode = entra.ModeCrossTenant
	return []labFailure{
		{mode: mode, name: "name in place of the tenant's id", form: []string{"other_tenant", "tailspin"}, at: "other_tenant", says: "a GUID"},
		{mode: mode, name: "no application", form: []string{"other_app_id", ""}, at: "other_app_id", says: "Write the App ID of the application there"},
		{mode: mode, name: "unknown tenant", form: []string{"other_tenant", "{nobody}"}, at: "TR", code: "90002", says: "The other tenant was not found.", fix: "#there", press: "Write another Tenant ID"},
		{mode: mode, name: "unknown application", form: []string{"other_app_id", "{nobody}"}, at: "TR", code: "700016", says: "no application of this App ID in the other tenant", fix: "#there", press: "Write another App ID"},
		{mode: mode, name: "agent that is not trusted there", form: []string{"agent", "{plain.agent}", "client_secret", "{plain.secret}"}, at: "TR", code: "700213", says: "does not trust this agent identity", fix: "#there"},
		{mode: mode, name: "application that trusts nobody", form: []string{"other_tenant", "{tenant}", "other_app_id", "{client}"}, at: "TR", code: "70025", says: "has no federated credential at all, so the agent's T2 cannot stand for it", fix: "#there"},
		{mode: mode, name: "resource of this tenant", form: []string{"scope", "{echo}"}, at: "TR", code: "500011", says: "is not known in the other tenant", fix: "#f-scope"},
		{mode: mode, name: "single scope", form: []string{"scope", "User.Read"}, at: "TR", code: "1002012", says: "the scope has to end in /.default", fix: "/tokens?mode=cross-tenant&agent={seed.agent}&other_app_id={partner.app}&scope={graph}"},
		{mode: mode, name: "disabled agent", form: []string{"agent", "{idle.agent}", "client_secret", "{idle.secret}"}, at: "T2", code: "7000112", says: "The agent identity is disabled", fix: "/agents/{idle.agent}/enable", to: "Enable Idle 01?"},
		{mode: mode, name: "wrong secret", form: []string{"client_secret", wrongSecret}, at: "T1", code: "7000215", says: "does not begin with wro", fix: "/blueprints/{seed.blueprint}/secrets/new", to: "Add client secret", press: anotherSecret},
	}
}

// personFailures are those of the grants that a person takes part in.
func personFailures() []labFailure {
	const password, device, refresh, interactive = entra.ModePassword, entra.ModeDeviceCode, entra.ModeRefreshToken, entra.ModeInteractive
	return []labFailure{
		{mode: password, name: "wrong password", form: []string{"password", "canary-password"}, at: "TR", code: "50126", says: "User name or password is wrong.", fix: "#f-password"},
		{mode: password, name: "unknown user", form: []string{"username", "nobody@{domain}"}, at: "TR", code: "50034", says: "There is no user of that name", fix: "#f-username"},
		{mode: password, name: "disabled user", form: []string{"username", "greta.lind@{domain}"}, at: "TR", code: "50057", says: "The account is disabled.", fix: "#f-username"},
		{mode: password, name: "locked user", form: []string{"username", "{approver}", "password", "{user.password}"}, bend: lockedOut, at: "TR", code: "50053", says: "too many wrong passwords", fix: "#f-password"},
		{mode: password, name: "agent user", form: []string{"username", "{seed.upn}"}, at: "TR", code: "50056", says: "{seed.upn} is an agent user", fix: "/tokens?mode=agent-user&agent={seed.agent}", to: "Token lab"},
		{mode: password, name: "agent as the client", form: []string{"app_id", "{seed.agent}", "client_secret", ""}, at: "TR", code: "7000218", says: "that of the agent identity Invoice helper 01", fix: "/tokens?mode=autonomous&agent={seed.agent}", to: "Token lab"},
		{mode: password, name: "blueprint as the client", form: []string{"app_id", "{seed.app}", "client_secret", "{seed.secret}"}, at: "TR", code: "82001", says: "The App ID is that of the blueprint Invoice helper.", fix: "/tokens?mode=on-behalf-of&blueprint={seed.app}", to: "Token lab"},
		{mode: password, name: "confidential client without its secret", form: []string{"app_id", "{portal}", "client_secret", ""}, at: "TR", code: "7000218", says: "it is no public client", fix: "#f-client_secret"},
		{mode: password, name: "missing consent", form: []string{"scope", "Mail.Read"}, at: "TR", code: "65001", says: "Nobody has granted this application", fix: "#f-scope"},
		{mode: password, name: "no password", form: []string{"password", ""}, at: "password", says: "Type the person's password."},
		{mode: device, name: "unknown application", form: []string{"app_id", "{nobody}"}, at: "device", code: "700016", says: "There is no application of this App ID", fix: "#f-app_id"},
		{mode: device, name: "blueprint as the client", form: []string{"app_id", "{seed.app}"}, at: "device", code: "82001", says: "The App ID is that of the blueprint Invoice helper.", fix: "/tokens?mode=on-behalf-of&blueprint={seed.app}", to: "Token lab"},
		{mode: device, name: "unknown resource", form: []string{"scope", "api://nobody.example/x"}, at: "device", code: "500011", says: "The resource api://nobody.example", fix: "#f-scope"},
		{mode: device, name: "confidential client", try: deviceOf("{portal}", nil), at: "TR", code: "7000218", says: "it is no public client", fix: "#f-app_id"},
		{mode: device, name: "code that was declined", try: deviceOf("{client}", declined), at: "TR", code: "65004", says: "The person declined.", fix: "/tokens?mode=device-code&app={client}", to: "Token lab"},
		{mode: device, name: "code that is over", try: deviceOf("{client}", over), at: "TR", code: "70019", says: "The device code has ended.", fix: "/tokens?mode=device-code&app={client}", to: "Token lab"},
		{mode: refresh, name: "no refresh token", at: "refresh_token", says: "Paste a refresh token."},
		{mode: refresh, name: "text that is none", form: []string{"refresh_token", "canary-refresh-token"}, at: "TR", code: "70000", says: "It was cut when it was copied, or was given to another application", fix: "#f-refresh_token"},
		{mode: refresh, name: "wrong secret", form: []string{"refresh_token", "canary-refresh-token", "client_secret", wrongSecret}, at: "TR", code: "7000215", says: "it is not one of this application's secrets", fix: "#f-client_secret"},
		{mode: refresh, name: "result that is forgotten", form: []string{"from", "nobodys"}, at: "refresh_token", says: "is not held any more"},
		{mode: refresh, name: "agent user disabled meanwhile", try: refreshOfTheDisabled, at: "TR", code: "50057", says: "is disabled", fix: "/agent-users/{brief.user}/enable", to: "Enable Brief 01?"},
		{mode: interactive, name: "unknown resource", try: signInFor("api://nobody.example/x", ""), at: "TR", code: "500011", says: "The resource api://nobody.example is not known", fix: "#f-scope"},
		{mode: interactive, name: "two resources", try: signInFor("User.Read {echo}", ""), at: "TR", code: "700022", says: "and {echo.resource}.", fix: "#f-scope"},
		{mode: interactive, name: "declined consent", try: signInFor("Mail.Read", "Cancel"), at: "TR", code: "65004", says: "The person declined to consent.", fix: "/tokens?mode=interactive&scope=Mail.Read", to: "Token lab"},
		{mode: interactive, name: "empty scope", form: []string{"scope", ""}, at: "scope", says: "Write scopes of one resource"},
	}
}

// lockedOut types wrong passwords for a persona whom no other row needs.
func lockedOut(w *labWorld) func() {
	w.name("approver", w.persona("approver").UPN)
	for range 10 {
		w.post("/tokens", w.form(entra.ModePassword, "username", "{approver}", "password", "canary-password"))
	}
	return func() {}
}

// deviceOf asks for a device code, lets something happen, and asks for the
// token.
func deviceOf(app string, meanwhile func(w *labWorld, wait *answer) (mend func())) func(w *labWorld) *answer {
	return func(w *labWorld) *answer {
		wait := w.post("/tokens", w.form(entra.ModeDeviceCode, "app_id", app))
		if meanwhile != nil {
			defer meanwhile(w, wait)()
		}
		return w.submit(wait, "Ask for the token", nil)
	}
}

func over(w *labWorld, _ *answer) func() { return clockMoved(1200)(w) }

// declined refuses a code on the page where people type it.
func declined(w *labWorld, wait *answer) func() {
	w.decide(wait.text(".user-code"), "Decline")
	return func() {}
}

// refreshOfTheDisabled trades the refresh token of an agent user who was
// disabled after it came.
func refreshOfTheDisabled(w *labWorld) *answer {
	w.newFamily("Brief", true)
	api, err := w.g.Resource(w.t.Context(), entra.GraphAppID)
	if err != nil {
		w.t.Fatal(err)
	}
	w.sendAs("global-admin", graph.GrantCall(w.names["brief.agent"], api.ID, []string{"User.Read", "offline_access"}), nil)
	form := w.form(entra.ModeAgentUser, "agent", "{brief.agent}", "client_secret", "{brief.secret}", "scope", "User.Read offline_access")
	page := w.post("/tokens", form)
	href := page.Find("main a").FilterFunction(byText("Trade the refresh token")).AttrOr("href", "")
	w.patch(graph.KindAgentUser, w.names["brief.user"], map[string]any{"accountEnabled": false})
	return w.submit(w.get(href), "Get token", url.Values{"client_secret": {w.names["brief.secret"]}})
}

// signInFor goes through the sign-in of the interactive mode, as user, and
// presses a button on the consent page.
func signInFor(scope, button string) func(w *labWorld) *answer {
	return func(w *labWorld) *answer {
		w.post("/tokens", w.form(entra.ModeInteractive, "scope", scope))
		page := w.get("/tokens/sign-in")
		if page.url.Path[:8] == "/tokens/" {
			return page // refused before anybody was asked
		}
		page = w.submit(page, w.persona("user").UPN, nil)
		if button != "" {
			page = w.submit(page, button, nil)
		}
		return page
	}
}
