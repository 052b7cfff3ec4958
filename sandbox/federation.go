package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Outside the tenant stand two issuers that its applications may trust: managed identities, whose
// tokens Entra itself issues, and everybody else (a CI service, a cluster), for whom the sandbox signs
// with a key of its own. Both exist only so that federated credentials can be tried.

// managedIdentityLife is how long a managed identity's token is good for.
const managedIdentityLife = 24 * time.Hour

// managedIdentityToken is what the metadata service of a virtual machine answers; numbers are texts.
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
type managedIdentityToken struct {
	AccessToken  string `json:"access_token"`
	ClientID     string `json:"client_id"`
	ExpiresIn    string `json:"expires_in"`
	ExpiresOn    string `json:"expires_on"`
	ExtExpiresIn string `json:"ext_expires_in"`
	NotBefore    string `json:"not_before"`
	Resource     string `json:"resource"`
	TokenType    string `json:"token_type"`
}

// metadataError is a refusal of the metadata service.
type metadataError struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

// serveManagedIdentity stands for the metadata service (header Metadata: true) and for that of App
// Service (header X-IDENTITY-HEADER with any value). The headers keep pages in browsers out.
func (s *Sandbox) serveManagedIdentity(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Metadata"), "true") && r.Header.Get("X-IDENTITY-HEADER") == "" {
		writeJSON(w, http.StatusBadRequest, metadataError{"invalid_request", "Required metadata header not specified"})
		return
	}
	query := r.URL.Query()
	asked := query.Get("resource")
	name := strings.TrimSuffix(strings.TrimSuffix(asked, "/"), "/.default")
	if !strings.EqualFold(name, exchangeResource) && name != exchangeAppID {
		writeJSON(w, http.StatusBadRequest, metadataError{"invalid_resource", "The sandbox's managed identities get tokens for " + exchangeResource + " alone."})
		return
	}
	clientID, principalID, ok := managedIdentity(query.Get("client_id"), query.Get("object_id")+query.Get("principal_id"))
	if !ok {
		writeJSON(w, http.StatusBadRequest, metadataError{"invalid_request", "Identity not found: client_id and object_id are GUIDs."})
		return
	}
	// The token is one of the tenant's: its v2 issuer and keys, the object id of the identity as subject.
	c := s.newClaims(s.tokenNow())
	c.Expires = s.tokenNow().Add(managedIdentityLife).Unix()
	c.Version, c.Issuer, c.Audience, c.IDType = "2.0", s.v2Issuer(), exchangeAppID, "app"
	c.Party, c.PartyACR, c.ObjectID, c.Subject = clientID, "2", principalID, principalID
	c.RH, c.FTD, c.IDRelation = rh(exchangeAppID, rhApp), newFTD(), facets(relationApp, relationManaged)
	c.MIRID = "/subscriptions/" + seedID("subscription") + "/resourcegroups/sandbox/providers/Microsoft.ManagedIdentity/userAssignedIdentities/" + principalID
	token, refused := s.signed(r.Context(), c)
	if refused != nil {
		s.writeRefusal(w, r, refused)
		return
	}
	life := strconv.Itoa(int(managedIdentityLife/time.Second) - 1)
	writeJSON(w, http.StatusOK, managedIdentityToken{
		AccessToken: token, ClientID: clientID, ExpiresIn: life, ExtExpiresIn: life, ExpiresOn: strconv.FormatInt(c.Expires, 10),
		NotBefore: strconv.FormatInt(c.NotBefore, 10), Resource: asked, TokenType: "Bearer",
	})
}

// managedIdentity names the identity that is meant: the built-in one, or any that the request names.
// They are not in the directory; what counts is that subjects differ.
func managedIdentity(clientID, principalID string) (client, principal string, ok bool) {
	for _, id := range []string{clientID, principalID} {
		if _, err := uuid.Parse(id); id != "" && err != nil {
			return "", "", false
		}
	}
	clientID, principalID = strings.ToLower(clientID), strings.ToLower(principalID)
	switch {
	case principalID == "" && clientID == "":
		return seedID("managed identity client"), seedID("managed identity"), true
	case principalID == "":
		principalID = seedID("managed identity " + clientID)
	case clientID == "":
		clientID = seedID("managed identity client " + principalID)
	}
	return clientID, principalID, true
}

// externalClaims are those of an issuer outside Entra.
type externalClaims struct {
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	Audience  string `json:"aud"`
	ID        string `json:"jti"`
	IssuedAt  int64  `json:"iat"`
	NotBefore int64  `json:"nbf"`
	Expires   int64  `json:"exp"`
}

// serveFederation signs what an issuer outside Entra would: the caller says issuer and subject. The
// tenant's own issuers are not to be had.
func (s *Sandbox) serveFederation(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Issuer   string `json:"issuer"`
		Subject  string `json:"subject"`
		Audience string `json:"audience"`
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil {
		writeControlError(w, http.StatusBadRequest, "The body is no request for a token: %v.", err)
		return
	}
	if asked.Audience == "" {
		asked.Audience = exchangeResource
	}
	if originOf(asked.Issuer) == "" || asked.Subject == "" || strings.HasPrefix(asked.Issuer, s.o.BaseURL+"/"+tenantID) || asked.Issuer == s.v1Issuer() {
		writeControlError(w, http.StatusBadRequest, "Send issuer (an http address outside this tenant), subject and, if you like, audience.")
		return
	}
	key, err := s.federation().get(r.Context())
	if err != nil {
		writeControlError(w, http.StatusInternalServerError, "The key could not be made: %v.", err)
		return
	}
	now := s.tokenNow().Unix()
	token, err := key.sealed(jwtHeader{Type: "JWT", Algorithm: "RS256", KeyID: key.id}, externalClaims{
		asked.Issuer, asked.Subject, asked.Audience, newID(), now, now, now + 300,
	})
	if err != nil {
		writeControlError(w, http.StatusInternalServerError, "The token could not be signed: %v.", err)
		return
	}
	writeJSON(w, http.StatusOK, struct {
		Token string `json:"token"`
	}{token})
}
