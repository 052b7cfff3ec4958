package handlers

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/web"
)

// csvRows are the rows of an export.
func (a *answer) csvRows(t *testing.T) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return rows
}

func TestExportsOfLists(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("=cmd|' /C calc'!A0", true)
	p.makeAgent(b, "@SUM(A1), \"quoted\"\nand\u202e turned")
	list := p.get("/agents?blueprint=" + b.AppID)
	file := p.submit(list, "Export 1 as CSV", nil)
	if file.status != 200 || !strings.HasPrefix(file.header.Get("Content-Type"), "text/csv") ||
		!strings.Contains(file.header.Get("Content-Disposition"), `attachment; filename="agent-identities-`) {
		t.Fatalf("%d %v", file.status, file.header)
	}
	rows := file.csvRows(t)
	if len(rows) != 2 || rows[0][0] != "Name" || !strings.HasPrefix(rows[1][0], "'@SUM(A1), \"quoted\"") || rows[1][2] != "'=cmd|' /C calc'!A0" {
		t.Errorf("rows = %q", rows)
	}
	if head := strings.Join(rows[0], ","); head != "Name,Status,Blueprint,Sponsors,Created (UTC),Object ID,Blueprint App ID" {
		t.Errorf("head = %s", head)
	}
	var whole struct {
		ReadAt  time.Time
		Objects []struct{ Name, BlueprintAppID string }
	}
	asJSON := p.submit(list, "As JSON", nil)
	if err := json.Unmarshal([]byte(asJSON.body), &whole); err != nil || len(whole.Objects) != 1 || whole.Objects[0].BlueprintAppID != b.AppID || whole.ReadAt.IsZero() {
		t.Errorf("%v in %s", err, asJSON.body)
	}
	if record := p.audit(models.ActionListExport); len(record) != 2 || !strings.Contains(string(record[0].Body), b.AppID) {
		t.Errorf("records = %+v", record)
	}
	for path, want := range map[string]int{
		"/blueprints/export": 9, "/principals/export": 9, "/agents/export": 8, "/agent-users/export": 1,
		"/principals/export?home=elsewhere": 1, "/blueprints/export?q=%27%20or%201%20eq%201": 0, "/agents/export?status=disabled": 1,
		"/blueprints/export?q=" + b.AppID: 1,
	} {
		rows := p.post(path, nil).csvRows(t)
		if len(rows) != want+1 {
			t.Errorf("%s: %d rows, want %d", path, len(rows)-1, want)
		}
		for _, row := range rows[1:] {
			if len(row) != len(rows[0]) {
				t.Errorf("%s: a row of %d cells under %d heads", path, len(row), len(rows[0]))
			}
		}
	}
	if page := p.get("/agents/export"); page.status != 404 && page.status != 405 {
		t.Errorf("an export by GET: %d", page.status)
	}
	p.newBrowser()
	p.signIn("user")
	if page := p.post("/agents/export", nil); page.status != 403 {
		t.Errorf("somebody without a role exports: %d", page.status)
	}
}

// withTransport is Graph behind another wire.
func withTransport(wire http.RoundTripper) portalOption {
	return func(_ *web.Options, h *Handlers) {
		h.Graph = graph.New(graph.Options{Base: h.Sandbox.Graph, HTTP: &http.Client{Transport: wire}, Now: h.Now})
	}
}

func TestAnExportThatDoesNotBeginIsAPage(t *testing.T) {
	wire := &brokenGraph{}
	p := newTestPortal(t, wire.option)
	p.signIn("agent-admin")
	wire.cut.Store("agentIdentityBlueprintPrincipal")
	page := p.post("/principals/export", nil)
	if page.status < 500 || page.Find("h1").Length() != 1 || len(p.audit(models.ActionListExport)) != 0 {
		t.Errorf("%d %s", page.status, page.text("main"))
	}
}

func TestCellsThatSpreadsheetsTakeForFormulas(t *testing.T) {
	got := safeCells([]string{"", "plain", "=1+1", "+1", "-1", "@x", "\tx", "a=1", "عميل", "\r\n=1"})
	want := []string{"", "plain", "'=1+1", "'+1", "'-1", "'@x", "'\tx", "a=1", "عميل", "'\r\n=1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
