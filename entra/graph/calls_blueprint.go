package graph

import (
	"net/http"
	"time"
)

// AddFederatedCall adds a federated identity credential; the answer is a FederatedCredential.
// https://learn.microsoft.com/graph/api/application-post-federatedidentitycredentials
func AddFederatedCall(blueprintID string, f FederatedCredential) Call {
	f.ID = "" // the directory names it
	return Call{
		Method: http.MethodPost, Path: federatedPath(blueprintID), Needs: "AgentIdentityBlueprint.AddRemoveCreds.All", Body: f,
	}
}

// RemoveFederatedCall removes a federated identity credential, by its id; there is no answer.
// https://learn.microsoft.com/graph/api/federatedidentitycredential-delete
func RemoveFederatedCall(blueprintID, credentialID string) Call {
	return Call{
		Method: http.MethodDelete, Path: federatedPath(blueprintID) + "/" + PathSegment(credentialID), Needs: "AgentIdentityBlueprint.AddRemoveCreds.All",
	}
}

// sentKey is a certificate in a list to be set: a new one has its key, one that stays is named by its KeyID.
type sentKey struct {
	KeyID         string    `json:"keyId,omitempty"`
	CustomKeyID   string    `json:"customKeyIdentifier,omitempty"`
	DisplayName   string    `json:"displayName,omitempty"`
	Type          string    `json:"type"`
	Usage         string    `json:"usage"`
	Key           []byte    `json:"key,omitempty"` // the certificate, DER
	StartDateTime time.Time `json:"startDateTime,omitzero"`
	EndDateTime   time.Time `json:"endDateTime,omitzero"`
}

// NewCertificate is a certificate to add.
type NewCertificate struct {
	KeyID       string // a GUID to find it again by; empty leaves it to Graph
	DisplayName string
	DER         []byte
}

type keysBody struct {
	Keys []sentKey `json:"keyCredentials"`
}

// SetCertificatesCall adds a certificate. Graph replaces the list, so those that stay are sent as they were read. There
// is no answer.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-update
func SetCertificatesCall(blueprintID string, stay []KeyCredential, add NewCertificate) Call {
	return certificatesCall(blueprintID, append(sentAsRead(stay), sentKey{
		KeyID: add.KeyID, DisplayName: add.DisplayName, Type: "AsymmetricX509Cert", Usage: "Verify", Key: add.DER,
	}))
}

// KeepCertificatesCall leaves a blueprint with these certificates of those it has: the others are removed, which takes no
// proof that one holds their key. There is no answer.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-update
func KeepCertificatesCall(blueprintID string, stay []KeyCredential) Call {
	return certificatesCall(blueprintID, sentAsRead(stay))
}

func certificatesCall(blueprintID string, keys []sentKey) Call {
	return Call{
		Method: http.MethodPatch, Path: blueprintPath(blueprintID), Needs: "AgentIdentityBlueprint.AddRemoveCreds.All", Body: keysBody{keys},
	}
}

func sentAsRead(stay []KeyCredential) []sentKey {
	keys := make([]sentKey, 0, len(stay)+1) // Graph takes no null for a collection
	for _, k := range stay {
		keys = append(keys, sentKey{
			KeyID: k.KeyID, CustomKeyID: k.CustomKeyID, DisplayName: k.DisplayName, Type: k.Type, Usage: k.Usage,
			StartDateTime: k.StartDateTime, EndDateTime: k.EndDateTime,
		})
	}
	return keys
}

// ExposedAPI is what makes a blueprint an API of its own. Graph replaces each list that is sent.
type ExposedAPI struct {
	IdentifierURIs []string     `json:"identifierUris"`
	API            APISettings  `json:"api"`
	Web            *WebSettings `json:"web,omitempty"` // nil leaves it as it is
}

// ExposeCall sets identifier URIs, scopes and redirect URIs; there is no answer.
// https://learn.microsoft.com/entra/agent-id/identity-platform/create-blueprint
func ExposeCall(blueprintID string, exposed ExposedAPI) Call {
	return Call{
		Method: http.MethodPatch, Path: blueprintPath(blueprintID), Needs: updateAuthProperties, Body: exposed.withLists(),
	}
}

type apiBody struct {
	API APISettings `json:"api"`
}

// SetAPICall sets the API alone, scopes and pre-authorized clients; there is no answer. A client can be pre-authorized
// only for a scope that exists already, so this comes after ExposeCall.
// https://learn.microsoft.com/graph/api/resources/preauthorizedapplication
func SetAPICall(blueprintID string, api APISettings) Call {
	return Call{
		Method: http.MethodPatch, Path: blueprintPath(blueprintID), Needs: updateAuthProperties, Body: apiBody{api.withLists()},
	}
}

const updateAuthProperties = "AgentIdentityBlueprint.UpdateAuthProperties.All"

func blueprintPath(id string) string {
	return applicationsPath + "/" + idSegment(id) + "/" + blueprintCast
}

// withLists has empty lists in place of none: Graph takes no null for a collection.
func (a APISettings) withLists() APISettings {
	if a.Scopes == nil {
		a.Scopes = []PermissionScope{}
	}
	if a.Preauthorized == nil {
		a.Preauthorized = []PreauthorizedApp{}
	}
	return a
}

func (e ExposedAPI) withLists() ExposedAPI {
	if e.API = e.API.withLists(); e.IdentifierURIs == nil {
		e.IdentifierURIs = []string{}
	}
	return e
}
