package handlers

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/entra/graph"
)

// Where the list of what one owns is closed, the owners of the blueprint are
// asked: nobody deletes the check of somebody else by that.
func TestTokenCheckAsksForTheOwnerWhereTheListIsClosed(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	foreign := p.createAgent("agent-admin")
	theirs := p.saveCheck(url.Values{"name": {"Theirs"}, "target": {foreign}}, "lifetime", "5").url.Path
	p.newBrowser()
	p.signIn("agent-dev")
	own := p.saveCheck(url.Values{"name": {"Own"}}, "lifetime", "5").url.Path
	p.h.Graph = graph.New(graph.Options{Base: p.cloud.Graph, HTTP: &http.Client{Transport: closedTo("/me/ownedObjects")}, Now: p.clock.now})
	if page := p.get(own); page.status != http.StatusOK {
		t.Errorf("a check of one's own: status %d: %s", page.status, page.text("main"))
	}
	if list := p.get("/tokens/checks").text("tbody"); !strings.Contains(list, "Own") || strings.Contains(list, "Theirs") {
		t.Errorf("the list shows %q", list)
	}
	for _, act := range []string{"", "/edit", "/delete"} {
		if page := p.get(theirs + act); page.status != http.StatusNotFound {
			t.Errorf("%s: status %d", act, page.status)
		}
	}
	if page := p.post(theirs+"/delete", url.Values{}); page.status != http.StatusNotFound {
		t.Errorf("deleted: status %d", page.status)
	}
}

// closedTo refuses one path of Graph, as a missing permission does.
type closedTo string

// RoundTrip answers 403 for the path, and sends all else.
func (closed closedTo) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, string(closed)) {
		return http.DefaultTransport.RoundTrip(r)
	}
	const body = `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`
	return &http.Response{
		StatusCode: http.StatusForbidden, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}, nil
}
