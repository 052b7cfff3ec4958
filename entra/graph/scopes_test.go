package graph_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
)

func TestSignInAsksForEveryFeatureOnce(t *testing.T) {
	scopes := graph.SignInScopes()
	for _, feature := range graph.Features() {
		own := graph.Scopes(feature)
		if len(own) == 0 {
			t.Errorf("%s needs nothing", feature)
		}
		for _, scope := range own {
			if !slices.Contains(scopes, scope) {
				t.Errorf("sign-in does not ask for %s", scope)
			}
		}
	}
	if compact := slices.Compact(slices.Sorted(slices.Values(scopes))); len(compact) != len(scopes) {
		t.Errorf("a scope stands twice in %v", scopes)
	}
	// A client that holds one of these loses its agent permissions.
	for _, never := range []string{"Directory.AccessAsUser.All", "Directory.ReadWrite.All"} {
		if slices.Contains(scopes, never) {
			t.Errorf("sign-in asks for %s", never)
		}
	}
	for _, always := range []string{"openid", "profile", "offline_access", "User.Read"} {
		if !slices.Contains(scopes, always) {
			t.Errorf("sign-in does not ask for %s", always)
		}
	}
}

func TestSignInCoversEveryCall(t *testing.T) {
	scopes := graph.SignInScopes()
	for _, call := range []graph.Call{
		graph.CreateBlueprintCall("", graph.NewBlueprint{}), graph.CreateBlueprintPrincipalCall(""),
		graph.AddPasswordCall("", "", clock()), graph.RemovePasswordCall("", ""), graph.CreateAgentIdentityCall("", graph.NewAgentIdentity{}),
		graph.AssignRoleCall("", "", ""), graph.RemoveRoleCall("", ""), graph.GrantCall("", "", nil), graph.ChangeGrantCall("", nil), graph.RemoveGrantCall(""),
		graph.InheritCall("", "", nil), graph.ChangeInheritCall("", "", nil), graph.RemoveInheritCall("", ""),
	} {
		if !slices.Contains(scopes, call.Needs) {
			t.Errorf("%s %s needs %s, which sign-in does not ask for", call.Method, call.Path, call.Needs)
		}
	}
}

func TestScopesOfAFeature(t *testing.T) {
	if diff := cmp.Diff([]string{"AgentIdentityBlueprint.AddRemoveCreds.All"}, graph.Scopes(graph.FeatureSecrets)); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
	if none := graph.Scopes("no such feature"); none != nil {
		t.Errorf("scopes = %v", none)
	}
}
