package main

import "testing"

// TestWalkSandbox looks at the sandbox page while everything on it is in use,
// and at the line that every other page has meanwhile.
func TestWalkSandbox(t *testing.T) {
	w := newWalker(t)
	a := startApp(t, Config{}, Wiring{})
	setKnobs(t, a, `{"lagMs":{"blueprint":1500,"grant":3000},"latencyMs":1,"userConsent":false,"cascadeAgentUsers":true,"faults":[
		{"kind":"429","method":"POST","path":"/v1.0/applications/**","retryAfterSec":5,"count":3},
		{"kind":"timeout-after","path":"/beta/servicePrincipals/*/microsoft.graph.agentIdentity/inheritablePermissions","caller":"0f3c9a52-7d41-4be8-9c06-51a8e2d7b634"}]}`)
	w.open(a.URL())
	signIn(w, nothing)
	w.open(a.URL() + "/blueprints")
	w.expect("Sandbox knobs are on.", "People cannot consent for themselves", "4 more.")
	w.look("knobs-banner")
	w.open(a.URL() + "/sandbox")
	w.expect("2 faults in wait.", "People cannot consent for themselves", "Seed: small")
	w.look("sandbox-knobs")
	w.follow("Reset the tenant")
	w.expect("Type sandbox.example to reset it.")
	w.look("sandbox-refused")
	w.open(a.URL() + "/sandbox")
	w.follow("Turn all off")
	w.expect("No fault is ordered.")
	w.follow("Show client secret")
	w.expect("It is worth nothing outside this sandbox")
	w.look("sandbox-secret")
}
