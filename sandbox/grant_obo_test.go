package sandbox

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOnBehalfOf(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	f.consent(t, f.agents[0], "", "User.Read offline_access")
	for name, changes := range map[string][]string{
		"default":         nil,
		"one scope":       {"scope", "https://graph.microsoft.com/User.Read"},
		"MSAL's scopes":   {"scope", graphDefault + " openid offline_access profile"},
		"client_info":     {"client_info", "1"},
		"other spellings": {"client_id", strings.ToUpper(f.agents[0])},
		"path in capitals": {"client_assertion", access(t, f.token(t, "grant_type", "client_credentials", "client_id", f.blueprint,
			"client_secret", f.secret, "scope", exchangeScope, "fmi_path", strings.ToUpper(f.agents[0])))},
	} {
		t.Run(name, func(t *testing.T) {
			a := f.token(t, f.onBehalf(t, changes...)...)
			token := access(t, a)
			want := map[string]any{
				"aud": graphResource, "iss": l.v1Issuer(), "ver": "1.0", "appid": f.agents[0], "appidacr": "2", "idtyp": "user",
				"oid": l.info.Personas[6].ObjectID, "upn": "user@sandbox.example", "roles": nil, "idp": nil,
				"xms_par_app_azp": f.blueprint, "app_displayname": "Child", "wids": []any{widMember},
			}
			got := claimsIn(t, token, "aud", "iss", "ver", "appid", "appidacr", "idtyp", "oid", "upn", "roles", "idp", "xms_par_app_azp", "app_displayname", "wids")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			if scp, _ := claimsIn(t, token, "scp")["scp"].(string); !strings.HasPrefix(scp, "User.Read") {
				t.Errorf("scp %q", scp)
			}
			for claim, want := range map[string]string{"xms_act_fct": "11 3 9", "xms_sub_fct": "3", "xms_idrel": "1", "xms_tnt_fct": "3"} {
				if got := odd(t, token, claim); got != want {
					t.Errorf("%s has %s, want %s", claim, got, want)
				}
			}
			body := a.json(t)
			if refresh := body["refresh_token"] != nil; refresh != (name != "one scope") {
				t.Errorf("refresh token: %v", refresh)
			}
			if (body["id_token"] != nil) != (name == "MSAL's scopes") || (body["client_info"] != nil) != (name == "client_info") {
				t.Errorf("answer %s", a.text)
			}
		})
	}
}

// TestOnBehalfOfAnApplication is the classic flow: an API that is no agent calls on for its user.
func TestOnBehalfOfAnApplication(t *testing.T) {
	l := newLab(t)
	api := l.info.Client
	l.write(t, func(tx *txn) {
		a, p := clone(tx.app(api.ClientID)), clone(tx.principal(api.ClientID))
		scope := permissionScope{ID: newID(), Value: "use", Type: "User", IsEnabled: true}
		a.API.Scopes, p.Scopes = []permissionScope{scope}, []permissionScope{scope}
		a.API.PreAuthorized = []preAuthorized{{AppID: api.ClientID, DelegatedPermissionIDs: []string{scope.ID}}}
		tx.put(a)
		tx.put(p)
	})
	own := access(t, l.token(t, l.password("user", api.ClientID+"/use")...))
	fields := []string{
		"grant_type", grantOnBehalfOf, "client_id", api.ClientID, "client_secret", api.ClientSecret, "assertion", own,
		"requested_token_use", "on_behalf_of", "scope", "User.Read",
	}
	token := access(t, l.token(t, fields...))
	if got := claimsIn(t, token, "appid", "xms_par_app_azp"); got["appid"] != api.ClientID || got["xms_par_app_azp"] != nil {
		t.Errorf("claims %v", got)
	}
	f := newFamily(t, l)
	wantRefusal(t, l.token(t, varied(fields, "assertion", f.tc(t, "user"))...), 400, "invalid_grant", 500131)
	app := access(t, l.token(t, "grant_type", "client_credentials", "client_id", api.ClientID, "client_secret", api.ClientSecret, "scope", api.ClientID+"/.default"))
	wantRefusal(t, l.token(t, varied(fields, "assertion", app)...), 400, "unauthorized_client", 7000114)
}

func TestOnBehalfOfRefusals(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	f.consent(t, f.agents[0], "", "User.Read")
	tc := f.tc(t, "user")
	graph := access(t, l.token(t, l.password("user", "User.Read")...))
	stranger := newFamily(t, l)
	elsewhere := newFamily(t, newLab(t)) // another authority: another tenant for all that matters
	otherKeys := newFamily(t, openLab(t, Options{DataFile: filepath.Join(t.TempDir(), "tenant.db"), BaseURL: l.url}))
	appOnly := access(t, l.token(t, "grant_type", "client_credentials", "client_id", l.info.Client.ClientID,
		"client_secret", l.info.Client.ClientSecret, "scope", "api://"+f.blueprint+"/.default"))
	for name, tc := range map[string]struct {
		changes []string
		status  int
		code    string
		aadsts  int
	}{
		"no assertion":             {[]string{"assertion", "-"}, 400, "invalid_request", 900144},
		"no token use":             {[]string{"requested_token_use", "-"}, 400, "invalid_request", 900144},
		"other token use":          {[]string{"requested_token_use", "logon_cert"}, 400, "invalid_request", 9002313},
		"no scope":                 {[]string{"scope", "-"}, 400, "invalid_request", 900144},
		"two assertions":           {[]string{"+assertion", tc}, 400, "invalid_request", 9000411},
		"no JWT":                   {[]string{"assertion", "abc"}, 400, "invalid_request", 50027},
		"claims that are none":     {[]string{"assertion", "e30.W10.e30"}, 400, "invalid_request", 50027},
		"spoilt signature":         {[]string{"assertion", spoil(tc)}, 400, "invalid_grant", 50013},
		"token for Graph":          {[]string{"assertion", graph}, 400, "invalid_grant", 50013},
		"token for a stranger":     {[]string{"assertion", stranger.tc(t, "user")}, 400, "invalid_grant", 50013},
		"T1":                       {[]string{"assertion", f.t1Of(t, 0)}, 400, "invalid_grant", 50013},
		"another tenant's token":   {[]string{"assertion", elsewhere.tc(t, "user")}, 400, "invalid_grant", 50013},
		"another tenant's key":     {[]string{"assertion", otherKeys.tc(t, "user")}, 400, "invalid_grant", 50013},
		"app-only token":           {[]string{"assertion", appOnly}, 400, "unauthorized_client", 7000114},
		"no consent":               {[]string{"scope", "Mail.Read"}, 400, "invalid_grant", 65001},
		"no consent, all":          {[]string{"client_id", f.agents[1], "client_assertion", f.t1Of(t, 1)}, 400, "invalid_grant", 65001},
		"two resources":            {[]string{"scope", graphDefault + " https://vault.azure.net/.default"}, 400, "invalid_request", 700022},
		"default and one":          {[]string{"scope", graphDefault + " User.Read"}, 400, "invalid_scope", 70011},
		"unknown resource":         {[]string{"scope", "api://nobody/.default"}, 400, "invalid_resource", 500011},
		"unknown scope":            {[]string{"scope", "Nothing.Read"}, 400, "invalid_client", 650053},
		"blueprint itself":         {[]string{"client_id", f.blueprint, "client_assertion", "-", "client_assertion_type", "-", "client_secret", f.secret}, 400, "unauthorized_client", 82002},
		"T1 of the other agent":    {[]string{"client_assertion", f.t1Of(t, 1)}, 401, "invalid_client", 700213},
		"T1 of a stranger":         {[]string{"client_assertion", stranger.t1Of(t, 0)}, 401, "invalid_client", 700213},
		"T1 of another tenant":     {[]string{"client_assertion", elsewhere.t1Of(t, 0)}, 401, "invalid_client", 700211},
		"T1 by another key":        {[]string{"client_assertion", otherKeys.t1Of(t, 0)}, 401, "invalid_client", 700027},
		"Tc as T1":                 {[]string{"client_assertion", tc}, 401, "invalid_client", 700229},
		"no T1":                    {[]string{"client_assertion", "-", "client_assertion_type", "-"}, 401, "invalid_client", 7000218},
		"secret on an agent":       {[]string{"client_assertion", "-", "client_assertion_type", "-", "client_secret", f.secret}, 401, "invalid_client", 7000215},
		"secret and T1":            {[]string{"client_secret", f.secret}, 400, "invalid_request", 9002324},
		"token exchange (RFC8693)": {[]string{"grant_type", grantTokenExchange}, 400, "unauthorized_client", 82001},
		"password":                 {[]string{"grant_type", "password"}, 400, "unauthorized_client", 82001},
		"device code":              {[]string{"grant_type", grantDevice}, 400, "unauthorized_client", 82001},
		"code":                     {[]string{"grant_type", "authorization_code"}, 400, "unauthorized_client", 82001},
	} {
		t.Run(name, func(t *testing.T) {
			a := l.token(t, f.onBehalf(t, tc.changes...)...)
			wantRefusal(t, a, tc.status, tc.code, tc.aadsts)
			if suberror := a.json(t)["suberror"]; (suberror == "consent_required") != (tc.aadsts == 65001) {
				t.Errorf("suberror %v", suberror)
			}
		})
	}
}

// TestOnBehalfOfPeopleWhoLeft: the token was good once, its user is not.
func TestOnBehalfOfPeopleWhoLeft(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	f.consent(t, f.agents[0], "", "User.Read")
	fields, other := f.onBehalf(t), f.onBehalf(t, "assertion", f.tc(t, "sponsor"))
	l.disable(t, "user@sandbox.example")
	wantRefusal(t, l.token(t, fields...), 400, "invalid_grant", 50057)
	l.write(t, func(tx *txn) { tx.remove(tx.userNamed("user@sandbox.example")) })
	wantRefusal(t, l.token(t, fields...), 400, "invalid_grant", 50034)
	l.clock.advance(2 * time.Hour)
	wantRefusal(t, l.token(t, varied(other, "client_assertion", f.t1Of(t, 0))...), 400, "invalid_grant", 500133)
}
