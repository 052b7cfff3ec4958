package main

import (
	"strings"
	"testing"
)

// TestWalkTokenModes gets a token in each mode of an agent, as its admin would,
// and calls the echo API with it: that API, which nobody here asked for anything
// else, has to name the agent, the user and the blueprint.
func TestWalkTokenModes(t *testing.T) {
	p := walkPages(t, Config{})
	p.as("agent-admin")
	info := p.tenant
	p.labMode("Autonomous app", info.Echo.Scope, info.Seed.Blueprint.ClientSecret)
	p.follow("Get token")
	p.expect("The agent identity Invoice helper 01 acts for itself, through the blueprint Invoice helper", "2 of 2 hops answered")
	p.look("autonomous")
	p.callEcho("The agent identity Invoice helper 01, acting for itself, through the blueprint Invoice helper.", "Echo.Read.All")
	p.look("autonomous-used")

	p.labMode("On behalf of a user", info.Echo.Scope, "")
	p.look("lab-on-behalf-of")
	p.carries()
	p.follow("Get a user token")
	p.expect("This is not Microsoft")
	p.follow("user@sandbox.example")
	if strings.Contains(p.text("h1"), "Permissions requested") || eval[bool](p.walker, `!!document.querySelector("button[value=accept], button[name=accept]")`) {
		p.follow("Accept")
	}
	p.expect("A user token of user@sandbox.example is held")
	p.look("lab-user-token-held")
	p.expect("agent-admin@sandbox.example")
	p.fill("Client secret", info.Seed.Blueprint.ClientSecret)
	p.follow("Get token")
	p.expect("acts on behalf of the user User, through the blueprint Invoice helper", "3 of 3 hops answered")
	p.look("on-behalf-of")
	p.callEcho("The agent identity Invoice helper 01, acting on behalf of the user User, through the blueprint Invoice helper.", "Echo.Read")
	p.look("on-behalf-of-used")

	p.labMode("Autonomous agent user", info.Echo.Scope, info.Seed.Blueprint.ClientSecret)
	p.look("lab-agent-user")
	p.fill("Client secret", info.Seed.Blueprint.ClientSecret)
	p.follow("Get token")
	p.expect("acts as its agent user", "3 of 3 hops answered")
	p.look("agent-user")
	p.callEcho("The agent identity Invoice helper 01, acting as its agent user Invoice helper 01, through the blueprint Invoice helper.", "Echo.Read")
	p.look("agent-user-used")
}

// labMode opens the lab, chooses a mode and shows its fields.
func (p *pageWalk) labMode(mode, scope, secret string) {
	p.t.Helper()
	p.follow("Token lab")
	p.choose("Agent identity", "Invoice helper 01")
	p.choose("Mode", mode)
	p.fill("Scope", scope)
	p.follow("Show its fields")
	p.expect("Before you try")
	if secret != "" {
		p.fill("Client secret", secret)
	}
}

// carries holds the link away from the form to what the field of the scope says
// by then, but for what reads as no scope: it may be a secret.
func (p *pageWalk) carries() {
	p.t.Helper()
	before := p.value("Scope")
	for typed, want := range map[string]string{
		before: before, " Mail.Read  offline_access ": "Mail.Read offline_access", "api://a-b/access_agent": "api://a-b/access_agent",
		"Abc8Q~canary.of.a.secret": "", "eyJhbGciOiJSUzI1NiJ9": "", "User.Read p4ssw0rd": "",
	} {
		p.fill("Scope", typed)
		got := eval[string](p.walker, `(() => {
			const a = document.querySelector("a[data-carry]");
			a.addEventListener("click", e => e.preventDefault(), {once: true});
			a.click();
			return new URL(a.href).searchParams.get("scope") ?? "";
		})()`)
		if got != want {
			p.t.Errorf("with the scope %q the link takes along %q, want %q", typed, got, want)
		}
	}
	p.fill("Scope", before)
}

// callEcho calls the echo API with the token in view.
func (p *pageWalk) callEcho(words string, more ...string) {
	p.t.Helper()
	p.choose("Call", "echo API")
	p.follow("Call")
	p.expect(append([]string{"Who did the API see", words}, more...)...)
}

// labPages are the lab in every mode, as a form and with what stands between the
// form and a result, and a result that is held. They end on that result.
func (p *pageWalk) labPages(agent string) {
	p.t.Helper()
	result := strings.TrimSuffix(eval[string](p.walker, `new URL(document.querySelector("a[href$='/trace.json']").href).pathname`), "/trace.json")
	p.visit(sight{"/tokens/results/nobodys", 404, []string{"There is no token result"}})
	for _, mode := range []string{"on-behalf-of", "agent-user", "cross-tenant", "blueprint", "client-credentials", "interactive", "device-code", "password", "refresh-token"} {
		p.visit(sight{"/tokens?mode=" + mode + "&agent=" + agent, 0, []string{"Scope"}})
	}
	client := p.tenant.Client.ClientID
	p.post(sight{"/tokens", 0, []string{"Type it at"}}, "mode", "device-code", "app_id", client, "scope", "User.Read")
	p.post(sight{"/tokens", 0, []string{"Your session here stays as it is"}}, "mode", "interactive", "scope", "User.Read")
	p.post(sight{"/tokens", 0, []string{"AADSTS", "T1"}}, "mode", "cross-tenant", "agent", agent, "client_secret", "wrong-secret-of-nobody", "other_tenant", nobodysID, "other_app_id", nobodysID, "scope", "https://graph.microsoft.com/.default")
	p.visit(sight{result, 0, []string{"T1", "TR", "Take it along", "Granted and in the token"}})
}
