package sandbox

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// TestGraphPublisher: people set and unset it, apps do not.
func TestGraphPublisher(t *testing.T) {
	f := newGraph(t)
	path := blueprints + "/" + seedID("application invoice-helper")
	publisher := func() any {
		v, _ := f.must(200, "GET", path, f.admin(), "").body["verifiedPublisher"].(map[string]any)
		return v["verifiedPublisherId"]
	}
	f.must(400, "POST", path+"/setVerifiedPublisher", f.admin(), `{}`)
	f.must(403, "POST", path+"/setVerifiedPublisher", f.clientToken("AgentIdentityBlueprint.ReadWrite.All"), `{"verifiedPublisherId":"1234567"}`)
	f.must(204, "POST", path+"/setVerifiedPublisher", f.admin(), `{"verifiedPublisherId":"1234567"}`)
	if publisher() != "1234567" {
		t.Errorf("publisher %v", publisher())
	}
	f.must(204, "POST", path+"/unsetVerifiedPublisher", f.admin(), "")
	if publisher() != nil {
		t.Errorf("publisher %v after it was unset", publisher())
	}
}

// TestGraphSecurityAttributes: only with their own permission, and shown only when selected.
func TestGraphSecurityAttributes(t *testing.T) {
	f := newGraph(t)
	path := agents + "/" + seedID("agent invoice-helper-01")
	const body = `{"customSecurityAttributes":{"Engineering":{"@odata.type":"#Microsoft.DirectoryServices.CustomSecurityAttributeValue","Project":"Baker"}}}`
	f.must(403, "PATCH", path, f.admin(), body)
	f.must(403, "PATCH", path, f.clientToken("AgentIdentity.ReadWrite.All"), body)
	f.must(204, "PATCH", path, f.clientToken("AgentIdentity.ReadWrite.All", "CustomSecAttributeAssignment.ReadWrite.All"), body)
	if _, shown := f.must(200, "GET", path, f.admin(), "").body["customSecurityAttributes"]; shown {
		t.Error("attributes shown without $select")
	}
	if got := f.must(200, "GET", path+"?$select=customSecurityAttributes", f.admin(), "").body["customSecurityAttributes"]; got == nil {
		t.Error("attributes not shown when selected")
	}
}

// TestGraphKeys rolls certificates: the first by PATCH, others with the proof that the caller holds the
// key of one that is registered.
func TestGraphKeys(t *testing.T) {
	f := newGraph(t)
	token := f.admin()
	id, _ := f.newBlueprint(token, "Certified")
	path := "/v1.0/applications/" + id + "/microsoft.graph.agentIdentityBlueprint/"
	key, first := certificate()
	form := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "next"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	second, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	now := f.clock.Now()
	proof := func(changes map[string]any) string {
		c := map[string]any{"aud": proofAudience, "iss": id, "nbf": now.Unix(), "exp": now.Add(maxProof).Unix()}
		maps.Copy(c, changes)
		return assertion(t, jose.RS256, nil, c)
	}
	body := func(proof string) string {
		return quoted(map[string]any{"keyCredential": map[string]any{"type": "AsymmetricX509Cert", "usage": "Verify", "key": second}, "passwordCredential": nil, "proof": proof})
	}
	f.must(401, "POST", path+"addKey", token, body(proof(nil))) // nothing to prove with yet
	f.must(204, "PATCH", "/v1.0/applications/"+id, token, quoted(map[string]any{"keyCredentials": []any{
		map[string]any{"type": "AsymmetricX509Cert", "usage": "Verify", "key": first.Raw},
	}}))
	for name, bad := range map[string]string{
		"no JWT":         "x.y.z",
		"another reader": proof(map[string]any{"aud": "00000003-0000-0000-c000-000000000000"}),
		"another app":    proof(map[string]any{"iss": newID()}),
		"too long":       proof(map[string]any{"exp": now.Add(11 * time.Minute).Unix()}),
		"too late":       proof(map[string]any{"nbf": now.Add(-time.Hour).Unix(), "exp": now.Add(-50 * time.Minute).Unix()}),
		"changed":        strings.Replace(proof(nil), ".", ".A", 1),
	} {
		if a := f.do("POST", path+"addKey", token, body(bad)); a.status != 401 {
			t.Errorf("proof that is %s: %d %s", name, a.status, a.raw)
		}
	}
	f.must(400, "POST", path+"addKey", token, `{"keyCredential":{}}`)
	f.must(400, "POST", path+"addKey", token, `{"proof":"`+proof(nil)+`"}`)
	f.must(400, "POST", path+"addKey", token, `{"proof":"`+proof(nil)+`","keyCredential":{"type":"AsymmetricX509Cert","usage":"Verify","key":"AAAA"}}`)
	f.must(403, "POST", path+"addKey", f.personToken("user", allScopes()...), body(proof(nil)))
	added := f.must(200, "POST", path+"addKey", token, body(proof(nil))).text("keyId")
	f.must(400, "POST", path+"removeKey", token, quoted(map[string]any{"keyId": newID(), "proof": proof(nil)}))
	f.must(204, "POST", path+"removeKey", token, quoted(map[string]any{"keyId": added, "proof": proof(nil)}))
	keys := f.must(200, "GET", "/v1.0/applications/"+id, token, "").body["keyCredentials"].([]any)
	if len(keys) != 1 || keys[0].(map[string]any)["keyId"] == added {
		t.Errorf("keys after removal: %v", keys)
	}
	f.must(400, "POST", "/v1.0/servicePrincipals/"+seedID("agent invoice-helper-01")+"/addKey", token, body(proof(nil)))
}
