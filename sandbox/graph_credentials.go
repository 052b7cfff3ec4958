package sandbox

import (
	"crypto/rand"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
)

const (
	secretYears = 2 // how long a secret lives when nobody says
	hintLength  = 3
)

// addPassword mints a client secret; only this answer has its text.
// https://learn.microsoft.com/graph/api/application-addpassword
func addPassword(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.credentialOwner(tx.state)
	if fault != nil {
		return nil, fault
	}
	var sent struct {
		DisplayName string     `json:"displayName"`
		Start       *time.Time `json:"startDateTime"`
		End         *time.Time `json:"endDateTime"`
	}
	if fault := g.body.decode("passwordCredential", "Application", &sent); fault != nil {
		return nil, fault
	}
	c := passwordCredential{KeyID: uuid.NewString(), DisplayName: sent.DisplayName, StartAt: tx.now, EndAt: tx.now.AddDate(secretYears, 0, 0)}
	if sent.Start != nil {
		c.StartAt = sent.Start.UTC()
	}
	if sent.End != nil {
		c.EndAt = sent.End.UTC()
	}
	if !c.EndAt.After(c.StartAt) || !c.EndAt.After(tx.now) {
		return nil, badRequest("Key credential end date is invalid.")
	}
	// rand.Text gives 26 characters of 130 random bits; two of them are more than any secret needs.
	secret := secretPrefix + (rand.Text() + rand.Text())[:40]
	c.Hint, c.Hash = secret[len(secretPrefix):len(secretPrefix)+hintLength], hashSecret(secret)
	a := clone(old)
	a.PasswordCredentials = append(slices.Clone(old.PasswordCredentials), c)
	tx.put(a)
	e := renderPassword(c)
	e["secretText"] = secret
	e["@odata.context"] = g.url("$metadata#microsoft.graph.passwordCredential")
	return &reply{status: http.StatusOK, body: e, ids: []string{a.ID}}, nil
}

// removePassword takes a secret away by its keyId.
func removePassword(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.credentialOwner(tx.state)
	if fault != nil {
		return nil, fault
	}
	var keyID string
	if fault := g.body.decode("keyId", "Application", &keyID); fault != nil {
		return nil, fault
	}
	a := clone(old)
	a.PasswordCredentials = slices.DeleteFunc(slices.Clone(old.PasswordCredentials), func(c passwordCredential) bool { return c.KeyID == keyID })
	if len(a.PasswordCredentials) == len(old.PasswordCredentials) {
		return nil, badRequest("No password credential found with keyId.")
	}
	tx.put(a)
	return changed(a.ID), nil
}

// applyKeys reads keyCredentials of a PATCH, which replaces the list: an entry with a key is a new
// certificate, one without keeps the certificate of that keyId.
func applyKeys(a *application, body jsonObject) *graphError {
	var sent []sentKey
	if fault := body.decode("keyCredentials", "Application", &sent); fault != nil {
		return fault
	}
	keys := []keyCredential{}
	for _, k := range sent {
		if i := slices.IndexFunc(a.KeyCredentials, func(c keyCredential) bool { return c.KeyID == k.KeyID }); i >= 0 && k.Key == nil {
			keys = append(keys, a.KeyCredentials[i])
			continue
		}
		c, fault := k.credential()
		if fault != nil {
			return fault
		}
		keys = append(keys, c)
	}
	a.KeyCredentials = keys
	return nil
}

// credentialOwner is the blueprint of the path for a caller who may change its credentials. One that
// has not replicated is a 400, as a use and not a read.
func (g *graphCall) credentialOwner(st *state) (*application, *graphError) {
	a, fault := g.anyApplication(st)
	if fault != nil {
		return nil, fault
	}
	if !a.Blueprint {
		return nil, denied()
	}
	if fault := g.mayChange(st, a.OwnerIDs, credentialPermissions()...); fault != nil {
		return nil, fault
	}
	if !g.seen(a) {
		return nil, notReplicated(a.ID)
	}
	return a, nil
}

// credentialPermissions are those that write secrets, certificates and federated credentials.
func credentialPermissions() []string {
	return []string{"AgentIdentityBlueprint.AddRemoveCreds.All", "AgentIdentityBlueprint.ReadWrite.All", "Application.ReadWrite.All"}
}

// refusePassword answers addPassword on a service principal: agent identities have no credentials.
func refusePassword(g *graphCall, tx *txn) (*reply, *graphError) {
	p, fault := g.principal(tx.state)
	if fault != nil {
		return nil, fault
	}
	switch p.Type {
	case agentIdentity:
		return nil, credentialsNotSupported()
	case blueprintPrincipal:
		return nil, agentFault("AgentBlueprintPrincipal_IncompatibleProperty", "The property 'passwordCredentials' cannot be set on an agent identity blueprint principal.")
	}
	return nil, denied()
}
