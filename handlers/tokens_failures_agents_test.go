package handlers

import (
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"agentidportal/entra"
	"agentidportal/entra/graph"
)

// wrongSecret is no secret of anybody.
const wrongSecret = "SANDBOX~wrong-canary-0123456789abcdefghij"

// fault lets the next request of a client for a token fail.
func fault(kind, client string) func(w *labWorld) func() {
	return func(w *labWorld) func() {
		f := Fault{Kind: kind, Path: "/*/oauth2/v2.0/token", Count: 1, Caller: w.names[client]}
		if kind == "429" || kind == "503" {
			f.RetryAfterSec = 30
		}
		w.setFault(f)
		return func() { w.knobs(map[string]any{"faults": []any{}}) }
	}
}

// clockMoved moves the clock of tokens.
func clockMoved(seconds int) func(w *labWorld) func() {
	return func(w *labWorld) func() {
		w.tokenClock(seconds)
		return func() { w.tokenClock(0) }
	}
}

// serviceIs puts something else in the place of the sign-in service.
func serviceIs(says http.HandlerFunc) func(w *labWorld) func() {
	return func(w *labWorld) func() {
		own, server := w.h.Entra, httptest.NewServer(says)
		w.h.Entra = entra.New(entra.Options{
			Cloud: entra.SandboxCloud(server.URL, w.info.Graph), TenantID: w.info.TenantID, HTTP: &http.Client{Timeout: 300 * time.Millisecond}, Now: w.clock.now,
		})
		return func() {
			w.h.Entra = own
			server.CloseClientConnections()
			server.Close()
		}
	}
}

// silence answers nothing until the client has gone, which it notices only
// when the request is read.
func silence(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// meanwhile does something when T1 has been answered.
func meanwhile(do func(w *labWorld)) func(w *labWorld) func() {
	return func(w *labWorld) func() {
		own := w.h.Entra
		w.watchTokens(func(n int, _ *http.Request) {
			if n == 1 {
				do(w)
			}
		})
		return func() { w.h.Entra = own }
	}
}

func autonomousFailures() []labFailure {
	const mode = entra.ModeAutonomous
	of := func(family string, more ...string) []string {
		return append([]string{"agent", "{" + family + ".agent}", "client_secret", "{" + family + ".secret}"}, more...)
	}
	const addSecret, addSecretTo = "/blueprints/{seed.blueprint}/secrets/new", "Add client secret"
	return []labFailure{
		{mode: mode, name: "wrong secret", form: []string{"client_secret", wrongSecret}, at: "T1", code: "7000215", says: "The blueprint's only client secret does not begin with wro", fix: addSecret, to: addSecretTo, press: anotherSecret},
		{mode: mode, name: "id of a secret", form: []string{"client_secret", "{nobody}"}, at: "T1", code: "7000215", says: "is a GUID, so it is the ID of a secret", fix: addSecret, to: addSecretTo, press: anotherSecret},
		{mode: mode, name: "secret of another blueprint", form: []string{"client_secret", "{plain.secret}"}, at: "T1", code: "7000215", says: "this is the secret of another blueprint", fix: addSecret, to: addSecretTo, press: anotherSecret},
		{mode: mode, name: "kept secret of another blueprint", form: []string{"client_secret", "{kept.secret}"}, at: "T1", code: "7000215", says: "It is the client secret of the blueprint Kept, which the portal keeps", fix: addSecret, to: addSecretTo, press: anotherSecret},
		{mode: mode, name: "secret cut short", form: []string{"client_secret", "{seed.secret.cut}"}, at: "T1", code: "7000215", says: "as one of the blueprint's secrets does: a character may be missing", fix: addSecret, to: addSecretTo, press: anotherSecret},
		{mode: mode, name: "few characters", form: []string{"client_secret", "canary"}, at: "T1", code: "7000215", says: "A client secret has about 40 characters, and this has 6.", fix: addSecret, to: addSecretTo, press: anotherSecret},
		{mode: mode, name: "a secret, where there is none", form: []string{"agent", "{trusting.agent}", "client_secret", wrongSecret}, at: "T1", code: "7000215", says: "The blueprint has no client secret at all", fix: "/blueprints/{trusting.blueprint}/secrets/new", to: addSecretTo},
		{mode: mode, name: "expired secret", form: of("payroll-bridge"), at: "T1", code: "7000222", says: "and nobody rotated it before", fix: "/blueprints/{payroll-bridge.blueprint}/secrets/new", to: addSecretTo},
		{mode: mode, name: "any secret, where all have ended", form: []string{"agent", "{payroll-bridge.agent}", "client_secret", wrongSecret}, at: "T1", code: "7000215", says: "All credentials of this blueprint have ended, so no secret can work.", fix: "/blueprints/{payroll-bridge.blueprint}/secrets/new", to: addSecretTo},
		{mode: mode, name: "no secret", form: []string{"client_secret", ""}, at: "client_secret", says: "Type a client secret of the agent's blueprint.", fix: addSecret, to: addSecretTo},
		{mode: mode, name: "two credentials", form: []string{"assertion", "{ci.issuer}"}, at: "client_secret", code: "9002324", says: "Give one credential", fix: addSecret, to: addSecretTo},
		{mode: mode, name: "kept secret chosen of another blueprint", form: []string{"client_secret", "", "kept", "{kept.id}"}, at: "kept", says: "belongs to the blueprint Kept, the agent to Invoice helper", fix: addSecret, to: addSecretTo},
		{mode: mode, name: "certificate that was never added", form: []string{"client_secret", "", "certificate", "{certificate}"}, at: "T1", code: "700027", says: "The blueprint has no certificate at all.", fix: "/blueprints/{seed.blueprint}/certificates/new", to: "Add certificate"},
		{mode: mode, name: "certificate that is none", form: []string{"client_secret", "", "certificate", "canary"}, at: "certificate", says: "cannot be read as such"},
		{mode: mode, name: "clock an hour off, for a certificate", form: []string{"agent", "{signing.agent}", "client_secret", "", "certificate", "{signing.certificate}"}, bend: clockMoved(3000), at: "T1", code: "700024", says: "is 50 min ahead of the portal's", fix: "/sandbox", to: "Sandbox"},
		{mode: mode, name: "federated token without a credential for it", form: []string{"client_secret", "", "assertion", "{ci.issuer}"}, at: "T1", code: "70025", says: "The blueprint has no federated credential at all", fix: "/blueprints/{seed.blueprint}/federated/new", to: "Add federated credential"},
		{mode: mode, name: "federated issuer", form: []string{"agent", "{trusting.agent}", "client_secret", "", "assertion", "{ci.issuer}"}, at: "T1", code: "700211", says: "issuer is https://ci.example; the blueprint trusts https://token.actions.githubusercontent.com", fix: "/blueprints/{trusting.blueprint}/credentials", to: "Trusting"},
		{mode: mode, name: "federated subject", form: []string{"agent", "{trusting.agent}", "client_secret", "", "assertion", "{ci.subject}"}, at: "T1", code: "700213", says: "heads/other; the blueprint trusts repo:contoso/agents:ref:refs/heads/main", fix: "/blueprints/{trusting.blueprint}/credentials", to: "Trusting"},
		{mode: mode, name: "federated audience", form: []string{"agent", "{trusting.agent}", "client_secret", "", "assertion", "{ci.audience}"}, at: "T1", code: "700212", says: "audience is https://graph.example; the blueprint trusts api://AzureADTokenExchange", fix: "/blueprints/{trusting.blueprint}/credentials", to: "Trusting"},
		{mode: mode, name: "federated token that was cut", form: []string{"agent", "{trusting.agent}", "client_secret", "", "assertion", "{ci.cut}"}, at: "T1", code: "700027", says: "The signature of the federated token does not fit", fix: "#f-assertion"},
		{mode: mode, name: "federated token of a minute ago", form: []string{"agent", "{trusting.agent}", "client_secret", "", "assertion", "{ci}"}, bend: clockMoved(3000), at: "T1", code: "700024", says: "is 50 min ahead of the portal's", fix: "/sandbox", to: "Sandbox"},
		{mode: mode, name: "federated token that is none", form: []string{"agent", "{trusting.agent}", "client_secret", "", "assertion", "canary"}, at: "T1", code: "9002313", says: "cannot be read as a token", fix: "#f-assertion"},
		{mode: mode, name: "disabled agent", form: of("meeting-notes"), at: "TR", code: "7000112", says: "The agent identity is disabled", fix: "/agents/{meeting-notes.agent}/enable", to: "Enable Meeting notes 01?"},
		{mode: mode, name: "disabled principal of the blueprint", form: of("asleep"), at: "T1", code: "7000112", says: "The blueprint's principal is disabled", fix: "/blueprints/{asleep.blueprint}/enable", to: "Enable Asleep?"},
		{mode: mode, name: "principal disabled between the hops", form: of("drowsy"), bend: meanwhile(func(w *labWorld) {
			w.patch(graph.KindBlueprintPrincipal, w.names["drowsy.principal"], map[string]any{"accountEnabled": false})
		}), at: "TR", code: "7000112", says: "The blueprint's principal is disabled", fix: "/blueprints/{drowsy.blueprint}/enable", to: "Enable Drowsy?"},
		{mode: mode, name: "agent deleted between the hops", form: of("fleeting"), bend: meanwhile(func(w *labWorld) {
			w.sendAs("agent-admin", graph.DeleteCall(graph.KindAgentIdentity, w.names["fleeting.agent"]), nil)
		}), at: "TR", code: "700016", says: "It was deleted; for 30 days it lies in the recycle bin.", fix: "/recycle-bin", to: "Recycle bin"},
		{mode: mode, name: "deleted agent", form: of("gone"), at: "agent", says: "There is no such agent identity in this tenant."},
		{mode: mode, name: "principal in place of the agent", form: []string{"agent", "{seed.principal}"}, at: "agent", says: "There is no such agent identity in this tenant."},
		{mode: mode, name: "empty scope", form: []string{"scope", " "}, at: "scope", says: "Write one resource and /.default"},
		{mode: mode, name: "two resources", form: []string{"scope", "{graph} {echo}"}, at: "TR", code: "700022", says: "They are https://graph.microsoft.com and {echo.resource}.", fix: "#f-scope"},
		{mode: mode, name: "single scope", form: []string{"scope", "https://graph.microsoft.com/User.Read"}, at: "TR", code: "1002012", says: "An agent that acts for itself cannot ask for single scopes", fix: "/tokens?mode=autonomous&agent={seed.agent}&scope={graph}"},
		{mode: mode, name: "scope of the sign-in alone", form: []string{"scope", "openid"}, at: "TR", code: "1002012", says: "The scope names a single permission, or none", fix: "/tokens?mode=autonomous&agent={seed.agent}&scope={graph}"},
		{mode: mode, name: "unknown resource", form: []string{"scope", "api://nobody.example/.default"}, at: "TR", code: "500011", says: "The resource api://nobody.example is not known in this tenant", fix: "#f-scope"},
		{mode: mode, name: "mode that is none", form: []string{"mode", "magic"}, at: "mode", says: "Choose one of the modes"},
		{mode: mode, name: "503", bend: fault("503", "seed.app"), at: "T1", code: "90033", says: "a passing fault", fix: "/sandbox", to: "Sandbox", press: "Try again"},
		{mode: mode, name: "429", bend: fault("429", "seed.agent"), at: "TR", code: "90055", says: "too many requests", fix: "/sandbox", to: "Sandbox", press: "Try again"},
		{mode: mode, name: "500", bend: fault("500", "seed.app"), at: "T1", code: "50000", says: "Nothing in the request explains it.", fix: "/sandbox", to: "Sandbox", press: "Try again"},
		{mode: mode, name: "half an answer", bend: fault("half", "seed.agent"), at: "TR", says: "ended the connection before the answer was complete", fix: "/sandbox", to: "Sandbox", press: "Try again"},
		{mode: mode, name: "no JSON", bend: serviceIs(writes(200, "text/html", "<html>canary</html>")), at: "T1", says: "The answer is not JSON (HTTP 200, text/html)", fix: "/sandbox", to: "Sandbox", press: "Try again"},
		{mode: mode, name: "silence", bend: serviceIs(silence), at: "T1", says: "did not answer in time", fix: "/sandbox", to: "Sandbox", press: "Try again"},
	}
}

func onBehalfOfFailures() []labFailure {
	const mode, userToken = entra.ModeOnBehalfOf, "/tokens/user-token?agent={seed.agent}"
	return []labFailure{
		{mode: mode, name: "no user token", form: []string{"user_token", ""}, at: "user_token", says: "No user token is held.", fix: userToken, to: "Pick an account"},
		{mode: mode, name: "user token for Graph", form: []string{"user_token", "{graph.token}"}, at: "user_token", code: "50013", says: "This token is for Microsoft Graph.", fix: userToken, to: "Pick an account"},
		{mode: mode, name: "user token for another blueprint", form: []string{"agent", "{plain.agent}", "client_secret", "{plain.secret}"}, at: "user_token", code: "50013", says: "not for the agent's blueprint Plain", fix: "/blueprints/{plain.blueprint}/setup", to: "Plain"},
		{mode: mode, name: "blueprint without a scope", try: func(w *labWorld) *answer { return w.get(w.read("/tokens/user-token?agent={plain.agent}")) }, at: "user_token", says: "The blueprint offers no scope", fix: "/blueprints/{plain.blueprint}/setup", to: "Plain"},
		{mode: mode, name: "token of an application", form: []string{"user_token", "{app.token}"}, at: "user_token", code: "50013", says: "not for the agent's blueprint Invoice helper", fix: userToken},
		{mode: mode, name: "user token of yesterday", form: []string{"user_token", "{tc.old}"}, at: "user_token", code: "500133", says: "This token has expired", fix: userToken},
		{mode: mode, name: "user token of another tenant", form: []string{"user_token", "{tc.foreign}"}, at: "user_token", code: "50013", says: "This token comes from another tenant.", fix: userToken},
		{mode: mode, name: "no token at all", form: []string{"user_token", "canary"}, at: "user_token", says: "so it is not a JSON Web Token", fix: userToken},
		{mode: mode, name: "forged user token", form: []string{"user_token", "{tc.forged}"}, at: "TR", code: "50013", says: "The signature of the user token is wrong.", fix: userToken, to: "Pick an account"},
		{mode: mode, name: "wrong secret", form: []string{"client_secret", wrongSecret}, at: "T1", code: "7000215", says: "does not begin with wro", fix: "/blueprints/{seed.blueprint}/secrets/new", to: "Add client secret", press: anotherSecret},
		{mode: mode, name: "missing consent", form: []string{"scope", "Mail.Read"}, at: "TR", code: "65001", says: "the delegated permission Mail.Read at Microsoft Graph", fix: "/agents/{seed.agent}/permissions/grant?kind=delegated&value=Mail.Read", to: "Grant Mail.Read to Invoice helper 01?"},
		{mode: mode, name: "two permissions missing", form: []string{"scope", "User.Read Mail.Read Mail.Send"}, at: "TR", code: "65001", says: "the delegated permissions Mail.Read, Mail.Send at Microsoft Graph", fix: "/agents/{seed.agent}/permissions?q=Mail.Read#add", to: "Invoice helper 01"},
		{mode: mode, name: "consent for another user alone", form: []string{"scope", "User.ReadBasic.All"}, at: "TR", code: "65001", says: "for everybody or for this user", fix: "/agents/{seed.agent}/permissions/grant?value=User.ReadBasic.All", to: "Grant User.ReadBasic.All to Invoice helper 01?"},
		{mode: mode, name: "unknown permission", form: []string{"scope", "User.Raed"}, at: "TR", code: "650053", says: "has no permission of the name User.Raed", fix: "#f-scope"},
		{mode: mode, name: "two resources", form: []string{"scope", "User.Read {echo}"}, at: "TR", code: "700022", says: "They are https://graph.microsoft.com and {echo.resource}.", fix: "#f-scope"},
		{mode: mode, name: "all and a part", form: []string{"scope", "{graph} User.Read"}, at: "TR", code: "70011", says: "/.default beside single scopes", fix: "#f-scope"},
		{mode: mode, name: "scope that ends in a slash", form: []string{"scope", "api://{seed.app}/"}, at: "TR", code: "28002", says: "The scope names a permission without its resource, or none that exists", fix: "#f-scope"},
		{mode: mode, name: "empty scope", form: []string{"scope", ""}, at: "scope", says: "Write scopes of one resource"},
	}
}
