package handlers

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// deleteTree deletes a blueprint with all that belongs to it through the list.
func (p *testPortal) deleteTree(name string, objects string) {
	p.t.Helper()
	list := p.get("/blueprints?q=" + url.QueryEscape(name))
	ask := p.press(list, "delete", list.ticks(name))
	run := p.submit(ask, "Delete "+objects+" objects", url.Values{"typed": {objects}})
	p.waitRun(run.url.Path, "Done")
}

// TestATreeComesBackWithItsChildren deletes a blueprint with three agent
// identities and two agent users, restores it and purges one.
func TestATreeComesBackWithItsChildren(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b, _ := p.family("Harvest plan", 3, 2)
	p.deleteTree("Harvest plan", "7")
	page := p.get("/recycle-bin?q=harvest")
	if got := page.text(".chips .total"); got != "7 of 7 deleted objects" && got != "7 deleted objects" {
		t.Fatalf("bin: %s", page.text("main"))
	}
	if got := page.text("tbody"); strings.Contains(got, "29 days") || !strings.Contains(got, "30 days") {
		t.Errorf("days left: %s", got)
	}
	ask := p.get("/recycle-bin/restore?sel=" + tickWord(b.ID))
	if ask.text("h1") != "Restore 7 objects?" || !strings.Contains(ask.text("main"), "Also restore 6 objects deleted below") {
		t.Fatalf("%s", ask.text("main"))
	}
	for _, needs := range []string{"AgentIdentityBlueprint.", "AgentIdentity.", "AgentIdUser."} {
		if got := ask.text(".side"); !strings.Contains(got[strings.LastIndex(got, "It needs"):], needs) {
			t.Errorf("the permissions lack %s: %s", needs, got)
		}
	}
	alone := p.submit(ask, "Restore 7 objects", url.Values{"children": nil, "typed": {"7"}})
	if alone.status != 422 || alone.text("h1") != "Restore “Harvest plan”?" || !strings.Contains(alone.text("#error-summary"), "Other objects would be changed") {
		t.Fatalf("without children: %d %s", alone.status, alone.text("main"))
	}
	run := p.submit(ask, "Restore 7 objects", url.Values{"typed": {"7"}})
	p.waitRun(run.url.Path, "Done")
	if got := p.get("/agents?blueprint=" + b.AppID).names(); len(got) != 3 {
		t.Errorf("agent identities that came back: %q", got)
	}
	if got := p.get("/agent-users?q=harvest").names(); len(got) != 2 {
		t.Errorf("agent users that came back: %q", got)
	}
	if got := p.get("/recycle-bin?q=harvest").text(".empty h2"); got != "Nothing in the recycle bin matches 1 filter" {
		t.Errorf("bin: %q", got)
	}
}

// TestAnAgentUserComesBackWithItsParents: who restores a leaf restores what it
// cannot be without.
func TestAnAgentUserComesBackWithItsParents(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.family("Spare parts", 2, 1)
	p.deleteTree("Spare parts", "5")
	user := p.get("/recycle-bin?q=spare&kind=agentUser").ticks()
	ask := p.get("/recycle-bin/restore?sel=" + user[0])
	if ask.text("h1") != "Restore 4 objects?" || !strings.Contains(ask.text("main"), "the agent user cannot be without it") {
		t.Fatalf("%s", ask.text("main"))
	}
	p.waitRun(p.submit(ask, "Restore 4 objects", url.Values{"typed": {"4"}}).url.Path, "Done")
	if left := p.get("/recycle-bin?q=spare").ticks(); len(left) != 1 {
		t.Errorf("left in the bin: %d", len(left))
	}
}

func TestDeletedForGood(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b, agents := p.family("Paper trail", 1, 0)
	p.deleteTree("Paper trail", "3")
	ask := p.get("/recycle-bin/purge?sel=" + tickWord(agents[0].ID))
	wrong := p.submit(ask, "Delete “Paper trail 01” for good", url.Values{"typed": {"paper trail 01"}})
	if wrong.status != 422 || len(p.audit(models.ActionObjectPurge)) != 0 {
		t.Fatalf("a name in other letters: %d %s", wrong.status, wrong.text("main"))
	}
	p.waitRun(p.submit(wrong, "Delete “Paper trail 01” for good", url.Values{"typed": {"Paper trail 01"}}).url.Path, "Done")
	gone := p.get("/recycle-bin/purge?sel=" + tickWord(agents[0].ID))
	if !strings.Contains(gone.text("main"), "None of the objects is in the recycle bin any more") {
		t.Errorf("purged twice: %s", gone.text("main"))
	}
	principal := p.get("/recycle-bin?q=paper&kind=blueprintPrincipal").ticks()
	if page := p.get("/recycle-bin/purge?sel=" + principal[0]); !strings.Contains(page.text("main"), "leaves the bin only by time") || page.Find("#f-typed").Length() != 0 {
		t.Errorf("a principal: %s", page.text("main"))
	}
	_ = b
}

// TestAfterThirtyDaysNothingComesBack moves the directory's clock on.
func TestAfterThirtyDaysNothingComesBack(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	_, agents := p.family("Short stay", 1, 0)
	p.deleteTree("Short stay", "3")
	p.post("/sandbox/clock", url.Values{"clock_amount": {"28"}, "clock_unit": {"86400"}})
	if got := p.get("/recycle-bin?q=short").text("tbody"); !strings.Contains(got, "2 days") {
		t.Errorf("after 28 days: %s", got)
	}
	p.post("/sandbox/clock", url.Values{"clock_amount": {"3"}, "clock_unit": {"86400"}})
	page := p.get("/recycle-bin/restore?sel=" + tickWord(agents[0].ID))
	if !strings.Contains(page.text("main"), "What is past 30 days cannot be restored by anybody") {
		t.Errorf("after 31 days: %s", page.text("main"))
	}
}

// TestTicksOfTheBinGoFromPageToPage: what is acted on is what was ticked on all
// pages, or everything that the filters leave.
func TestTicksOfTheBinGoFromPageToPage(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.family("Deep archive", 28, 0)
	p.deleteTree("Deep archive", "30")
	first := p.get("/recycle-bin?q=deep&rows=25")
	second := p.submit(first, "Next", url.Values{"sel": first.ticks()[:3]})
	if got := second.text(".bulk-count"); got != "3 selected" || second.Find(`.bulk[data-elsewhere="3"]`).Length() != 1 {
		t.Fatalf("bar on page 2 = %q: %s", got, second.url)
	}
	if got := second.Find(".row-choices [aria-current]").Text(); got != "25" || len(second.ticks()) != 5 {
		t.Errorf("rows a page = %q, %d rows", got, len(second.ticks()))
	}
	fields := formFields(second.Find(".list-form"))
	fields.Add("sel", second.ticks()[0])
	for path, heading := range map[string]string{"/recycle-bin/restore": "Restore ", "/recycle-bin/purge": "Delete "} {
		ask := p.get(path + "?" + fields.Encode())
		if got := ask.Find(`input[name="id"]`).Length(); got != 4 || !strings.HasPrefix(ask.text("h1"), heading) {
			t.Errorf("%s asks about %d: %s", path, got, ask.text("h1"))
		}
	}
	every := p.get(second.Find(`.bulk a:contains("Select all 30")`).AttrOr("href", "/none"))
	if got := every.text(".bulk-count"); got != "All 30 selected" || len(formFields(every.Find(".list-form"))["sel"]) != 1 {
		t.Fatalf("all: %q", got)
	}
	ask := p.get("/recycle-bin/restore?" + formFields(every.Find(".list-form")).Encode())
	if ask.text("h1") != "Restore 30 objects?" {
		t.Fatalf("all: %s", ask.text("main"))
	}
	p.h.BulkMost = 29
	if page := p.get("/recycle-bin/purge?q=deep&sel=all"); !strings.Contains(page.text("main"), "at most 29 at once (PORTAL_BULK_MAX)") || page.Find("#f-typed").Length() != 0 {
		t.Errorf("more than allowed: %s", page.text("main"))
	}
	p.h.BulkMost = 500
	p.waitRun(p.submit(ask, "Restore 30 objects", url.Values{"typed": {"30"}}).url.Path, "Done")
	if left := p.get("/recycle-bin?q=deep").ticks(); len(left) != 0 {
		t.Errorf("%d are left", len(left))
	}
}

// TestTheBinAndTheObjectCountAlike: days left, and the time of deletion.
func TestTheBinAndTheObjectCountAlike(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b, _ := p.family("Same count", 1, 0)
	p.deleteTree("Same count", "3")
	p.post("/sandbox/clock", url.Values{"clock_amount": {"5"}, "clock_unit": {"86400"}})
	row := p.get("/recycle-bin?q=same&kind=blueprint").Find("tbody")
	if object := p.get("/blueprints/" + b.ID); !strings.Contains(row.Text(), "25 days") || !strings.Contains(object.text("main"), "for 25 more days") {
		t.Errorf("bin: %s, object: %s", row.Text(), object.text("main"))
	}
	if got := strings.TrimSpace(row.Find("time").Text()); !regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`).MatchString(got) {
		t.Errorf("deleted = %q", got)
	}
}

// TestAPurgedBlueprintStrandsWhatIsBelow: the question says so before, the bin and
// the question of a restore after.
func TestAPurgedBlueprintStrandsWhatIsBelow(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b, agents := p.family("Lost tree", 2, 1)
	p.deleteTree("Lost tree", "5")
	ask := p.get("/recycle-bin/purge?sel=" + tickWord(b.ID))
	if got := ask.text("main"); !strings.Contains(got, "4 objects below it can never be restored any more: 1 blueprint principal, 2 agent identities, 1 agent user.") ||
		strings.Count(got, "Cannot be restored any more") != 4 || !strings.Contains(got, "Also delete 3 objects for good") {
		t.Fatalf("purge: %s", got)
	}
	all := p.submit(ask, "Delete “Lost tree” for good", url.Values{"children": {"on"}, "typed": {"Lost tree"}})
	if all.status != 422 || all.text("h1") != "Delete 4 objects for good?" || all.Find(`input[name="children"][checked]`).Length() != 1 {
		t.Fatalf("with all below: %d %s", all.status, all.text("main"))
	}
	alone := p.get("/recycle-bin/purge?sel=" + tickWord(agents[0].ID))
	if got := alone.text("main"); !strings.Contains(got, "1 object below it can never be restored any more: 1 agent user.") {
		t.Errorf("purge of an agent identity: %s", got)
	}
	p.waitRun(p.submit(ask, "Delete “Lost tree” for good", url.Values{"typed": {"Lost tree"}}).url.Path, "Done")

	page := p.get("/recycle-bin?q=lost")
	if got := page.text("tbody"); strings.Count(got, "Cannot be restored: its blueprint is purged") != 4 || strings.Contains(got, "Restore…") {
		t.Errorf("bin: %s", got)
	}
	none := p.get("/recycle-bin/restore?sel=" + tickWord(agents[0].ID))
	if got := none.text("main"); !strings.Contains(got, "None of these can be restored") || !strings.Contains(got, "its blueprint is purged") || strings.Contains(got, "They come back as they were") {
		t.Errorf("restore: %s", got)
	}
	other, _ := p.family("Whole tree", 1, 0)
	p.deleteTree("Whole tree", "3")
	some := p.get("/recycle-bin/restore?sel=" + tickWord(agents[0].ID) + "&sel=" + tickWord(other.ID))
	if got := some.text("main"); some.text("h1") != "Restore 3 objects?" || !strings.Contains(got, "Cannot be restored: its blueprint is purged") {
		t.Fatalf("restore of some: %s", got)
	}
	p.waitRun(p.submit(some, "Restore 3 objects", url.Values{"typed": {"3"}}).url.Path, "Done")
	rest := p.get("/recycle-bin/purge?sel=all&q=lost")
	p.waitRun(p.submit(rest, "Delete 3 objects for good", url.Values{"typed": {"3"}}).url.Path, "Done")
}

// TestAnUnreadBlueprintIsNotTakenForGone: where Graph does not say, the bin offers
// what it has always offered.
func TestAnUnreadBlueprintIsNotTakenForGone(t *testing.T) {
	wire := &answering{}
	p := newTestPortal(t, withTransport(wire))
	p.signIn("agent-admin")
	b, agents := p.family("Still here", 2, 1)
	for _, agent := range agents {
		if _, err := p.writer("agent-admin").Send(t.Context(), "op-"+agent.ID, graph.DeleteCall(graph.KindAgentIdentity, agent.ID), nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := p.get("/recycle-bin?q=still").text("tbody"); strings.Contains(got, "Cannot be restored") || strings.Count(got, "Restore…") < 2 {
		t.Errorf("a blueprint that is there: %s", got)
	}
	if _, err := p.writer("agent-admin").Send(t.Context(), "op-"+b.ID, graph.DeleteCall(graph.KindBlueprint, b.ID), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := p.writer("agent-admin").Send(t.Context(), "op-purge", graph.PurgeCall(graph.KindBlueprint, b.ID), nil); err != nil {
		t.Fatal(err)
	}
	if got := p.get("/recycle-bin?q=still").text("tbody"); strings.Count(got, "Cannot be restored: its blueprint is purged") < 3 {
		t.Errorf("a blueprint that is purged: %s", got)
	}
	wire.answer = func(r *http.Request) (*http.Response, error) {
		if strings.Contains(r.URL.Path, "applications(appId=") || strings.HasSuffix(r.URL.Path, "$batch") {
			return &http.Response{StatusCode: 403, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(`{"error":{"code":"Authorization_RequestDenied","message":"x"}}`))}, nil
		}
		return http.DefaultTransport.RoundTrip(r)
	}
	if page := p.get("/recycle-bin?q=still"); page.status != 200 || strings.Contains(page.text("tbody"), "Cannot be restored") {
		t.Errorf("a blueprint that cannot be read: %d %s", page.status, page.text("tbody"))
	}
}

func TestWhoMaySeeTheBin(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	_, agents := p.family("Seen", 1, 0)
	if _, err := p.writer("agent-admin").Send(t.Context(), "op-del", graph.DeleteCall(graph.KindAgentIdentity, agents[0].ID), nil); err != nil {
		t.Fatal(err)
	}
	p.newBrowser()
	p.signIn("auditor")
	page := p.get("/recycle-bin")
	if page.status != 200 || !strings.Contains(page.text("tbody"), "Seen 01") || page.Find(".tick").Length() != 0 || strings.Contains(page.text("main"), "Restore…") {
		t.Errorf("auditor: %d %s", page.status, page.text("main"))
	}
	if page := p.get("/recycle-bin/restore?sel=" + tickWord(agents[0].ID)); page.status != 403 {
		t.Errorf("auditor restores: %d", page.status)
	}
	p.newBrowser()
	p.signIn("user")
	if page := p.get("/recycle-bin"); page.status != 403 {
		t.Errorf("somebody without a role: %d", page.status)
	}
}

// TestAPrincipalFromElsewhereIsNotLost: its blueprint was never in this tenant.
func TestAPrincipalFromElsewhereIsNotLost(t *testing.T) {
	const app, home = "6a1f0c9e-0000-4000-8000-000000000001", "6a1f0c9e-0000-4000-8000-0000000000aa"
	for tenant, want := range map[string]string{home: lostBlueprint, strings.ToUpper(home): lostBlueprint, "6a1f0c9e-0000-4000-8000-0000000000bb": "", "": ""} {
		b := &bin{tenantID: home, gone: map[graph.Named]bool{named(graph.KindBlueprint, app): true}, all: []graph.DeletedObject{
			{ID: "p", Kind: graph.KindBlueprintPrincipal, AppID: app, OwnerTenantID: tenant},
			{ID: "a", Kind: graph.KindAgentIdentity, BlueprintAppID: app},
		}}
		for i := range b.all {
			if got := b.lost(&b.all[i], nil); got != want {
				t.Errorf("%s, blueprint of %q: %q, want %q", b.all[i].ID, tenant, got, want)
			}
		}
	}
}
