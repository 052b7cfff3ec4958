package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A profile or a check that is not there, or not for the person, is told as
// that, with the list it is missing from.
func TestProfilesAndChecksThatAreNotThere(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	profile := p.makeProfile(nil)
	foreign := p.createAgent("agent-admin")
	check := p.saveCheck(url.Values{"target": {foreign}}, "lifetime", "5").url.Path
	p.newBrowser()
	p.signIn("agent-dev")
	for address, want := range map[string]struct{ name, cause, list string }{
		profile:                               {"token profile", "It is not shared with you", "/tokens/profiles"},
		profile + "/edit":                     {"token profile", "It was deleted.", "/tokens/profiles"},
		profile + "/delete":                   {"token profile", "It is not shared with you", "/tokens/profiles"},
		"/tokens/profiles/" + nowhere:         {"token profile", "It was deleted.", "/tokens/profiles"},
		check:                                 {"token check", "You may not test its agents", "/tokens/checks"},
		"/tokens/checks/" + nowhere + "/edit": {"token check", "It was deleted.", "/tokens/checks"},
	} {
		page := p.get(address)
		if page.status != http.StatusNotFound || page.text("h1") != "There is no such "+want.name || !page.says("main", want.cause) {
			t.Errorf("%s: %d %s", address, page.status, page.text("main"))
		}
		if page.Find("main a[href='"+want.list+"']").Length() != 1 || strings.Contains(page.text("main"), "typing error") {
			t.Errorf("%s leads nowhere: %s", address, page.text("main"))
		}
	}
}
