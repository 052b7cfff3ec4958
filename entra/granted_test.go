package entra

import (
	"strings"
	"testing"
	"time"
)

// Every way in which a permission can be granted and not in a token, or the
// other way round, with what to do.
func TestCompareGrants(t *testing.T) {
	s := newIssuer(t)
	user, other := "5e7d8166-7876-4755-a1a4-b476d4a344f6", "ef403b6c-5f3e-40ac-8685-28eed2922ad5"
	app := with(s.trClaims(), "roles", []string{"Mail.Send", "Old.Role"})
	person := with(with(with(s.trClaims(), "idtyp", "user"), "oid", user), "scp", "openid User.Read Old.Scope")
	role := func(value string, since time.Time) Grant {
		return Grant{Value: value, Application: true, Here: true, Since: since}
	}
	scope := func(value, who string) Grant { return Grant{Value: value, Here: true, For: who} }
	tests := []struct {
		name   string
		claims map[string]any
		grant  Grant
		value  string // looked for; empty: the grant's
		state  GrantState
		says   string
	}{
		{"role in both", app, role("Mail.Send", time.Time{}), "", GrantCounts, ""},
		{"role in another case", app, role("mail.send", time.Time{}), "", GrantCounts, ""},
		{"role granted later", app, role("New.Role", testNow.Add(time.Hour)), "", GrantFresh, "Granted after this token was issued: get a fresh one."},
		{"role granted, nobody knows when", app, role("New.Role", time.Time{}), "", GrantFresh, "get a fresh one"},
		{"role of another API", app, Grant{Value: "New.Role", Application: true}, "", GrantElsewhere, "of another API"},
		{"role taken away", app, role("Mail.Send", time.Time{}), "Old.Role", GrantLeft, "still counts until"},
		{"scope of an agent that acts for itself", app, scope("User.Read", ""), "", GrantOtherKind, "Here the agent acts for itself"},
		{"scope in both", person, scope("User.Read", ""), "", GrantCounts, ""},
		{"scope for this person", person, scope("User.Read", user), "", GrantCounts, ""},
		{"scope for another person", person, scope("Mail.Read", other), "", GrantOther, "one other person"},
		{"scope not asked for", person, scope("Mail.Read", ""), "", GrantFresh, "with the scope /.default"},
		{"scope of the sign-in", person, scope("User.Read", ""), "openid", GrantFree, "needs no grant"},
		{"scope taken away", person, scope("User.Read", ""), "Old.Scope", GrantLeft, "Not granted any more"},
		{"role in a token for a user", person, role("Mail.Send", time.Time{}), "", GrantOtherKind, "This token is for a user"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := grantsToken(t, s, tt.claims)
			row := grantRow(t, CompareGrants(j, []Grant{tt.grant}, true, testNow), orWord(tt.value, tt.grant.Value))
			if row.State != tt.state || !strings.Contains(row.Says, tt.says) || tt.says == "" && row.Says != "" {
				t.Errorf("%s: %s, want %s: %s", row.State, row.Says, tt.state, tt.says)
			}
			if row.Granted() != (tt.value == "") || row.InToken() == (tt.state == GrantFresh || tt.state.Never()) {
				t.Errorf("granted %v, in the token %v", row.Granted(), row.InToken())
			}
		})
	}
}

func grantsToken(t *testing.T, s *issuer, claims map[string]any) *JWT {
	t.Helper()
	j, err := Decode(s.sign(plainHead, claims))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func grantRow(t *testing.T, rows []GrantRow, value string) GrantRow {
	t.Helper()
	for _, row := range rows {
		if strings.EqualFold(row.Value, value) {
			return row
		}
	}
	t.Fatalf("no row %s in %+v", value, rows)
	return GrantRow{}
}

func TestCompareGrantsThatAreNotWholeOrTooLate(t *testing.T) {
	s := newIssuer(t)
	j := grantsToken(t, s, with(s.trClaims(), "roles", []string{"Old.Role"}))
	if row := grantRow(t, CompareGrants(j, nil, false, testNow), "Old.Role"); row.State != GrantUnknown || !row.InToken() {
		t.Errorf("unread grants: %+v", row)
	}
	if row := grantRow(t, CompareGrants(j, nil, true, testNow.AddDate(1, 0, 0)), "Old.Role"); !strings.Contains(row.Says, "The token is over") {
		t.Errorf("an old token: %+v", row)
	}
	rows := CompareGrants(j, []Grant{{Value: "A", Application: true}, {Value: "B", Application: true, Here: true}}, true, testNow)
	if len(rows) != 3 || rows[0].State != GrantLeft || rows[1].State != GrantFresh || !rows[2].State.Never() {
		t.Errorf("in the order %+v", rows)
	}
}

// Only tokens of agent identities for a resource carry what was granted.
func TestWhichTokensCarryGrants(t *testing.T) {
	s := newIssuer(t)
	for name, tt := range map[string]struct {
		claims map[string]any
		want   bool
	}{
		"TR": {s.trClaims(), true}, "T1": {s.t1Claims(), false}, "T2": {with(s.trClaims(), "aud", ExchangeAppID), false},
		"an ordinary application": {map[string]any{"appid": testBlueprint, "idtyp": "app"}, false},
		"no id of a client":       {with(s.trClaims(), "appid", "x"), false},
	} {
		if got := grantsToken(t, s, tt.claims).CarriesGrants(); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
