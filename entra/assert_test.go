package entra

import (
	"strings"
	"testing"
	"time"
)

// checkedClaims is a token of an agent with what assertions ask for.
const checkedClaims = `{"aud":"https://graph.microsoft.com","exp":1795238400,"idtyp":"app","oid":"` + testAgent + `",
	"roles":["User.Read.All","Mail.Read"],"wids":["62e90394-69f5-4237-9190-012177145e10","0997a1d0-0d1d-4acb-b408-d5ca73121e90"],
	"xms_par_app_azp":"7C3A5E70-1111-4222-8333-444455556666"}`

func TestCheck(t *testing.T) {
	const (
		app   = checkedClaims
		bare  = `{"aud":"fb60f99c-7a34-4190-8149-302f77469936","idtyp":"app"}`
		user  = `{"aud":"api://0f3c9a52-7d41-4be8-9c06-51a8e2d7b634","scp":"User.Read mail.read","idtyp":"user","xms_sub_fct":"2 13","oid":"u1","exp":1795230000}`
		human = `{"scp":"User.Read","idtyp":"user","exp":"soon"}`
	)
	now := time.Unix(1795238400, 0).Add(-61 * time.Minute)
	tests := []struct {
		name, claims string
		kind         AssertionKind
		value        string
		pass         bool
		found        string
	}{
		{"role", app, AssertRole, "Mail.Read", true, "It has this role."},
		{"role that is missing", app, AssertRole, "Mail.Send", false, "It has User.Read.All, Mail.Read."},
		{"role in other capitals", app, AssertRole, "mail.read", false, "It has Mail.Read, which APIs may tell apart by its capitals."},
		{"role of a token without any", bare, AssertRole, "Mail.Read", false, "It has no role at all."},
		{"directory role by name", app, AssertRole, "global administrator", true, "It has the directory role Global Administrator."},
		{"directory role by id", app, AssertRole, "62E90394-69F5-4237-9190-012177145E10", true, "It has the directory role Global Administrator."},
		{"no role, and it is not there", app, AssertNoRole, "Mail.Send", true, "It has User.Read.All, Mail.Read."},
		{"no role, and it is there", app, AssertNoRole, "Mail.Read", false, "It has this role."},
		{"no role, in other capitals", app, AssertNoRole, "MAIL.READ", false, "It has Mail.Read, which APIs may tell apart by its capitals."},
		{"no directory role", app, AssertNoRole, "Global Administrator", false, "It has the directory role Global Administrator."},
		{"no role of none", bare, AssertNoRole, "Mail.Read", true, "It has no role at all."},
		{"scope", user, AssertScope, "User.Read", true, "It has this scope."},
		{"scope in other capitals", user, AssertScope, "Mail.Read", false, "It has mail.read, which APIs may tell apart by its capitals."},
		{"scope of an app-only token", app, AssertScope, "User.Read", false, "It has no scope at all."},
		{"blueprint", app, AssertBlueprint, "7c3a5e70-1111-4222-8333-444455556666", true, "It comes from this blueprint."},
		{"another blueprint", app, AssertBlueprint, testAgent, false, "It comes from the blueprint 7C3A5E70-1111-4222-8333-444455556666."},
		{"no blueprint", bare, AssertBlueprint, testAgent, false, "It names no blueprint: the claim xms_par_app_azp is absent."},
		{"audience", app, AssertAudience, "https://graph.microsoft.com/", true, "It is for https://graph.microsoft.com."},
		{"audience by its App ID", app, AssertAudience, GraphAppID, true, "It is for https://graph.microsoft.com."},
		{"audience of the exchange", bare, AssertAudience, "api://AzureADTokenExchange", true, "It is for " + ExchangeAppID + "."},
		{"audience without api://", user, AssertAudience, "0f3c9a52-7d41-4be8-9c06-51a8e2d7b634", true, "It is for api://0f3c9a52-7d41-4be8-9c06-51a8e2d7b634."},
		{"another audience", app, AssertAudience, ManagementAudience, false, "It is for https://graph.microsoft.com."},
		{"no audience", human, AssertAudience, GraphAudience, false, "It names no audience."},
		{"lifetime", app, AssertLifetime, "61", true, "61 min are left, until 21 Nov 2026 05:20:00 UTC."},
		{"lifetime too short by a minute", app, AssertLifetime, "62", false, "61 min are left, until 21 Nov 2026 05:20:00 UTC."},
		{"lifetime that is over", user, AssertLifetime, "1", false, "It ended: it lived until 21 Nov 2026 03:00:00 UTC."},
		{"lifetime nobody knows", human, AssertLifetime, "1", false, "It says no time at which it ends."},
		{"lifetime that is no number", app, AssertLifetime, "long", false, "61 min are left, until 21 Nov 2026 05:20:00 UTC."},
		{"agent user", user, AssertAgentUser, "", true, "The subject is the agent user u1."},
		{"a person", human, AssertAgentUser, "", false, "The subject is a user and no agent user."},
		{"an agent for itself", app, AssertAgentUser, "", false, "The subject is an application: the agent acts for itself."},
		{"unknown kind", app, "magic", "x", false, "This kind of check is not known here."},
	}
	c := New(Options{Cloud: GlobalCloud(), TenantID: testTenant})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, err := Decode(compact(plainHeader, tt.claims))
			if err != nil {
				t.Fatal(err)
			}
			got := c.Check(j, Assertion{Kind: tt.kind, Value: tt.value}, now)
			if got.Pass != tt.pass || got.Found != tt.found || got.Assertion.Value != tt.value {
				t.Errorf("%v, %q; want %v, %q", got.Pass, got.Found, tt.pass, tt.found)
			}
		})
	}
}

// A token that cannot be read passes nothing, also not that it lacks a role.
func TestCheckOfTokensThatCannotBeRead(t *testing.T) {
	c := New(Options{Cloud: GlobalCloud(), TenantID: testTenant})
	for name, j := range map[string]*JWT{"none": nil, "encrypted": {Encrypted: true}, "damaged": {Damaged: true}} {
		for _, kind := range AssertionKinds() {
			if got := c.Check(j, Assertion{Kind: kind, Value: "X.Y"}, time.Now()); got.Pass || !strings.Contains(got.Found, "cannot be read") {
				t.Errorf("%s, %s: %+v", name, kind, got)
			}
		}
	}
}

func TestAssertionFaults(t *testing.T) {
	tests := []struct {
		kind  AssertionKind
		value string
		want  string // empty: none
	}{
		{AssertRole, "User.Read.All", ""},
		{AssertRole, "Global Administrator", ""},
		{AssertRole, "62e90394-69f5-4237-9190-012177145e10", ""},
		{AssertRole, "", "Write one role"},
		{AssertRole, "Nobody's Role", "Write one role"},
		{AssertRole, "User.Read.All Mail.Read", "Write one role"},
		{AssertNoRole, strings.Repeat("a", 121), "Write one role"},
		{AssertNoRole, "SANDBOX~0123456789abcdefghijklmnopqrstuvwxyz", "Write one role"},
		{AssertScope, "User.Read", ""},
		{AssertScope, "https://graph.microsoft.com/User.Read", "Write one scope"},
		{AssertBlueprint, testAgent, ""},
		{AssertBlueprint, "the payroll one", "App ID"},
		{AssertAudience, GraphAudience, ""},
		{AssertAudience, "api://AzureADTokenExchange", ""},
		{AssertAudience, GraphAppID, ""},
		{AssertAudience, "Graph", "address or App ID"},
		{AssertLifetime, "1", ""},
		{AssertLifetime, "1680", ""},
		{AssertLifetime, "0", "whole number"},
		{AssertLifetime, "1681", "whole number"},
		{AssertLifetime, "1.5", "whole number"},
		{AssertAgentUser, "", ""},
		{AssertAgentUser, "x", "Leave the value empty"},
		{"", "", "Choose one of the kinds"},
	}
	for _, tt := range tests {
		got := Assertion{Kind: tt.kind, Value: tt.value}.Fault()
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s %q: %q, want %q", tt.kind, tt.value, got, tt.want)
		}
	}
	for _, kind := range AssertionKinds() {
		if s := (Assertion{Kind: kind, Value: "x"}).Sentence(); strings.HasPrefix(s, string(kind)) {
			t.Errorf("%s has no words: %q", kind, s)
		}
	}
}
