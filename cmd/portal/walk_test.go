package main

import (
	"net"
	"regexp"
	"strings"
	"testing"
)

const adminUPN = "agent-admin@sandbox.example"

// TestWalk is the story of the portal in a browser: from the sign-in to a
// token as an agent and to the audit that says who made it. In each state the
// page is held to the rules of every page.
func TestWalk(t *testing.T) {
	w := newWalker(t)
	a := startApp(t, Config{}, Wiring{})

	w.open(a.URL())
	w.look("signed-out")
	signIn(w, w.look)
	w.expect("Overview")
	w.look("overview")

	w.follow("Blueprints")
	w.look("blueprints")
	w.follow("New blueprint")
	newBlueprint(w, w.look)
	watchRun(w)
	w.look("run")
	secret := showSecret(w)
	w.look("run-secret")

	w.follow("Agent identities")
	w.look("agents")
	w.follow("Walk helper 01")
	w.look("agent")
	w.follow("Token lab")
	w.look("lab")
	askToken(w, "wrong-secret-of-nobody")
	w.expect("AADSTS7000215")
	w.look("token-refused")
	w.follow("Token lab")
	askToken(w, secret)
	expectToken(w)
	w.look("token")
	token := lastToken(w)

	w.follow("Inspector")
	w.look("inspector-empty")
	inspect(w, token)
	w.look("inspector")

	auditWalk(w)
	for _, page := range []string{"Runs", "Sandbox", "Settings"} {
		w.follow(page)
		w.look(strings.ToLower(page))
	}
	w.press("Dark theme")
	w.until("the theme changes in place", `document.documentElement.dataset.theme === "dark"`)
	w.until("the choice is kept", `performance.getEntriesByType("resource").some(e => e.name.endsWith("/settings/theme") && e.responseEnd > 0)`)
	w.follow("Overview")
	w.wantTheme("dark")
	w.look("overview-after")
	w.follow("Sign out")
	w.expect("signed out")
	w.look("signed-out-again")
}

// TestWalkWithoutScript is the same story in a narrow window with scripts
// switched off: everything works, only less comes by itself.
func TestWalkWithoutScript(t *testing.T) {
	w := newWalker(t)
	a := startApp(t, Config{}, Wiring{})
	w.size(320)
	w.withoutScript()

	w.open(a.URL())
	signIn(w, w.narrow)
	w.narrow("overview")
	w.follow("New blueprint")
	newBlueprint(w, w.narrow)
	watchRun(w)
	w.narrow("run")
	secret := showSecret(w)
	w.goTo("Token lab")
	askToken(w, "wrong-secret-of-nobody")
	w.expect("AADSTS7000215")
	w.narrow("token-refused")
	w.goTo("Token lab")
	askToken(w, secret)
	expectToken(w)
	w.narrow("token")
	token := lastToken(w)
	w.goTo("Inspector")
	inspect(w, token)
	w.narrow("inspector")
	w.follow("Compare with another…")
	w.fill("Second token", token)
	w.follow("Compare")
	w.expect("Both are one and the same token")
	w.narrow("compare")
	w.goTo("Audit")
	w.expect(adminUPN, "Walk helper")
	w.narrow("audit")
	w.goTo("Dark theme")
	w.wantTheme("dark")
	w.expect(adminUPN, "Walk helper")
	w.goTo("Sign out")
	w.expect("signed out")
}

// signIn goes through the account picker of the sandbox.
func signIn(w *walker, look func(string)) {
	w.t.Helper()
	w.follow("Sign in")
	w.expect("This is not Microsoft")
	look("picker")
	w.follow(adminUPN)
}

// newBlueprint goes through the wizard and makes a blueprint with two agents.
// On the way it forgets the name and finds the rest kept, chooses a group as
// sponsor, and goes back once.
func newBlueprint(w *walker, look func(string)) {
	w.t.Helper()
	look("new-blueprint")
	w.fill("Reason", "CHG-2041")
	w.follow("Continue")
	if got := w.value("Reason"); got != "CHG-2041" {
		w.fatal("a fault in the name lost the reason: %q", got)
	}
	if title := eval[string](w, "document.title"); !strings.HasPrefix(title, "Error: ") {
		w.t.Errorf("title of a page with a fault = %q, want Error first", title)
	}
	look("new-blueprint-fault")
	w.fill("Display name", "Walk helper")
	w.follow("Continue")
	choosePeople(w, look)
	look("new-blueprint-credential")
	w.follow("Continue")
	look("new-blueprint-permissions")
	w.follow("Continue")
	w.fill("How many", "2")
	look("new-blueprint-agents")
	w.follow("Back")
	w.follow("Continue")
	if got := w.value("How many"); got != "2" {
		w.fatal("going back lost How many: %q", got)
	}
	w.follow("Continue")
	w.expect("POST", "agentIdentityBlueprint", "Walk helper", "Finance team")
	look("review")
	w.follow("Create")
}

// choosePeople searches for groups: some may sponsor, others are shown with
// the reason why not.
func choosePeople(w *walker, look func(string)) {
	w.t.Helper()
	w.expect(adminUPN, "Person, you")
	w.fill("Find a sponsor", "finance")
	w.follow("Search Find a sponsor")
	w.expect("2 found for “finance”", "Finance readers", "Not eligible: a security group with assigned members")
	look("new-blueprint-people")
	w.follow("Add Finance team")
	w.expect("Chosen")
	w.follow("Continue")
}

// watchRun waits for the badge beside the title to say Done; the page renews
// itself, with a script or without.
func watchRun(w *walker) {
	w.t.Helper()
	w.until("the run is done", `document.querySelector("h1 + .badge")?.innerText.trim() === "Done"`)
	w.expect("Walk helper 01", "Walk helper 02")
}

// showSecret presses for the secret that the run minted and reads it.
func showSecret(w *walker) string {
	w.t.Helper()
	w.follow("Show secret")
	secret := eval[string](w, `[...document.querySelectorAll("main code")].map(e => e.textContent.trim()).find(s => s.startsWith("SANDBOX~")) ?? ""`)
	if secret == "" {
		w.fatal("no secret of the sandbox is shown")
	}
	return secret
}

func askToken(w *walker, secret string) {
	w.t.Helper()
	w.choose("Agent identity", "Walk helper 01")
	w.choose("Mode", "Autonomous app")
	w.fill("Client secret", secret)
	w.follow("Get token")
}

// expectToken reads the headings of both hops and their signatures.
func expectToken(w *walker) {
	w.t.Helper()
	headings := eval[[]string](w, `[...document.querySelectorAll("h2, h3")].map(h => h.innerText.replace(/\s+/g, " ").trim())`)
	for _, hop := range []string{"T1", "TR"} {
		starts := regexp.MustCompile(`^` + hop + `\b`)
		found := false
		for _, h := range headings {
			found = found || starts.MatchString(h)
		}
		if !found {
			w.fatal("no heading starts with %s: %q", hop, headings)
		}
	}
	if n := strings.Count(w.text("main"), "Signature valid"); n < 2 {
		w.fatal("%d valid signatures, want one a hop", n)
	}
}

// lastToken is the token of the last hop, as its copy button holds it.
func lastToken(w *walker) string {
	w.t.Helper()
	token := eval[string](w, `[...document.querySelectorAll("[data-copy^='eyJ']")].at(-1)?.dataset.copy ?? ""`)
	if strings.Count(token, ".") != 2 {
		w.fatal("the page offers no token to copy")
	}
	return token
}

// inspect pastes a token into the inspector, which knows the tenant's keys.
func inspect(w *walker, token string) {
	w.t.Helper()
	w.fill("Token", token)
	w.follow("Inspect")
	w.expect("xms_par_app_azp", "Signature valid")
}

// auditWalk finds in the audit who made the agent.
func auditWalk(w *walker) {
	w.t.Helper()
	w.follow("Audit")
	w.expect(adminUPN, "agent-identity.create", "Walk helper 01")
	w.look("audit")
	eval[bool](w, `(document.querySelector('main a[href^="/audit/"]').id = "walk-record", true)`)
	record := eval[string](w, `document.querySelector("#walk-record").innerText.trim()`)
	w.follow(record)
	w.expect(adminUPN)
	w.look("audit-record")
}

// TestSignInAcrossSites has the sandbox at 127.0.0.1 and the portal at
// localhost: two sites for the browser, as with a real tenant, so cookies that
// were too strict for the way back would show.
func TestSignInAcrossSites(t *testing.T) {
	w := newWalker(t)
	addr := freeAddr(t)
	a := startApp(t, Config{SandboxAddr: addr, SandboxBase: "http://" + addr}, Wiring{})
	if !strings.HasPrefix(a.URL(), "http://localhost:") {
		t.Fatalf("the portal is at %s, want it on another site than %s", a.URL(), addr)
	}
	w.open(a.URL() + "/blueprints/new")
	w.follow("Sign in")
	if host := eval[string](w, "location.host"); host != addr {
		w.fatal("sign-in is at %s, want %s", host, addr)
	}
	w.follow(adminUPN)
	if host := eval[string](w, "location.origin"); host != a.URL() {
		w.fatal("came back to %s, want %s", host, a.URL())
	}
	w.open(a.URL())
	w.follow("Sign out")
	w.expect("signed out")
}

// freeAddr is an address that nobody used a moment ago.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
