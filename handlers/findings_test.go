package handlers

import (
	"encoding/json"
	"strings"
	"testing"

	"agentidportal/models"
)

// TestFindingsOfTheSeed: what the seeded tenant neglects is found, with the way
// to mend it.
func TestFindingsOfTheSeed(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.get("/findings")
	if page.status != 200 || page.text("h1") != "Findings" {
		t.Fatalf("%d %s", page.status, page.text("main"))
	}
	rows := page.text(`table:has(th:contains("Why")) tbody`)
	for _, want := range []string{
		"Contract reader Blueprint without a principal", "Payroll bridge All credentials have ended", "Travel desk Nobody sponsors it", "Travel desk 01 Nobody sponsors it",
		"Expense audit No sponsor can act The account greta.lind@sandbox.example is disabled.",
		"Site survey 01 No sponsor can act The group “Site survey team” has no enabled person as a member.",
		"Support triage Credential ends soon", "Invoice helper Credential lives too long",
	} {
		if !strings.Contains(rows, want) {
			t.Errorf("not found: %s in %s", want, rows)
		}
	}
	if got := page.text(".chips .total"); got != "10 findings" {
		t.Errorf("total = %q: %s", got, rows)
	}
	one := p.get("/findings?kind=no-sponsor")
	if got := one.names(); strings.Join(got, ", ") != "Travel desk, Travel desk 01" || one.text(".chips .total") != "2 of 10 findings" {
		t.Errorf("of one kind: %q %s", got, one.text(".chips"))
	}
	if p.get("/findings?kind=no-sponsor").Find(`.chip-remove[href="/findings"]`).Length() != 1 {
		t.Error("no chip takes the kind off")
	}
	none := p.get("/findings?kind=disabled-long")
	if got := none.text(".empty h2"); got != "No finding matches 1 filter" {
		t.Errorf("empty = %q", got)
	}
	if got := p.get("/findings?blueprint=" + p.info.Seed.Blueprint.AppID).names(); strings.Join(got, "") != "Invoice helper" {
		t.Errorf("of one blueprint: %q", got)
	}
}

func TestFindingsAsFiles(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("auditor")
	page := p.get("/findings?kind=no-sponsor")
	rows := p.submit(page, "Export as CSV", nil).csvRows(t)
	if len(rows) != 3 || rows[1][3] != "Travel desk" || rows[1][1] != "grave" {
		t.Errorf("rows = %q", rows)
	}
	var file struct {
		Findings []struct{ Finding, Name, ObjectID, KeyID string }
	}
	body := p.submit(p.get("/findings?kind=credential-expiring"), "As JSON", nil).body
	if err := json.Unmarshal([]byte(body), &file); err != nil || len(file.Findings) != 1 || file.Findings[0].Name != "Support triage" || file.Findings[0].KeyID == "" {
		t.Errorf("%v in %s", err, body)
	}
	if records := p.audit(models.ActionListExport); len(records) != 2 || !strings.Contains(string(records[0].Body), "kind=no-sponsor") {
		t.Errorf("records = %+v", records)
	}
	p.newBrowser()
	p.signIn("user")
	if page := p.get("/findings"); page.status != 403 {
		t.Errorf("somebody without a role: %d", page.status)
	}
}
