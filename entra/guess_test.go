package entra

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testNamed is the App ID of a resource whose name is known.
const testNamed = "5b1e0f66-4c1d-4c5e-9a54-2f1f7d3c8a10"

func TestGuessAndKind(t *testing.T) {
	s := newIssuer(t)
	c := s.client()
	user := with(with(with(with(s.trClaims(), "idtyp", "user"), "scp", "User.Read"), "xms_idrel", "1 8"), "xms_sub_fct", "3 12")
	t2 := with(with(with(with(with(s.t1Claims(), "azp", testAgent), "azpacr", "2"), "oid", testAgent), "sub", testAgent), "xms_par_app_azp", testBlueprint)
	t2["xms_act_fct"], t2["xms_sub_fct"] = "11 9 1", "9 1 11"
	without := func(claims map[string]any, name string) map[string]any {
		delete(claims, name)
		return claims
	}
	blueprint := with(s.trClaims(), "roles", []string{"AgentIdentity.CreateAsManager"})
	tests := []struct {
		name   string
		claims map[string]any
		mode   ModeName
		hop    HopName
		kind   string
	}{
		{"T1", s.t1Claims(), ModeAutonomous, HopT1, "Exchange token of a blueprint, for one agent identity (T1)"},
		{"TR", s.trClaims(), ModeAutonomous, HopTR, "Access token for Microsoft Graph, agent acting for itself (TR, autonomous app)"},
		{"T2", t2, ModeAgentUser, HopT2, "Exchange token (T2)"},
		{"blueprint", without(blueprint, "xms_par_app_azp"), ModeBlueprint, HopTR, "Access token for Microsoft Graph, blueprint acting for itself"},
		{"on behalf of", user, ModeOnBehalfOf, HopTR, "Access token for Microsoft Graph, agent acting on behalf of a user (TR)"},
		{"agent user", with(user, "xms_sub_fct", "13 4"), ModeAgentUser, HopTR, "Access token for Microsoft Graph, agent acting as its agent user (TR)"},
		{"ID token", s.idClaims(), "", "", "ID token of a sign-in"},
		{"a person's", map[string]any{"aud": "api://x", "scp": "a"}, "", "", "Access token for api://x, application acting for a user"},
		{"an application's", map[string]any{"idtyp": "app", "aud": "api://x"}, "", "", "Access token for api://x, application acting for itself"},
		{"for a resource by its App ID", map[string]any{"idtyp": "app", "aud": strings.ToUpper(testNamed)}, "", "", "Access token for Echo API, application acting for itself"},
		{"for a resource by its URI", map[string]any{"scp": "a", "aud": "api://" + testNamed}, "", "", "Access token for Echo API, application acting for a user"},
		{"nothing known", map[string]any{"a": 1}, "", "", "Token for nobody named"},
	}
	for _, tt := range tests {
		j, err := Decode(s.sign(plainHead, tt.claims))
		if err != nil {
			t.Fatal(err)
		}
		x := c.Guess(j)
		if x.Mode != tt.mode || x.Hop != tt.hop {
			t.Errorf("%s: mode %q, hop %q", tt.name, x.Mode, x.Hop)
		}
		if diff := cmp.Diff(tt.kind, c.Kind(j, map[string]string{testNamed: "Echo API"})); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
		checkNothingOdd(t, c.Explain(j, x))
	}
}

func TestGuessOfPublishedTokens(t *testing.T) {
	for i, want := range []HopName{HopT1, HopTR, HopT1, HopT2} {
		j := published(t)[i]
		if got := live().Guess(j).Hop; got != want {
			t.Errorf("token %d is taken for %q, want %q", i, got, want)
		}
	}
	want := []string{testAgent, testBlueprint, testAgent}
	if diff := cmp.Diff(want, published(t)[1].IDs()); diff != "" {
		t.Error(diff)
	}
}
