package sandbox

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	msalerrors "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
)

// blueprintClient signs in as a family's blueprint.
func (m *msalLab) blueprintClient(t *testing.T, f *family) confidential.Client {
	t.Helper()
	return m.client(t, f.blueprint, secretCredential(t, f.secret))
}

// childClient signs in as an agent of the family, by T1 from the blueprint's client.
func (m *msalLab) childClient(t *testing.T, blueprint confidential.Client, agent string) confidential.Client {
	t.Helper()
	return m.client(t, agent, confidential.NewCredFromAssertionCallback(func(ctx context.Context, _ confidential.AssertionRequestOptions) (string, error) {
		t1, err := blueprint.AcquireTokenByCredential(ctx, []string{exchangeScope}, confidential.WithFMIPath(agent))
		return t1.AccessToken, err
	}))
}

// publicClient is the sample client without its secret.
func (m *msalLab) publicClient(t *testing.T) public.Client {
	t.Helper()
	m.write(t, func(tx *txn) {
		a := clone(tx.app(m.info.Client.ClientID))
		a.PublicClient = true
		tx.put(a)
	})
	c, err := public.New(m.info.Client.ClientID, public.WithAuthority(m.url+"/"+m.info.TenantID), public.WithHTTPClient(m.http), public.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// byPassword uses what MSAL calls deprecated: programs still do, and the sandbox answers them.
func byPassword(t *testing.T, c public.Client, scope, upn, password string) (public.AuthResult, error) {
	t.Helper()
	//lint:ignore SA1019 see above
	return c.AcquireTokenByUsernamePassword(t.Context(), []string{scope}, upn, password)
}

// msalTC is a person's token for the blueprint, by the password grant of MSAL's public client.
func (m *msalLab) msalTC(t *testing.T, f *family) string {
	t.Helper()
	result, err := byPassword(t, m.publicClient(t), "api://"+f.blueprint+"/"+blueprintAPI, m.info.Personas[6].UPN, m.info.Personas[6].Password)
	if err != nil {
		t.Fatal(err)
	}
	return result.AccessToken
}

func TestMSALActsOnBehalf(t *testing.T) {
	m := newMSALLab(t)
	f := newFamily(t, m.lab)
	m.consent(t, f.agents[0], "", "User.Read Mail.Read")
	agent := m.childClient(t, m.blueprintClient(t, f), f.agents[0])
	for _, scopes := range [][]string{{graphDefault}, {"https://graph.microsoft.com/User.Read"}} {
		result, err := agent.AcquireTokenOnBehalfOf(t.Context(), m.msalTC(t, f), scopes)
		if err != nil {
			t.Fatal(err)
		}
		got := claimsIn(t, result.AccessToken, "xms_par_app_azp", "appid", "upn")
		if got["xms_par_app_azp"] != f.blueprint || got["appid"] != f.agents[0] || got["upn"] != m.info.Personas[6].UPN || len(result.DeclinedScopes) > 0 {
			t.Errorf("%v: claims %v, declined %v", scopes, got, result.DeclinedScopes)
		}
	}
	silent, err := agent.AcquireTokenOnBehalfOf(t.Context(), m.msalTC(t, f), []string{"https://graph.microsoft.com/Mail.Read"})
	if err != nil {
		t.Fatalf("another scope: %v", err)
	}
	if scp, _ := claimsIn(t, silent.AccessToken, "scp")["scp"].(string); !strings.Contains(scp, "Mail.Read") {
		t.Errorf("scp %q", scp)
	}
	_, err = agent.AcquireTokenOnBehalfOf(t.Context(), m.msalTC(t, f), []string{"https://graph.microsoft.com/Notes.Read"})
	wantCallError(t, err, http.StatusBadRequest, "AADSTS65001")
}

// TestMSALIsAnAgentUser walks T1, T2 and user_fic by name and by object id, and refreshes silently.
func TestMSALIsAnAgentUser(t *testing.T) {
	m := newMSALLab(t)
	f := newFamily(t, m.lab)
	m.consent(t, f.agents[0], f.users[0], "User.Read Mail.Read")
	for name, test := range map[string]struct {
		option confidential.AcquireByUserFICOption
		scopes []string
	}{
		"by name":             {confidential.WithUserFICUsername(f.upns[0]), []string{graphDefault}},
		"by object id":        {confidential.WithUserObjectID(f.users[0]), []string{graphDefault}},
		"by name, one scope":  {confidential.WithUserFICUsername(f.upns[0]), []string{"https://graph.microsoft.com/User.Read"}},
		"by object id, scope": {confidential.WithUserObjectID(f.users[0]), []string{"User.Read"}},
	} {
		t.Run(name, func(t *testing.T) {
			agent := m.childClient(t, m.blueprintClient(t, f), f.agents[0])
			t2, err := agent.AcquireTokenByCredential(t.Context(), []string{exchangeScope})
			if err != nil {
				t.Fatal(err)
			}
			result, err := agent.AcquireTokenByUserFederatedIdentityCredential(t.Context(), test.scopes, t2.AccessToken, test.option)
			if err != nil {
				t.Fatal(err)
			}
			if got := claimsIn(t, result.AccessToken, "oid", "idtyp", "xms_par_app_azp"); got["oid"] != f.users[0] || got["idtyp"] != "user" || got["xms_par_app_azp"] != f.blueprint {
				t.Errorf("claims %v", got)
			}
			if result.Account.PreferredUsername != f.upns[0] || result.Account.HomeAccountID != f.users[0]+"."+m.info.TenantID {
				t.Errorf("account %+v", result.Account)
			}
			again, err := agent.AcquireTokenSilent(t.Context(), test.scopes, confidential.WithSilentAccount(result.Account))
			if err != nil || again.AccessToken != result.AccessToken {
				t.Errorf("the cached token is another one: %v", err)
			}
			other, err := agent.AcquireTokenSilent(t.Context(), []string{"https://graph.microsoft.com/Mail.Read"}, confidential.WithSilentAccount(result.Account))
			if err != nil {
				t.Fatalf("a silent token by the refresh token: %v", err)
			}
			if got := claimsIn(t, other.AccessToken, "oid", "scp"); got["oid"] != f.users[0] || !strings.Contains(got["scp"].(string), "Mail.Read") || other.AccessToken == result.AccessToken {
				t.Errorf("claims %v", got)
			}
		})
	}
	agent := m.childClient(t, m.blueprintClient(t, f), f.agents[0])
	t2, err := agent.AcquireTokenByCredential(t.Context(), []string{exchangeScope})
	if err != nil {
		t.Fatal(err)
	}
	_, err = agent.AcquireTokenByUserFederatedIdentityCredential(t.Context(), []string{graphDefault}, t2.AccessToken, confidential.WithUserFICUsername(f.upns[1]))
	wantCallError(t, err, http.StatusBadRequest, "AADSTS700213")
}

// wantCallError wants a refusal as MSAL shows it.
func wantCallError(t *testing.T, err error, status int, code string) {
	t.Helper()
	var refused msalerrors.CallErr
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a refusal", err)
	}
	if refused.Resp.StatusCode != status || !strings.Contains(refused.Err.Error(), code) {
		t.Errorf("status %d, %v, want %d %s", refused.Resp.StatusCode, refused.Err, status, code)
	}
}

// TestMSALUsesAManagedIdentity lets a blueprint prove itself by a federated token, as in production.
func TestMSALUsesAManagedIdentity(t *testing.T) {
	m := newMSALLab(t)
	f := newFamily(t, m.lab)
	m.trust(t, f.blueprint, &federatedCredential{Name: "vm", Issuer: m.v2Issuer(), Subject: seedID("managed identity"), Audiences: []string{exchangeResource}})
	blueprint := m.client(t, f.blueprint, confidential.NewCredFromAssertionCallback(func(ctx context.Context, _ confidential.AssertionRequestOptions) (string, error) {
		return m.identityToken(t), nil
	}))
	tr, err := m.childClient(t, blueprint, f.agents[0]).AcquireTokenByCredential(t.Context(), []string{graphDefault})
	if err != nil {
		t.Fatal(err)
	}
	if got := claimsIn(t, tr.AccessToken, "oid")["oid"]; got != f.agents[0] {
		t.Errorf("oid %v", got)
	}
}

// identityToken asks for a managed identity's token over TLS.
func (m *msalLab) identityToken(t *testing.T) string {
	t.Helper()
	r := request(t, http.MethodGet, m.url+"/_sandbox/managed-identity/token?"+exchangeQuery, nil)
	r.Header.Set("Metadata", "true")
	b := newBrowser(t, m.lab)
	b.Transport = m.http.Transport
	a, _ := b.visit(r)
	token, _ := a.json(t)["access_token"].(string)
	return token
}

// TestMSALBlueprintHasACertificate: PS256 and x5t#S256, with and without the chain in the header.
func TestMSALBlueprintHasACertificate(t *testing.T) {
	m := newMSALLab(t)
	f := newFamily(t, m.lab)
	key, cert := certificate()
	m.write(t, func(tx *txn) {
		a := clone(tx.app(f.blueprint))
		a.PasswordCredentials, a.KeyCredentials = nil, certificateOf(cert)
		tx.put(a)
	})
	cred, err := confidential.NewCredFromCert([]*x509.Certificate{cert}, key)
	if err != nil {
		t.Fatal(err)
	}
	for _, options := range [][]confidential.Option{nil, {confidential.WithX5C()}} {
		options = append(options, confidential.WithHTTPClient(m.http), confidential.WithInstanceDiscovery(false))
		blueprint, err := confidential.New(m.url+"/"+m.info.TenantID, f.blueprint, cred, options...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.childClient(t, blueprint, f.agents[0]).AcquireTokenByCredential(t.Context(), []string{graphDefault}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMSALPublicClients(t *testing.T) {
	m := newMSALLab(t)
	client, persona := m.publicClient(t), m.info.Personas[6]
	signedIn, err := byPassword(t, client, "User.Read", persona.UPN, persona.Password)
	if err != nil {
		t.Fatal(err)
	}
	if signedIn.Account.HomeAccountID != persona.ObjectID+"."+m.info.TenantID || signedIn.IDToken.Oid != persona.ObjectID {
		t.Errorf("account %+v", signedIn.Account)
	}
	_, err = byPassword(t, client, "User.Read", persona.UPN, "wrong")
	wantCallError(t, err, http.StatusBadRequest, "AADSTS50126")
	device, err := client.AcquireTokenByDeviceCode(t.Context(), []string{"User.Read"})
	if err != nil {
		t.Fatal(err)
	}
	m.decideDevice(t, device.Result.UserCode, deviceApproved)
	byDevice, err := device.AuthenticationResult(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if byDevice.Account.PreferredUsername != persona.UPN {
		t.Errorf("account %+v", byDevice.Account)
	}
	silent, err := client.AcquireTokenSilent(t.Context(), []string{"https://graph.microsoft.com/email"}, public.WithSilentAccount(byDevice.Account))
	if err != nil {
		t.Fatalf("a silent token for another scope: %v", err)
	}
	if silent.AccessToken == byDevice.AccessToken {
		t.Error("the silent token is the old one")
	}
	device, err = client.AcquireTokenByDeviceCode(t.Context(), []string{"User.Read"})
	if err != nil {
		t.Fatal(err)
	}
	m.decideDevice(t, device.Result.UserCode, deviceDeclined)
	_, err = device.AuthenticationResult(t.Context())
	wantCallError(t, err, http.StatusBadRequest, "AADSTS65004")
}
