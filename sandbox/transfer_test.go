package sandbox

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// export reads the tenant without the time of the export.
func (l *lab) export(t testing.TB) (tenantExport, string) {
	t.Helper()
	a := l.get(t, "/_sandbox/export")
	var doc tenantExport
	if err := json.Unmarshal(a.text, &doc); err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("%d %.200s %v", a.StatusCode, a.text, err)
	}
	if !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("header %v", a.Header)
	}
	doc.At = time.Time{}
	return doc, string(a.text)
}

// TestExportAndImport: a tenant with work in it, brought into a fresh sandbox, is the same tenant:
// same export, same answers, working secrets, and room for more.
func TestExportAndImport(t *testing.T) {
	l, other := newLab(t), newLab(t)
	f := &graphFixture{t: t, s: l.Sandbox, url: l.url, clock: l.clock}
	id, appID, _ := f.newFamily(f.admin(), "Carried over")
	secret := f.must(200, "POST", "/v1.0/applications/"+id+"/addPassword", f.admin(), `{}`).text("secretText")
	f.must(201, "POST", agents, f.admin(), agentBody("Carried agent", appID))
	doc, text := l.export(t)

	if a := other.send(t, http.MethodPost, "/_sandbox/import", text); a.StatusCode != http.StatusOK || int(a.json(t)["objects"].(float64)) != len(doc.Objects) {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	back, _ := other.export(t)
	if diff := cmp.Diff(doc, back); diff != "" {
		t.Errorf("what came back differs (-sent +got):\n%.2000s", diff)
	}
	access(t, other.token(t, "grant_type", "client_credentials", "client_id", appID, "client_secret", secret, "scope", "https://graph.microsoft.com/.default"))
	g := &graphFixture{t: t, s: other.Sandbox, url: other.url, clock: other.clock}
	g.must(201, "POST", agents, g.admin(), agentBody("Another agent", appID))
	if name := other.Info().Seed.Name; name != "import" {
		t.Errorf("the seed is called %s", name)
	}
	other.send(t, http.MethodPost, "/_sandbox/reset", "")
	if diff := cmp.Diff(other.info, other.Info()); diff != "" {
		t.Errorf("a reset after the import (-before +after):\n%s", diff)
	}
}

// TestAnImportSignsEverybodyOut: codes and refresh tokens speak of people of the tenant before.
func TestAnImportSignsEverybodyOut(t *testing.T) {
	l := newLab(t)
	reply := newBrowser(t, l).signIn(l.authorizeURL(), "agent-dev@sandbox.example")
	l.send(t, http.MethodPut, "/_sandbox/knobs", `{"latencyMs":1}`)
	_, text := l.export(t)
	l.send(t, http.MethodPost, "/_sandbox/import", text)
	wantRefusal(t, l.redeem(t, reply), 400, "invalid_grant", 70000)
	if l.knobValues().LatencyMs != 1 {
		t.Error("the import turned a knob")
	}
}

// TestExportHoldsNoMoreThanTheTenant: nothing that signs anybody in is in it, however much went on.
func TestExportHoldsNoMoreThanTheTenant(t *testing.T) {
	l := newLab(t)
	l.send(t, http.MethodPut, "/_sandbox/knobs", `{"latencyMs":1,"faults":[{"kind":"500","path":"/nowhere"}]}`)
	b := newBrowser(t, l)
	tokens := l.redeem(t, b.signIn(l.authorizeURL("scope", "openid offline_access User.Read"), "agent-dev@sandbox.example")).json(t)
	b.signIn(l.authorizeURL(), "agent-dev@sandbox.example") // a code nobody redeems
	t1 := l.t1(t)
	doc, text := l.export(t)

	known := []kind{kindUser, kindGroup, kindDirectoryRole, kindApplication, kindServicePrincipal, kindGrant, kindAssignment, kindDeletedItem}
	for _, o := range doc.Objects {
		found := false
		for _, k := range known {
			found = found || o.Kind == k
		}
		if !found {
			t.Errorf("the export holds a %s", o.Kind)
		}
	}
	key, err := l.keys.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{
		"the blueprint's secret": l.info.Seed.Blueprint.ClientSecret, "the portal's secret": l.info.Portal.ClientSecret,
		"a password": l.info.Personas[0].Password, "a refresh token": tokens["refresh_token"].(string),
		"a hash of a refresh token": hashSecret(tokens["refresh_token"].(string)), "T1": t1, "the signing key": base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PrivateKey(key.private)),
		"its certificate": base64.StdEncoding.EncodeToString(key.cert), "a knob": "latencyMs", "the journal": "clientRequestId",
	} {
		if strings.Contains(text, secret) {
			t.Errorf("the export holds %s", name)
		}
	}
	if regexp.MustCompile(`eyJ[\w-]+\.eyJ`).MatchString(text) {
		t.Error("the export holds a JWT")
	}
}

// TestImportIsWholeOrNothing: what is wrong is said, and the tenant stays as it was.
func TestImportIsWholeOrNothing(t *testing.T) {
	l := newLab(t)
	before, text := l.export(t)
	swap := func(old, now string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("the export does not hold %s", old)
		}
		return strings.Replace(text, old, now, 1)
	}
	first := string(before.Objects[0].Object)
	for name, tc := range map[string]struct{ body, says string }{
		"no JSON":         {`tenant`, "invalid character"},
		"two documents":   {text + text, "something follows"},
		"another format":  {swap(exportFormat, "something-else"), `the format is "something-else"`},
		"another version": {swap(`"version":1`, `"version":2`), "the version is 2"},
		"another tenant":  {swap(`"tenantId":"`+tenantID, `"tenantId":"`+newID()), "it is of another tenant"},
		"unknown kind":    {swap(`{"kind":"user"`, `{"kind":"toaster"`), `nothing of the kind "toaster"`},
		"a session":       {swap(`"objects":[`, `"objects":[{"kind":"browserSession","object":{"id":"x","seq":99999}},`), `nothing of the kind "browserSession"`},
		"unknown field":   {swap(`{"kind":"user","object":{`, `{"kind":"user","object":{"shoeSize":1,`), "unknown field"},
		"twice the same":  {swap(`"objects":[`, `"objects":[{"kind":"user","object":`+first+`},`), "is there twice"},
		"no place":        {swap(`"seq":1,`, `"seq":0,`), "no place in the order"},
		"nobody":          {`{"format":"` + exportFormat + `","version":1,"tenantId":"` + tenantID + `","objects":[]}`, "no user principal name global-admin@sandbox.example in it"},
		"null object":     {`{"format":"` + exportFormat + `","version":1,"tenantId":"` + tenantID + `","objects":[{"kind":"user","object":null}]}`, "no id or no place"},
	} {
		t.Run(name, func(t *testing.T) {
			a := l.send(t, http.MethodPost, "/_sandbox/import", tc.body)
			if a.StatusCode != http.StatusBadRequest || !strings.Contains(a.json(t)["error"].(string), tc.says) {
				t.Errorf("%d %s, want it to say %q", a.StatusCode, a.text, tc.says)
			}
		})
	}
	after, _ := l.export(t)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the tenant changed:\n%.1000s", diff)
	}
}
