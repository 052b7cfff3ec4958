package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// mixedTable is a table of ten agents as a spreadsheet saves it: with the mark
// of UTF-8 and semicolons. Five of its rows are bad, each in another way.
const mixedTable = "\ufeffname;sponsors;user\r\n" +
	"Mixed 01;sponsor@sandbox.example;mixed-01@sandbox.example\r\n" +
	"=HYPERLINK(1);sponsor@sandbox.example;formula@sandbox.example\r\n" +
	"\"Mixed \"\"02\"\"; Zürich\";sponsor@sandbox.example;mixed-02@sandbox.example\r\n" +
	"Mixed twin;sponsor@sandbox.example;MIXED-01@sandbox.example\r\n" +
	"Mixed 03;;mixed-03@sandbox.example\r\n" +
	"Mixed abroad;sponsor@sandbox.example;abroad@elsewhere.example\r\n" +
	"Mixed 04;sponsor@sandbox.example|approver@sandbox.example;mixed-04\r\n" +
	"Mixed orphan;ghost@sandbox.example;orphan@sandbox.example\r\n" +
	"Mixed 05;;\r\n" +
	"Mixed robot;%s;robot@sandbox.example\r\n"

// TestWalkMixed makes a blueprint for agents of all sorts out of a table with
// bad rows, while the directory lags, and gets a token as one of the agents.
func TestWalkMixed(t *testing.T) {
	w := newWalker(t)
	a := startApp(t, Config{}, Wiring{})
	setKnobs(t, a, `{"lagMs":{"principal":1000,"agentIdentity":1000,"agentUser":1000,"grant":1000}}`)
	w.open(a.URL() + "/sign-in")
	w.follow("global-admin@sandbox.example")

	w.follow("Blueprints")
	w.follow("New blueprint")
	mixedBasics(w)
	w.follow("Continue") // the person who makes it owns and sponsors it
	w.tick("credential", "secret")
	w.look("mixed-credential")
	w.follow("Continue")
	mixedAccess(w)
	pickPermission(w, "Find a delegated permission", "Mail.Read", "mixed-delegated")
	pickPermission(w, "Find an application permission", "User.Read.All", "mixed-roles")
	w.follow("Continue")
	mixedTableStep(w, a.sandbox.tenant.Info().Seed.AgentUser.UPN)
	mixedUsers(w)
	mixedReview(w)
	w.follow("Create")
	w.look("mixed-run-at-work")
	w.until("the run is done", `document.querySelector("h1 + .badge")?.innerText.trim() === "Done"`)
	w.expect("Mixed helper is ready", "5 agent identities", "5 agent users")
	w.look("mixed-run")
	secret := showSecret(w)
	w.look("mixed-secret")

	w.follow("Agent identities")
	w.expect("Mixed 01", `Mixed "02"; Zürich`, "Mixed 03", "Mixed 04", "Mixed 05")
	if body := w.text("main"); strings.Contains(body, "Mixed twin") || strings.Contains(body, "Mixed orphan") {
		t.Errorf("bad rows were made: %s", body)
	}
	w.follow("Mixed 04")
	w.expect("mixed-04@sandbox.example")
	w.look("mixed-agent")
	mixedToken(w, secret)
	mixedAudit(w)
}

// mixedBasics forgets the name first, and finds its three ticks kept.
func mixedBasics(w *walker) {
	w.t.Helper()
	for _, way := range []string{"alone", "users", "account"} {
		w.tick("does", way)
	}
	w.follow("Continue")
	w.expect("Write a name")
	for _, way := range []string{"alone", "users", "account"} {
		if !w.ticked("does", way) {
			w.fatal("a fault in the name lost the tick %q", way)
		}
	}
	w.look("mixed-basics-fault")
	w.fill("Display name", "Mixed helper")
	w.follow("Continue")
}

// mixedAccess has the portal's own app pre-authorized.
func mixedAccess(w *walker) {
	w.t.Helper()
	w.expect("User access")
	w.tick("portal_client", "on")
	w.look("mixed-access")
	w.follow("Continue")
}

// pickPermission finds a permission by words and adds it.
func pickPermission(w *walker, label, value, name string) {
	w.t.Helper()
	w.fill(label, strings.ToLower(value))
	w.follow("Search " + label)
	w.look(name)
	w.follow("Add " + value)
	w.expect(value)
}

// mixedTableStep uploads the table, reads what is wrong with it, and goes on
// with the rows that are right.
func mixedTableStep(w *walker, agentUser string) {
	w.t.Helper()
	w.upload("#f-table", "agents.csv", fmt.Sprintf(mixedTable, agentUser))
	w.follow("Check the table")
	w.expect("5 of 10 rows can be made, 5 cannot.")
	rows := eval[[][]string](w, `[...document.querySelectorAll("#table tbody tr")].map(r => [...r.cells].map(c => c.innerText.replace(/\s+/g, " ").trim()))`)
	for i, want := range [][]string{
		{"3", "name", "begins with “=”"},
		{"5", "user", "Rows 2 and 5 have the same agent user"},
		{"7", "user", "“elsewhere.example” is no verified domain"},
		{"9", "sponsors", "“ghost@sandbox.example” is not in the directory"},
		{"11", "sponsors", "is an agent user"},
	} {
		if len(rows) != 5 || len(rows[i]) != 4 || rows[i][0] != want[0] || rows[i][1] != want[1] || !strings.Contains(rows[i][2], want[2]) || rows[i][3] == "" {
			w.fatal("the faults are %q, want number %d to be %q", rows, i+1, want)
		}
	}
	w.look("mixed-dry-run")
	w.follow("Go on with the 5 good rows")
	w.expect("5 rows with faults left out")
	w.look("mixed-rows")
	w.follow("Continue")
}

// mixedUsers says what the agent users have in common, and forgets what a
// licence needs.
func mixedUsers(w *walker) {
	w.t.Helper()
	w.expect("Agent users")
	w.choose("Licence", "ENTERPRISEPACK")
	w.follow("Continue")
	w.expect("Usage location")
	w.look("mixed-users-fault")
	w.fill("Usage location", "de")
	w.follow("Show sign-in names")
	w.expect("mixed-01@sandbox.example", "mixed-05@sandbox.example")
	w.look("mixed-users")
	w.follow("Continue")
}

func mixedReview(w *walker) {
	w.t.Helper()
	w.expect("on their own, on behalf of users, with their own user account", "Microsoft Graph: Mail.Read", "Microsoft Graph: User.Read.All", "this portal", "mixed-01@sandbox.example")
	w.look("mixed-review")
	w.press("The calls as a program, to copy")
	w.look("mixed-review-code")
}

// mixedToken gets a token as an agent of the table and reads its role.
func mixedToken(w *walker, secret string) {
	w.t.Helper()
	w.follow("Token lab")
	w.choose("Agent identity", "Mixed 04")
	w.choose("Mode", "Autonomous app")
	w.fill("Client secret", secret)
	w.follow("Get token")
	expectToken(w)
	w.look("mixed-token")
	if claims := claimsOf(w, lastToken(w)); !slices.Equal(claims.Roles, []string{"User.Read.All"}) {
		w.t.Errorf("roles of the token are %q", claims.Roles)
	}
}

type roleClaims struct {
	Roles []string `json:"roles"`
}

func claimsOf(w *walker, token string) (claims roleClaims) {
	w.t.Helper()
	body, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err == nil {
		err = json.Unmarshal(body, &claims)
	}
	if err != nil {
		w.fatal("decode the token: %v", err)
	}
	return claims
}

// mixedAudit finds a record of each sort of change.
func mixedAudit(w *walker) {
	w.t.Helper()
	w.follow("Audit")
	page := eval[string](w, "location.href")
	w.look("mixed-audit")
	for _, action := range []string{"blueprint.create", "blueprint.expose", "blueprint.preauthorize", "consent.grant", "agent-identity.create", "agent-user.create", "app-role.grant", "agent-user.license"} {
		w.open(page + "?q=" + action)
		w.expect("global-admin@sandbox.example", action)
	}
}

// tick clicks a box or a round button by its name and value.
func (w *walker) tick(name, value string) {
	w.t.Helper()
	if w.ticked(name, value) {
		return
	}
	w.do(chromedp.Click(chromedp.CSS(fmt.Sprintf("input[name=%s][value=%s]", name, value))))
	if !w.ticked(name, value) {
		w.fatal("%s %s is not ticked when it is clicked", name, value)
	}
}

func (w *walker) ticked(name, value string) bool {
	w.t.Helper()
	return eval[bool](w, fmt.Sprintf(`document.querySelector("input[name=%s][value=%s]").checked`, name, value))
}

// upload chooses a file as a person does in the dialogue of the browser.
func (w *walker) upload(field, name, content string) {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.fatal("%v", err)
	}
	w.do(chromedp.SetUploadFiles(chromedp.CSS(field), []string{path}))
}
