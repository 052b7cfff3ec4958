package graph

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"agentidportal/entra"
)

// batchServer answers each batch with body and keeps what was sent.
func batchServer(t *testing.T, status int, body string) (*Writer, *[]byte) {
	t.Helper()
	sent := new([]byte)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*sent, _ = io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("request-id", "outer")
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return NewWriter(New(Options{Base: server.URL, Token: Held(entra.NewSecret("t"))})), sent
}

func agentPart(op string) Part {
	return Part{OpID: op, Call: CreateAgentIdentityCall("https://graph.microsoft.com", NewAgentIdentity{DisplayName: op, BlueprintAppID: "b"})}
}

func TestSendAllTellsThePartsApart(t *testing.T) {
	w, sent := batchServer(t, 200, `{"responses":[
		{"id":"4","status":424,"body":{"error":{"code":"FailedDependency","message":"No."}}},
		{"id":"3","status":503,"headers":{"request-id":"r3"},"body":{"error":{"code":"Busy"}}},
		{"id":"2","status":429,"headers":{"retry-after":"12"},"body":{"error":{"code":"TooManyRequests"}}},
		{"id":"1","status":201,"headers":{"Request-Id":"r1"},"body":{"id":"made"}},
		{"id":"6","status":201,"body":{"id":"x"}},{"id":"6","status":400}]}`)
	var parts []Part
	for _, op := range []string{"op-1", "op-2", "op-3", "op-4", "op-5", "op-6"} {
		parts = append(parts, agentPart(op))
	}
	got := w.SendAll(t.Context(), parts)
	var refusal *Error
	if a := got[0]; a.Err != nil || !strings.Contains(string(a.Body), "made") || a.Response.Status != 201 || a.Response.RequestID != "r1" || a.Response.ClientRequestID != "op-1" {
		t.Errorf("part 1: %+v %+v", a, a.Response)
	}
	if !errors.As(got[1].Err, &refusal) || Unknown(got[1].Err) || refusal.RetryAfter != 12*time.Second || refusal.RequestID != "outer" {
		t.Errorf("part 2: %+v", refusal)
	}
	if !Unknown(got[2].Err) || !errors.As(got[2].Err, &refusal) || refusal.RequestID != "r3" {
		t.Errorf("part 3: %v", got[2].Err)
	}
	if Unknown(got[3].Err) || !errors.As(got[3].Err, &refusal) || refusal.Status != 424 {
		t.Errorf("part 4: %v", got[3].Err)
	}
	var open *UnknownOutcomeError
	for _, i := range []int{4, 5} {
		if !errors.As(got[i].Err, &open) || open.ClientRequestID != parts[i].OpID {
			t.Errorf("part %d, answered %s: %v", i+1, []string{"never", "twice"}[i-4], got[i].Err)
		}
	}
	var body struct {
		Requests []struct {
			ID, Method, URL string
			Headers         map[string]string
		}
	}
	if err := json.Unmarshal(*sent, &body); err != nil || len(body.Requests) != 6 {
		t.Fatalf("%v: %s", err, *sent)
	}
	if r := body.Requests[1]; r.URL != "/servicePrincipals/microsoft.graph.agentIdentity" || r.Headers["client-request-id"] != "op-2" || r.Headers["Content-Type"] != "application/json" || r.Method != "POST" {
		t.Errorf("request %+v", r)
	}
}

func TestSendAllAsAWhole(t *testing.T) {
	tests := []struct {
		name    string
		status  int
		body    string
		unknown bool
		code    int
	}{
		{"throttled", 429, `{"error":{"code":"TooManyRequests"}}`, false, 429},
		{"refused", 400, `{"error":{"code":"BadRequest"}}`, false, 400},
		{"server fault", 502, `<html>`, true, 502},
		{"cut", 200, `{"responses":[{"id":"1","sta`, true, 0},
		{"empty", 200, `{}`, true, 0},
	}
	for _, tt := range tests {
		w, _ := batchServer(t, tt.status, tt.body)
		for i, a := range w.SendAll(t.Context(), []Part{agentPart("a"), agentPart("b")}) {
			if Unknown(a.Err) != tt.unknown || status(a.Err) != tt.code {
				t.Errorf("%s, part %d: %v", tt.name, i+1, a.Err)
			}
		}
	}
}

func TestSendAllRefusesWhatIsNoBatch(t *testing.T) {
	w, sent := batchServer(t, 200, `{}`)
	beta := Part{OpID: "x", Call: Call{Method: "POST", Path: "/beta/users", Body: 1}}
	many := make([]Part, MaxParts+1)
	for i := range many {
		many[i] = agentPart(strings.Repeat("x", i+1))
	}
	hole := agentPart("y")
	hole.Call = CreateAgentIdentityCall("", NewAgentIdentity{BlueprintAppID: LaterBlueprintAppID})
	for name, parts := range map[string][]Part{
		"two versions": {agentPart("a"), beta}, "one operation twice": {agentPart("a"), agentPart("a")}, "too many": many,
		"a hole": {agentPart("a"), hole}, "a read": {agentPart("a"), {OpID: "r", Call: Call{Path: "/v1.0/me"}}},
		"no id": {agentPart("a"), agentPart(" ")},
	} {
		for _, a := range w.SendAll(t.Context(), parts) {
			if a.Err == nil || Unknown(a.Err) {
				t.Errorf("%s: %v", name, a.Err)
			}
		}
	}
	if *sent != nil {
		t.Errorf("something was sent: %s", *sent)
	}
}
