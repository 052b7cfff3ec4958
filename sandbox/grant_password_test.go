package sandbox

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPasswordGrant(t *testing.T) {
	l := newLab(t)
	for name, changes := range map[string][]string{
		"plain":                       nil,
		"with MSAL's scopes":          {"scope", "User.Read openid offline_access profile", "client_info", "1"},
		"with a response type":        {"response_type", "token"}, // one client sends it
		"name in any case and spaces": {"username", " USER@sandbox.example "},
	} {
		t.Run(name, func(t *testing.T) {
			a := l.token(t, varied(l.password("user", "User.Read"), changes...)...)
			want := map[string]any{"oid": l.info.Personas[6].ObjectID, "appid": l.info.Client.ClientID, "appidacr": "1", "xms_par_app_azp": nil}
			if diff := cmp.Diff(want, claimsIn(t, access(t, a), "oid", "appid", "appidacr", "xms_par_app_azp")); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			if (a.json(t)["refresh_token"] != nil) != (name == "with MSAL's scopes") {
				t.Errorf("answer %s", a.text)
			}
		})
	}
}

func TestPasswordRefusals(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	l.disable(t, "approver@sandbox.example")
	for name, tc := range map[string]struct {
		changes []string
		status  int
		code    string
		aadsts  int
	}{
		"no name":            {[]string{"username", "-"}, 400, "invalid_request", 900144},
		"no password":        {[]string{"password", "-"}, 400, "invalid_request", 900144},
		"no scope":           {[]string{"scope", "-"}, 400, "invalid_request", 900144},
		"password twice":     {[]string{"+password", "x"}, 400, "invalid_request", 9000411},
		"unknown user":       {[]string{"username", "nobody@sandbox.example"}, 400, "invalid_grant", 50034},
		"object id as name":  {[]string{"username", l.info.Personas[6].ObjectID}, 400, "invalid_grant", 50034},
		"wrong password":     {[]string{"password", "wrong"}, 400, "invalid_grant", 50126},
		"disabled user":      {[]string{"username", "approver@sandbox.example", "password", "Pretend-approver-1"}, 400, "invalid_grant", 50057},
		"user without one":   {[]string{"username", "amara.osei@sandbox.example"}, 400, "invalid_grant", 50056},
		"agent user":         {[]string{"username", f.upns[0]}, 400, "invalid_grant", 50056},
		"no consent":         {[]string{"scope", "Mail.Read"}, 400, "invalid_grant", 65001},
		"wrong secret":       {[]string{"client_secret", "x"}, 401, "invalid_client", 7000215},
		"blueprint":          {[]string{"client_id", f.blueprint, "client_secret", f.secret}, 400, "unauthorized_client", 82001},
		"confidential alone": {[]string{"client_id", l.info.Portal.ClientID, "client_secret", "-"}, 401, "invalid_client", 7000218},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, l.token(t, varied(l.password("user", "User.Read"), tc.changes...)...), tc.status, tc.code, tc.aadsts)
		})
	}
	for _, tenant := range []string{"common", "organizations"} {
		wantRefusal(t, l.post(t, "/"+tenant+"/oauth2/v2.0/token", l.password("user", "User.Read")...), 400, "invalid_request", 9001023)
	}
}

func TestTooManyWrongPasswords(t *testing.T) {
	l := newLab(t)
	good := l.password("user", "User.Read")
	for range lockoutAfter - 1 {
		wantRefusal(t, l.token(t, varied(good, "password", "wrong")...), 400, "invalid_grant", 50126)
	}
	access(t, l.token(t, good...)) // forgets the wrong ones
	for range lockoutAfter {
		wantRefusal(t, l.token(t, varied(good, "password", "wrong")...), 400, "invalid_grant", 50126)
	}
	wantRefusal(t, l.token(t, good...), 400, "invalid_grant", 50053)
	access(t, l.token(t, l.password("sponsor", "User.Read")...))
	l.clock.advance(lockoutLasts + time.Second)
	access(t, l.token(t, good...))
}

// TestNewTenantKnowsNoWrongPasswords: a reset and an import leave nobody locked out.
func TestNewTenantKnowsNoWrongPasswords(t *testing.T) {
	l := newLab(t)
	export := l.get(t, "/_sandbox/export").text
	good := l.password("user", "User.Read")
	for path, body := range map[string]string{"/_sandbox/reset": "", "/_sandbox/import": string(export)} {
		for range lockoutAfter {
			wantRefusal(t, l.token(t, varied(good, "password", "wrong")...), 400, "invalid_grant", 50126)
		}
		wantRefusal(t, l.token(t, good...), 400, "invalid_grant", 50053)
		if a := l.send(t, http.MethodPost, path, body); a.StatusCode >= 300 {
			t.Fatalf("%s: status %d: %s", path, a.StatusCode, a.text)
		}
		access(t, l.token(t, good...))
	}
}

func TestUserRealm(t *testing.T) {
	l := newLab(t)
	ask := func(upn string) map[string]any {
		return l.get(t, "/common/UserRealm/"+url.PathEscape(upn)+"?api-version=1.0").json(t)
	}
	want := map[string]any{
		"ver": "1.0", "account_type": "Managed", "domain_name": "sandbox.example",
		"cloud_instance_name": hostOf(l.url), "cloud_audience_urn": "urn:federation:MicrosoftOnline",
	}
	if diff := cmp.Diff(want, ask("user@sandbox.example")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, upn := range []string{"user@elsewhere.example", "nobody", "a/b@x"} {
		if diff := cmp.Diff(map[string]any{"ver": "1.0", "account_type": "Unknown"}, ask(upn)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", upn, diff)
		}
	}
}

// TestPublicClients come without a credential, as far as their registration lets them.
func TestPublicClients(t *testing.T) {
	l := newLab(t)
	public, reply := newID(), "http://localhost:7000/back"
	l.write(t, func(tx *txn) {
		tx.put(&application{meta: meta{ID: newID()}, AppID: public, DisplayName: "Native", PublicClient: true, PublicRedirectURIs: []string{reply}})
		tx.put(&servicePrincipal{meta: meta{ID: newID()}, Type: ordinaryPrincipal, AppID: public, DisplayName: "Native", AccountEnabled: true})
		tx.put(&permissionGrant{meta: meta{ID: newID()}, ClientID: tx.principal(public).ID, ConsentType: "AllPrincipals", ResourceID: tx.principal(graphAppID).ID, Scope: "User.Read offline_access"})
	})
	fields := varied(l.password("user", "User.Read offline_access"), "client_id", public, "client_secret", "-")
	a := l.token(t, fields...)
	if got := claimsIn(t, access(t, a), "appid", "appidacr"); got["appid"] != public || got["appidacr"] != "0" {
		t.Errorf("claims %v", got)
	}
	wantRefusal(t, l.token(t, varied(fields, "client_secret", "x")...), 401, "invalid_client", 700025)
	refresh, _ := a.json(t)["refresh_token"].(string)
	access(t, l.token(t, "grant_type", "refresh_token", "client_id", public, "refresh_token", refresh))
	wantRefusal(t, l.token(t, "grant_type", "client_credentials", "client_id", public, "scope", graphDefault), 401, "invalid_client", 7000216)
	wantRefusal(t, l.token(t, "grant_type", grantOnBehalfOf, "client_id", public, "assertion", "x", "requested_token_use", "on_behalf_of"), 401, "invalid_client", 7000218)
}
