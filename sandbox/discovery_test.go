package sandbox

import (
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestMetadataNamesConfiguredAddresses(t *testing.T) {
	base := "https://login.lab.example"
	l := openLab(t, Options{DataFile: tenantFile(t), BaseURL: base, GraphURL: "https://graph.lab.example"})
	tenant := base + "/" + l.info.TenantID
	for path, want := range map[string]map[string]string{
		"/" + l.info.TenantID + "/v2.0/.well-known/openid-configuration?": {
			"issuer": tenant + "/v2.0", "token_endpoint": tenant + "/oauth2/v2.0/token", "jwks_uri": tenant + "/discovery/v2.0/keys",
			"authorization_endpoint": tenant + "/oauth2/v2.0/authorize", "end_session_endpoint": tenant + "/oauth2/v2.0/logout", "msgraph_host": "graph.lab.example",
		},
		"/" + l.info.Domain + "/.well-known/openid-configuration": {"issuer": tenant + "/", "jwks_uri": base + "/common/discovery/keys"},
		"/common/v2.0/.well-known/openid-configuration":           {"issuer": tenant + "/v2.0"},
	} {
		body := l.get(t, path).json(t)
		for name, value := range want {
			if body[name] != value {
				t.Errorf("%s: %s = %v, want %s", path, name, body[name], value)
			}
		}
		for name, value := range body {
			if text, ok := value.(string); ok && strings.Contains(text, "127.0.0.1") {
				t.Errorf("%s: %s = %s comes from the Host header", path, name, text)
			}
		}
	}
	wantRefusal(t, l.get(t, "/fabrikam.example/v2.0/.well-known/openid-configuration"), 400, "invalid_request", 90002)
	wantRefusal(t, l.get(t, "/nonsense/v2.0/.well-known/openid-configuration"), 400, "invalid_request", 900023)
}

func TestKeysHaveTheShapeOfEntra(t *testing.T) {
	l := newLab(t)
	for path, issuer := range map[string]string{
		"/" + l.info.TenantID + "/discovery/v2.0/keys": l.v2Issuer(),
		"/common/discovery/keys":                       l.v1Issuer(),
	} {
		keys, _ := l.get(t, path).json(t)["keys"].([]any)
		if len(keys) != 1 {
			t.Fatalf("%s: %d keys", path, len(keys))
		}
		key, _ := keys[0].(map[string]any)
		if key["kty"] != "RSA" || key["use"] != "sig" || key["e"] != "AQAB" || key["kid"] != key["x5t"] || key["issuer"] != issuer {
			t.Errorf("%s: %v", path, key)
		}
		chain, _ := key["x5c"].([]any)
		der, err := base64.StdEncoding.DecodeString(chain[0].(string))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x509.ParseCertificate(der); err != nil {
			t.Error(err)
		}
		if key["kid"] != thumbprint(der) {
			t.Errorf("kid %v is not the thumbprint of x5c", key["kid"])
		}
	}
}

func TestKeysSurviveARestart(t *testing.T) {
	path := tenantFile(t)
	kid := func() string {
		s, err := Open(t.Context(), Options{DataFile: path})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		key, err := s.keys.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return key.id
	}
	if first, second := kid(), kid(); first != second {
		t.Errorf("kid %s became %s", first, second)
	}
}

func TestInstanceDiscovery(t *testing.T) {
	l := newLab(t)
	ask := func(endpoint string) answer {
		return l.get(t, "/common/discovery/instance?api-version=1.1&authorization_endpoint="+url.QueryEscape(endpoint))
	}
	body := ask(l.url + "/" + l.info.TenantID + "/oauth2/v2.0/authorize").json(t)
	if body["tenant_discovery_endpoint"] != l.v2Issuer()+"/.well-known/openid-configuration" {
		t.Errorf("%v", body)
	}
	a := ask("https://evil.example/x/oauth2/v2.0/authorize")
	if a.StatusCode != http.StatusBadRequest || a.json(t)["error"] != "invalid_instance" {
		t.Errorf("%s", a.text)
	}
}
