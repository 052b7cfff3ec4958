package sandbox

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Limits of federated credentials.
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
const (
	maxFederated     = 20  // credentials of an application
	maxFederatedName = 120 // characters
	maxFederatedText = 600 // characters of issuer, subject, audience, description
)

// federatedProperties: name, issuer and subject filter, as tools look for a credential by them.
func federatedProperties() []property {
	return []property{
		common()[0],
		text("name", func(f *federatedCredential) string { return f.Name }),
		text("issuer", func(f *federatedCredential) string { return f.Issuer }),
		text("subject", func(f *federatedCredential) string { return f.Subject }),
		{name: "audiences"},
		{name: "description"},
		{name: "claimsMatchingExpression"},
	}
}

// listFederated answers GET .../federatedIdentityCredentials.
// https://learn.microsoft.com/graph/api/application-list-federatedidentitycredentials
func listFederated(g *graphCall, st *state) (*reply, *graphError) {
	a, fault := g.readableApplication(st)
	if fault != nil {
		return nil, fault
	}
	return list(g, st, slices.Values(a.Federated), pageSize, func(*federatedCredential) bool { return true })
}

// readableApplication is the application of the path for a caller who may read it, or write its
// credentials.
func (g *graphCall) readableApplication(st *state) (*application, *graphError) {
	a, fault := g.application(st)
	if fault != nil {
		return nil, fault
	}
	if !g.canRead(typeName(a)) && !g.caller.has(credentialPermissions()...) {
		return nil, denied()
	}
	return a, nil
}

// readFederated answers GET of one. https://learn.microsoft.com/graph/api/federatedidentitycredential-get
func readFederated(g *graphCall, st *state) (*reply, *graphError) {
	a, fault := g.readableApplication(st)
	if fault != nil {
		return nil, fault
	}
	f := g.federated(a)
	if f == nil {
		return nil, notFound(g.at.ref)
	}
	return g.item(st, f), nil
}

// federated finds the credential of the path by id or by name.
func (g *graphCall) federated(a *application) *federatedCredential {
	for _, f := range a.Federated {
		if strings.EqualFold(f.ID, g.at.ref) && g.at.refName != "name" || f.Name == g.at.ref {
			return f
		}
	}
	return nil
}

// createFederated answers POST. https://learn.microsoft.com/graph/api/application-post-federatedidentitycredentials
func createFederated(g *graphCall, tx *txn) (*reply, *graphError) {
	a, fault := g.credentialOwner(tx.state)
	if fault != nil {
		return nil, fault
	}
	return g.addFederated(tx, a, "")
}

// addFederated makes a credential; named is the name that an address gave it.
func (g *graphCall) addFederated(tx *txn, old *application, named string) (*reply, *graphError) {
	f := &federatedCredential{meta: meta{ID: uuid.NewString(), Seq: 1, CreatedAt: tx.now}, Name: named}
	if n := len(old.Federated); n > 0 {
		f.Seq = old.Federated[n-1].Seq + 1
	}
	if fault := applyFederated(f, g.body); fault != nil {
		return nil, fault
	}
	if fault := f.complete(old); fault != nil {
		return nil, fault
	}
	if len(old.Federated) >= maxFederated {
		return nil, badRequest("The number of federated identity credentials of the application exceeds the limit of 20.")
	}
	a := clone(old)
	a.Federated = append(slices.Clone(old.Federated), f)
	tx.put(a)
	e := g.shape(tx.state, f, typeName(f), nil)
	e["@odata.context"] = g.url("$metadata#applications('" + a.ID + "')/federatedIdentityCredentials/$entity")
	return &reply{status: http.StatusCreated, body: e, ids: []string{a.ID, f.ID}, location: g.url("applications/" + a.ID + "/federatedIdentityCredentials/" + f.ID)}, nil
}

// complete checks a credential as a whole, and against the others of its application: no name twice,
// no pair of issuer and subject twice.
func (f *federatedCredential) complete(a *application) *graphError {
	const resource = "FederatedIdentityCredential"
	switch {
	case f.Name == "":
		return missingValue("name", resource)
	case !federatedName(f.Name):
		return invalidValue("name", resource)
	case strings.TrimSpace(f.Issuer) == "":
		return missingValue("issuer", resource)
	case strings.TrimSpace(f.Subject) == "":
		return missingValue("subject", resource)
	case len(f.Audiences) != 1 || strings.TrimSpace(f.Audiences[0]) == "" || len(f.Audiences[0]) > maxFederatedText:
		return invalidValue("audiences", resource)
	}
	// An assertion must lead to one credential, so a pair that is there already is refused under any name.
	for _, other := range a.Federated {
		if other.ID == f.ID {
			continue
		}
		if strings.EqualFold(other.Name, f.Name) {
			return conflict("FederatedIdentityCredential with name " + f.Name + " already exists.")
		}
		if other.Issuer == f.Issuer && other.Subject == f.Subject {
			return conflict("FederatedIdentityCredential with matching issuer and subject already exists.")
		}
	}
	return nil
}

// federatedName: what may stand in an address, from a letter or digit on.
func federatedName(name string) bool {
	ok := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	for i, r := range name {
		if !ok(r) && (i == 0 || r != '-' && r != '_') {
			return false
		}
	}
	return len(name) <= maxFederatedName
}

// applyFederated reads the properties of a POST or PATCH; a name is given once.
func applyFederated(f *federatedCredential, body jsonObject) *graphError {
	const resource = "FederatedIdentityCredential"
	for _, name := range body.names() {
		var fault *graphError
		switch name {
		case "@odata.type":
		case "name":
			sent := f.Name
			if fault = body.text(name, resource, maxFederatedName, &sent); fault == nil && f.Name != "" && sent != f.Name {
				fault = badRequest("Property 'name' is read-only and cannot be set.")
			}
			f.Name = sent
		case "issuer":
			fault = body.text(name, resource, maxFederatedText, &f.Issuer)
		case "subject":
			fault = body.text(name, resource, maxFederatedText, &f.Subject)
		case "description":
			fault = body.text(name, resource, maxFederatedText, &f.Description)
		case "audiences":
			fault = body.list(name, resource, &f.Audiences)
		case "claimsMatchingExpression":
			if body.has(name) {
				fault = badRequest("Property 'claimsMatchingExpression' is not supported on agent identity blueprints.")
			}
		case "id":
			fault = badRequest("Property 'id' is read-only and cannot be set.")
		default:
			fault = badRequest("Invalid property '" + clip(name) + "'.")
		}
		if fault != nil {
			return fault
		}
	}
	return nil
}

// updateFederated answers PATCH; with Prefer: create-if-missing, one addressed by name is made when it
// is not there. https://learn.microsoft.com/graph/api/federatedidentitycredential-upsert
func updateFederated(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.credentialOwner(tx.state)
	if fault != nil {
		return nil, fault
	}
	found := g.federated(old)
	if found == nil && g.at.refName == "name" && g.createsMissing() {
		return g.addFederated(tx, old, g.at.ref)
	}
	if found == nil {
		return nil, notFound(g.at.ref)
	}
	// The changed copy is checked as a whole, like a new one.
	f := clone(found)
	if fault := applyFederated(f, g.body); fault != nil {
		return nil, fault
	}
	if fault := f.complete(old); fault != nil {
		return nil, fault
	}
	a := clone(old)
	a.Federated = slices.Clone(old.Federated)
	a.Federated[slices.Index(old.Federated, found)] = f
	tx.put(a)
	return changed(a.ID, f.ID), nil
}

// createsMissing tells whether the caller asks for an upsert (RFC 7240 names the header).
func (g *graphCall) createsMissing() bool {
	return slices.ContainsFunc(g.r.Header.Values("Prefer"), func(v string) bool {
		return strings.Contains(strings.ToLower(v), "create-if-missing")
	})
}

// deleteFederated answers DELETE; from then on assertions of its issuer are refused.
// https://learn.microsoft.com/graph/api/federatedidentitycredential-delete
func deleteFederated(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.credentialOwner(tx.state)
	if fault != nil {
		return nil, fault
	}
	found := g.federated(old)
	if found == nil {
		return nil, notFound(g.at.ref)
	}
	a := clone(old)
	a.Federated = slices.DeleteFunc(slices.Clone(old.Federated), func(f *federatedCredential) bool { return f == found })
	tx.put(a)
	return changed(a.ID, found.ID), nil
}
