package sandbox

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
)

// thinned is the export without some of its objects, but with what the sandbox cannot do without.
func thinned(t *testing.T, doc tenantExport, random *rand.Rand) string {
	t.Helper()
	doc.Objects = slices.DeleteFunc(slices.Clone(doc.Objects), func(e exportedObject) bool {
		o, err := readExported(e)
		if err != nil {
			t.Fatal(err)
		}
		needed := slices.ContainsFunc(uniqueKeys(o), func(key string) bool { return slices.Contains(indispensable(), key) })
		return !needed && random.IntN(3) == 0
	})
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestATenantWithHoles: an export that somebody has edited may speak of objects that are not in it.
// Whatever is asked of such a tenant, the answer is no fault of the server.
func TestATenantWithHoles(t *testing.T) {
	l := newLab(t)
	f := &graphFixture{t: t, s: l.Sandbox, url: l.url, clock: l.clock}
	doc, _ := l.export(t)
	b, random := l.info.Seed.Blueprint, rand.New(rand.NewPCG(1, 2))
	for range 25 {
		if a := l.send(t, http.MethodPost, "/_sandbox/import", thinned(t, doc, random)); a.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", a.StatusCode, a.text)
		}
		admin := f.personToken("global-admin", allScopes()...)
		for _, path := range []string{
			agents, blueprints, principals, "/v1.0/users", "/v1.0/groups", "/v1.0/servicePrincipals?$expand=owners", "/v1.0/me/transitiveMemberOf",
			"/v1.0/applications/" + b.ObjectID + "/owners", agents + "/" + l.info.Seed.Agent.ID + "/sponsors", "/v1.0/oauth2PermissionGrants",
			"/v1.0/servicePrincipals/" + l.info.Seed.Agent.ID + "/appRoleAssignments", "/v1.0/directoryRoles",
		} {
			if a := f.do("GET", path, admin, ""); a.status >= 500 {
				t.Errorf("%s: %d %s", path, a.status, a.raw)
			}
		}
		if a := l.token(t, "grant_type", "client_credentials", "client_id", b.AppID, "client_secret", b.ClientSecret, "scope", exchangeScope, "fmi_path", l.info.Seed.Agent.ID); a.StatusCode >= 500 {
			t.Errorf("T1: %d %s", a.StatusCode, a.text)
		} else if a.StatusCode == 200 {
			if tr := l.tr(t, "https://graph.microsoft.com/.default"); tr.StatusCode >= 500 {
				t.Errorf("TR: %d %s", tr.StatusCode, tr.text)
			}
		}
		if a := l.get(t, "/"); a.StatusCode != http.StatusOK {
			t.Errorf("home: %d", a.StatusCode)
		}
		l.get(t, "/_sandbox/info").json(t)
	}
}

// TestExportMutations: any change of a few bytes is an export or is refused, and never a panic.
func TestExportMutations(t *testing.T) {
	l := newLab(t)
	doc, _ := l.export(t)
	small := doc
	small.Objects = nil
	for _, e := range doc.Objects {
		if len(e.Object) < 1500 && len(small.Objects) < 12 {
			small.Objects = append(small.Objects, e)
		}
	}
	text, err := json.Marshal(small)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		spoilt := slices.Clone(text)
		for range 1 + random.IntN(4) {
			at := random.IntN(len(spoilt))
			switch random.IntN(3) {
			case 0:
				spoilt[at] = byte(random.IntN(256))
			case 1:
				spoilt = slices.Delete(spoilt, at, min(at+1+random.IntN(20), len(spoilt)))
			default:
				spoilt = slices.Insert(spoilt, at, []byte(`{"[]},:0null`)[random.IntN(10)])
			}
		}
		_, _ = readExport(spoilt)
	}
}
