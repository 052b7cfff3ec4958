package handlers

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// reseed fills the sandbox anew with a seed.
func (p *testPortal) reseed(seed string) {
	p.t.Helper()
	res, err := http.Post(p.tenant+"/_sandbox/reset", "application/json", strings.NewReader(`{"seed":"`+seed+`"}`))
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); res.StatusCode > 299 {
		p.t.Fatalf("reset: %s %s", res.Status, body)
	}
}

func TestTenThousandAgents(t *testing.T) {
	p := newTestPortal(t)
	p.reseed("large")
	p.signIn("agent-admin")
	page := p.get("/agents?rows=100")
	for _, foot := range []string{"1–100 of 10,007, sorted by name", "101–200 of 10,007, sorted by name", "201–300 of 10,007, sorted by name"} {
		if got := page.text(".pagination-text"); got != foot || len(page.names()) != 100 {
			t.Fatalf("foot = %q with %d names, want %q", got, len(page.names()), foot)
		}
		if page.Find(`.row-choices [aria-current]`).Text() != "100" {
			t.Error("the size of the page is forgotten")
		}
		page = p.submit(page, "Next", nil)
	}
	for query, foot := range map[string]string{
		"?status=disabled&rows=25":       "1–25 of 201, sorted by name",
		"?q=depot+planner+007":           "1 of 1, sorted by name",
		"?rows=100&sort=-name":           "1–100 of 10,007, sorted by name, last first",
		"?rows=100&sort=-name&page=9999": "10,001–10,007 of 10,007, sorted by name, last first",
	} {
		if got := p.get("/agents" + query).text(".pagination-text"); got != foot {
			t.Errorf("%s: foot = %q, want %q", query, got, foot)
		}
	}
	blueprint := p.get("/blueprints?q=depot+planner").Find("tbody .name-cell a").AttrOr("href", "/none")
	overview := p.get(blueprint)
	if got := overview.text("svg.tree"); !strings.Contains(got, "Agent identities, 250") || !strings.Contains(got, "244 more agent identities") {
		t.Errorf("tree = %q", got)
	}
	if got := overview.text(".quota"); !strings.Contains(got, "250 of 250") {
		t.Errorf("quota = %q", got)
	}
	if got := p.get("/agents/new?blueprint=" + strings.TrimPrefix(blueprint, "/blueprints/")).text("main .notice"); !strings.Contains(got, "takes no more agent identities") {
		t.Errorf("adding to a full blueprint: %q", got)
	}
	if got := p.get(blueprint + "/identities?rows=100").text(".pagination-text"); got != "1–100 of 250, sorted by name" {
		t.Errorf("identities = %q", got)
	}
	file := p.post("/agents/export", nil).body
	if lines := strings.Split(strings.TrimSpace(file), "\n"); len(lines) != 1+10_007 {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
}
