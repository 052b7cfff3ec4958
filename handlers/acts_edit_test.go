package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// patch changes an object behind the portal's back.
func (p *testPortal) patch(kind graph.Kind, id string, fields map[string]any) {
	p.t.Helper()
	call := graph.UpdateCall(kind, id, fields)
	if _, err := p.writer("agent-admin").Send(p.t.Context(), "op-patch-"+id+graph.OpTag(strings.Join(sortedKeys(fields), "-")), call, nil); err != nil {
		p.t.Fatal(err)
	}
}

// TestEditOfEveryKind: what is typed is shown before and after, sent, and there.
func TestEditOfEveryKind(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for kind, typed := range map[graph.Kind]url.Values{
		graph.KindBlueprint:          {"displayName": {"Invoices and more"}, "description": {"Reads\r\ninvoices"}, "tags": {"finance\r\n\r\n team-7 "}},
		graph.KindBlueprintPrincipal: {"tags": {"watched"}},
		graph.KindAgentIdentity:      {"displayName": {hostileName}, "tags": {"night"}},
		graph.KindAgentUser: {
			"displayName": {"Invoice desk"}, "userPrincipalName": {"desk-7@" + p.info.Domain}, "mailNickname": {"desk-7"}, "jobTitle": {"Clerk"},
			"department": {"Finance"}, "companyName": {"Contoso"}, "officeLocation": {"1/23"}, "usageLocation": {"no"},
		},
	} {
		path := p.seedPaths()[kind]
		form := p.get(path + "/edit")
		if form.status != 200 || form.Find("#f-"+sortedKeys(typed)[0]).Length() != 1 {
			t.Errorf("%s: %d %s", kind, form.status, form.text("main"))
			continue
		}
		review := p.submit(form, "Continue", typed)
		if review.status != 200 || review.Find(".diff-after").Length() != len(typed) || review.Find("main script").Length() != 0 {
			t.Errorf("%s: %d, %d differ: %s", kind, review.status, review.Find(".diff-after").Length(), review.text("main"))
			continue
		}
		page := p.submit(review, "Save changes", url.Values{"reason": {"CHG-8"}})
		if page.url.Path != path || kind != graph.KindBlueprintPrincipal && page.text("h1") != typed.Get("displayName") {
			t.Errorf("%s: led to %s %q: %s", kind, page.url, page.text("h1"), page.text(".notice"))
		}
		again := p.get(path + "/edit")
		for name, value := range typed {
			got := again.Find("#f-"+name).AttrOr("value", again.Find("#f-"+name).Text())
			want := map[string]string{"description": "Reads\ninvoices", "usageLocation": "NO", "tags": value[0]}[name]
			if name == "tags" {
				want = strings.Join(strings.Fields(value[0]), "\n")
			}
			if want == "" {
				want = value[0]
			}
			if got != want {
				t.Errorf("%s: %s is %q, want %q", kind, name, got, want)
			}
		}
		unchanged := p.submit(again, "Continue", nil)
		if unchanged.status != 422 || !strings.Contains(unchanged.text(".form-note"), "Nothing is different") {
			t.Errorf("%s unchanged: %d %s", kind, unchanged.status, unchanged.text("main"))
		}
		name := sortedKeys(typed)[0]
		review = p.submit(again, "Continue", url.Values{name: {"Back and forth"}})
		back := p.post(path+"/edit", formFields(review.Find("#change-back")))
		if got := back.Find("#f-"+name).Text() + back.Find("#f-"+name).AttrOr("value", ""); back.status != 200 || got != "Back and forth" {
			t.Errorf("%s: back to the form: %d, shows %q", kind, back.status, got)
		}
	}
	record := p.recordPage(models.ActionObjectUpdate)
	if !strings.Contains(record.text("main"), "Before and after") {
		t.Errorf("record: %s", record.text("main"))
	}
}

// TestRenamingAnAgentIsInTheAudit, with the name before and after.
func TestRenamingAnAgentIsInTheAudit(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := p.seedPaths()[graph.KindAgentIdentity]
	p.submit(p.submit(p.get(path+"/edit"), "Continue", url.Values{"displayName": {"Invoice desk"}}), "Save changes", url.Values{"reason": {"CHG-9"}})
	record := p.recordPage(models.ActionObjectUpdate)
	if !strings.Contains(record.text(".diff-before"), "Invoice helper 01") || !strings.Contains(record.text(".diff-after"), "Invoice desk") || !strings.Contains(record.text("main"), "CHG-9") {
		t.Errorf("record: %s", record.text("main"))
	}
	if page := p.get(path + "/audit"); !strings.Contains(page.text("table"), "Change") {
		t.Errorf("the history of the object: %s", page.text("table"))
	}
}

func TestEditFaults(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for _, tc := range []struct {
		kind               graph.Kind
		field, typed, says string
	}{
		{graph.KindBlueprint, "displayName", "  ", "Write a name of 1 to 256 characters"},
		{graph.KindBlueprint, "displayName", strings.Repeat("x", 257), "This one has 257"},
		{graph.KindBlueprint, "description", strings.Repeat("é", 1025), "This has 1025"},
		{graph.KindBlueprint, "tags", "a\nb\na", "“a” is there twice"},
		{graph.KindBlueprint, "tags", strings.Repeat("t", 257), "Tag 1 has 257"},
		{graph.KindBlueprintPrincipal, "tags", "portal-op:mine", "The portal writes those"},
		{graph.KindAgentIdentity, "displayName", "Ann\u202excod", "U+202E"},
		{graph.KindAgentUser, "userPrincipalName", "desk@elsewhere.example", "no verified domain"},
		{graph.KindAgentUser, "userPrincipalName", "desk", "an @ and a verified domain"},
		{graph.KindAgentUser, "mailNickname", "", "Write a mail nickname"},
		{graph.KindAgentUser, "mailNickname", "a b", "not a blank"},
		{graph.KindAgentUser, "jobTitle", strings.Repeat("x", 129), "at most 128"},
		{graph.KindAgentUser, "department", strings.Repeat("x", 65), "at most 64"},
		{graph.KindAgentUser, "usageLocation", "Norway", "no country code"},
	} {
		path := p.seedPaths()[tc.kind]
		page := p.submit(p.get(path+"/edit"), "Continue", url.Values{tc.field: {tc.typed}})
		if page.status != http.StatusUnprocessableEntity || !strings.Contains(page.text("#f-"+tc.field+"-error"), tc.says) || page.Find(`#error-summary a[href="#f-`+tc.field+`"]`).Length() != 1 {
			t.Errorf("%s %s: %d %q", tc.kind, tc.field, page.status, page.text("main"))
		}
		if got := page.Find("#f-"+tc.field).AttrOr("value", page.Find("#f-"+tc.field).Text()); strings.TrimSpace(got) != strings.TrimSpace(tc.typed) && !strings.EqualFold(got, tc.typed) {
			t.Errorf("%s %s: what was typed is gone: %q", tc.kind, tc.field, got)
		}
	}
	if n := len(p.audit(models.ActionObjectUpdate)); n != 0 {
		t.Errorf("%d records of what was not sent", n)
	}
}

// TestEditOfWhatChangedMeanwhile: neither step overwrites what somebody else wrote.
func TestEditOfWhatChangedMeanwhile(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.info.Seed.Blueprint.ObjectID
	path := "/blueprints/" + b
	form := p.get(path + "/edit")
	p.patch(graph.KindBlueprint, b, map[string]any{"displayName": "By another", "description": "By another too"})
	page := p.submit(form, "Continue", url.Values{"displayName": {"By me"}})
	says := page.text(".notice")
	if page.status != 422 || !strings.Contains(says, "Display name was changed meanwhile") || !strings.Contains(says, "“Invoice helper”") || !strings.Contains(says, "“By another”") {
		t.Errorf("%d %s", page.status, says)
	}
	if got := page.Find("#f-displayName").AttrOr("value", ""); got != "By me" {
		t.Errorf("what was typed is gone: %q", got)
	}
	if got := page.Find("#f-description").Text(); got != "By another too" {
		t.Errorf("what nobody touched shows %q", got)
	}
	review := p.submit(page, "Continue", nil)
	if review.Find(".diff-after").Length() != 1 || !strings.Contains(review.text(".diff-before"), "By another") {
		t.Errorf("review: %s", review.text("main"))
	}
	p.patch(graph.KindBlueprint, b, map[string]any{"displayName": "By a third"})
	page = p.submit(review, "Save changes", nil)
	if page.status != 422 || !strings.Contains(page.text(".notice"), "“By a third”") {
		t.Errorf("at the last step: %d %s", page.status, page.text("main"))
	}
	if got := p.get(path).text("h1"); got != "By a third" {
		t.Errorf("it was overwritten: %q", got)
	}
	page = p.submit(p.submit(page, "Continue", nil), "Save changes", nil)
	if page.url.Path != path || page.text("h1") != "By me" {
		t.Errorf("knowing of it: %s %q", page.url, page.text("h1"))
	}
}

// TestTagsThatStay: the tag of the portal stays with an object, and the tags of a
// blueprint do not become those of its agent identities.
func TestTagsThatStay(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Tagged", true)
	a := p.makeAgent(b, "Tagged 01")
	ours := graph.OpTag("018f0000-0000-7000-8000-000000000001")
	p.patch(graph.KindBlueprint, b.ID, map[string]any{"tags": []string{"family"}})
	p.patch(graph.KindAgentIdentity, a.ID, map[string]any{"tags": []string{ours, "own"}})
	form := p.get("/agents/" + a.ID + "/edit")
	if got := form.Find("#f-tags").Text(); got != "own" || !strings.Contains(form.text("main"), ours) {
		t.Errorf("the form has %q: %s", got, form.text("main"))
	}
	page := p.submit(p.submit(form, "Continue", url.Values{"tags": {""}}), "Save changes", nil)
	if page.url.Path != "/agents/"+a.ID {
		t.Fatalf("%s %s", page.url, page.text("main"))
	}
	p.patch(graph.KindBlueprint, b.ID, map[string]any{"tags": []string{}})
	now, err := graphOf(p, "agent-admin").AgentIdentity(t.Context(), a.ID)
	if err != nil || !slices.Equal(now.Tags, []string{ours}) {
		t.Errorf("tags are %q, %v", now.Tags, err)
	}
}

// TestEmptiedPropertiesOfAUser: Graph takes null for them.
func TestEmptiedPropertiesOfAUser(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	id := p.info.Seed.AgentUser.ID
	p.patch(graph.KindAgentUser, id, map[string]any{"jobTitle": "Clerk", "usageLocation": "NO"})
	path := "/agent-users/" + id
	page := p.submit(p.submit(p.get(path+"/edit"), "Continue", url.Values{"jobTitle": {""}, "usageLocation": {""}}), "Save changes", nil)
	if page.url.Path != path || strings.Contains(page.text(".facts"), "Clerk") {
		t.Errorf("%s %s", page.url, page.text("main"))
	}
	if got := p.get(path+"/edit").Find("#f-jobTitle").AttrOr("value", ""); got != "" {
		t.Errorf("job title is %q", got)
	}
}

// TestWhatIsSavedIsNoConflict: Back in the browser, then the same form again, and
// the last button twice.
func TestWhatIsSavedIsNoConflict(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := p.seedPaths()[graph.KindBlueprint]
	form := p.get(path + "/edit")
	typed := url.Values{"displayName": {"Night desk"}, "tags": {"t1\nt2"}}
	review := p.submit(form, "Continue", typed)
	saved := p.submit(review, "Save changes", nil)
	if saved.url.Path != path || !strings.Contains(saved.text(".notice"), "Changed by run") || saved.Find(`.notice a[href^="/runs/"]`).Length() != 1 {
		t.Errorf("saved: %s %s", saved.url, saved.text(".notice"))
	}
	if again := p.submit(review, "Save changes", nil); again.url.String() != saved.url.String() {
		t.Errorf("pressed twice: %d %s %s", again.status, again.url, again.text("main"))
	}
	again := p.submit(form, "Continue", typed)
	if again.status != 422 || !strings.Contains(again.text(".form-note"), "It is so already") || again.Find("#f-tags-error").Length() != 0 || strings.Contains(again.text("main"), "was changed meanwhile") {
		t.Errorf("the old form again: %d %s", again.status, again.text("main"))
	}
	off := p.submit(p.get(path+"/disable"), "Disable", nil)
	if on := p.submit(p.get(path+"/enable"), "Enable", nil); !strings.Contains(off.text(".notice"), "Changed by run") || !strings.Contains(on.text(".notice"), "Changed by run") {
		t.Errorf("disabled: %s; enabled: %s", off.text("main"), on.text("main"))
	}
}
