package sandbox

import (
	"strings"
	"testing"
	"time"
)

// TestGraphLag: what was just created is not there for readers, and not usable, until replication has
// carried it.
func TestGraphLag(t *testing.T) {
	f := newGraph(t)
	f.knobs(func(k *knobs) { k.LagMs = lags{Blueprint: 2000, Principal: 3000, AgentIdentity: 1000} })
	admin := f.admin()
	lagging := func(a graphAnswer, status int) {
		t.Helper()
		notFound := a.code() == "Request_ResourceNotFound" || a.code() == "Request_BadRequest" && strings.HasPrefix(a.message(), "Object with id ")
		if a.status != status || !notFound {
			t.Errorf("lag = %d %s, want %d", a.status, a.raw, status)
		}
	}

	id, appID := f.newBlueprint(admin, "Slow")
	lagging(f.do("GET", "/v1.0/applications/"+id, admin, ""), 404)
	lagging(f.do("GET", "/v1.0/applications(appId='"+appID+"')", admin, ""), 404)
	lagging(f.do("PATCH", "/v1.0/applications/"+id, admin, `{"displayName":"y"}`), 404)
	lagging(f.do("POST", "/v1.0/applications/"+id+"/addPassword", admin, `{}`), 400)
	lagging(f.do("POST", principals, admin, `{"appId":"`+appID+`"}`), 400)
	if got := f.must(200, "GET", blueprints+"?$filter=displayName%20eq%20'Slow'", admin, "").values(); len(got) != 0 {
		t.Errorf("the list shows %v", got)
	}

	f.clock.advance(2 * time.Second)
	f.must(200, "GET", "/v1.0/applications/"+id, admin, "")
	f.must(200, "POST", "/v1.0/applications/"+id+"/addPassword", admin, `{}`)
	principal := f.must(201, "POST", principals, admin, `{"appId":"`+appID+`"}`).text("id")
	lagging(f.do("GET", "/v1.0/servicePrincipals/"+principal, admin, ""), 404)
	lagging(f.do("POST", agents, admin, agentBody("a", appID)), 400)

	f.clock.advance(3 * time.Second)
	agent := f.must(201, "POST", agents, admin, agentBody("a", appID)).text("id")
	lagging(f.do("GET", agents+"/"+agent, admin, ""), 404)
	byIDs := f.must(200, "POST", "/v1.0/directoryObjects/getByIds", admin, quoted(map[string]any{"ids": []string{agent, principal}}))
	if got := byIDs.column("id"); len(got) != 1 || got[0] != principal {
		t.Errorf("getByIds gives %v", got)
	}
	f.clock.advance(time.Second)
	f.must(200, "GET", agents+"/"+agent, admin, "")
}
