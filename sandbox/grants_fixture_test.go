package sandbox

import (
	"slices"
	"strings"
	"testing"
)

// graphDefault asks for all that is consented at Graph.
const graphDefault = "https://graph.microsoft.com/.default"

// family is a blueprint of its own, so that tests do not depend on what the seed grants: two agent
// identities, each with its agent user, and a scope that the seeded client may ask for.
type family struct {
	*lab
	blueprint, principal, secret string
	agents, users, upns          [2]string
}

func newFamily(t testing.TB, l *lab) *family {
	t.Helper()
	f := &family{lab: l, blueprint: newID(), principal: newID(), secret: "SANDBOX~" + newID()}
	f.write(t, func(tx *txn) {
		scope := permissionScope{ID: newID(), Value: blueprintAPI, Type: "User", IsEnabled: true}
		tx.put(&application{
			meta: meta{ID: f.blueprint}, AppID: f.blueprint, Blueprint: true, DisplayName: "Family", SignInAudience: "AzureADMyOrg",
			IdentifierURIs:      []string{"api://" + f.blueprint},
			PasswordCredentials: []passwordCredential{{KeyID: newID(), Hash: hashSecret(f.secret), EndAt: tx.now.AddDate(1, 0, 0)}},
			API: apiApplication{
				RequestedAccessTokenVersion: 2, Scopes: []permissionScope{scope},
				PreAuthorized: []preAuthorized{{AppID: l.info.Client.ClientID, DelegatedPermissionIDs: []string{scope.ID}}},
			},
		})
		tx.put(&servicePrincipal{
			meta: meta{ID: f.principal}, Type: blueprintPrincipal, AppID: f.blueprint, DisplayName: "Family", AccountEnabled: true,
			Scopes: []permissionScope{scope},
		})
		for i := range f.agents {
			f.agents[i], f.users[i] = newID(), newID()
			f.upns[i] = "agent-" + f.users[i][:8] + "@" + tenantDomain
			tx.put(&servicePrincipal{meta: meta{ID: f.agents[i]}, Type: agentIdentity, BlueprintAppID: f.blueprint, DisplayName: "Child", AccountEnabled: true})
			tx.put(&user{meta: meta{ID: f.users[i]}, UserPrincipalName: f.upns[i], DisplayName: "Child", AccountEnabled: true, IdentityParentID: f.agents[i]})
		}
	})
	return f
}

// write changes the tenant behind the endpoints' back.
func (l *lab) write(t testing.TB, change func(*txn)) {
	t.Helper()
	if err := l.tenant.write(t.Context(), func(tx *txn) error {
		change(tx)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// consent grants a principal scopes of Graph, for one user or, with "", for everybody.
func (l *lab) consent(t testing.TB, principalID, userID, scopes string) {
	t.Helper()
	l.write(t, func(tx *txn) {
		g := &permissionGrant{meta: meta{ID: newID()}, ClientID: principalID, ConsentType: "AllPrincipals", ResourceID: tx.principal(graphAppID).ID, Scope: scopes}
		if userID != "" {
			g.ConsentType, g.PrincipalID = "Principal", userID
		}
		tx.put(g)
	})
}

// assign gives a principal an app role of Graph.
func (l *lab) assign(t testing.TB, principalID, role string) {
	t.Helper()
	l.write(t, func(tx *txn) {
		graph := tx.principal(graphAppID)
		i := slices.IndexFunc(graph.AppRoles, func(r appRole) bool { return r.Value == role })
		tx.put(&appRoleAssignment{meta: meta{ID: newID()}, PrincipalID: principalID, PrincipalType: "ServicePrincipal", ResourceID: graph.ID, AppRoleID: graph.AppRoles[i].ID})
	})
}

// varied takes pairs of fields and applies changes as basics does: "-" takes a field away, a name
// with + adds one more of that name.
func varied(fields []string, changes ...string) []string {
	out := slices.Clone(fields)
	for i := 0; i < len(changes); i += 2 {
		name, value := changes[i], changes[i+1]
		if strings.HasPrefix(name, "+") {
			out = append(out, name[1:], value)
			continue
		}
		at := -1
		for k := 0; k < len(out); k += 2 {
			if out[k] == name {
				at = k
			}
		}
		switch {
		case at >= 0 && value == "-":
			out = slices.Delete(out, at, at+2)
		case at >= 0:
			out[at+1] = value
		case value != "-":
			out = append(out, name, value)
		}
	}
	return out
}

// t1Of is the exchange token for one of the agents.
func (f *family) t1Of(t testing.TB, agent int) string {
	t.Helper()
	return access(t, f.token(t, "grant_type", "client_credentials", "client_id", f.blueprint, "client_secret", f.secret, "scope", exchangeScope, "fmi_path", f.agents[agent]))
}

// as are the fields that every request of the first agent has.
func (f *family) as(t testing.TB, grant string, more ...string) []string {
	t.Helper()
	return append([]string{"grant_type", grant, "client_id", f.agents[0], "client_assertion_type", assertionType, "client_assertion", f.t1Of(t, 0)}, more...)
}

// t2Of is an agent's own token for the exchange resource.
func (f *family) t2Of(t testing.TB, agent int) string {
	t.Helper()
	return access(t, f.token(t, "grant_type", "client_credentials", "client_id", f.agents[agent], "scope", exchangeScope,
		"client_assertion_type", assertionType, "client_assertion", f.t1Of(t, agent)))
}

// password are the fields of a password request of the seeded client for a persona.
func (l *lab) password(persona, scope string) []string {
	return []string{
		"grant_type", "password", "client_id", l.info.Client.ClientID, "client_secret", l.info.Client.ClientSecret,
		"username", persona + "@" + tenantDomain, "password", "Pretend-" + persona + "-1", "scope", scope,
	}
}

// tc is the token that a person's client got for the blueprint.
func (f *family) tc(t testing.TB, persona string) string {
	t.Helper()
	return access(t, f.token(t, f.password(persona, "api://"+f.blueprint+"/"+blueprintAPI)...))
}

// onBehalf are the fields of a good on-behalf-of request.
func (f *family) onBehalf(t testing.TB, changes ...string) []string {
	t.Helper()
	return varied(f.as(t, grantOnBehalfOf, "assertion", f.tc(t, "user"), "requested_token_use", "on_behalf_of", "scope", graphDefault), changes...)
}

// asUser are the fields of a good request for the agent user.
func (f *family) asUser(t testing.TB, changes ...string) []string {
	t.Helper()
	return varied(f.as(t, grantAgentUser, "user_federated_identity_credential", f.t2Of(t, 0), "username", f.upns[0], "scope", graphDefault), changes...)
}

// claimsIn takes some claims out of a token.
func claimsIn(t testing.TB, token string, names ...string) map[string]any {
	t.Helper()
	_, claims := decode(t, token)
	out := map[string]any{}
	for _, n := range names {
		out[n] = claims[n]
	}
	return out
}

// odd are the numbers of a facet claim that mean something.
func odd(t testing.TB, token, claim string) string {
	t.Helper()
	text, _ := claimsIn(t, token, claim)[claim].(string)
	var found []string
	for n := range strings.FieldsSeq(text) {
		if strings.ContainsAny(n[len(n)-1:], "13579") {
			found = append(found, n)
		}
	}
	slices.Sort(found)
	return strings.Join(found, " ")
}
