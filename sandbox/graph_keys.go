package sandbox

import (
	"crypto/x509"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// proofAudience is the directory itself, by the app id it had before Graph.
const proofAudience = "00000002-0000-0000-c000-000000000000"

// maxProof is the longest a proof of possession may live.
const maxProof = 10 * time.Minute

// sentKey is a key credential as a caller sends it.
type sentKey struct {
	KeyID       string     `json:"keyId"`
	CustomID    string     `json:"customKeyIdentifier"`
	DisplayName string     `json:"displayName"`
	Type        string     `json:"type"`
	Usage       string     `json:"usage"`
	Key         []byte     `json:"key"`
	Start       *time.Time `json:"startDateTime"`
	End         *time.Time `json:"endDateTime"`
}

// credential reads the certificate; its own times bound those of the credential.
func (k sentKey) credential() (keyCredential, *graphError) {
	cert, err := x509.ParseCertificate(k.Key)
	if err != nil || k.Type != "AsymmetricX509Cert" || k.Usage != "Verify" {
		return keyCredential{}, badRequest("New key credential values must be valid X.509 certificates of the type 'AsymmetricX509Cert' with the usage 'Verify'.")
	}
	if k.KeyID == "" {
		k.KeyID = uuid.NewString()
	}
	c := keyCredential{
		KeyID: k.KeyID, CustomID: k.CustomID, DisplayName: k.DisplayName, Type: k.Type, Usage: k.Usage, Key: k.Key,
		StartAt: cert.NotBefore.UTC(), EndAt: cert.NotAfter.UTC(),
	}
	if k.End != nil && k.End.After(c.EndAt) || k.Start != nil && k.Start.Before(c.StartAt) {
		return c, badRequest("Key credential end date is invalid.")
	}
	if k.Start != nil {
		c.StartAt = k.Start.UTC()
	}
	if k.End != nil {
		c.EndAt = k.End.UTC()
	}
	return c, nil
}

// addKey answers POST .../addKey: another certificate, by a caller who holds the key of one that is
// there. The first comes by PATCH. https://learn.microsoft.com/graph/api/agentidentityblueprint-addkey
func addKey(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.credentialOwner(tx.state)
	if fault != nil {
		return nil, fault
	}
	if fault := g.checkProof(old); fault != nil {
		return nil, fault
	}
	if !g.body.has("keyCredential") {
		return nil, missingValue("keyCredential", "Application")
	}
	if g.body.has("passwordCredential") {
		return nil, badRequest("The property 'passwordCredential' must be null for a key of the type 'AsymmetricX509Cert'.")
	}
	var sent sentKey
	if fault := g.body.decode("keyCredential", "Application", &sent); fault != nil {
		return nil, fault
	}
	sent.KeyID = "" // the directory names it
	c, fault := sent.credential()
	if fault != nil {
		return nil, fault
	}
	a := clone(old)
	a.KeyCredentials = append(slices.Clone(old.KeyCredentials), c)
	tx.put(a)
	e := renderKeys([]keyCredential{c})[0]
	e["@odata.context"] = g.url("$metadata#microsoft.graph.keyCredential")
	return &reply{status: http.StatusOK, body: e, ids: []string{a.ID}}, nil
}

// removeKey answers POST .../removeKey with the same proof.
// https://learn.microsoft.com/graph/api/application-removekey
func removeKey(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.credentialOwner(tx.state)
	if fault != nil {
		return nil, fault
	}
	if fault := g.checkProof(old); fault != nil {
		return nil, fault
	}
	var keyID string
	if fault := g.body.guid("keyId", "Application", &keyID); fault != nil {
		return nil, fault
	}
	a := clone(old)
	a.KeyCredentials = slices.DeleteFunc(slices.Clone(old.KeyCredentials), func(c keyCredential) bool { return strings.EqualFold(c.KeyID, keyID) })
	if len(a.KeyCredentials) == len(old.KeyCredentials) {
		return nil, badRequest("No key credential found with keyId.")
	}
	tx.put(a)
	return changed(a.ID), nil
}

// checkProof checks the JWT that shows possession: for the directory, from the application's object
// id, ten minutes at most, signed with the key of a certificate that is registered and in its time.
// https://learn.microsoft.com/graph/application-rollkey-prooftoken
func (g *graphCall) checkProof(a *application) *graphError {
	var proof string
	if fault := g.body.decode("proof", "Application", &proof); fault != nil {
		return fault
	}
	if proof == "" {
		return missingValue("proof", "Application")
	}
	// One refusal for all faults: whoever guesses must not learn how close he came.
	denied := &graphError{http.StatusUnauthorized, "Authentication_MissingOrMalformed", "Access Token missing or malformed."}
	parts := strings.Split(proof, ".")
	if len(parts) != 3 {
		return denied
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	var c struct {
		Audience  string  `json:"aud"`
		Issuer    string  `json:"iss"`
		NotBefore float64 `json:"nbf"`
		Expires   float64 `json:"exp"`
	}
	head, err1 := decodeSegment(parts[0])
	text, err2 := decodeSegment(parts[1])
	if err1 != nil || err2 != nil || json.Unmarshal(head, &header) != nil || json.Unmarshal(text, &c) != nil {
		return denied
	}
	if !strings.EqualFold(c.Issuer, a.ID) || !strings.HasPrefix(c.Audience, proofAudience) {
		return denied
	}
	now, from, until := g.s.tokenNow(), time.Unix(int64(c.NotBefore), 0), time.Unix(int64(c.Expires), 0)
	if until.Sub(from) > maxProof || now.Add(assertionSkew).Before(from) || now.Add(-assertionSkew).After(until) {
		return denied
	}
	// The proof names no certificate, so any that is registered and in its time will do.
	for _, k := range a.KeyCredentials {
		cert, err := x509.ParseCertificate(k.Key)
		if err == nil && !g.now.After(k.EndAt) && signedBy(cert, header.Algorithm, proof) {
			return nil
		}
	}
	return denied
}
