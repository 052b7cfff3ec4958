package sandbox

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestResourceNames(t *testing.T) {
	l := newLab(t)
	blueprint := l.info.Seed.Blueprint.AppID
	for name, want := range map[string]string{ // "" means that there is none
		"https://graph.microsoft.com": graphAppID, "https://graph.microsoft.com/": graphAppID, "HTTPS://Graph.Microsoft.com": graphAppID,
		graphAppID: graphAppID, "spn:" + graphAppID: graphAppID, "api://" + graphAppID: graphAppID,
		"api://AzureADTokenExchange": exchangeAppID, "api://azureadtokenexchange": exchangeAppID, exchangeAppID: exchangeAppID,
		"https://vault.azure.net": keyVaultAppID, "https://vault.azure.net//": keyVaultAppID,
		"api://" + blueprint: blueprint, blueprint: blueprint, strings.ToUpper(blueprint): blueprint,
		"": "", "https://graph.microsoft.com.evil.example": "", "api://": "", l.info.Seed.Agent.ID: "",
	} {
		_ = l.tenant.read(func(st *state) error {
			got := ""
			if res := st.resource(name); res != nil {
				got = res.principal.AppID
			}
			if got != want {
				t.Errorf("%q: got %q, want %q", name, got, want)
			}
			return nil
		})
	}
}

func TestSplitScope(t *testing.T) {
	for text, want := range map[string][2]string{
		"User.Read":                               {graphResource, "User.Read"},
		"https://graph.microsoft.com/User.Read":   {"https://graph.microsoft.com", "User.Read"},
		"https://graph.microsoft.com//.default":   {"https://graph.microsoft.com/", ".default"},
		"api://AzureADTokenExchange/.default":     {"api://AzureADTokenExchange", ".default"},
		"00000003-0000-0000-c000-000000000000/.x": {graphAppID, ".x"},
		"/": {"", ""},
	} {
		name, value := splitScope(text)
		if got := [2]string{name, value}; got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestConsentForOnePerson: a grant of the kind Principal counts for that person alone.
func TestConsentForOnePerson(t *testing.T) {
	l := newLab(t)
	who := l.info.Personas[6]
	if err := l.tenant.write(t.Context(), func(tx *txn) error {
		tx.put(&permissionGrant{
			meta: meta{ID: newID()}, ClientID: seedID("principal portal"), ConsentType: "Principal", PrincipalID: who.ObjectID,
			ResourceID: tx.principal(graphAppID).ID, Scope: "Mail.Read",
		})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	address := l.authorizeURL("scope", "https://graph.microsoft.com/mail.read")
	_, claims := decode(t, access(t, l.redeem(t, newBrowser(t, l).signIn(address, who.UPN))))
	if claims["scp"] != "Mail.Read" {
		t.Errorf("scp %v, want the scope by its right name", claims["scp"])
	}
	if _, doc := newBrowser(t, l).pick(address, "sponsor@sandbox.example"); doc.Find("h1").Text() != "Permissions requested" {
		t.Errorf("somebody else sees %s", doc.Find("h1").Text())
	}
}

func TestDefaultScopeOfAUser(t *testing.T) {
	l := newLab(t)
	a := l.redeem(t, newBrowser(t, l).signIn(l.authorizeURL("scope", "https://graph.microsoft.com/.default"), "user@sandbox.example"))
	_, claims := decode(t, access(t, a))
	got := strings.Fields(claims["scp"].(string))
	want := slices.DeleteFunc(portalScopes(), func(v string) bool { return slices.Contains(oidcScopes(), v) })
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if scope, _ := a.json(t)["scope"].(string); !strings.HasPrefix(scope, "https://graph.microsoft.com/.default ") {
		t.Errorf("scope %q does not repeat the one asked for", scope)
	}
}

func TestEchoScope(t *testing.T) {
	for name, tc := range map[string]struct {
		requested, granted []string
		want               string
	}{
		"plain":             {[]string{"User.Read", "openid", "offline_access"}, []string{"User.Read", "openid"}, "User.Read openid"},
		"with the resource": {[]string{"https://graph.microsoft.com/User.Read"}, []string{"User.Read", "Mail.Read"}, "https://graph.microsoft.com/User.Read Mail.Read"},
		"in another case":   {[]string{"user.read"}, []string{"User.Read"}, "user.read"},
		"none":              {nil, nil, ""},
	} {
		if got := echoScope(tc.requested, tc.granted); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

// TestPortalScopesExist: a scope of the seed that Graph does not publish could never be asked for.
func TestPortalScopesExist(t *testing.T) {
	_, scopes, err := graphPermissions()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range portalScopes() {
		if !slices.ContainsFunc(scopes, func(s permissionScope) bool { return s.Value == v && s.IsEnabled }) {
			t.Errorf("Graph has no enabled scope %s", v)
		}
	}
}
