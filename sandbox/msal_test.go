package sandbox

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	msalerrors "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"
)

// msalLab is a sandbox over TLS with MSAL clients: MSAL refuses authorities without https, and asks
// the real cloud about unknown ones unless told not to.
type msalLab struct {
	*lab
	http *http.Client
}

func newMSALLab(t *testing.T) *msalLab {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	base := "https://" + server.Listener.Addr().String()
	_, cert := certificate()
	s, err := Open(t.Context(), Options{DataFile: tenantFile(t), BaseURL: base, PortalCertificate: cert})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = s
	server.StartTLS()
	t.Cleanup(func() {
		server.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &msalLab{&lab{Sandbox: s, url: base, info: s.Info()}, server.Client()}
}

func (m *msalLab) client(t *testing.T, id string, cred confidential.Credential) confidential.Client {
	t.Helper()
	c, err := confidential.New(m.url+"/"+m.info.TenantID, id, cred, confidential.WithHTTPClient(m.http), confidential.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func secretCredential(t *testing.T, secret string) confidential.Credential {
	t.Helper()
	cred, err := confidential.NewCredFromSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	return cred
}

// agentClient signs in as the seeded agent; its credential is T1, fetched by the blueprint's client
// whenever MSAL asks.
func (m *msalLab) agentClient(t *testing.T) confidential.Client {
	t.Helper()
	blueprint := m.client(t, m.info.Seed.Blueprint.AppID, secretCredential(t, m.info.Seed.Blueprint.ClientSecret))
	return m.client(t, m.info.Seed.Agent.ID, confidential.NewCredFromAssertionCallback(
		func(ctx context.Context, _ confidential.AssertionRequestOptions) (string, error) {
			t1, err := blueprint.AcquireTokenByCredential(ctx, []string{exchangeScope}, confidential.WithFMIPath(m.info.Seed.Agent.ID))
			return t1.AccessToken, err
		}))
}

func TestMSALGetsT1AndTR(t *testing.T) {
	m := newMSALLab(t)
	agent := m.agentClient(t)
	for scope, aud := range map[string]string{"https://graph.microsoft.com/.default": graphResource, "https://vault.azure.net/.default": "https://vault.azure.net"} {
		tr, err := agent.AcquireTokenByCredential(t.Context(), []string{scope})
		if err != nil {
			t.Fatal(err)
		}
		_, claims := decode(t, tr.AccessToken)
		if claims["aud"] != aud || claims["appid"] != m.info.Seed.Agent.ID || claims["xms_par_app_azp"] != m.info.Seed.Blueprint.AppID {
			t.Errorf("%s: %v", scope, claims)
		}
	}
}

// TestMSALCachesT1ByPath: the cache key holds the FMI path, so a second agent is a second request.
func TestMSALCachesT1ByPath(t *testing.T) {
	m := newMSALLab(t)
	second := newID()
	if err := m.tenant.write(t.Context(), func(tx *txn) error {
		tx.put(&servicePrincipal{meta: meta{ID: second}, Type: agentIdentity, BlueprintAppID: m.info.Seed.Blueprint.AppID, DisplayName: "Second", AccountEnabled: true})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	blueprint := m.client(t, m.info.Seed.Blueprint.AppID, secretCredential(t, m.info.Seed.Blueprint.ClientSecret))
	tokens := map[string]bool{}
	for _, agent := range []string{m.info.Seed.Agent.ID, second, m.info.Seed.Agent.ID} {
		t1, err := blueprint.AcquireTokenByCredential(t.Context(), []string{exchangeScope}, confidential.WithFMIPath(agent))
		if err != nil {
			t.Fatal(err)
		}
		_, claims := decode(t, t1.AccessToken)
		if sub, _ := claims["sub"].(string); !strings.HasSuffix(sub, "/"+agent) {
			t.Errorf("sub %s is not for %s", sub, agent)
		}
		tokens[t1.AccessToken] = true
	}
	if len(tokens) != 2 {
		t.Errorf("%d different tokens for two agents", len(tokens))
	}
}

func TestMSALSeesRefusals(t *testing.T) {
	m := newMSALLab(t)
	for name, tc := range map[string]struct {
		id, secret, scope, code string
		status                  int
	}{
		"wrong secret":      {m.info.Seed.Blueprint.AppID, "SANDBOX~wrong", exchangeScope, "AADSTS7000215", 401},
		"unknown app":       {"11111111-1111-4111-8111-111111111111", "x", exchangeScope, "AADSTS700016", 400},
		"foreign resource":  {m.info.Seed.Blueprint.AppID, m.info.Seed.Blueprint.ClientSecret, "https://cognitiveservices.azure.com/.default", "AADSTS82001", 400},
		"agent with secret": {m.info.Seed.Agent.ID, "x", "https://graph.microsoft.com/.default", "AADSTS7000215", 401},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := m.client(t, tc.id, secretCredential(t, tc.secret)).AcquireTokenByCredential(t.Context(), []string{tc.scope})
			var refused msalerrors.CallErr
			if !errors.As(err, &refused) {
				t.Fatalf("got %v", err)
			}
			if refused.Resp.StatusCode != tc.status || !strings.Contains(refused.Err.Error(), tc.code) {
				t.Errorf("status %d, %v", refused.Resp.StatusCode, refused.Err)
			}
		})
	}
}

func TestMSALSignsWithACertificate(t *testing.T) {
	m := newMSALLab(t)
	key, cert := certificate()
	cred, err := confidential.NewCredFromCert([]*x509.Certificate{cert}, key)
	if err != nil {
		t.Fatal(err)
	}
	token, err := m.client(t, m.info.Portal.ClientID, cred).AcquireTokenByCredential(t.Context(), []string{"https://graph.microsoft.com/.default"})
	if err != nil {
		t.Fatal(err)
	}
	if _, claims := decode(t, token.AccessToken); claims["appid"] != m.info.Portal.ClientID || claims["appidacr"] != "2" {
		t.Errorf("%v", claims)
	}
}

func TestMSALRedeemsACode(t *testing.T) {
	m := newMSALLab(t)
	client := m.client(t, m.info.Portal.ClientID, secretCredential(t, m.info.Portal.ClientSecret))
	scopes := []string{"User.Read", "https://graph.microsoft.com/AgentIdentity.Read.All"}
	address, err := client.AuthCodeURL(t.Context(), m.info.Portal.ClientID, m.info.Portal.RedirectURI, scopes)
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, m.lab)
	b.Transport = m.http.Transport
	code := b.signIn(address, "agent-admin@sandbox.example").Query().Get("code")
	result, err := client.AcquireTokenByAuthCode(t.Context(), code, m.info.Portal.RedirectURI, scopes)
	if err != nil {
		t.Fatal(err)
	}
	admin := m.info.Personas[1]
	if result.Account.PreferredUsername != admin.UPN || result.Account.HomeAccountID != admin.ObjectID+"."+m.info.TenantID || len(result.DeclinedScopes) != 0 {
		t.Errorf("account %+v, declined %v", result.Account, result.DeclinedScopes)
	}
	silent, err := client.AcquireTokenSilent(t.Context(), []string{"AgentIdentityBlueprint.Read.All"}, confidential.WithSilentAccount(result.Account))
	if err != nil {
		t.Fatalf("a silent token for another scope: %v", err)
	}
	if _, claims := decode(t, silent.AccessToken); !strings.Contains(claims["scp"].(string), "AgentIdentityBlueprint.Read.All") {
		t.Errorf("scp %v", claims["scp"])
	}
}
