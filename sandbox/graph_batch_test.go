package sandbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGraphBatch sends reads, a write, a refusal and what depends on it in one request.
func TestGraphBatch(t *testing.T) {
	f := newGraph(t)
	token := f.admin()
	own := seedID("app invoice-helper")
	a := f.must(200, "POST", "/v1.0/$batch", token, `{"requests":[
		{"id":"1","method":"GET","url":"/me?$select=id"},
		{"id":"2","method":"POST","url":"servicePrincipals/microsoft.graph.agentIdentity","headers":{"content-type":"application/json","client-request-id":"op-2"},"body":`+agentBody("Batched", own)+`},
		{"id":"3","method":"GET","url":"/applications/`+newID()+`","dependsOn":["2"]},
		{"id":"4","method":"GET","url":"/me","dependsOn":["3"]},
		{"id":"5","method":"DELETE","url":"/nothing"}]}`)
	statuses := map[string]float64{}
	var created string
	for _, v := range a.body["responses"].([]any) {
		part := v.(map[string]any)
		statuses[part["id"].(string)] = part["status"].(float64)
		if part["id"] == "2" {
			created = part["body"].(map[string]any)["id"].(string)
		}
	}
	if diff := cmp.Diff(map[string]float64{"1": 200, "2": 201, "3": 404, "4": 424, "5": 400}, statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	f.must(200, "GET", agents+"/"+created, token, "")
	found := 0
	for _, e := range f.do("GET", "/_sandbox/journal", "", "").body["entries"].([]any) {
		entry := e.(map[string]any)
		if entry["clientRequestId"] == "op-2" && entry["status"] == 201.0 && strings.HasSuffix(entry["batch"].(string), "/2") && entry["objectIds"].([]any)[0] == created {
			found++
		}
	}
	if found != 1 {
		t.Errorf("%d journal entries of the batched create, want 1", found)
	}
}

// TestGraphBatchRefused: what makes a whole batch a bad request.
func TestGraphBatchRefused(t *testing.T) {
	f := newGraph(t)
	var many []string
	for i := range maxBatch + 1 {
		many = append(many, fmt.Sprintf(`{"id":"%d","method":"GET","url":"/me"}`, i))
	}
	for _, requests := range []string{
		`[]`, `7`, `[` + strings.Join(many, ",") + `]`,
		`[{"id":"a","method":"GET","url":"/me"},{"id":"A","method":"GET","url":"/me"}]`,
		`[{"method":"GET","url":"/me"}]`, `[{"id":"1","method":"FETCH","url":"/me"}]`, `[{"id":"1","method":"GET","url":""}]`,
		`[{"id":"1","method":"GET","url":"https://graph.microsoft.com/v1.0/me"}]`, `[{"id":"1","method":"POST","url":"/$batch"}]`,
		`[{"id":"1","method":"GET","url":"/me","dependsOn":["2"]}]`, `[{"id":"1","method":"POST","url":"/applications","body":{}}]`,
	} {
		if a := f.do("POST", "/v1.0/$batch", f.admin(), `{"requests":`+requests+`}`); a.status != 400 || a.code() != "BadRequest" {
			t.Errorf("%.80s = %d %s", requests, a.status, a.raw)
		}
	}
	f.must(401, "POST", "/v1.0/$batch", "", `{"requests":[]}`)
}
