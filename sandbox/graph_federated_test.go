package sandbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func federatedBody(name, subject string) string {
	return quoted(map[string]any{"name": name, "issuer": "https://token.example", "subject": subject, "audiences": []string{exchangeResource}})
}

// TestGraphFederated: made, found by id and by name, changed, taken away.
func TestGraphFederated(t *testing.T) {
	f := newGraph(t)
	token := f.admin()
	id, _ := f.newBlueprint(token, "Federated")
	for _, path := range []string{
		"/v1.0/applications/" + id + "/federatedIdentityCredentials", blueprints + "/" + id + "/federatedIdentityCredentials",
		"/beta/applications/" + id + "/microsoft.graph.agentIdentityBlueprint/federatedIdentityCredentials",
	} {
		made := f.must(201, "POST", path, token, federatedBody("ci", "repo:a"))
		fic := made.text("id")
		if !strings.HasSuffix(made.text("@odata.context"), "$metadata#applications('"+id+"')/federatedIdentityCredentials/$entity") {
			t.Errorf("context %s", made.text("@odata.context"))
		}
		for _, key := range []string{"/" + fic, "/ci", "(name='ci')", "('" + fic + "')"} {
			if got := f.must(200, "GET", path+key, token, "").text("subject"); got != "repo:a" {
				t.Errorf("%s: subject %q", key, got)
			}
		}
		f.must(204, "PATCH", path+"/"+fic, token, `{"subject":"repo:b","description":"d"}`)
		f.must(400, "PATCH", path+"/"+fic, token, `{"name":"other"}`)
		list := f.must(200, "GET", path+"?$filter=name%20eq%20'ci'&$select=name,subject", token, "")
		if diff := cmp.Diff([]map[string]any{{"name": "ci", "subject": "repo:b"}}, list.values()); diff != "" {
			t.Errorf("list (-want +got):\n%s", diff)
		}
		f.must(204, "DELETE", path+"/ci", token, "")
		f.must(404, "GET", path+"/"+fic, token, "")
		f.must(404, "DELETE", path+"/"+fic, token, "")
	}
}

// TestGraphFederatedRefused: bad properties, duplicates, the limit, and who may not.
func TestGraphFederatedRefused(t *testing.T) {
	f := newGraph(t)
	token := f.admin()
	id, _ := f.newBlueprint(token, "Limits")
	path := "/v1.0/applications/" + id + "/federatedIdentityCredentials"
	f.must(201, "POST", path, token, federatedBody("first", "repo:first"))
	for name, tt := range map[string]struct {
		body   string
		status int
	}{
		"the same name":             {federatedBody("First", "repo:x"), 409},
		"the same subject":          {federatedBody("second", "repo:first"), 409},
		"no name":                   {`{"issuer":"i","subject":"s","audiences":["a"]}`, 400},
		"no issuer":                 {`{"name":"n","subject":"s","audiences":["a"]}`, 400},
		"no subject":                {`{"name":"n","issuer":"i","audiences":["a"]}`, 400},
		"no audience":               {`{"name":"n","issuer":"i","subject":"s"}`, 400},
		"two audiences":             {`{"name":"n","issuer":"i","subject":"s","audiences":["a","b"]}`, 400},
		"an empty audience":         {`{"name":"n","issuer":"i","subject":"s","audiences":[""]}`, 400},
		"a name with a space":       {federatedBody("a b", "repo:x"), 400},
		"a long name":               {federatedBody(strings.Repeat("n", 121), "repo:x"), 400},
		"an expression":             {`{"name":"n","issuer":"i","subject":"s","audiences":["a"],"claimsMatchingExpression":{"value":"x"}}`, 400},
		"an unknown property":       {`{"name":"n","issuer":"i","subject":"s","audiences":["a"],"x":1}`, 400},
		"a number for the audience": {`{"name":"n","issuer":"i","subject":"s","audiences":7}`, 400},
	} {
		if a := f.do("POST", path, token, tt.body); a.status != tt.status {
			t.Errorf("%s: %d, want %d: %s", name, a.status, tt.status, a.raw)
		}
	}
	f.must(403, "POST", path, f.personToken("user", allScopes()...), federatedBody("n", "s"))
	f.must(403, "POST", path, f.personToken("agent-admin", "AgentIdentityBlueprint.Read.All"), federatedBody("n", "s"))
	f.must(403, "POST", "/v1.0/applications/"+seedID("application client")+"/federatedIdentityCredentials", token, federatedBody("n", "s"))
	for i := range maxFederated - 1 {
		f.must(201, "POST", path, token, federatedBody(fmt.Sprint("n", i), fmt.Sprint("repo:", i)))
	}
	if a := f.must(400, "POST", path, token, federatedBody("more", "repo:more")); !strings.Contains(a.message(), "limit of 20") {
		t.Errorf("the 21st: %s", a.raw)
	}
}

// TestGraphUpsert: PATCH by an alternate key makes what is missing only when asked to.
func TestGraphUpsert(t *testing.T) {
	f := newGraph(t)
	token := f.admin()
	path, body := blueprints+"(uniqueName='invoices-eu')", bodyWith("Invoices", "sponsors", userLink("sponsor"))
	const prefer = "create-if-missing"
	f.must(404, "PATCH", path, token, body)
	f.must(400, "PATCH", path, token, strings.Replace(body, "{", `{"uniqueName":"other",`, 1), "Prefer", prefer)
	made := f.must(201, "PATCH", path, token, body, "Prefer", prefer)
	if made.text("uniqueName") != "invoices-eu" || made.text("@odata.type") != "#microsoft.graph.agentIdentityBlueprint" {
		t.Errorf("made: %s", made.raw)
	}
	f.must(204, "PATCH", path, token, `{"displayName":"Invoices again"}`, "Prefer", prefer)
	if got := f.must(200, "GET", "/v1.0/applications/"+made.text("id"), token, "").text("displayName"); got != "Invoices again" {
		t.Errorf("name %q", got)
	}
	f.must(403, "PATCH", blueprints+"(uniqueName='x')", f.personToken("user", allScopes()...), body, "Prefer", prefer)
	fic := "/v1.0/applications/" + made.text("id") + "/federatedIdentityCredentials(name='ci')"
	f.must(404, "PATCH", fic, token, federatedBody("ci", "s"))
	f.must(201, "PATCH", fic, token, `{"issuer":"i","subject":"s","audiences":["a"]}`, "Prefer", prefer)
	f.must(204, "PATCH", fic, token, `{"subject":"t"}`, "Prefer", prefer)
}
