package sandbox

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// refusal is an error answer of the identity endpoints.
type refusal struct {
	Status   int
	Code     string // the OAuth error
	AADSTS   int
	Text     string
	Suberror string
	cause    error // logged, never shown
}

func (e *refusal) Error() string { return fmt.Sprintf("AADSTS%d: %s", e.AADSTS, e.Text) }

// refusalBody is the JSON of an error answer.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes#handling-error-codes-in-your-application
type refusalBody struct {
	Code          string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	Timestamp     string `json:"timestamp"`
	TraceID       string `json:"trace_id"`
	CorrelationID string `json:"correlation_id"`
	URI           string `json:"error_uri"`
	Suberror      string `json:"suberror,omitempty"`
}

// body fills in what differs between two refusals of the same kind. The parts of the description are
// separated by single spaces, as in bodies seen in 2025 and 2026.
func (e *refusal) body(now time.Time, correlationID, base string) refusalBody {
	at, trace := now.UTC().Format("2006-01-02 15:04:05Z"), uuid.NewString()
	return refusalBody{
		Code: e.Code, Codes: []int{e.AADSTS}, Timestamp: at, TraceID: trace, CorrelationID: correlationID,
		Description: fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", e.AADSTS, e.Text, trace, correlationID, at),
		URI:         fmt.Sprintf("%s/error?code=%d", base, e.AADSTS), Suberror: e.Suberror,
	}
}

func (s *Sandbox) writeRefusal(w http.ResponseWriter, r *http.Request, e *refusal) {
	if e.cause != nil {
		s.o.Log.ErrorContext(r.Context(), "identity endpoint", slog.String("path", r.URL.Path), slog.Any("error", e.cause))
	}
	body := e.body(s.tokenNow(), correlationID(r), s.o.BaseURL)
	w.Header().Set("x-ms-request-id", body.TraceID)
	writeJSON(w, e.Status, body)
}

// correlationID is the client's request id when it is a GUID, else a new one.
func correlationID(r *http.Request) string {
	if id, err := uuid.Parse(r.Header.Get("client-request-id")); err == nil {
		return id.String()
	}
	return uuid.NewString()
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil { // only a programming error: every body is a plain struct
		http.Error(w, "The answer could not be encoded.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	// An answer may hold a token: nothing on the way may keep it (RFC 6749 5.1).
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// refuse400 is the answer for all but a client that failed to prove itself: RFC 6749 5.2 knows no 403
// or 404, and clients read the code, not the status.
func refuse400(code string, aadsts int, text string, args ...any) *refusal {
	return &refusal{Status: http.StatusBadRequest, Code: code, AADSTS: aadsts, Text: fmt.Sprintf(text, args...)}
}

// badClient is a 401, which RFC 6749 5.2 allows for invalid_client alone; libraries tell by it that
// the credential is at fault and asking again is no use.
func badClient(aadsts int, text string, args ...any) *refusal {
	return &refusal{Status: http.StatusUnauthorized, Code: "invalid_client", AADSTS: aadsts, Text: fmt.Sprintf(text, args...)}
}

// refuseServerError keeps the cause for the log: what went wrong inside is nobody's business outside.
func refuseServerError(cause error) *refusal {
	return &refusal{Status: http.StatusInternalServerError, Code: "server_error", AADSTS: 50000, Text: "There was an error issuing a token or an issue with our sign-in service.", cause: cause}
}

// Texts follow the answers people published; where none was found they say the same in our words.

// Requests and tenants.

func refuseMissing(name string) *refusal {
	return refuse400("invalid_request", 900144, "The request body must contain the following parameter: '%s'.", name)
}

// refuseRepeated: of two values nobody knows which one was meant (RFC 6749 3.2).
func refuseRepeated(name string) *refusal {
	return refuse400("invalid_request", 9000411, "The request is not properly formatted. The parameter '%s' is duplicated.", name)
}

func refuseMalformed(what string) *refusal {
	return refuse400("invalid_request", 9002313, "Invalid request. Request is malformed or invalid. %s", what)
}

// refuseMethod: in the query of a GET a secret would end up in logs and histories (RFC 6749 3.2).
func refuseMethod(method string) *refusal {
	return &refusal{Status: http.StatusMethodNotAllowed, Code: "invalid_request", AADSTS: 900561, Text: "The endpoint only accepts POST requests. Received a " + method + " request."}
}

func refuseGrant(name string) *refusal {
	return refuse400("unsupported_grant_type", 70003, "The app requested an unsupported grant type '%s'.", name)
}

func refuseUnknownTenant(name string) *refusal {
	return refuse400("invalid_request", 90002, "Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", name)
}

func refuseMalformedTenant(name string) *refusal {
	return refuse400("invalid_request", 900023, "Specified tenant identifier '%s' is neither a valid DNS name, nor a valid external domain.", name)
}

// tenantNeeded is the code for a request to "common" that needs a tenant.
const tenantNeeded = 50194

func refuseTenantless() *refusal {
	return refuse400("invalid_request", tenantNeeded, "The application is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps. Use a tenant-specific endpoint.")
}

func refuseInstance(asked string) *refusal {
	return refuse400("invalid_instance", 50049, "Unknown or invalid instance: '%s'.", asked)
}

// Clients and their credentials.

// refuseUnknownClient is also the answer for an application without a principal in the tenant, and for
// objects that replication has not brought here yet.
func refuseUnknownClient(id string) *refusal { return refuseClientOf(id, tenantName) }

func refuseClientOf(id, tenant string) *refusal {
	return refuse400("unauthorized_client", 700016, "Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.", id, tenant)
}

func refuseDisabledClient(id, name string) *refusal {
	return refuse400("unauthorized_client", 7000112, "Application '%s'(%s) is disabled.", id, name)
}

// refuseNoCredential: two codes say the same, by grant.
func refuseNoCredential(grant string) *refusal {
	if grant == "client_credentials" {
		return badClient(7000216, "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.")
	}
	return badClient(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
}

// refuseManyCredentials: one way to authenticate a request, not more (RFC 6749 2.3).
func refuseManyCredentials() *refusal {
	return refuse400("invalid_request", 9002324, "The request must not contain more than one client credential: send either 'client_secret' or 'client_assertion', once.")
}

func refuseWrongSecret(appID string) *refusal {
	return badClient(7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", appID)
}

func refuseExpiredSecret(appID string) *refusal {
	return badClient(7000222, "The provided client secret keys for app '%s' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.", appID)
}

func refuseAssertionSignature(reason string) *refusal {
	return badClient(700027, "The certificate with identifier used to sign the client assertion is not registered on application, or the signature is not valid. [Reason - %s]", reason)
}

func refuseAssertionTime(now, from, until time.Time) *refusal {
	const layout = "2006-01-02T15:04:05.0000000Z"
	return badClient(700024, "Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, expiry time of assertion %s.", now.UTC().Format(layout), from.UTC().Format(layout), until.UTC().Format(layout))
}

// refuseAssertionAudience: an assertion names the server it is for, so that another one that received
// it cannot send it here (RFC 7523 3).
func refuseAssertionAudience(aud string) *refusal {
	return badClient(700023, "Client assertion audience claim does not match Realm issuer. The audience in the assertion was '%s'.", aud)
}

// refuseAssertionSubject: as a client's credential an assertion speaks for that client alone (RFC 7523 3).
func refuseAssertionSubject() *refusal {
	return badClient(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
}

const federationHelp = "Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"

func refuseFederatedIssuer(issuer string) *refusal {
	return badClient(700211, "No matching federated identity record found for presented assertion issuer '%s'. %s", issuer, federationHelp)
}

func refuseFederatedAudience(aud string) *refusal {
	return badClient(700212, "No matching federated identity record found for presented assertion audience '%s'. %s", aud, federationHelp)
}

// refuseFederatedSubject is what T1 of another agent or blueprint gets.
func refuseFederatedSubject(sub string) *refusal {
	return badClient(700213, "No matching federated identity record found for presented assertion subject '%s'. %s", sub, federationHelp)
}

func refuseNotFederated(id, name string) *refusal {
	return badClient(70025, "The client '%s'(%s) has no configured federated identity credentials.", id, name)
}

// Scopes and resources.

func refuseScope(scope, why string) *refusal {
	return refuse400("invalid_scope", 70011, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. %s The scope %s is not valid.", why, scope)
}

// refuseScopeForToken is for a scope that names no resource, or nothing of it.
func refuseScopeForToken(scope string) *refusal {
	return refuse400("invalid_scope", 28002, "Provided value for the input parameter scope '%s' isn't valid when requesting an access token. Please specify a valid scope.", scope)
}

// refuseNotDefault: without a person nobody can consent to a part, so all that was granted is asked for.
// https://learn.microsoft.com/entra/identity-platform/scopes-oidc#client-credentials-grant-flow-and-default
func refuseNotDefault(scope string) *refusal {
	return refuse400("invalid_scope", 1002012, "The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", scope)
}

// refuseManyResources: a token has one audience, or each resource could use it at the others.
// https://learn.microsoft.com/entra/identity-platform/access-tokens
func refuseManyResources(scopes []string) *refusal {
	return refuse400("invalid_request", 700022, "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope %s is not valid.", strings.Join(scopes, " "))
}

func refuseResource(name string) *refusal { return refuseResourceOf(name, tenantName) }

func refuseResourceOf(name, tenant string) *refusal {
	return refuse400("invalid_resource", 500011, "The resource principal named %s was not found in the tenant named %s. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.", name, tenant)
}

func refuseUnknownScope(client, scope, resourceID string) *refusal {
	return refuse400("invalid_client", 650053, "The application '%s' asked for scope '%s' that doesn't exist on the resource '%s'. Contact the app vendor.", client, scope, resourceID)
}

// refuseAgenticResource: a blueprint gets app-only tokens for Graph and the exchange resource alone.
func refuseAgenticResource(appID, resourceAppID string) *refusal {
	return refuse400("unauthorized_client", 82001, "Agentic application '%s' is not permitted to request app-only tokens for resource '%s'.", appID, resourceAppID)
}

func refuseConsent(clientID, name string) *refusal {
	e := refuse400("invalid_grant", 65001, "The user or administrator has not consented to use the application with ID '%s' named '%s'. Send an interactive authorization request for this user and resource.", clientID, name)
	e.Suberror = "consent_required"
	return e
}
