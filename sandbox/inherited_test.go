package sandbox

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestInheritedPermissions: what an agent gets is its own grants and those of its blueprint's principal
// that the blueprint passes on; one of the two conditions alone gives nothing.
func TestInheritedPermissions(t *testing.T) {
	for name, tc := range map[string]struct {
		entry  *inheritablePermission // at Graph; nil = none
		scopes string                 // scp of the agent user
		roles  []any                  // of the agent
	}{
		"not inheritable": {nil, "User.Read", []any{"AgentIdentity.Read.All"}},
		"all":             {&inheritablePermission{ScopesKind: inheritAll, RolesKind: inheritAll}, "Calendars.Read Mail.Read User.Read", []any{"AgentIdentity.Read.All", "GroupMember.Read.All"}},
		"scopes alone":    {&inheritablePermission{ScopesKind: inheritAll, RolesKind: inheritNone}, "Calendars.Read Mail.Read User.Read", []any{"AgentIdentity.Read.All"}},
		"roles alone":     {&inheritablePermission{ScopesKind: inheritNone, RolesKind: inheritAll}, "User.Read", []any{"AgentIdentity.Read.All", "GroupMember.Read.All"}},
		"some scopes":     {&inheritablePermission{ScopesKind: inheritSome, Scopes: []string{"mail.read"}, RolesKind: inheritNone}, "Mail.Read User.Read", []any{"AgentIdentity.Read.All"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			f := newFamily(t, l)
			f.consent(t, f.agents[0], "", "User.Read")
			f.consent(t, f.principal, "", "Mail.Read")
			f.consent(t, f.principal, f.users[0], "Calendars.Read")
			f.consent(t, f.principal, f.users[1], "Notes.Read")
			f.assign(t, f.agents[0], "AgentIdentity.Read.All")
			f.assign(t, f.principal, "GroupMember.Read.All")
			f.inherit(t, tc.entry)
			if got := claimsIn(t, access(t, l.token(t, f.asUser(t)...)), "scp")["scp"]; got != tc.scopes {
				t.Errorf("scp %v, want %s", got, tc.scopes)
			}
			got := claimsIn(t, access(t, l.token(t, f.as(t, "client_credentials", "scope", graphDefault)...)), "roles")["roles"]
			if diff := cmp.Diff(any(tc.roles), got); diff != "" {
				t.Errorf("roles (-want +got):\n%s", diff)
			}
		})
	}
}

// inherit makes the entry the blueprint's only one, at Graph.
func (f *family) inherit(t testing.TB, entry *inheritablePermission) {
	t.Helper()
	f.write(t, func(tx *txn) {
		a := clone(tx.app(f.blueprint))
		if a.Inheritable = nil; entry != nil {
			entry.ID = graphAppID
			a.Inheritable = []*inheritablePermission{entry}
		}
		tx.put(a)
	})
}

// TestInheritedAlone: an agent without any grant of its own acts by what it inherits, as long as the
// principal has it.
func TestInheritedAlone(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	f.inherit(t, &inheritablePermission{ScopesKind: inheritAll, RolesKind: inheritAll})
	wantRefusal(t, l.token(t, f.onBehalf(t)...), 400, "invalid_grant", 65001)
	f.consent(t, f.principal, "", "User.Read")
	if got := claimsIn(t, access(t, l.token(t, f.onBehalf(t)...)), "scp")["scp"]; got != "User.Read" {
		t.Errorf("scp %v", got)
	}
	stranger := newFamily(t, l)
	wantRefusal(t, l.token(t, stranger.onBehalf(t)...), 400, "invalid_grant", 65001)
	if roles := claimsIn(t, access(t, l.token(t, f.as(t, "client_credentials", "scope", graphDefault)...)), "roles")["roles"]; roles != nil {
		t.Errorf("the agent inherits %v, which no one granted", roles)
	}
}

// TestGrantsTakeTime: a grant counts when replication has carried it, as the lag knob says.
func TestGrantsTakeTime(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	f.write(t, func(tx *txn) {
		soon, graph := tx.now.Add(time.Minute), tx.principal(graphAppID)
		tx.put(&permissionGrant{meta: meta{ID: newID(), VisibleAt: soon}, ClientID: f.agents[0], ConsentType: "AllPrincipals", ResourceID: graph.ID, Scope: "User.Read"})
		tx.put(&appRoleAssignment{meta: meta{ID: newID(), VisibleAt: soon}, PrincipalID: f.agents[0], ResourceID: graph.ID, AppRoleID: "b2b8f011-2898-4234-9092-5059f6c1ebfa"})
	})
	wantRefusal(t, l.token(t, f.onBehalf(t)...), 400, "invalid_grant", 65001)
	alone := f.as(t, "client_credentials", "scope", graphDefault)
	if roles := claimsIn(t, access(t, l.token(t, alone...)), "roles")["roles"]; roles != nil {
		t.Errorf("roles %v before their time", roles)
	}
	l.clock.advance(2 * time.Minute)
	access(t, l.token(t, f.onBehalf(t)...))
	if diff := cmp.Diff(any([]any{"AgentIdentity.Read.All"}), claimsIn(t, access(t, l.token(t, alone...)), "roles")["roles"]); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
}

// TestTokensForABlueprint: version and optional claims are the blueprint's choice.
func TestTokensForABlueprint(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	for name, tc := range map[string]struct {
		version  int
		optional string
		want     map[string]any
	}{
		"version 2":                 {2, "", map[string]any{"ver": "2.0", "iss": l.v2Issuer(), "aud": f.blueprint, "azp": l.info.Client.ClientID, "appid": nil, "idtyp": nil}},
		"version 1":                 {1, "", map[string]any{"ver": "1.0", "iss": l.v1Issuer(), "aud": "api://" + f.blueprint, "azp": nil, "appid": l.info.Client.ClientID, "idtyp": "user"}},
		"version not said":          {0, "", map[string]any{"ver": "1.0", "iss": l.v1Issuer(), "aud": "api://" + f.blueprint, "azp": nil, "appid": l.info.Client.ClientID, "idtyp": "user"}},
		"idtyp for people too":      {2, `{"accessToken":[{"name":"idtyp","additionalProperties":["include_user_token"]}]}`, map[string]any{"ver": "2.0", "idtyp": "user", "scp": blueprintAPI}},
		"idtyp for apps":            {2, `{"accessToken":[{"name":"idtyp"}]}`, map[string]any{"idtyp": nil}},
		"optional claims of a fool": {2, `[1]`, map[string]any{"idtyp": nil}},
	} {
		t.Run(name, func(t *testing.T) {
			f.write(t, func(tx *txn) {
				a := clone(tx.app(f.blueprint))
				a.API.RequestedAccessTokenVersion = tc.version
				if a.Extra = nil; tc.optional != "" {
					a.Extra = map[string]json.RawMessage{"optionalClaims": json.RawMessage(tc.optional)}
				}
				tx.put(a)
			})
			token := f.tc(t, "user")
			for claim, want := range tc.want {
				if got := claimsIn(t, token, claim)[claim]; got != want {
					t.Errorf("%s is %v, want %v", claim, got, want)
				}
			}
			f.consent(t, f.agents[0], "", "User.Read")
			if scp, _ := claimsIn(t, access(t, l.token(t, f.onBehalf(t)...)), "scp")["scp"].(string); !strings.Contains(scp, "User.Read") {
				t.Errorf("on behalf with this token: scp %q", scp)
			}
		})
	}
}
