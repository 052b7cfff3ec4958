package handlers

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

func TestASecretTypedIntoAListGoesNowhere(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	const secret = "abc8Q~0123456789012345678901234567890abcd"
	for _, path := range []string{"/agents", "/blueprints", "/principals", "/agent-users"} {
		for name, page := range map[string]*answer{
			"list":   p.get(path + "?rows=25&q=" + url.QueryEscape(secret)),
			"export": p.post(path+"/export?rows=25&q="+url.QueryEscape(secret), nil),
		} {
			if !strings.Contains(page.text(".notice"), "This looks like a secret, so nothing was searched") {
				t.Errorf("%s of %s: no notice: %d %s", name, path, page.status, page.text("main"))
			}
			if page.url.Path != path || page.url.Query().Get("rows") != "25" || strings.Contains(page.url.String()+page.body, secret) {
				t.Errorf("%s of %s: the secret goes on, or the list is another: %s", name, path, page.url)
			}
		}
	}
	p.post("/agents/export?status=enabled&q=Not+a+secret", nil)
	records := p.audit(models.ActionListExport)
	if len(records) != 1 || !strings.Contains(string(records[0].Body), "status=enabled") || strings.Contains(string(records[0].Body), "Not") {
		t.Errorf("records = %+v", records)
	}
}

func TestABlueprintInATenantOfThousands(t *testing.T) {
	p := newTestPortal(t)
	p.reseed("large")
	p.signIn("agent-admin")
	blueprint := p.get("/blueprints?q=depot+planner").Find("tbody .name-cell a").AttrOr("href", "/none")
	u, err := url.Parse(p.get(blueprint+"/identities?rows=25").Find(`a[rel="next"]`).AttrOr("href", "/none"))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	cursor, _ := base64.RawURLEncoding.DecodeString(q.Get("next"))
	list, _, _ := strings.Cut(string(cursor), "skiptoken=")
	q.Set("next", base64.RawURLEncoding.EncodeToString([]byte(list+"skiptoken=nonsense")))
	first := p.get(u.Path + "?" + q.Encode())
	if first.url.Query().Get("next") != "" || first.text(".pagination-text") != "1–25 of 250, sorted by name" {
		t.Errorf("a stale link ends at %s: %s", first.url, first.text(".pagination-text"))
	}
	p.newBrowser()
	p.signIn("auditor") // may not filter by blueprint
	for _, path := range []string{blueprint, blueprint + "/identities"} {
		page := p.get(path)
		if n := page.Find("details.graph-calls tbody tr").Length(); page.status != 200 || n == 0 || n > 40 { // 20 of them read the whole list
			t.Errorf("%s: %d with %d calls", path, page.status, n)
		}
		if text := page.text("main"); strings.Contains(text, "without agent identities") || strings.Contains(text, "No agent identities yet") {
			t.Errorf("%s says there are none: %s", path, text)
		}
	}
}

func TestASecretNamedAfterAnotherRunIsNotThatRuns(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	run := p.waitRun(p.startRun(nil), "Done")
	own := run.Find("main a").FilterFunction(byText("Open the blueprint")).AttrOr("href", "/none")
	if page := p.get(own + "/credentials"); page.Find("main tbody tr").FilterFunction(byText("Client secret, made by run")).Length() != 1 {
		t.Fatalf("the run's own secret is not known: %s", page.text("main"))
	}
	op := ""
	for _, r := range p.audit(models.ActionCredentialAdd) {
		op = r.OpID
	}
	stranger := p.makeBlueprint("Stranger", true)
	for _, id := range []string{stranger.ID, strings.TrimPrefix(own, "/blueprints/")} {
		call := graph.AddPasswordCall(id, "portal:"+op, time.Now().Add(1000*time.Hour))
		if _, err := p.writer("agent-admin").Send(t.Context(), "forged-"+id, call, nil); err != nil {
			t.Fatal(err)
		}
	}
	if page := p.get("/blueprints/" + stranger.ID + "/credentials"); strings.Contains(page.text("main table"), "made by run") {
		t.Errorf("another blueprint's secret counts as the run's: %s", page.text("main table"))
	}
	if page := p.get(own + "/credentials"); page.Find("main tbody tr").FilterFunction(byText("Client secret, made by run")).Length() != 1 {
		t.Errorf("a second secret of the same name counts as the run's: %s", page.text("main table"))
	}
}

// answering is a Graph that answers in a way of its own, once it has one.
type answering struct {
	answer func(*http.Request) (*http.Response, error)
}

func (s *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.answer == nil {
		return http.DefaultTransport.RoundTrip(r)
	}
	return s.answer(r)
}

func TestARefusalAsJSONKeepsItsStatus(t *testing.T) {
	wire := &answering{}
	p := newTestPortal(t, withTransport(wire))
	p.signIn("agent-admin")
	path := "/agents/" + p.info.Seed.Agent.ID + "/json?select=id"
	for graphs, want := range map[int]int{401: 502, 403: 403, 404: 404, 429: 429, 500: 502, 503: 502} {
		wire.answer = func(r *http.Request) (*http.Response, error) {
			if r.URL.RawQuery != "$select=id" {
				return http.DefaultTransport.RoundTrip(r)
			}
			body := io.NopCloser(strings.NewReader(`{"error":{"code":"Played","message":"x"}}`))
			return &http.Response{StatusCode: graphs, Header: http.Header{"Retry-After": {"77"}}, Request: r, Body: body}, nil
		}
		page := p.get(path)
		if page.status != want {
			t.Errorf("Graph's %d is shown with %d: %s", graphs, page.status, page.text("main"))
		}
		if form := page.Find("#f-select").Length(); (form == 1) != (graphs != 401) {
			t.Errorf("Graph's %d: %d forms", graphs, form)
		}
		if got := page.header.Get("Retry-After"); graphs == 429 && got != "77" {
			t.Errorf("Retry-After = %q", got)
		}
	}
}

func TestAnIDInCapitalsIsTheSameObject(t *testing.T) {
	wire := &answering{}
	p := newTestPortal(t, withTransport(wire))
	p.signIn("agent-admin")
	seed := p.info.Seed
	wire.answer = func(r *http.Request) (*http.Response, error) {
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(res.Body)
		text := string(body)
		for _, id := range []string{seed.Blueprint.ObjectID, seed.Blueprint.PrincipalID} {
			text = strings.ReplaceAll(text, id, strings.ToUpper(id))
		}
		res.Body, res.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		return res, err
	}
	for _, path := range []string{"/blueprints/" + seed.Blueprint.ObjectID, "/principals/" + seed.Blueprint.PrincipalID} {
		if page := p.get(path); page.status != 200 || page.Find("svg.tree").Length() != 1 {
			t.Errorf("%s: %d %s", path, page.status, page.text("main"))
		}
	}
}
