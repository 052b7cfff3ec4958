package sandbox

import (
	"net/http"
	"time"
)

// Refusals of the grants for people and agent users. Codes and texts are from the list of
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes where it has them.

// Where no answer was published, code and status are the nearest documented ones; docs/sandbox.md lists
// these choices.

// asGrant says the same about what the client passed on instead of about its own credential.
func (e *refusal) asGrant() *refusal {
	e.Status, e.Code = http.StatusBadRequest, "invalid_grant"
	return e
}

func refuseBlueprintOnBehalfOf(appID string) *refusal {
	return refuse400("unauthorized_client", 82002, "Agentic application '%s' is not permitted to make on-behalf-of calls. Use an agent identity of the blueprint.", appID)
}

// refuseAgenticGrant: the code of other things an agent entity may not ask for.
func refuseAgenticGrant(id, grant string) *refusal {
	return refuse400("unauthorized_client", 82001, "Agentic application '%s' is not permitted to use the grant type '%s'.", id, grant)
}

// refuseCommonGrant: a password belongs to a tenant, which "common" is not.
func refuseCommonGrant() *refusal {
	return refuse400("invalid_request", 9001023, "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.")
}

func refusePublicCredential() *refusal {
	return badClient(700025, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")
}

func refuseBadJWT(why string) *refusal {
	return refuse400("invalid_request", 50027, "JWT token is invalid or malformed: %s", why)
}

func refuseUserAssertion(reason string) *refusal {
	return refuse400("invalid_grant", 50013, "Assertion failed signature validation. [Reason - %s]", reason)
}

// refuseUserAudience is the classic on-behalf-of answer; agents get 50013 for the same mistake.
func refuseUserAudience(given, want string) *refusal {
	return refuse400("invalid_grant", 500131, "Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '%s' and the expected audience is '%s' or one of the Application Uris of this application.", given, want)
}

const assertionTimeLayout = "2006-01-02T15:04:05.0000000Z"

func refuseUserAssertionTime(now, from, until time.Time) *refusal {
	return refuse400("invalid_grant", 500133, "Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token. Current time: %s, assertion valid from %s, expiry time of assertion %s.",
		now.UTC().Format(assertionTimeLayout), from.UTC().Format(assertionTimeLayout), until.UTC().Format(assertionTimeLayout))
}

// refuseAppOnBehalfOf: on-behalf-of is for people, an app-only token stands for nobody.
func refuseAppOnBehalfOf(id string) *refusal {
	return refuse400("unauthorized_client", 7000114, "Application '%s' is not allowed to make application on-behalf-of calls.", id)
}

func refuseUnknownUser(name string) *refusal {
	return refuse400("invalid_grant", 50034, "The user account %s does not exist in the %s directory. To sign into this application, the account must be added to the directory.", name, tenantName)
}

func refuseDisabledUser() *refusal {
	return refuse400("invalid_grant", 50057, "The user account is disabled.")
}

// Federated credentials.

func refuseFederated(issuer, subject, audience string) *refusal {
	return badClient(70021, "No matching federated identity record found for presented assertion. Assertion Issuer: '%s'. Assertion Subject: '%s'. Assertion Audience: '%s'. %s", issuer, subject, audience, federationHelp)
}

// refuseEntraTokenAsFIC keeps one application from being the credential of another.
func refuseEntraTokenAsFIC() *refusal {
	return badClient(700222, "AAD-issued tokens may not be used for federated identity flows, unless they are those of a managed identity or made for an FMI path.")
}

func refuseFICAudience(aud string) *refusal {
	return badClient(700227, "The audience '%s' of the presented token may not be used for federated identity flows.", aud)
}

func refuseUserTokenAsFIC() *refusal {
	return badClient(700229, "Only app-only tokens can be used as Federated Identity Credentials.")
}

// Device codes: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code

func refusePending() *refusal {
	return refuse400("authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling.")
}

// refusePolling is RFC 8628 3.5; the answer of Entra to such a client has no code of its own.
func refusePolling() *refusal {
	return refuse400("slow_down", 70016, "OAuth 2.0 device flow error. Authorization is pending. Poll less often.")
}

func refuseDeviceExpired() *refusal {
	return refuse400("expired_token", 70019, "Verification code expired. Have the user retry the sign-in.")
}

func refuseDeviceDeclined() *refusal {
	return refuse400("authorization_declined", 65004, "User declined to consent to access the app.")
}

func refuseDeviceCode() *refusal {
	return refuse400("bad_verification_code", 70018, "Invalid verification code due to user typing in wrong user code for device code flow.")
}
