package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/web"
)

// A name that turns the words beside it and hides a blank, and the one way in
// which every page writes it.
const (
	turningName = "Pay\u202egnp.exe\u200b end"
	turningSeen = "Pay⟨U+202E⟩gnp.exe⟨U+200B⟩ end"
)

// hiddenIn finds what a reader would be misled by: texts and spoken attributes
// with characters that are not written out.
func hiddenIn(page *answer) (found []string) {
	page.Find("textarea").Remove()
	if text := page.Text(); strings.ContainsFunc(text, graph.Hidden) {
		found = append(found, text)
	}
	page.Find("*").Each(func(_ int, e *goquery.Selection) {
		for _, attribute := range []string{"aria-label", "title", "label", "placeholder", "data-label"} {
			if value := e.AttrOr(attribute, ""); strings.ContainsFunc(value, graph.Hidden) {
				found = append(found, attribute+"="+value)
			}
		}
	})
	return found
}

func TestANameThatTurnsTextIsSpelledOneWayEverywhere(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint(turningName, true)
	a := p.makeAgent(b, turningName)
	run := p.putRun(models.Run{Title: "create " + turningName, State: models.RunFailed, UpdatedAt: p.clock.now(), BlueprintID: b.ID})
	record := p.append(models.NewAudit{
		OpID: "op-turning", Kind: models.AuditEvent, Actor: "portal", Action: models.ActionTokenTest, Result: models.ResultSucceeded,
		TargetKind: string(graph.KindAgentIdentity), TargetID: a.ID, Body: map[string]any{"name": turningName},
		Words: models.AuditWords{ActorName: turningName, ActorUsername: turningName, Reason: turningName},
	})
	number := strconv.FormatInt(run.ID, 10)
	for _, path := range []string{
		"/", "/blueprints", "/blueprints?q=" + url.QueryEscape(turningName), "/blueprints/" + b.ID, "/agents", "/agents?blueprint=" + b.AppID, "/agents/" + a.ID,
		"/tokens?agent=" + a.ID, "/runs", "/runs/" + number, "/audit", "/audit/" + strconv.FormatInt(record.Seq, 10),
	} {
		page := p.get(path)
		if page.status != http.StatusOK || !strings.Contains(page.Text(), turningSeen) {
			t.Errorf("%s: %d, and the name is not shown as %s: %s", path, page.status, turningSeen, page.text("main"))
		}
		for _, text := range hiddenIn(page) {
			t.Errorf("%s: not written out: %q", path, text)
		}
	}
	tried := p.post("/tokens", p.labForm(url.Values{"agent": {a.ID}, "client_secret": {"wrong"}}))
	refused := p.post("/blueprints/new", url.Values{"display_name": {turningName}})
	lost := p.get("/runs/9\u202e9")
	for _, page := range []*answer{tried, refused, lost} {
		for _, text := range hiddenIn(page) {
			t.Errorf("%s: not written out: %q", page.url, text)
		}
	}
	if !strings.Contains(tried.Text(), turningSeen) {
		t.Errorf("the lab shows %s", tried.text("main"))
	}
	if refused.status != http.StatusUnprocessableEntity || !strings.Contains(refused.text(".error"), "without U+202E") {
		t.Errorf("a new name of this sort: %d %s", refused.status, refused.text(".error"))
	}
	if got := refused.Find("#f-display_name").AttrOr("value", ""); got != turningName {
		t.Errorf("typed was %q, the field holds %q", turningName, got)
	}
}

// The browser's way back must not show a page of somebody who has signed out.
func TestPagesOfASessionAreNotStored(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.waitRun(p.startRun(nil), "Done")
	asked := func(r web.Route) *answer {
		r.Path = strings.Replace(r.Path, "/runs/:id", "/runs/1", 1)
		return p.ask(r, nowhere)
	}
	for _, r := range p.h.routes() {
		if r.Guard.IsPublic() || r.Method != http.MethodGet || r.NoReturn {
			continue
		}
		if page := asked(r); page.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: Cache-Control %q", r.Path, page.url.Path, page.header.Get("Cache-Control"))
		}
	}
}
