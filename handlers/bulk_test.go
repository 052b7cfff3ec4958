package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// family makes a blueprint with n agent identities, the first of them with an
// agent user when users says so.
func (p *testPortal) family(name string, n, users int) (*graph.Blueprint, []graph.AgentIdentity) {
	p.t.Helper()
	b := p.makeBlueprint(name, true)
	var agents []graph.AgentIdentity
	for i := range n {
		a := p.makeAgent(b, fmt.Sprintf("%s %02d", name, i+1))
		agents = append(agents, *a)
		if i >= users {
			continue
		}
		nick := fmt.Sprintf("%s-%02d", strings.ToLower(strings.ReplaceAll(name, " ", "-")), i+1)
		call := graph.CreateAgentUserCall(graph.NewAgentUser{DisplayName: a.DisplayName, UPN: nick + "@" + p.info.Domain, MailNickname: nick, ParentID: a.ID})
		if _, err := p.writer("agent-admin").Send(p.t.Context(), "user-"+nick, call, nil); err != nil {
			p.t.Fatal(err)
		}
	}
	return b, agents
}

// ticks are the values of the boxes on a page, all or those of some names.
func (a *answer) ticks(names ...string) []string {
	var values []string
	a.Find(".tick input").Each(func(_ int, box *goquery.Selection) {
		for _, name := range names {
			if box.AttrOr("aria-label", "") != "Select "+name {
				continue
			}
			values = append(values, box.AttrOr("value", ""))
		}
		if len(names) == 0 {
			values = append(values, box.AttrOr("value", ""))
		}
	})
	return values
}

// press sends the form of the list with a button that has an address of its own.
func (p *testPortal) press(page *answer, act string, ticks []string) *answer {
	p.t.Helper()
	button := page.Find(`button[name="act"][value="` + act + `"]`)
	if button.Length() != 1 {
		p.t.Fatalf("no button for %s: %s", act, page.text(".bulk"))
	}
	fields := formFields(button.Closest("form"))
	fields["sel"] = ticks
	fields.Set("act", act)
	return p.get(button.AttrOr("formaction", "") + "?" + fields.Encode())
}

// TestTwelveAreDisabledAtOnce finds agents by a filter, ticks them all, and types
// their count.
func TestTwelveAreDisabledAtOnce(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b, _ := p.family("Night shift", 12, 0)
	list := p.get("/agents?blueprint=" + b.AppID)
	every := p.get(list.Find(`.bulk a:contains("Select all 12")`).AttrOr("href", "/none"))
	if got := every.text(".bulk-count"); got != "All 12 selected" {
		t.Fatalf("bar = %q", got)
	}
	ask := p.press(every, "disable", []string{"all"})
	if ask.status != 200 || ask.text("h1") != "Disable 12 agent identities?" || !strings.Contains(ask.text("main"), "Type 12 to disable 12 agent identities") {
		t.Fatalf("%d %s", ask.status, ask.text("main"))
	}
	wrong := p.submit(ask, "Disable 12 agent identities", url.Values{"typed": {"11"}, "reason": {"Nobody works at night"}})
	if wrong.status != 422 || !strings.Contains(wrong.text("#error-summary"), "Type the number 12.") || wrong.Find("#f-typed").AttrOr("value", "") != "11" || wrong.Find("#f-reason").AttrOr("value", "") != "Nobody works at night" {
		t.Fatalf("%d %s", wrong.status, wrong.text("main"))
	}
	if n := len(p.audit(models.ActionObjectDisable)); n != 0 {
		t.Fatalf("%d records after a wrong count", n)
	}
	run := p.submit(wrong, "Disable 12 agent identities", url.Values{"typed": {"12"}})
	p.waitRun(run.url.Path, "Done")
	if got := len(p.get("/agents?status=disabled&blueprint=" + b.AppID).names()); got != 12 {
		t.Errorf("%d of 12 are disabled", got)
	}
	again := p.press(p.get("/agents?blueprint="+b.AppID), "disable", p.get("/agents?blueprint="+b.AppID).ticks())
	if !strings.Contains(again.text("main"), "There is nothing to do") || !strings.Contains(again.text("main"), "Is disabled already") {
		t.Errorf("a second time: %s", again.text("main"))
	}
}

// TestTicksGoAlongToOtherPages ticks a row on each of two pages.
func TestTicksGoAlongToOtherPages(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b, agents := p.family("Long list", 30, 0)
	first := p.get("/agents?rows=25&blueprint=" + b.AppID)
	form := formFields(first.Find(`button[name="page"]`).Closest("form"))
	form["sel"], form["page"] = first.ticks("Long list 03"), []string{"2"}
	second := p.get("/agents?" + form.Encode())
	if got := second.text(".bulk-count"); got != "1 selected" || second.Find(`input[type="hidden"][name="sel"]`).Length() != 1 {
		t.Fatalf("page 2: %q", got)
	}
	fields := append([]string{tickWord(agents[2].ID)}, second.ticks("Long list 27")...)
	ask := p.press(second, "enable", fields)
	if !strings.Contains(ask.text("main"), "Long list 03") || !strings.Contains(ask.text("main"), "Long list 27") {
		t.Errorf("both are not named: %s", ask.text("main"))
	}
}

// TestASponsorForMany searches a sponsor on the page of the change.
func TestASponsorForMany(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	list := p.get("/agents?lack=sponsor")
	ask := p.press(list, "sponsor", list.ticks())
	if ask.Find(".call-list").Length() != 0 {
		t.Errorf("calls for nobody: %s", ask.text(".call-list"))
	}
	none := p.submit(ask, "Add a sponsor to 1 agent identity", nil)
	if none.status != 422 || !strings.Contains(none.text("#error-summary"), "Choose somebody") {
		t.Fatalf("%d %s", none.status, none.text("main"))
	}
	found := p.submit(ask, "Search", url.Values{"find_sponsor": {"finance"}})
	if got := found.text("main"); !strings.Contains(got, "Finance team") || !strings.Contains(got, "Not eligible") {
		t.Fatalf("found: %s", got)
	}
	chosen := p.submit(found, "Add Finance team", nil)
	run := p.submit(chosen, "Add a sponsor to 1 agent identity", nil)
	p.waitRun(run.url.Path, "Done")
	if got := p.get("/agents?lack=sponsor").names(); len(got) != 0 {
		t.Errorf("still without a sponsor: %q", got)
	}
}

// TestAnOwnerForMany adds an owner, whom a group cannot be.
func TestAnOwnerForMany(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	list := p.get("/blueprints")
	ask := p.press(list, "owner", list.ticks("Travel desk", "Site survey"))
	found := p.submit(ask, "Search", url.Values{"find_owner": {"sponsor"}})
	chosen := p.submit(found, "Add Sponsor", nil)
	run := p.submit(chosen, "Add an owner to 2 blueprints", nil)
	p.waitRun(run.url.Path, "Done")
	page := p.get("/blueprints?col=owners&q=travel")
	if got := page.text("tbody"); !strings.Contains(got, "agent-dev@ +1") {
		t.Errorf("owners: %s", got)
	}
	group := p.submit(ask, "Search", url.Values{"find_owner": {"finance"}})
	if group.Find(`button:contains("Add Finance")`).Length() != 0 {
		t.Errorf("a group can be an owner: %s", group.text("main"))
	}
}

// TestDeletingManyTakesWhatBelongsToThem: agent users go before their agent
// identities, and the count of all is typed.
func TestDeletingManyTakesWhatBelongsToThem(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b, agents := p.family("Old tour", 3, 2)
	list := p.get("/agents?blueprint=" + b.AppID)
	ask := p.press(list, "delete", list.ticks("Old tour 01", "Old tour 03"))
	if ask.text("h1") != "Delete 2 agent identities?" || !strings.Contains(ask.text("main"), "2 agent identities, and 1 object that belong to them") {
		t.Fatalf("%s", ask.text("main"))
	}
	run := p.submit(ask, "Delete 3 objects", url.Values{"typed": {"3"}})
	p.waitRun(run.url.Path, "Done")
	left := p.get("/agents?blueprint=" + b.AppID).names()
	if len(left) != 1 || left[0] != "Old tour 02" {
		t.Errorf("left: %q", left)
	}
	if bin := p.get("/recycle-bin?q=old+tour"); len(bin.ticks()) != 3 {
		t.Errorf("bin: %s", bin.text("main"))
	}
	_ = agents
}

func TestChangesOfManyAreCapped(t *testing.T) {
	for most, want := range map[int]string{0: "switched changes of many objects off", 5: "this portal changes at most 5 at once"} {
		p := newTestPortal(t)
		p.h.BulkMost = most
		p.signIn("agent-admin")
		list := p.get("/agents")
		if ask := p.press(list, "disable", list.ticks()); !strings.Contains(ask.text("main"), want) || ask.Find("#f-reason").Length() != 0 {
			t.Errorf("%d: %s", most, ask.text("main"))
		}
	}
}

func TestWhoMayNotChangeMany(t *testing.T) {
	p := newTestPortal(t)
	for _, who := range []string{"auditor", "agent-dev"} {
		p.newBrowser()
		p.signIn(who)
		if n := p.get("/agents").Find(".tick, .bulk").Length(); n != 0 {
			t.Errorf("%s sees %d boxes and bars", who, n)
		}
		if page := p.get("/bulk?act=disable&list=agents&sel=all"); page.status != 403 {
			t.Errorf("%s: %d", who, page.status)
		}
		if page := p.post("/bulk", url.Values{"do": {"disable"}, "list": {"agents"}, "id": {p.info.Seed.Agent.ID}}); page.status != 403 {
			t.Errorf("%s posts: %d", who, page.status)
		}
	}
}

func TestWhatIsGoneIsLeftOut(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	ask := p.get("/bulk?act=disable&list=agents&sel=" + tickWord(unknownID) + "&sel=" + tickWord(p.info.Seed.Agent.ID))
	if got := ask.text("main"); !strings.Contains(got, "1 object is not in the tenant any more, and left out.") {
		t.Errorf("%s", got)
	}
	for _, address := range []string{"/bulk", "/bulk?act=drop&list=agents", "/bulk?act=delete&list=principals&sel=all"} {
		if page := p.get(address); page.url.Path == "/bulk" {
			t.Errorf("%s stays there: %s", address, page.text("main"))
		}
	}
	if page := p.get("/bulk?act=disable&list=agents"); !strings.Contains(page.text("main"), "No row is ticked") {
		t.Errorf("nothing ticked: %s", page.text("main"))
	}
}

// TestEnterTakesTheActAndNotThePickersButton: the first button of a form is what
// the key Enter presses.
func TestEnterTakesTheActAndNotThePickersButton(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	list := p.get("/agents?lack=sponsor&sort=-name")
	ask := p.press(list, "sponsor", list.ticks())
	const act = "Add a sponsor to 1 agent identity"
	if first := ask.Find("main form button[type=submit]").First(); first.AttrOr("value", "") != "enter" || first.AttrOr("tabindex", "") != "-1" {
		t.Fatalf("the first button is %s", first.Text())
	}
	found := p.submit(ask, act, url.Values{"act": {"enter"}, "find_sponsor": {"finance"}})
	if found.status != http.StatusOK || !strings.Contains(found.text("main"), "Finance team") {
		t.Fatalf("Enter in the search: %d %s", found.status, found.text("main"))
	}
	chosen := p.submit(found, "Add Finance team", nil)
	if back := chosen.Find(`main a:contains("Back to the list")`).AttrOr("href", ""); !strings.HasPrefix(back, "/agents?lack=sponsor&sel=") || !strings.HasSuffix(back, "&sort=-name") {
		t.Errorf("the way back is %s", back)
	}
	run := p.submit(chosen, act, url.Values{"act": {"enter"}})
	p.waitRun(run.url.Path, "Done")
}

// TestMoreThanABulkTakesIsNotOfferedAsOne: what would be refused is said before.
func TestMoreThanABulkTakesIsNotOfferedAsOne(t *testing.T) {
	p := newTestPortal(t)
	p.h.BulkMost = 5
	p.signIn("agent-admin")
	page := p.get("/agents")
	if got := page.text(".bulk"); !strings.Contains(got, "At most 5 at once") || strings.Contains(got, "Select all") {
		t.Errorf("the bar says %s", got)
	}
}

// TestAsManyTicksAsAnAddressHolds: a list with more of them than it names still opens.
func TestAsManyTicksAsAnAddressHolds(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	v := url.Values{"act": {"disable"}, "list": {"agents"}, "rows": {"100"}, "lack": {"owner", "sponsor"}}
	for n := range maxTicked + 100 {
		v.Add("sel", tickWord(fmt.Sprintf("00000000-0000-4000-8000-%012d", n)))
	}
	for _, path := range []string{"/agents", "/bulk"} {
		if page := p.get(path + "?" + v.Encode()); page.status != http.StatusOK {
			t.Errorf("%s answers %d: %s", path, page.status, page.text("h1"))
		}
	}
}
