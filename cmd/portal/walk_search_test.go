package main

import "testing"

// TestWalkSearchAndHelp finds things through the box in the header, in a wide
// window and in the menu of a narrow one, and reads what claims mean.
func TestWalkSearchAndHelp(t *testing.T) {
	w := newWalker(t)
	a := startApp(t, Config{}, Wiring{})
	w.open(a.URL())
	signIn(w, nothing)

	w.key("/")
	w.until("the box has the focus", `document.activeElement.name === "q" && document.activeElement.closest("header") !== null`)
	w.key("invoice")
	w.pressEnter()
	w.until("the results are there", `location.pathname === "/search" && document.querySelectorAll("main tbody tr").length >= 3`)
	w.expect("Blueprints", "Agent identities", "Invoice helper 01")
	w.look("search")
	w.open(a.URL() + "/search?q=nobody+has+this+name")
	w.expect("Nothing was found")
	w.look("search-nothing")

	w.follow("Help")
	w.look("help")
	w.follow("Claims")
	w.expect("xms_par_app_azp", "Every access token")
	w.look("help-claims")

	w.size(320)
	w.press("Menu")
	w.until("the menu has the box", `[...document.querySelectorAll(".menu-body input[name=q]")].some(e => e.offsetWidth > 200)`)
	w.narrow("menu-search")
}
