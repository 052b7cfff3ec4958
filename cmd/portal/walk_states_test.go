package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestWalkWaitingAndRefused looks at a run while it waits for the directory,
// and at one that Graph refuses: both say what to do, and go on from there.
func TestWalkWaitingAndRefused(t *testing.T) {
	w := newWalker(t)
	a := startApp(t, Config{}, Wiring{})
	w.open(a.URL())
	signIn(w, nothing)

	setKnobs(t, a, `{"agentFields":true,"delegatedCreate":true,"lagMs":{"principal":12000}}`)
	w.follow("New blueprint")
	newBlueprint(w, nothing)
	w.until("the run waits", `document.querySelector("h1 + .badge")?.innerText.trim().startsWith("Waiting for")`)
	w.until("it says when it asks again", `/asks again at \d\d:\d\d:\d\d UTC/.test(document.body.innerText)`)
	w.look("run-waiting")
	w.press("Try now")
	watchRun(w)

	setKnobs(t, a, `{"agentFields":true,"delegatedCreate":false}`)
	w.follow("Overview")
	w.follow("New blueprint")
	newBlueprint(w, nothing)
	w.until("the run fails", `document.querySelector("h1 + .badge")?.innerText.trim() === "Failed"`)
	w.expect("403")
	w.look("run-failed")
	w.follow("Go on as the blueprint")
	watchRun(w)
}

// TestWalkForbidden shows a person without the role what is missing, and that
// nothing was changed.
func TestWalkForbidden(t *testing.T) {
	w := newWalker(t)
	a := startApp(t, Config{}, Wiring{})
	w.open(a.URL())
	w.follow("Sign in")
	w.follow("auditor@sandbox.example")
	w.look("overview-auditor")
	w.open(a.URL() + "/blueprints/new")
	w.expect("403", "Global Reader")
	w.look("forbidden")
	w.open(a.URL() + "/no-such-page")
	w.look("not-found")
}

// nothing is a look that is not taken.
func nothing(string) {}

// setKnobs turns the switches of the sandbox.
func setKnobs(t *testing.T, a *testApp, knobs string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, a.SandboxURL()+"/_sandbox/knobs", strings.NewReader(knobs))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusBadRequest {
		t.Fatalf("set the knobs: %s", res.Status)
	}
}
