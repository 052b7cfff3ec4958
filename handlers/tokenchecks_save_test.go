package handlers

import (
	"net/url"
	"testing"

	"agentidportal/entra"
)

// A check that is made of a result proposes what its token holds, and the same
// token passes it.
func TestTokenCheckOfAResultIsFilledIn(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	secret := p.info.Seed.Blueprint.ClientSecret
	for name, tt := range map[string]struct {
		change url.Values
		title  string
		kind   string
		value  string
	}{
		"as itself": {nil, "Autonomous app: Invoice helper 01", "role", "GroupMember.Read.All"},
		"as a user": {url.Values{"mode": {"agent-user"}}, "Autonomous agent user: Invoice helper 01", "scope", "User.Read"},
		"no token":  {url.Values{"client_secret": {"SANDBOX~wrong"}}, "Autonomous app: Invoice helper 01", "", ""},
	} {
		form := p.follow(p.post("/tokens", p.labForm(tt.change)), "Save as a check")
		if got := form.Find("#f-name").AttrOr("value", ""); got != tt.title {
			t.Errorf("%s: the name %q", name, got)
		}
		if tt.kind == "" {
			if form.Find("fieldset").Length() != 2 || form.Find("#f-value_1").AttrOr("value", "") != p.info.Seed.Blueprint.AppID {
				t.Errorf("%s: %s", name, form.text("form.form"))
			}
			continue
		}
		if form.Find("#f-kind_2 option[selected]").AttrOr("value", "") != "audience" || form.Find("#f-value_2").AttrOr("value", "") != entra.GraphAudience {
			t.Errorf("%s: the audience is not filled in: %s", name, form.text("form.form"))
		}
		if got := form.Find("#f-kind_3 option[selected]").AttrOr("value", ""); got != tt.kind || form.Find("#f-value_3").AttrOr("value", "") != tt.value {
			t.Errorf("%s: row 3 is %s %s", name, got, form.Find("#f-value_3").AttrOr("value", ""))
		}
		page := p.ended(p.submit(p.submit(form, "Save", nil), "Run", url.Values{"client_secret": {secret}}))
		if page.text("h1 + .badge") != "1 passed" {
			t.Errorf("%s: what is proposed does not pass: %s", name, page.text("main"))
		}
	}
}
