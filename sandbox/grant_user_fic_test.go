package sandbox

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAgentUser(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	f.consent(t, f.agents[0], f.users[0], "User.Read Mail.Read")
	for name, changes := range map[string][]string{
		"by name":            nil,
		"by name, any case":  {"username", strings.ToUpper(f.upns[0])},
		"by object id":       {"username", "-", "user_id", f.users[0]},
		"with the token use": {"requested_token_use", "on_behalf_of"},
		"as MSAL asks":       {"scope", graphDefault + " openid offline_access profile", "client_info", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			a := f.token(t, f.asUser(t, changes...)...)
			token := access(t, a)
			want := map[string]any{
				"aud": graphResource, "iss": l.v1Issuer(), "ver": "1.0", "appid": f.agents[0], "appidacr": "2", "idtyp": "user",
				"oid": f.users[0], "upn": f.upns[0], "roles": nil, "xms_par_app_azp": f.blueprint, "amr": []any{"fed"},
			}
			got := claimsIn(t, token, "aud", "iss", "ver", "appid", "appidacr", "idtyp", "oid", "upn", "roles", "xms_par_app_azp", "amr")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			if scp, _ := claimsIn(t, token, "scp")["scp"].(string); !strings.HasPrefix(scp, "Mail.Read User.Read") {
				t.Errorf("scp %q", scp)
			}
			for claim, want := range map[string]string{"xms_act_fct": "11 3 9", "xms_sub_fct": "13 3", "xms_idrel": "1"} {
				if got := odd(t, token, claim); got != want {
					t.Errorf("%s has %s, want %s", claim, got, want)
				}
			}
			body := a.json(t)
			asMSAL := name == "as MSAL asks"
			if (body["refresh_token"] != nil) != asMSAL || (body["id_token"] != nil) != asMSAL || (body["client_info"] != nil) != asMSAL {
				t.Errorf("answer %s", a.text)
			}
		})
	}
}

func TestAgentUserRefusals(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	f.consent(t, f.agents[0], f.users[0], "User.Read")
	stranger := newFamily(t, l)
	elsewhere := newFamily(t, newLab(t))
	otherKeys := newFamily(t, openLab(t, Options{DataFile: filepath.Join(t.TempDir(), "tenant.db"), BaseURL: l.url}))
	f.write(t, func(tx *txn) {
		late := &user{meta: meta{ID: newID(), VisibleAt: tx.now.Add(time.Hour)}, UserPrincipalName: "late@sandbox.example", AccountEnabled: true, IdentityParentID: f.agents[0]}
		off := &user{meta: meta{ID: newID()}, UserPrincipalName: "off@sandbox.example", IdentityParentID: f.agents[0]}
		tx.put(late)
		tx.put(off)
	})
	const t2 = "user_federated_identity_credential"
	persona := l.info.Personas[6]
	for name, tc := range map[string]struct {
		changes []string
		status  int
		code    string
		aadsts  int
	}{
		"no T2":                      {[]string{t2, "-"}, 400, "invalid_request", 900144},
		"two T2":                     {[]string{"+" + t2, "x"}, 400, "invalid_request", 9000411},
		"T2 that is none":            {[]string{t2, "abc"}, 400, "invalid_request", 50027},
		"spoilt T2":                  {[]string{t2, spoil(f.t2Of(t, 0))}, 400, "invalid_grant", 700027},
		"T1 as T2":                   {[]string{t2, f.t1Of(t, 0)}, 400, "invalid_grant", 700213},
		"T2 of the other agent":      {[]string{t2, f.t2Of(t, 1)}, 400, "invalid_grant", 700213},
		"T2 of a stranger":           {[]string{t2, stranger.t2Of(t, 0)}, 400, "invalid_grant", 700213},
		"T2 of another tenant":       {[]string{t2, elsewhere.t2Of(t, 0)}, 400, "invalid_grant", 700211},
		"T2 by another key":          {[]string{t2, otherKeys.t2Of(t, 0)}, 400, "invalid_grant", 700027},
		"Tc as T2":                   {[]string{t2, f.tc(t, "user")}, 400, "invalid_grant", 700229},
		"no user":                    {[]string{"username", "-"}, 400, "invalid_request", 900144},
		"user by name and id":        {[]string{"user_id", f.users[0]}, 400, "invalid_request", 9002313},
		"UPN as user_id":             {[]string{"username", "-", "user_id", f.upns[0]}, 400, "server_error", 50000},
		"id as username":             {[]string{"username", f.users[0]}, 400, "invalid_grant", 50034},
		"nobody":                     {[]string{"username", "nobody@sandbox.example"}, 400, "invalid_grant", 50034},
		"nobody by id":               {[]string{"username", "-", "user_id", newID()}, 400, "invalid_grant", 50034},
		"not here yet":               {[]string{"username", "late@sandbox.example"}, 400, "invalid_grant", 50034},
		"disabled":                   {[]string{"username", "off@sandbox.example"}, 400, "invalid_grant", 50057},
		"user of the other agent":    {[]string{"username", f.upns[1]}, 400, "invalid_grant", 700213},
		"a person":                   {[]string{"username", persona.UPN}, 400, "invalid_grant", 700213},
		"a person by id":             {[]string{"username", "-", "user_id", persona.ObjectID}, 400, "invalid_grant", 700213},
		"other token use":            {[]string{"requested_token_use", "x"}, 400, "invalid_request", 9002313},
		"no scope":                   {[]string{"scope", "-"}, 400, "invalid_request", 900144},
		"no consent":                 {[]string{"scope", "Mail.Read"}, 400, "invalid_grant", 65001},
		"other client in the legs":   {[]string{"client_id", f.agents[1], "client_assertion", f.t1Of(t, 1)}, 400, "invalid_grant", 700213},
		"blueprint itself":           {[]string{"client_id", f.blueprint, "client_assertion", "-", "client_assertion_type", "-", "client_secret", f.secret}, 400, "unauthorized_client", 82001},
		"an ordinary application":    {[]string{"client_id", l.info.Client.ClientID, "client_assertion", "-", "client_assertion_type", "-", "client_secret", l.info.Client.ClientSecret}, 400, "unsupported_grant_type", 70003},
		"T1 of the other agent":      {[]string{"client_assertion", f.t1Of(t, 1)}, 401, "invalid_client", 700213},
		"exchange resource for user": {[]string{"scope", exchangeScope}, 400, "invalid_grant", 65001},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, l.token(t, f.asUser(t, tc.changes...)...), tc.status, tc.code, tc.aadsts)
		})
	}
}

// TestWhenAgentsAreGone: an agent user lives on without its agent, and gets no token any more.
func TestWhenAgentsAreGone(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*txn, *family)
		status int
		code   string
		aadsts int
	}{
		"agent disabled":     {func(tx *txn, f *family) { tx.turnOff(f.agents[0]) }, 400, "unauthorized_client", 7000112},
		"agent deleted":      {func(tx *txn, f *family) { tx.remove(tx.principals.get(f.agents[0])) }, 400, "unauthorized_client", 700016},
		"blueprint deleted":  {func(tx *txn, f *family) { tx.remove(tx.app(f.blueprint)) }, 400, "unauthorized_client", 700016},
		"principal deleted":  {func(tx *txn, f *family) { tx.remove(tx.principals.get(f.principal)) }, 400, "unauthorized_client", 700016},
		"principal disabled": {func(tx *txn, f *family) { tx.turnOff(f.principal) }, 400, "unauthorized_client", 7000112},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			f := newFamily(t, l)
			f.consent(t, f.agents[0], "", "User.Read offline_access")
			asUser, onBehalf := f.asUser(t), f.onBehalf(t)
			alone := f.as(t, "client_credentials", "scope", graphDefault)
			refresh, _ := f.token(t, asUser...).json(t)["refresh_token"].(string)
			again := f.as(t, "refresh_token", "refresh_token", refresh)
			access(t, l.token(t, again...))
			f.write(t, func(tx *txn) { tc.change(tx, f) })
			for _, fields := range [][]string{asUser, onBehalf, alone, again} {
				wantRefusal(t, l.token(t, fields...), tc.status, tc.code, tc.aadsts)
			}
		})
	}
}

// turnOff disables a service principal.
func (tx *txn) turnOff(id string) {
	p := clone(tx.principals.get(id))
	p.AccountEnabled = false
	tx.put(p)
}

func TestRefreshOfAgents(t *testing.T) {
	for name, ask := range map[string]func(*family, testing.TB, ...string) []string{
		"on behalf of": (*family).onBehalf, "agent user": (*family).asUser,
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			f := newFamily(t, l)
			f.consent(t, f.agents[0], "", "User.Read Mail.Read offline_access")
			first := f.token(t, ask(f, t, "scope", "User.Read offline_access")...)
			kept, _ := first.json(t)["refresh_token"].(string)
			l.clock.advance(3 * time.Hour) // T1 and T2 of then are of no use any more
			a := l.token(t, f.as(t, "refresh_token", "refresh_token", kept, "scope", "Mail.Read offline_access")...)
			names := []string{"oid", "appid", "appidacr", "xms_par_app_azp", "idtyp"}
			if diff := cmp.Diff(claimsIn(t, access(t, first), names...), claimsIn(t, access(t, a), names...)); diff != "" {
				t.Errorf("refreshed (-first +second):\n%s", diff)
			}
			if scp := claimsIn(t, access(t, a), "scp")["scp"]; scp != "Mail.Read" {
				t.Errorf("scp %v", scp)
			}
			next, _ := a.json(t)["refresh_token"].(string)
			if next == "" || next == kept {
				t.Error("the refresh token is not replaced")
			}
			good := f.as(t, "refresh_token", "refresh_token", next)
			wantRefusal(t, l.token(t, varied(good, "client_assertion", "-", "client_assertion_type", "-")...), 401, "invalid_client", 7000218)
			wantRefusal(t, l.token(t, varied(good, "scope", "Calendars.Read")...), 400, "invalid_grant", 65001)
			wantRefusal(t, l.token(t, varied(good, "client_id", f.agents[1], "client_assertion", f.t1Of(t, 1))...), 400, "invalid_grant", 70000)
			wantRefusal(t, l.token(t, varied(good, "client_id", f.blueprint, "client_assertion", "-", "client_assertion_type", "-", "client_secret", f.secret)...), 400, "invalid_grant", 70000)
			l.clock.advance(refreshLife + time.Second)
			wantRefusal(t, l.token(t, varied(good, "client_assertion", f.t1Of(t, 0))...), 400, "invalid_grant", 700082)
		})
	}
}
