package handlers

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seededPrincipals are the blueprint principals of the seed, in the order of
// their names: one blueprint has none, and one lives in another tenant.
func seededPrincipals() []string {
	return slices.Concat([]string{"Copy desk"}, seededBlueprints()[1:])
}

func TestTheListOfBlueprintPrincipals(t *testing.T) {
	for _, persona := range []string{"agent-admin", "auditor"} {
		t.Run(persona, func(t *testing.T) {
			p := newTestPortal(t)
			p.signIn(persona)
			seed := p.info.Seed.Blueprint
			for query, want := range map[string][]string{
				"":                           seededPrincipals(),
				"?sort=-name":                reversed(seededPrincipals()),
				"?home=elsewhere":            {"Copy desk"},
				"?home=here":                 seededBlueprints()[1:],
				"?home=here&q=copy":          nil,
				"?status=disabled":           nil,
				"?created=1":                 {"Invoice helper"},
				"?by=portal":                 nil,
				"?q=invoice":                 {"Invoice helper"},
				"?q=" + seed.AppID:           {"Invoice helper"},
				"?q=" + seed.PrincipalID:     {"Invoice helper"},
				"?q=" + seed.ObjectID:        nil,
				"?q=%27%20or%201%20eq%201":   nil,
				"?home=x&status=y&sort=drop": seededPrincipals(),
			} {
				page := p.get("/principals" + query)
				if page.status != 200 {
					t.Errorf("%s: %d %s", query, page.status, page.text("main"))
					continue
				}
				if diff := cmp.Diff(want, page.names()); diff != "" {
					t.Errorf("%s (-want +got):\n%s", query, diff)
				}
				if want == nil && !strings.HasPrefix(page.text(".empty h2"), "No blueprint principal matches ") {
					t.Errorf("%s: empty = %q", query, page.text(".empty"))
				}
			}
			page := p.get("/principals?home=elsewhere&status=enabled")
			if got := page.text("tbody"); !strings.Contains(got, "Another tenant: Tailspin Toys") {
				t.Errorf("the principal of another tenant: %s", got)
			}
			for _, href := range []string{"/principals?home=elsewhere", "/principals?status=enabled"} {
				if page.Find(`.chip-remove[href="`+href+`"]`).Length() != 1 {
					t.Errorf("no chip leads to %s: %s", href, page.text(".chips"))
				}
			}
			if page.Find(`.chips > a[href="/principals"]`).Length() != 1 {
				t.Error("Clear all does not clear all")
			}
		})
	}
}

func TestABlueprintPrincipal(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	seed := p.info.Seed
	page := p.get("/principals/" + seed.Blueprint.PrincipalID)
	if page.text("h1") != "Invoice helper" || page.text(".badge") != "Enabled" {
		t.Errorf("title = %q, badge = %q", page.text("h1"), page.text(".badge"))
	}
	for _, want := range []string{seed.Blueprint.AppID, seed.Blueprint.PrincipalID, p.info.TenantID, "This tenant", "sponsor@sandbox.example"} {
		if !strings.Contains(page.text("dl"), want) {
			t.Errorf("the facts lack %q: %s", want, page.text("dl"))
		}
	}
	for _, href := range []string{"/blueprints/" + seed.Blueprint.ObjectID, "/agents/" + seed.Agent.ID} {
		if page.Find(`svg.tree a[href="`+href+`"]`).Length() != 1 {
			t.Errorf("the tree has no box of %s", href)
		}
	}
	if own := page.Find(`svg.tree a[aria-current="page"]`).AttrOr("href", ""); own != "/principals/"+seed.Blueprint.PrincipalID {
		t.Errorf("the own box leads to %s", own)
	}
	foreign := p.get("/principals?home=elsewhere").Find("tbody .name-cell a").AttrOr("href", "")
	page = p.get(foreign)
	if got := page.text(".notice"); !strings.Contains(got, "lives in another tenant") {
		t.Errorf("finding = %q", got)
	}
	if got := page.text("dl"); !strings.Contains(got, "Lives in another tenant (Tailspin Toys)") || strings.Contains(got, "Not in this tenant any more") {
		t.Errorf("facts = %s", got)
	}
	if !strings.Contains(page.text("svg.tree"), "In another tenant") {
		t.Errorf("tree = %s", page.text("svg.tree"))
	}
}

func TestAPrincipalWithoutGraphsParts(t *testing.T) {
	wire := &brokenGraph{}
	p := newTestPortal(t, wire.option)
	p.signIn("agent-admin")
	wire.cut.Store("/sponsors")
	page := p.get("/principals/" + p.info.Seed.Blueprint.PrincipalID)
	if page.status != 200 || !strings.Contains(page.text("dl"), "Your roles do not let you read this") {
		t.Errorf("%d %s", page.status, page.text("main"))
	}
	wire.cut.Store("microsoft.graph.agentIdentityBlueprintPrincipal")
	if page := p.get("/principals/" + p.info.Seed.Blueprint.PrincipalID); page.status < 500 {
		t.Errorf("without the principal: %d", page.status)
	}
}

// abroad tells of every blueprint that it lives in another tenant: Graph has
// no application to it here, and its principal names the other tenant.
type abroad struct{ home string }

func (a *abroad) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if strings.HasSuffix(r.URL.Path, "/microsoft.graph.agentIdentityBlueprint") {
		body = []byte(`{"value":[]}`)
	}
	body = bytes.ReplaceAll(body, []byte(`"appOwnerOrganizationId":"`+a.home), []byte(`"appOwnerOrganizationId":"`+unknownID))
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return res, err
}

func TestAnAgentWhoseBlueprintLivesInAnotherTenant(t *testing.T) {
	wire := &abroad{home: "nowhere"}
	p := newTestPortal(t, withTransport(wire))
	p.signIn("agent-admin")
	page := p.get("/agents/" + p.info.Seed.Agent.ID)
	if got := page.text("dl"); !strings.Contains(got, "Not in this tenant any more") {
		t.Errorf("a blueprint that is gone: %s", got)
	}
	wire.home = p.info.TenantID
	page = p.get("/agents/" + p.info.Seed.Agent.ID)
	if got := page.text("dl"); !strings.Contains(got, "Lives in another tenant") || strings.Contains(got, "any more") {
		t.Errorf("a blueprint in another tenant: %s", got)
	}
	if got := page.text("svg.tree"); !strings.Contains(got, "In another tenant") || page.Find(`svg.tree a[href^="/principals/"]`).Length() != 1 {
		t.Errorf("tree = %s", got)
	}
}
