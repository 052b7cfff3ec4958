package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/models"
)

// A filter that is not understood is named at its field: dropped in silence,
// the list would seem to answer it.
func TestAuditNamesAFilterItDoesNotKnow(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for query, want := range map[string][2]string{
		"result=bogus":    {"f-result", "Result: There is no “bogus”."},
		"action=<b>":      {"f-action", "Action: There is no “<b>”."},
		"kind=intents":    {"f-kind", "Kind: There is no “intents”."},
		"from=2026-13-45": {"f-from", "From: “2026-13-45” is no day."},
		"to=tomorrow":     {"f-to", "To: “tomorrow” is no day."},
	} {
		name, value, _ := strings.Cut(query, "=")
		page := p.get("/audit?" + name + "=" + url.QueryEscape(value))
		if page.status != http.StatusUnprocessableEntity || !strings.Contains(page.text("#error-summary"), want[1]) || page.text("#"+want[0]+"-error") == "" {
			t.Errorf("%s: %d %q", query, page.status, page.text("#error-summary"))
		}
	}
}

func TestAuditCountsWhatTheFiltersFind(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.act(p.persona("agent-dev"), "op-1", models.ResultSucceeded)
	last := p.act(p.persona("agent-dev"), "op-2", models.ResultFailed)
	want := "2 of " + strconv.FormatInt(last[1].Seq, 10) + " records"
	if got := p.get("/audit?action=blueprint.create").text(".total"); got != want {
		t.Errorf("total %q, want %q", got, want)
	}
	p.newBrowser()
	p.signIn("agent-dev")
	if got := p.get("/audit?action=blueprint.create").text(".total"); got != "2 records of yours" {
		t.Errorf("total of one's own acts: %q", got)
	}
}

// The field Who is for those who see the acts of everybody; what it holds
// comes back as a name, and the choices of actions are in words.
func TestAuditFilterForm(t *testing.T) {
	p := newTestPortal(t)
	dev := p.persona("agent-dev")
	p.act(dev, "op-1", models.ResultSucceeded)
	p.signIn("auditor")
	page := p.submit(p.get("/audit"), "Apply", url.Values{"actor": {dev.ObjectID}})
	if len(recordsOf(page)) != 1 || page.Find("#f-actor").AttrOr("value", "") != dev.UPN {
		t.Errorf("rows %q, field %q", recordsOf(page), page.Find("#f-actor").AttrOr("value", ""))
	}
	if got := page.text("#f-action option[value='credential.remove']"); got != "Remove client secret" {
		t.Errorf("the action is offered as %q", got)
	}
	seen := map[string]string{}
	for _, action := range models.AuditActions() {
		label := actionLabel(action)
		if other := seen[label]; other != "" || label == "" || label == action {
			t.Errorf("%s is called %q, as %q", action, label, other)
		}
		seen[label] = action
	}
	p.newBrowser()
	p.signIn("agent-dev")
	if page := p.get("/audit"); page.Find("#f-actor").Length() != 0 {
		t.Error("who sees only their own acts is asked whose")
	}
}

func TestAuditLeadsFromAnObjectToItsRuns(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	records := p.act(p.persona("agent-dev"), "op-1", models.ResultSucceeded)
	for _, from := range []string{"/audit?target=" + records[1].TargetID, path(records[1].Seq)} {
		page := p.follow(p.get(from), "All records of run 7")
		if got := recordsOf(page); len(got) != 2 {
			t.Errorf("from %s: records %q", from, got)
		}
	}
	for seq, want := range map[int64]string{records[0].Seq: "with the outcome", records[1].Seq: "08d2f6b7…"} {
		row := p.get("/audit?run=7&kind=all").Find("tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool {
			return s.Find("td").First().Text() == strconv.FormatInt(seq, 10)
		})
		if !strings.Contains(row.Text(), want) {
			t.Errorf("row %d says %q, want %q", seq, row.Text(), want)
		}
	}
}

// A refusal names the page that was asked for, and its page links the record
// for those who may read it.
func TestAuditNamesTheRefusedPage(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	refused := p.get("/audit/1") // of the portal itself
	if refused.status != http.StatusForbidden {
		t.Fatalf("the page answers %d", refused.status)
	}
	link, ok := refused.Find(".side a[href^='/audit/']").Attr("href")
	if !ok {
		t.Fatalf("no link to the record: %s", refused.text(".side"))
	}
	if record := p.get(link); record.status != http.StatusOK || !strings.Contains(record.text(".lead"), "Try to open /audit/1") {
		t.Errorf("%d %q", record.status, record.text(".lead"))
	}
}
