package entra_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra"
	"agentidportal/sandbox"
)

// persona is the first persona whose UPN starts with a name.
func (n tenant) persona(name string) sandbox.Persona {
	for _, p := range n.info.Personas {
		if strings.HasPrefix(p.UPN, name+"@") {
			return p
		}
	}
	return sandbox.Persona{}
}

// password signs a persona in to the sample client for a scope.
func (n tenant) password(name, scope string) entra.Password {
	who := n.persona(name)
	return entra.Password{
		AppID: n.info.Client.ClientID, Scope: scope, Username: who.UPN, Password: entra.NewSecret(who.Password),
		Credential: entra.Credential{Secret: entra.NewSecret(n.info.Client.ClientSecret)},
	}
}

func (n tenant) userToken(t *testing.T) entra.Secret {
	t.Helper()
	trace, err := n.client.Acquire(t.Context(), n.password("user", n.info.Seed.Blueprint.Scope))
	if err != nil {
		t.Fatalf("%v: %+v", err, trace.Failed().Err)
	}
	return trace.Token()
}

func (n tenant) onBehalfOf(t *testing.T, scope string) entra.OnBehalfOf {
	a := n.autonomous()
	return entra.OnBehalfOf{
		BlueprintAppID: a.BlueprintAppID, AgentID: a.AgentID, Credential: a.Credential, Scope: scope,
		UserToken: n.userToken(t), UserID: n.persona("user").ObjectID,
	}
}

func (n tenant) agentUser(scope string) entra.AgentUser {
	a := n.autonomous()
	return entra.AgentUser{
		BlueprintAppID: a.BlueprintAppID, AgentID: a.AgentID, Credential: a.Credential, Scope: scope,
		Username: n.info.Seed.AgentUser.UPN, UserID: n.info.Seed.AgentUser.ID,
	}
}

// checkTrace looks at every hop of a good try: answered, signed, linked, and
// nothing missing or unexpected.
func (n tenant) checkTrace(t *testing.T, trace *entra.Trace, x entra.Context, hops ...entra.HopName) {
	t.Helper()
	var names []entra.HopName
	for _, hop := range trace.Hops {
		names = append(names, hop.Name)
		if hop.JWT == nil {
			continue
		}
		if hop.Signature.State != entra.VerdictValid {
			t.Errorf("signature of %s: %+v", hop.Name, hop.Signature)
		}
		x.Hop, x.Mode = hop.Name, trace.Mode
		for _, note := range n.client.Explain(hop.JWT, x) {
			if note.For == entra.Missing || note.For == entra.Unexpected || strings.Contains(note.Says, "Not described") {
				t.Errorf("%s.%s = %s is %q: %s", hop.Name, note.Name, note.Text, note.For, note.Says)
			}
		}
	}
	if diff := cmp.Diff(hops, names); diff != "" {
		t.Errorf("hops (-want +got):\n%s", diff)
	}
	for _, link := range trace.Links {
		if !link.Holds {
			t.Errorf("%s: %s", link.Text, link.Detail)
		}
	}
	if !trace.Complete() || len(trace.Links) == 0 {
		t.Errorf("complete %v, %d links", trace.Complete(), len(trace.Links))
	}
}

func (n tenant) agentContext(scope, userID string) entra.Context {
	return entra.Context{BlueprintAppID: n.info.Seed.Blueprint.AppID, AgentID: n.info.Seed.Agent.ID, UserID: userID, Scope: scope}
}

func TestSandboxOnBehalfOf(t *testing.T) {
	n := newTenant(t)
	for _, scope := range []string{"", "https://graph.microsoft.com/User.Read", "User.Read offline_access openid"} {
		mode := n.onBehalfOf(t, scope)
		trace, err := n.client.Acquire(t.Context(), mode)
		if err != nil {
			t.Fatalf("scope %q: %v: %+v", scope, err, trace.Failed())
		}
		n.checkTrace(t, trace, n.agentContext(scope, mode.UserID), entra.HopTc, entra.HopT1, entra.HopTR)
		if tc := trace.Hops[0]; tc.State != entra.HopGiven || tc.Request != nil {
			t.Errorf("Tc is %+v", tc)
		}
		if got := trace.Hops[2].Answer; strings.Contains(scope, "offline") && (got.Refresh.IsZero() || got.ID.IsZero()) {
			t.Errorf("scope %q brings no refresh or ID token", scope)
		}
	}
}

func TestSandboxAgentUser(t *testing.T) {
	n := newTenant(t)
	for name, change := range map[string]func(*entra.AgentUser){
		"by name":      func(*entra.AgentUser) {},
		"by object id": func(m *entra.AgentUser) { m.Username = "" },
	} {
		mode := n.agentUser("")
		change(&mode)
		trace, err := n.client.Acquire(t.Context(), mode)
		if err != nil {
			t.Fatalf("%s: %v: %+v", name, err, trace.Failed())
		}
		n.checkTrace(t, trace, n.agentContext("", mode.UserID), entra.HopT1, entra.HopT2, entra.HopTR)
	}
}

func TestSandboxRefreshAsAnAgent(t *testing.T) {
	n := newTenant(t)
	first, err := n.client.Acquire(t.Context(), n.onBehalfOf(t, "User.Read offline_access"))
	if err != nil {
		t.Fatal(err)
	}
	a := n.autonomous()
	trace, err := n.client.Acquire(t.Context(), entra.AgentRefresh{
		BlueprintAppID: a.BlueprintAppID, AgentID: a.AgentID, Credential: a.Credential, Scope: "User.Read",
		Refresh: first.Hop(entra.HopTR).Answer.Refresh, Of: first.Mode, UserID: n.persona("user").ObjectID,
	})
	if err != nil {
		t.Fatalf("%v: %+v", err, trace.Failed())
	}
	n.checkTrace(t, trace, n.agentContext("User.Read", n.persona("user").ObjectID), entra.HopT1, entra.HopTR)
}

func TestSandboxPlainGrants(t *testing.T) {
	n := newTenant(t)
	app := n.info.Client
	secret := entra.Credential{Secret: entra.NewSecret(app.ClientSecret)}
	signedIn, err := n.client.Acquire(t.Context(), n.password("user", "User.Read offline_access"))
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []entra.Mode{
		entra.ClientCredentials{AppID: app.ClientID, Credential: secret},
		n.password("user", "User.Read"),
		entra.RefreshToken{AppID: app.ClientID, Credential: secret, Scope: "User.Read", Refresh: signedIn.Hops[0].Answer.Refresh},
		entra.Interactive{AppID: app.ClientID, Scope: "User.Read", Hop: signedIn.Hops[0], Token: signedIn.Token()},
	} {
		trace, err := n.client.Acquire(t.Context(), mode)
		if err != nil {
			t.Fatalf("%s: %v: %+v", mode.Name(), err, trace.Failed())
		}
		n.checkTrace(t, trace, entra.Context{ClientAppID: app.ClientID, Scope: "User.Read"}, entra.HopTR)
	}
}

// Until somebody approves, the code of a device is refused as pending: the
// trace keeps both requests.
func TestSandboxDeviceCode(t *testing.T) {
	n := newTenant(t)
	code, err := n.client.StartDevice(t.Context(), n.info.Client.ClientID, "User.Read")
	if err != nil {
		t.Fatal(err)
	}
	if code.UserCode == "" || !strings.HasPrefix(code.VerifyAt, n.info.Authority) || time.Until(code.ExpiresAt) < 10*time.Minute {
		t.Errorf("code is %+v", code)
	}
	trace, err := n.client.Acquire(t.Context(), entra.Device{AppID: n.info.Client.ClientID, Code: code})
	if err == nil || trace.Failed().Err.Code != "authorization_pending" || trace.Hops[0].State != entra.HopAnswered {
		t.Errorf("%v: %+v", err, trace.Failed())
	}
	refused, err := n.client.StartDevice(t.Context(), n.info.Seed.Agent.ID, "User.Read")
	if err == nil || refused.Hop.State != entra.HopRefused || refused.Hop.Err == nil {
		t.Errorf("an agent gets a device code: %v, %+v", err, refused)
	}
}

func TestCacheOfHops(t *testing.T) {
	n := newTenant(t)
	cache := entra.NewHopCache()
	acquire := func(mode entra.Mode) []bool {
		t.Helper()
		trace, err := n.client.AcquireWith(t.Context(), mode, cache)
		if err != nil {
			t.Fatalf("%v: %+v", err, trace.Failed())
		}
		var cached []bool
		for _, hop := range trace.Hops {
			cached = append(cached, hop.Cached)
		}
		return cached
	}
	other := n.autonomous()
	other.Scope = entra.ExchangeScope
	obo := n.onBehalfOf(t, "")
	for i, tt := range []struct {
		name string
		mode entra.Mode
		want []bool
	}{
		{"nothing kept yet", n.autonomous(), []bool{false, false}},
		{"the same again", n.autonomous(), []bool{true, true}},
		{"another resource", other, []bool{true, false}},
		{"another mode", n.agentUser(""), []bool{true, true, false}}, // T2 is the token the mode before asked for
		{"a user", obo, []bool{false, true, false}},
		{"the same user", obo, []bool{false, true, true}},
		{"the user again, with a new token", n.onBehalfOf(t, ""), []bool{false, true, false}},
		{"a password is never kept", n.password("user", "User.Read"), []bool{false}},
		{"nor its answer", n.password("user", "User.Read"), []bool{false}},
	} {
		if diff := cmp.Diff(tt.want, acquire(tt.mode)); diff != "" {
			t.Errorf("%d, %s (-want +got):\n%s", i, tt.name, diff)
		}
	}
	wrong := n.autonomous()
	wrong.Credential.Secret = entra.NewSecret("SANDBOX~wrong")
	if _, err := n.client.AcquireWith(t.Context(), wrong, cache); err == nil {
		t.Error("a wrong secret is answered from the cache")
	}
	if trace, err := n.client.AcquireWith(t.Context(), n.autonomous(), cache.Fresh()); err != nil || trace.Hops[0].Cached || trace.Hops[1].Cached {
		t.Errorf("a fresh try is answered from the cache: %v", err)
	}
}
