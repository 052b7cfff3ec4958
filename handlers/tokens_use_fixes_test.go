package handlers

import (
	"net/url"
	"strings"
	"testing"

	"agentidportal/entra"
)

// TestLabSaysWhichPermissionOpensACall: a call that Graph refuses names the
// permission, and leads to where the agent identity gets it.
func TestLabSaysWhichPermissionOpensACall(t *testing.T) {
	w := newLabWorld(t)
	result := w.post("/tokens", w.form(entra.ModeAutonomous))
	if call := result.Find("#f-call option[selected]").AttrOr("value", ""); call != "groups" {
		t.Errorf("the call that is chosen is %q, and the token carries GroupMember.Read.All", call)
	}
	for _, tt := range []struct{ call, opens, grant string }{
		{"organization", "The application permission Organization.Read.All opens it.", "Organization.Read.All"},
		{"users", "The application permission User.ReadBasic.All or User.Read.All opens it.", "User.ReadBasic.All"},
		{"groups", "", ""},
	} {
		page := w.submit(result, "Call", url.Values{"call": {tt.call}})
		if tt.grant == "" {
			if page.Find("#opens").Length() != 0 || page.Find("summary:contains('Body, as received')").Length() != 1 {
				t.Errorf("%s: %s", tt.call, page.text("main"))
			}
			continue
		}
		link := page.Find("#opens a")
		if !strings.Contains(page.text("#opens"), tt.opens) || link.Text() != "Grant "+tt.grant {
			t.Errorf("%s: it says %q", tt.call, page.text("#opens"))
		}
		if page.Find("summary:contains('Body, as received')").Length() != 0 || !page.says("main", "Authorization_RequestDenied") {
			t.Errorf("%s: the body is folded", tt.call)
		}
		if there := w.get(link.AttrOr("href", "")); there.text("h1") != "Grant "+tt.grant+" to Invoice helper 01?" {
			t.Errorf("%s leads to %q", link.AttrOr("href", ""), there.text("h1"))
		}
	}
	user := w.post("/tokens", w.form(entra.ModeAgentUser, "scope", "User.Read"))
	if call := user.Find("#f-call option[selected]").AttrOr("value", ""); call != "me" {
		t.Errorf("as the agent user the call is %q", call)
	}
	if page := w.submit(user, "Call", url.Values{"call": {"groups"}}); !strings.Contains(page.text("#opens"), "The delegated permission GroupMember.Read.All or Group.Read.All opens it.") {
		t.Errorf("it says %q", page.text("#opens"))
	}
	app := w.post("/tokens", w.form(entra.ModeClientCredentials))
	if page := w.submit(app, "Call", url.Values{"call": {"users"}}); !page.says("#opens", "User.ReadBasic.All") || page.Find("#opens a").Length() != 0 {
		t.Errorf("an application: %q", page.text("#opens"))
	}
}

// TestRefusalIsCopiedForSupport: the button takes along what support asks for.
func TestRefusalIsCopiedForSupport(t *testing.T) {
	w := newLabWorld(t)
	page := w.post("/tokens", w.form(entra.ModeAutonomous, "client_secret", wrongSecret))
	button := page.Find(".hop-refused .code-head button").FilterFunction(byText("Copy for support"))
	text := button.AttrOr("data-copy", "")
	for _, want := range []string{"Code: AADSTS7000215, invalid_client", "Trace ID: ", "Correlation ID: ", "Time: ", `Answer body: {"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
	if strings.Contains(text, "canary") {
		t.Error("the text repeats the secret")
	}
}
