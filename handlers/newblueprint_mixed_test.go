package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/web"
)

// mixed is a form for agents of all three sorts.
func (p *testPortal) mixed() url.Values {
	return url.Values{
		"display_name": {"Mixed helper"}, "does": {"alone", "users", "account"}, "count": {"2"}, "domain": {p.info.Domain},
		"portal_client": {"on"}, "consent_page": {"on"}, "usage_location": {"DE"},
	}
}

const mailRead = graph.GraphAppID + "/Mail.Read"

func TestPermissionsArePickedBySearch(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.walkTo("permissions", p.mixed())
	found := p.pressing(page, "find:inherit", url.Values{"find_inherit": {"mail.read"}})
	if found.status != http.StatusOK || found.Find("button[value='add:inherit:"+mailRead+"']").Length() != 1 || found.Find("button[value^='add:roles:']").Length() != 0 {
		t.Fatalf("%d %s", found.status, found.text("main form"))
	}
	page = p.pressing(found, "add:inherit:"+mailRead, nil)
	page = p.pressing(page, "add:inherit:"+mailRead, nil)
	if page.Find("button[value='remove:inherit:"+mailRead+"']").Length() != 1 {
		t.Errorf("Add twice: %s", page.text("main form"))
	}
	blocked := p.pressing(page, "find:roles", url.Values{"find_inherit": {""}, "find_roles": {"Application.ReadWrite.All"}})
	const writeApps = graph.GraphAppID + "/Application.ReadWrite.All"
	if blocked.Find("button[value='add:roles:"+writeApps+"']").Length() != 0 || !strings.Contains(blocked.text(".people-refused"), "Blocked: Microsoft blocks") {
		t.Errorf("what is blocked: %s", blocked.text("main form"))
	}
	for id, says := range map[string]string{writeApps: "Agents cannot have", graph.GraphAppID + "/No.Such": "no such permission", "x/y": "no such permission", nowhere + "/Mail.Read": "no such permission"} {
		refused := p.pressing(blocked, "add:roles:"+id, nil)
		if refused.status != http.StatusUnprocessableEntity || !strings.Contains(refused.text("#error-summary a[href='#f-roles']"), says) {
			t.Errorf("add %s by hand: %d %s", id, refused.status, refused.text("#error-summary"))
		}
	}
	left := p.submit(page, "Continue", url.Values{"find_roles": {"user"}})
	if left.status != http.StatusUnprocessableEntity || !strings.Contains(left.text("#error-summary"), "“user” was searched for but not added") {
		t.Errorf("Continue beside a search: %d %s", left.status, left.text("#error-summary"))
	}
	empty := p.pressing(page, "find:roles", nil)
	if empty.status != http.StatusUnprocessableEntity || !strings.Contains(empty.text("#error-summary"), "the name of a permission") {
		t.Errorf("an empty search: %d %s", empty.status, empty.text("#error-summary"))
	}
	none := p.pressing(page, "find:roles", url.Values{"api": {"No such API"}, "find_roles": {"x"}})
	if !strings.Contains(none.text("main form"), "No API in the tenant is called “No such API”") {
		t.Errorf("an API that is not there: %s", none.text("main form"))
	}
	gone := p.pressing(p.get(stepPath(draftOf(page), "permissions")), "remove:inherit:"+mailRead, nil)
	if gone.Find("button[value^='remove:inherit:']").Length() != 0 {
		t.Errorf("after Remove: %s", gone.text("main form"))
	}
}

func TestAgentUsersAreAskedFor(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.walkTo("users", p.mixed())
	if page.Find("#f-domain option[value='"+p.info.Domain+"']").Length() != 1 || !strings.Contains(page.text("#f-license"), "free") {
		t.Fatalf("the tenant offers %s; %s", page.text("#f-domain"), page.text("#f-license"))
	}
	page = p.pressing(page, "show", url.Values{"upn_pattern": {"{name}-{nn}"}, "domain": {p.info.Domain}})
	if got := page.text("#upns-given p"); !strings.Contains(got, "mixed-helper-01@"+p.info.Domain) {
		t.Errorf("sign-in names %q", got)
	}
	licence := page.Find("#f-license option").Last().AttrOr("value", "")
	bare := p.submit(page, "Continue", url.Values{"license": {licence}})
	if bare.status != http.StatusUnprocessableEntity || bare.Find("#error-summary a[href='#f-usage_location']").Length() != 1 {
		t.Errorf("a licence without a place: %d %s", bare.status, bare.text("#error-summary"))
	}
	boss := p.persona("sponsor").ObjectID
	page = p.pressing(bare, "find:manager", url.Values{"find_manager": {boss}, "usage_location": {"de"}})
	page = p.pressing(page, "add:manager:"+boss, url.Values{"find_manager": {""}})
	page = p.pressing(page, "add:manager:"+p.persona("approver").ObjectID, nil)
	if page.Find("button[value^='remove:manager:']").Length() != 1 {
		t.Errorf("managers: %s", page.text("main form"))
	}
	for list, id := range map[string]string{"manager": p.info.Seed.Agent.ID, "user_sponsors": p.info.Seed.AgentUser.ID} {
		refused := p.pressing(page, "add:"+list+":"+id, nil)
		if refused.status != http.StatusUnprocessableEntity || refused.Find("#error-summary a[href='#f-"+list+"']").Length() != 1 {
			t.Errorf("%s takes %s: %d %s", list, id, refused.status, refused.text("#error-summary"))
		}
	}
	review := p.submit(page, "Continue", nil)
	if said := review.text(".facts"); !strings.Contains(said, p.persona("approver").UPN) || !strings.Contains(said, "DE") {
		t.Errorf("the review at %s says %s", review.url, said)
	}
}

// Graph tells neither domains nor licences: they can be typed or left out.
func TestAgentUsersWithoutAnAnswerOfGraph(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.walkTo("users", p.mixed())
	k, err := readKnobs(t.Context(), nil, p.tenant)
	if err != nil {
		t.Fatal(err)
	}
	k.Faults = []Fault{{Kind: "500", Path: "/v1.0/organization", Count: 50}, {Kind: "500", Path: "/v1.0/subscribedSkus", Count: 50}}
	if err := writeKnobs(t.Context(), nil, p.tenant, k); err != nil {
		t.Fatal(err)
	}
	bare := p.get(page.url.Path)
	if bare.status != http.StatusOK || bare.Find("input#f-domain").Length() != 1 || !strings.Contains(bare.text("main form"), "Graph answered 500") {
		t.Fatalf("%d %s", bare.status, bare.text("main form"))
	}
	review := p.submit(bare, "Continue", url.Values{"domain": {p.info.Domain}})
	if stepAt(review) != reviewStep || !strings.Contains(review.text(".two"), "could not be read") {
		t.Errorf("%s: %s", review.url, review.text("main"))
	}
}

func TestReviewOfAMixedBlueprint(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	form := p.mixed()
	page := p.walkTo("permissions", form)
	page = p.pressing(page, "add:inherit:"+mailRead, nil)
	page = p.pressing(page, "add:roles:"+graph.GraphAppID+"/User.Read.All", nil)
	for stepAt(page) != reviewStep && page.status == http.StatusOK {
		page = p.submit(page, "Continue", stepFields(stepAt(page), typed(form)))
	}
	if page.status != http.StatusOK {
		t.Fatalf("%d at %s: %s", page.status, page.url, page.text("#error-summary"))
	}
	for _, want := range []string{
		"on their own, on behalf of users, with their own user account", "access_agent, consented to by people and admins", "this portal", consentPage,
		"Microsoft Graph: Mail.Read", "Microsoft Graph: User.Read.All", "Agent users, 2", "mixed-helper-01@" + p.info.Domain, "None of the permissions is blocked for agents",
		"takes that from Privileged Role Administrator or Global Administrator only", "The domains of the agent users are verified", "get no licence", "and 1 more like it", "Create 2 agent users, “Mixed helper 01” to “Mixed helper 02”",
	} {
		if !strings.Contains(page.text("main"), want) {
			t.Errorf("the review does not say %q: %s", want, page.text("main"))
		}
	}
	if code := p.get(page.url.Path + "?as=json").text("pre code"); !strings.Contains(code, "oauth2PermissionScopes") || strings.Contains(code, `"resourceId": ""`) {
		t.Errorf("the calls are %s", code)
	}
}

// What the wizard asks for is made: by somebody who may grant.
func TestMixedBlueprintIsMade(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	form := p.mixed()
	page := p.walkTo("permissions", form)
	page = p.pressing(page, "add:inherit:"+mailRead, nil)
	page = p.pressing(page, "add:roles:"+graph.GraphAppID+"/User.Read.All", nil)
	for stepAt(page) != reviewStep && page.status == http.StatusOK {
		page = p.submit(page, "Continue", stepFields(stepAt(page), typed(form)))
	}
	run := p.waitRun(p.submit(page, "Create", nil).url.Path, "Done")
	for action, want := range map[string]int{
		models.ActionAgentIdentityCreate: 4, models.ActionAgentUserCreate: 4, models.ActionConsentGrant: 2, models.ActionInheritAdd: 2,
		models.ActionBlueprintExpose: 2, models.ActionBlueprintPreauthorize: 2,
	} {
		if n := len(p.audit(action)); n != want { // an intent and an outcome each
			t.Errorf("%d records of %s, want %d", n, action, want)
		}
	}
	if said := run.text("main"); !strings.Contains(said, "2 agent identities, 2 agent users, 1 client secret.") {
		t.Errorf("the run is done and says %s", said)
	}
	similar := p.get(run.Find("a").FilterFunction(byText("Create similar")).AttrOr("href", ""))
	if similar.status != http.StatusOK || similar.Find("#f-display_name").AttrOr("value", "") != "Mixed helper" || !strings.Contains(similar.text("main"), "This begins as run ") || similar.Find("#f-reason").AttrOr("value", "") != "" {
		t.Fatalf("%d %s", similar.status, similar.text("main"))
	}
	p.walksLike(similar)
	blueprint := run.Find("main a[href^='/blueprints/']:not([href*='/new'])").First().AttrOr("href", "")
	again := p.get(p.get(blueprint).Find("a").FilterFunction(byText("Create similar")).AttrOr("href", ""))
	p.walksLike(again)
}

// walksLike goes on from a first step that is filled in, and finds the rest
// filled in too.
func (p *testPortal) walksLike(page *answer) {
	p.t.Helper()
	page = p.submit(page, "Continue", url.Values{"display_name": {"Other helper"}})
	for range 6 {
		page = p.submit(page, "Continue", nil)
	}
	for _, want := range []string{"Other helper", "Microsoft Graph: Mail.Read", "Microsoft Graph: User.Read.All", "other-helper-01@" + p.info.Domain} {
		if stepAt(page) != reviewStep || !strings.Contains(page.text(".facts"), want) {
			p.t.Errorf("at %s, without %q: %s %s", page.url, want, page.text("#error-summary"), page.text(".facts"))
		}
	}
}

func TestSimilarToABlueprintOfElsewhere(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	seed := p.info.Seed.Blueprint.ObjectID
	page := p.get("/blueprints/new?like=" + seed)
	if page.status != http.StatusOK || page.Find("#f-display_name").AttrOr("value", "") != "Invoice helper" {
		t.Fatalf("%d %s", page.status, page.text("main"))
	}
	people := p.submit(page, "Continue", nil)
	if stepAt(people) != "people" || people.Find("button[value^='remove:sponsors:']").Length() == 0 {
		t.Errorf("%s: %s", people.url, people.text("main form"))
	}
	for _, like := range []string{nowhere, "99999", "x", "../1"} {
		if page := p.get("/blueprints/new?like=" + url.QueryEscape(like)); page.status != http.StatusNotFound {
			t.Errorf("like %s answers %d", like, page.status)
		}
		if page := p.post("/blueprints/new", url.Values{"display_name": {"A"}, "like": {like}}); page.status != http.StatusNotFound {
			t.Errorf("a form like %s is answered with %d", like, page.status)
		}
	}
}

func TestReasonIsDemanded(t *testing.T) {
	p := newTestPortal(t, func(_ *web.Options, h *Handlers) { h.RequireReason = true })
	p.signIn("agent-admin")
	bare := p.walkTo("people", url.Values{"reason": {""}})
	if bare.status != http.StatusUnprocessableEntity || bare.Find("#error-summary a[href='#f-reason']").Length() != 1 || strings.Contains(bare.text("label[for=f-reason]"), "optional") {
		t.Fatalf("%d %s", bare.status, bare.text("main form"))
	}
	if page := p.submit(bare, "Continue", url.Values{"reason": {"CHG-1"}}); stepAt(page) != "people" {
		t.Errorf("with a reason: %s", page.url)
	}
}

// The steps follow from what the agents will do, also when that changes.
func TestStepsFollowFromTheChoice(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.walkTo("access", url.Values{"does": {"users"}})
	if stepAt(page) != "access" || page.Find("#f-portal_client[checked]").Length() != 1 || page.Find("#f-consent_page[checked]").Length() != 1 {
		t.Fatalf("%s: %s", page.url, page.text("main form"))
	}
	draft := draftOf(page)
	p.submit(page, "Continue", nil)
	basics := p.submit(p.get(stepPath(draft, "basics")), "Continue", url.Values{"does": {"alone"}})
	if strings.Contains(basics.text(".rail"), "User access") || strings.Contains(basics.text(".rail"), "Agent users") {
		t.Errorf("rail %s", basics.text(".rail"))
	}
	if gone := p.get(stepPath(draft, "access")); stepAt(gone) != "permissions" {
		t.Errorf("the step that is needed no more leads to %s", gone.url)
	}
	if page := p.get(stepPath(draft, "permissions")); page.Find("#f-inherit").Length() != 0 || page.Find("#f-roles").Length() != 1 {
		t.Errorf("permissions of agents alone: %s", page.text("main form"))
	}
}
