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

// TestWalkDraftInTwoWindows changes a draft behind the back of an open page,
// and looks at what that page then says, at the way out, and at the help.
func TestWalkDraftInTwoWindows(t *testing.T) {
	w := newWalker(t)
	a := startApp(t, Config{}, Wiring{})
	w.open(a.URL())
	signIn(w, nothing)
	w.follow("New blueprint")
	w.fill("Display name", "شركة Walk")
	w.follow("Continue")
	w.follow("Basics")
	status := eval[int](w, `(() => {
		const form = new URLSearchParams(new FormData(document.querySelector("main form")));
		form.set("description", "From the other window");
		form.set("act", "continue");
		const ask = new XMLHttpRequest();
		ask.open("POST", location.href, false);
		ask.send(form);
		return ask.status;
	})()`)
	if status != http.StatusOK {
		w.fatal("the other window's save answered %d", status)
	}
	w.fill("Description", "From this window")
	w.follow("Continue")
	w.expect("in another window or browser", "From the other window", "From this window")
	w.look("draft-conflict")
	w.follow("Take what the draft says")
	if got := w.value("Description"); got != "From the other window" {
		w.fatal("the draft says %q", got)
	}
	w.follow("Discard draft…")
	w.expect("cannot be brought back", "شركة Walk")
	w.look("draft-discard")
	w.follow("Keep it")
	w.open(a.URL() + "/help/permissions")
	w.look("help-permissions")
}
