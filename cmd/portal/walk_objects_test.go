package main

import "testing"

// TestWalkObjects goes from the list of principals through every tab of a
// blueprint and an agent, and looks at each.
func TestWalkObjects(t *testing.T) {
	w := newWalker(t)
	a := startApp(t, Config{}, Wiring{})
	w.open(a.URL())
	signIn(w, nothing)

	w.follow("Blueprint principals")
	w.expect("Copy desk", "Another tenant: Tailspin Toys")
	w.look("principals")
	w.follow("Copy desk")
	w.expect("Its blueprint lives in another tenant")
	w.look("principal-abroad")
	w.open(a.URL() + "/principals?q=nobody+has+this+name&status=disabled")
	w.expect("No blueprint principal matches 2 filters")
	w.look("principals-none")

	w.follow("Blueprints")
	w.follow("Invoice helper")
	overview := eval[string](w, "location.href")
	for _, tab := range []string{"/identities", "/credentials", "/owners", "/json?select=nonsense", "?tree=list"} {
		w.open(overview + tab)
		w.expect("Invoice helper")
		w.look("blueprint-" + tab[1:5])
	}
}
