package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// The stand-in for Azure Resource Manager: one subscription to list and to read, so that a token for
// Azure can be tried. Who may read it is fixed, as the role assignments of Azure are no part of Graph.
// https://learn.microsoft.com/rest/api/resources/subscriptions

// subscriptionID is the one subscription of the tenant.
func subscriptionID() string { return seedID("subscription") }

// subscriptionReaders are the object ids that have the role Reader at the subscription.
func subscriptionReaders() []string {
	return []string{seedID("agent invoice-helper-01"), seedID("agent user invoice-helper-01"), seedID("user global-admin")}
}

// managementVersions are those of the subscriptions API that are still taken.
func managementVersions() []string {
	return []string{
		"2016-06-01", "2018-02-01", "2019-06-01", "2019-11-01", "2020-01-01", "2021-01-01", "2021-04-01", "2022-01-01", "2022-09-01", "2022-12-01",
	}
}

// managementFault is an answer of Azure Resource Manager that is not a success.
type managementFault struct {
	Status        int
	Code, Message string
}

func armFault(status int, code, text string, args ...any) *managementFault {
	return &managementFault{status, code, fmt.Sprintf(text, args...)}
}

func (s *Sandbox) serveManagement(w http.ResponseWriter, r *http.Request) {
	managementHeaders(w.Header(), r)
	body, fault := s.answerManagement(r)
	if fault != nil {
		s.writeManagementFault(w, fault)
		return
	}
	writeJSON(w, http.StatusOK, body)
}

// managementHeaders are on every answer, refusals too.
// https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
func managementHeaders(h http.Header, r *http.Request) {
	id := newID()
	h.Set("x-ms-request-id", id)
	h.Set("x-ms-correlation-request-id", id)
	if given, err := uuid.Parse(r.Header.Get("x-ms-correlation-request-id")); err == nil {
		h.Set("x-ms-correlation-request-id", given.String())
	}
	h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
}

// answerManagement looks at the api-version before the token, as Azure does.
func (s *Sandbox) answerManagement(r *http.Request) (any, *managementFault) {
	if fault := checkAPIVersion(r.URL.Query().Get("api-version")); fault != nil {
		return nil, fault
	}
	c, problem := s.checkBearer(r, managementNames())
	if problem != nil {
		return nil, s.managementToken(problem)
	}
	if r.Method != http.MethodGet {
		return nil, armFault(http.StatusMethodNotAllowed, "MethodNotAllowed", "The sandbox answers only GET requests for Azure Resource Manager.")
	}
	segments := strings.Split(strings.Trim(strings.ToLower(r.URL.Path), "/"), "/")
	switch {
	case len(segments) == 1 && segments[0] == "tenants":
		return armList([]any{armTenant()}), nil
	case len(segments) == 1 && mayReadSubscription(c):
		return armList([]any{armSubscription()}), nil
	case len(segments) == 1:
		return armList([]any{}), nil
	case len(segments) == 2 && segments[0] == "subscriptions":
		return oneSubscription(c, segments[1])
	}
	return nil, armFault(http.StatusNotFound, "NotFound", "Of Azure Resource Manager the sandbox has /subscriptions, /subscriptions/{subscriptionId} and /tenants.")
}

var apiVersion = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(-[a-z]+)?$`)

func checkAPIVersion(version string) *managementFault {
	switch {
	case version == "":
		return armFault(http.StatusBadRequest, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")
	case !apiVersion.MatchString(version):
		return armFault(http.StatusBadRequest, "InvalidApiVersionParameter", "The api-version '%s' is invalid. The api-version is expected to be in the format 'YYYY-MM-DD' or 'YYYY-MM-DD-preview'.", clip(version))
	case !slices.Contains(managementVersions(), version):
		return armFault(http.StatusBadRequest, "InvalidApiVersionParameter", "The api-version '%s' is invalid. The supported versions are '%s'.", version, strings.Join(managementVersions(), ","))
	}
	return nil
}

// mayReadSubscription: an application reads by its own role; an application that acts for a person
// needs the delegated permission as well, and reads what the person may.
func mayReadSubscription(c *claims) bool {
	if !c.isApp() && !slices.Contains(strings.Fields(c.Scopes), managementScope) {
		return false
	}
	return slices.Contains(subscriptionReaders(), c.ObjectID)
}

func oneSubscription(c *claims, id string) (any, *managementFault) {
	if _, err := uuid.Parse(id); err != nil {
		return nil, armFault(http.StatusBadRequest, "InvalidSubscriptionId", "The provided subscription identifier '%s' is malformed or invalid.", clip(id))
	}
	switch {
	case id != subscriptionID():
		return nil, armFault(http.StatusNotFound, "SubscriptionNotFound", "The subscription '%s' could not be found.", id)
	case !mayReadSubscription(c):
		return nil, armFault(http.StatusForbidden, "AuthorizationFailed",
			"The client '%s' with object id '%s' does not have authorization to perform action 'Microsoft.Resources/subscriptions/read' over scope '/subscriptions/%s' or the scope is invalid. If access was recently granted, please refresh your credentials.",
			cmp.Or(c.UPN, c.clientID()), c.ObjectID, id)
	}
	return armSubscription(), nil
}

// managementToken says in Azure's words what is wrong with the token.
func (s *Sandbox) managementToken(f *tokenFault) *managementFault {
	const status = http.StatusUnauthorized
	switch f.problem {
	case tokenMissing:
		return armFault(status, "AuthenticationFailedMissingToken", "Authentication failed. The 'Authorization' header is missing the access token.")
	case tokenScheme:
		return armFault(status, "AuthenticationFailedInvalidHeader", "Authentication failed. The 'Authorization' header is provided in an invalid format.")
	case tokenForeign:
		return armFault(status, "InvalidAuthenticationTokenTenant", "The access token is from the wrong issuer '%s'. It must match the tenant '%s' associated with this subscription. Please use the authority (URL) '%s' to get the token.",
			clip(f.claims.Issuer), s.v1Issuer(), s.o.BaseURL+"/"+tenantID)
	case tokenElsewhere:
		return armFault(status, "InvalidAuthenticationTokenAudience", "The access token has been obtained for wrong audience or resource '%s'. It should exactly match with one of the allowed audiences '%s'.",
			clip(f.claims.Audience), strings.Join(managementNames(), "','"))
	case tokenExpired:
		return armFault(status, "ExpiredAuthenticationToken", "The access token expiry UTC time '%s' is earlier than current UTC time '%s'.", clockText(f.claims.Expires), clockText(s.tokenNow().Unix()))
	case tokenUnchecked:
		return armFault(http.StatusServiceUnavailable, "ServiceUnavailable", "The signing key is not ready.")
	}
	return armFault(status, "InvalidAuthenticationToken", "The access token is invalid.")
}

// writeManagementFault names with a 401 where a token is to be had; tools of Azure find the tenant of a
// subscription by it.
func (s *Sandbox) writeManagementFault(w http.ResponseWriter, f *managementFault) {
	switch f.Status {
	case http.StatusUnauthorized:
		askForToken(w, "authorization_uri", s.o.BaseURL+"/"+tenantID, "error", "invalid_token", "error_description", f.Message)
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodGet)
	}
	writeJSON(w, f.Status, map[string]any{"error": map[string]any{"code": f.Code, "message": f.Message}})
}

func armList(values []any) any {
	return map[string]any{"value": values, "count": map[string]any{"type": "Total", "value": len(values)}}
}

func armSubscription() any {
	return map[string]any{
		"id": "/subscriptions/" + subscriptionID(), "authorizationSource": "RoleBased", "managedByTenants": []any{},
		"subscriptionId": subscriptionID(), "tenantId": tenantID, "displayName": "Sandbox subscription", "state": "Enabled",
		"subscriptionPolicies": map[string]any{"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"},
	}
}

func armTenant() any {
	return map[string]any{
		"id": "/tenants/" + tenantID, "tenantId": tenantID, "displayName": tenantName, "domains": []string{tenantDomain},
		"defaultDomain": tenantDomain, "tenantType": "AAD", "tenantCategory": "Home",
	}
}
