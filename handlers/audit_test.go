package handlers

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"agentidportal/models"
)

// act is an operation of a person: its intent and, with a result, its outcome.
func (p *testPortal) act(person Persona, op, result string) (records []models.AuditRecord) {
	p.t.Helper()
	a := models.NewAudit{
		OpID: op, Kind: models.AuditIntent, Actor: p.info.TenantID + "/" + person.ObjectID, Action: models.ActionBlueprintCreate,
		TargetKind: "blueprint", RunID: "7",
		Body: map[string]any{
			"method": "POST", "path": "/v1.0/applications", "runAs": "me", "name": "Invoice <helper>",
			"request": map[string]any{"displayName": "Invoice <helper>"}, "roles": []string{"Agent ID Administrator"},
		},
		Words: models.AuditWords{ActorName: person.DisplayName, ActorUsername: person.UPN, IP: "127.0.0.1", Reason: "CHG-2044"},
	}
	records = append(records, p.append(a))
	if result == "" {
		return records
	}
	a.Kind, a.Result, a.TargetID = models.AuditOutcome, result, "9a77c1de-64b2-4e0d-8f3a-27d5b0e4196c"
	a.Body = map[string]any{
		"name": "Invoice <helper>", "status": 201, "durationMs": 412, "attempts": 1, "requestId": "08d2f6b7-0000-4000-8000-000000000001",
		"objectId": a.TargetID,
	}
	return append(records, p.append(a))
}

func (p *testPortal) append(a models.NewAudit) models.AuditRecord {
	p.t.Helper()
	rec, err := p.store.AppendAudit(p.t.Context(), a)
	if err != nil {
		p.t.Fatal(err)
	}
	return rec
}

// recordsOf are the numbers in the first column of the list.
func recordsOf(page *answer) []string {
	list := []string{}
	page.Find("tbody tr td:first-child a").Each(func(_ int, a *goquery.Selection) { list = append(list, a.Text()) })
	return list
}

func path(seq int64) string { return "/audit/" + strconv.FormatInt(seq, 10) }

func TestAuditListsActs(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	done := p.act(p.persona("agent-dev"), "op-done", models.ResultSucceeded)
	open := p.act(p.persona("agent-dev"), "op-open", "")
	page := p.get("/audit")
	if page.status != http.StatusOK || page.text("h1") != "Audit" {
		t.Fatalf("%d %q", page.status, page.text("h1"))
	}
	want := []string{strconv.FormatInt(open[0].Seq, 10), strconv.FormatInt(done[1].Seq, 10)}
	if diff := cmp.Diff(want, recordsOf(page)[:2]); diff != "" {
		t.Errorf("an act is one row, its outcome, or the intent that waits for one:\n%s", diff)
	}
	rows := page.Find("tbody tr")
	for row, says := range map[int][]string{
		0: {"agent-dev@sandbox.example", "blueprint.create", "No outcome yet", "no answer yet"},
		1: {"agent-dev@sandbox.example", "Create blueprint Invoice <helper>", "Succeeded", "08d2f6b7…"},
	} {
		text := strings.Join(strings.Fields(rows.Eq(row).Text()), " ")
		for _, want := range says {
			if !strings.Contains(text, want) {
				t.Errorf("row %d is %q, want %q in it", row, text, want)
			}
		}
	}
	if rows.Eq(1).Find(`a[href="/blueprints/9a77c1de-64b2-4e0d-8f3a-27d5b0e4196c"]`).Length() != 1 {
		t.Error("no link to the blueprint")
	}
	if !strings.Contains(page.text(".chips"), fmt.Sprintf("%d records in the chain", open[0].Seq)) || !strings.Contains(page.text("main"), "portal audit verify") {
		t.Errorf("chips %q", page.text(".chips"))
	}
}

func TestAuditFilters(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	dev := p.persona("agent-dev")
	first := p.act(dev, "op-1", models.ResultSucceeded)
	second := p.act(dev, "op-2", models.ResultFailed)
	day := p.clock.now().UTC().Format("2006-01-02")
	next := p.clock.now().UTC().AddDate(0, 0, 1).Format("2006-01-02")
	tests := []struct {
		query string
		want  []models.AuditRecord
		chip  string
	}{
		{"result=failed", []models.AuditRecord{second[1]}, "Result Failed"},
		{"action=blueprint.create", []models.AuditRecord{second[1], first[1]}, "Action Create blueprint"},
		{"actor=" + first[0].Actor, []models.AuditRecord{second[1], first[1]}, "Who " + dev.UPN},
		{"target=" + first[1].TargetID + "&result=succeeded", []models.AuditRecord{first[1]}, "Object " + first[1].TargetID},
		{"op=op-1&kind=all", []models.AuditRecord{first[1], first[0]}, "Operation op-1"},
		{"run=7&kind=intent", []models.AuditRecord{second[0], first[0]}, "Kind intents"},
		{"op=op-2&from=" + day + "&to=" + day, []models.AuditRecord{second[1]}, "From " + day + ", UTC"},
		{"op=op-2&from=" + next, nil, "From " + next + ", UTC"},
		{"op=op-2&action=%27+OR+1%3D1&result=nonsense", []models.AuditRecord{second[1]}, "Operation op-2"},
		{"actor=" + strings.ToUpper(dev.UPN), []models.AuditRecord{second[1], first[1]}, "Who " + dev.UPN},
		{"actor=" + dev.ObjectID, []models.AuditRecord{second[1], first[1]}, "Who " + dev.UPN},
		{"actor=" + url.QueryEscape(dev.DisplayName), []models.AuditRecord{second[1], first[1]}, "Who " + dev.UPN},
		{"actor=%27+OR+1%3D1--", nil, "Who ' OR 1=1--"},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			page := p.get("/audit?" + tt.query)
			want := []string{}
			for _, r := range tt.want {
				want = append(want, strconv.FormatInt(r.Seq, 10))
			}
			if diff := cmp.Diff(want, recordsOf(page)); diff != "" {
				t.Error(diff)
			}
			if len(want) == 0 && !strings.Contains(page.text(".empty"), "No record matches") {
				t.Errorf("empty list says %q", page.text(".empty"))
			}
			var chips []string
			page.Find(".chip").Each(func(_ int, s *goquery.Selection) {
				chips = append(chips, s.Find(".chip-name").Text()+" "+s.Find(".chip-value").Text())
			})
			if !slices.Contains(chips, tt.chip) {
				t.Errorf("chips %q, want %q", chips, tt.chip)
			}
		})
	}
}

func TestAuditChipTakesItsFilterOff(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.get("/audit?result=failed&kind=all&before=2")
	href, _ := page.Find(".chip-remove").First().Attr("href")
	if href != "/audit?kind=all" {
		t.Errorf("the first chip leads to %q: it takes itself off and goes to the newest page", href)
	}
}

func TestAuditRefusesADayThatIsNone(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.get("/audit?from=2026-02-30&to=2026-03-01")
	if page.status != http.StatusUnprocessableEntity || !strings.Contains(page.text("#error-summary"), "Write a day like") {
		t.Errorf("%d %q", page.status, page.text("#error-summary"))
	}
	// A date field would lose a day that is none.
	if from := page.Find("#f-from"); from.AttrOr("value", "") != "2026-02-30" || from.AttrOr("type", "") != "text" {
		t.Errorf("what was typed is %q now, in a field of type %q", from.AttrOr("value", ""), from.AttrOr("type", ""))
	}
}

func TestAuditPages(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for range 2*pageSize + 10 {
		p.append(models.NewAudit{Kind: models.AuditEvent, Actor: "portal", Action: models.ActionSandboxImport, TargetKind: "t"})
	}
	page := p.get("/audit?action=sandbox.import")
	var seen []string
	for n := range 3 {
		rows := recordsOf(page)
		if want := []int{pageSize, pageSize, 10}[n]; len(rows) != want {
			t.Fatalf("page %d has %d rows, want %d", n+1, len(rows), want)
		}
		seen = append(seen, rows...)
		if n < 2 {
			page = p.follow(page, "Older")
		}
	}
	if once := slices.Compact(slices.Sorted(slices.Values(seen))); len(once) != 2*pageSize+10 {
		t.Errorf("%d rows seen, want each of %d once", len(once), 2*pageSize+10)
	}
	if page.Find(`.pagination [aria-disabled="true"]`).Text() != "Older" {
		t.Errorf("the last page offers %q", page.text(".pagination"))
	}
	page = p.follow(page, "Newer")
	if diff := cmp.Diff(seen[pageSize:2*pageSize], recordsOf(page)); diff != "" {
		t.Error(diff)
	}
	page = p.follow(page, "Newer")
	if diff := cmp.Diff(seen[:pageSize], recordsOf(page)); diff != "" || page.url.RawQuery != "action=sandbox.import" {
		t.Errorf("back at %s\n%s", page.url, diff)
	}
	if page := p.get("/audit?before=999999"); page.status != http.StatusNotFound {
		t.Errorf("a place that is not in the list: %d, want 404", page.status)
	}
}

// follow presses a link by its words.
func (p *testPortal) follow(page *answer, words string) *answer {
	p.t.Helper()
	link := page.Find("a").FilterFunction(func(_ int, a *goquery.Selection) bool { return strings.TrimSpace(a.Text()) == words })
	href, ok := link.Attr("href")
	if !ok {
		p.t.Fatalf("%s has no link %q", page.url, words)
	}
	return p.get(href)
}

func TestAuditRecordShowsTheWholeAct(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	dev := p.persona("agent-dev")
	records := p.act(dev, "019a0000-0000-7000-8000-000000000001", models.ResultSucceeded)
	for _, r := range records {
		page := p.get(path(r.Seq))
		text := page.text("main")
		for _, want := range []string{
			fmt.Sprintf("Record %d", records[0].Seq), fmt.Sprintf("Record %d", records[1].Seq), "committed", "before the call",
			"POST", "/v1.0/applications", "201, 412 ms, 1 attempt", "019a0000-0000-7000-8000-000000000001", "08d2f6b7-0000-4000-8000-000000000001",
			"CHG-2044", dev.UPN, dev.ObjectID, "127.0.0.1", "Holds", "the same", `"displayName": "Invoice <helper>"`,
		} {
			if !strings.Contains(text, want) {
				t.Errorf("record %d does not say %q:\n%s", r.Seq, want, text)
			}
		}
		if strings.Contains(text, "<no value>") || page.Find("helper").Length() > 0 {
			t.Error("a name became an element")
		}
	}
	page := p.get(path(records[1].Seq))
	for _, href := range []string{
		"/blueprints/" + records[1].TargetID, "/audit?target=" + records[1].TargetID, "/runs/7", path(records[1].Seq - 1),
	} {
		if page.Find(`a[href="`+href+`"]`).Length() == 0 {
			t.Errorf("no link to %s", href)
		}
	}
}

func TestAuditRecordOfASignIn(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("auditor")
	rec := p.audit(models.ActionSignIn)[0]
	page := p.get(path(rec.Seq))
	text := page.text("main")
	for _, want := range []string{"History of this user", rec.TargetID, "Roles usedGlobal Reader", "127.0.0.1", "Holds"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	if first := p.get(path(1)).text("aside"); strings.Contains(first, "Object ID") {
		t.Errorf("the portal itself has an object id: %s", first)
	}
}

func TestAuditRecordShowsBeforeAndAfter(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	rec := p.append(models.NewAudit{
		Kind: models.AuditEvent, Actor: "portal", Action: models.ActionSandboxImport, Result: models.ResultSucceeded,
		Body: map[string]any{
			"before": map[string]any{"a": "old", "b": "same", "list": []string{"x"}},
			"after":  map[string]any{"a": "new", "b": "same", "list": []string{"x", "y"}},
		},
	})
	page := p.get(path(rec.Seq))
	var cells []string
	page.Find(`table:has(th:contains("Before")) tbody`).Find("th, td").Each(func(_ int, s *goquery.Selection) { cells = append(cells, s.Text()) })
	want := []string{"a", "− old", "+ new", "list", "− x", "+ x, y", "b", "same", "unchanged"}
	if diff := cmp.Diff(want, cells); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(page.text("main"), "2 of 3 recorded fields differ") {
		t.Error("the changes are not counted")
	}
}

func TestAuditShowsErasedAndChangedWords(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	records := p.act(p.persona("agent-dev"), "op", models.ResultSucceeded)
	p.rawSQL(t, "DELETE FROM audit_words WHERE seq = ?", records[0].Seq)
	p.rawSQL(t, "UPDATE audit_words SET actor_username = 'mallory@sandbox.example' WHERE seq = ?", records[1].Seq)
	erased := p.get(path(records[0].Seq)).text("main")
	if !strings.Contains(erased, "Name erased") || strings.Contains(erased, "agent-dev@") || !strings.Contains(erased, "Holds") {
		t.Errorf("erased: %s", erased)
	}
	changed := p.get(path(records[1].Seq)).text("main")
	if !strings.Contains(changed, "Does not hold") || !strings.Contains(changed, "were changed") {
		t.Errorf("changed: %s", changed)
	}
	if list := p.get("/audit?kind=intent&op=op").text("tbody"); !strings.Contains(list, "name erased") {
		t.Errorf("list: %s", list)
	}
}

// rawSQL changes the database behind the portal's back.
func (p *testPortal) rawSQL(t *testing.T, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(p.data, "portal.db")+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func TestAuditIsForThoseWhoMaySeeIt(t *testing.T) {
	p := newTestPortal(t)
	admin, dev := p.persona("agent-admin"), p.persona("agent-dev")
	foreign := p.act(admin, "op-admin", models.ResultSucceeded)
	own := p.act(dev, "op-dev", models.ResultSucceeded)
	tests := []struct {
		persona        string
		list           int
		foreign, own   int
		seesForeignRow bool
	}{
		{"global-admin", 200, 200, 200, true},
		{"agent-admin", 200, 200, 200, true},
		{"auditor", 200, 200, 200, true},
		{"agent-dev", 200, 403, 200, false},
		{"user", 403, 403, 403, false},
	}
	for _, tt := range tests {
		t.Run(tt.persona, func(t *testing.T) {
			p.newBrowser()
			p.signIn(tt.persona)
			list := p.get("/audit?kind=all")
			for what, got := range map[string][2]int{
				"list":    {list.status, tt.list},
				"foreign": {p.get(path(foreign[1].Seq)).status, tt.foreign},
				"own":     {p.get(path(own[1].Seq)).status, tt.own},
			} {
				if got[0] != got[1] {
					t.Errorf("%s: %d, want %d", what, got[0], got[1])
				}
			}
			row := slices.Contains(recordsOf(list), strconv.FormatInt(foreign[1].Seq, 10))
			if row != tt.seesForeignRow {
				t.Errorf("sees the act of another person: %v, want %v", row, tt.seesForeignRow)
			}
			if tt.persona == "agent-dev" {
				asked := p.get("/audit?kind=all&actor=" + foreign[1].Actor)
				if slices.Contains(recordsOf(asked), strconv.FormatInt(foreign[1].Seq, 10)) {
					t.Error("a filter opens the acts of others")
				}
			}
		})
	}
}

func TestAuditRecordThatIsNotThere(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("auditor")
	for _, seq := range []string{"0", "-1", "99999", "x", "1%20OR%201=1", "9223372036854775808"} {
		if page := p.get("/audit/" + seq); page.status != http.StatusNotFound {
			t.Errorf("/audit/%s: %d, want 404", seq, page.status)
		}
	}
}

func TestAuditTimesInTheReadersZone(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("auditor")
	p.post("/settings", map[string][]string{"theme": {""}, "zone": {"Asia/Kolkata"}})
	at := p.append(models.NewAudit{Kind: models.AuditEvent, Actor: "portal", Action: models.ActionSandboxImport}).At
	zone, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	page := p.get("/audit?action=sandbox.import")
	if got := page.text("tbody"); !strings.Contains(got, at.Format("2006-01-02 15:04:05")) || !strings.Contains(got, "+05:30") {
		t.Errorf("times %q", got)
	}
	// A day of the filter begins at the reader's midnight.
	day := at.In(zone).Format("2006-01-02")
	if rows := recordsOf(p.get("/audit?action=sandbox.import&from=" + day + "&to=" + day)); len(rows) != 1 {
		t.Errorf("rows of the reader's day: %v", rows)
	}
	if chips := p.get("/audit?from=" + day).text(".chips"); !strings.Contains(chips, "Asia/Kolkata") {
		t.Errorf("chips %q do not name the zone", chips)
	}
}
