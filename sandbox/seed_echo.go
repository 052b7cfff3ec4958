package sandbox

import (
	"context"
	"encoding/json"
)

// echo registers the Echo API: an ordinary application that exposes one app role and one scope.
func (s seeder) echo() {
	s.tx.put(s.echoApplication())
	s.tx.put(s.echoPrincipal())
}

func (s seeder) echoApplication() *application {
	return &application{
		meta: s.meta("application echo"), AppID: echoAppID(), DisplayName: "Echo API", Description: "Answers with the caller as it saw it",
		SignInAudience: "AzureADMyOrg", IdentifierURIs: []string{"api://" + echoAppID()},
		API: apiApplication{RequestedAccessTokenVersion: 2, Scopes: echoScopes()}, AppRoles: echoRoles(),
		// Without the claim, v2 tokens of people would not say that they are.
		Extra: map[string]json.RawMessage{
			"optionalClaims": json.RawMessage(`{"accessToken":[{"name":"idtyp","source":null,"essential":false,"additionalProperties":["include_user_token"]}],"idToken":[],"saml2Token":[]}`),
		},
	}
}

func (s seeder) echoPrincipal() *servicePrincipal {
	return &servicePrincipal{
		meta: s.meta("principal echo"), Type: ordinaryPrincipal, AppID: echoAppID(), DisplayName: "Echo API", AccountEnabled: true,
		ServicePrincipalNames: []string{echoAppID(), "api://" + echoAppID()}, SignInAudience: "AzureADMyOrg",
		AppRoles: echoRoles(), Scopes: echoScopes(),
	}
}

func echoRoles() []appRole {
	return []appRole{{
		ID: seedID("role echo"), Value: echoReadRole, DisplayName: "Read every echo", Description: "Lets the app call the Echo API as itself.",
		AllowedMemberTypes: []string{"Application"}, IsEnabled: true,
	}}
}

func echoScopes() []permissionScope {
	return []permissionScope{{
		ID: seedID("scope echo"), Value: echoReadScope, Type: "User", IsEnabled: true,
		AdminConsentDisplayName: "Read echoes", AdminConsentDescription: "Lets the app call the Echo API for the signed-in user.",
		UserConsentDisplayName: "Read echoes", UserConsentDescription: "Lets the app call the Echo API for you.",
	}}
}

// complete adds to a tenant of an earlier version the services that it lacks, without any grant: what
// agents there may do is for their administrators to say.
func (t *Tenant) complete(ctx context.Context, o Options) error {
	var missing []object
	_ = t.read(func(st *state) error {
		missing = seeder{o: o}.missing(st)
		return nil
	})
	if len(missing) == 0 {
		return nil
	}
	return t.write(ctx, func(tx *txn) error {
		for _, o := range missing {
			tx.put(o)
		}
		return nil
	})
}

// missing are the services that neither the tenant nor its recycle bin has.
func (s seeder) missing(st *state) []object {
	wanted := []object{s.echoApplication(), s.echoPrincipal()}
	for _, r := range resourceSeeds() {
		if r.appID == managementAppID {
			wanted = append(wanted, s.resource(r))
		}
	}
	var missing []object
	for _, o := range wanted {
		if st.lookup(o) == nil && st.deleted.get(o.head().ID) == nil {
			missing = append(missing, o)
		}
	}
	return missing
}
