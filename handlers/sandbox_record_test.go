package handlers

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/models"
)

// TestNoKnobIsTurnedUnseen: the record of the intent stands before the sandbox
// hears anything.
func TestNoKnobIsTurnedUnseen(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.get("/sandbox")
	p.refuse("INSERT ON audit WHEN NEW.action = 'sandbox.knobs'")
	if got := p.submit(page, "Save knobs", url.Values{"latency": {"9"}}); got.status != http.StatusInternalServerError {
		t.Errorf("status %d", got.status)
	}
	if k := p.knobsNow(); k.LatencyMS != 0 {
		t.Errorf("the latency is %d ms, and no record says so", k.LatencyMS)
	}
}

// TestKnobsTellHowTheyEnded pairs each intent with its outcome.
func TestKnobsTellHowTheyEnded(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		result string
	}{
		{"done", 200, "{}", models.ResultSucceeded},
		{"refused", 400, `{"error":"the offset is too large"}`, models.ResultFailed},
		{"a fault", 500, "", models.ResultAbandoned},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newTestPortal(t)
			p.signIn("agent-admin")
			page := p.get("/sandbox")
			p.h.HTTP = &http.Client{Transport: knobAnswers{tt.status, tt.body}}
			p.submit(page, "Save knobs", url.Values{"latency": {"9"}})
			records := p.audit(models.ActionSandboxKnobs)
			if len(records) != 2 || records[0].Kind != models.AuditIntent || records[1].Kind != models.AuditOutcome || records[0].OpID != records[1].OpID {
				t.Fatalf("records %+v", records)
			}
			if records[1].Result != tt.result || !strings.Contains(string(records[0].Body), `"latencyMs":9`) {
				t.Errorf("%s after %s", records[1].Result, records[0].Body)
			}
		})
	}
}

// TestActsOfADeadPortalAreClosedAtTheStart: nobody else would end them.
func TestActsOfADeadPortalAreClosedAtTheStart(t *testing.T) {
	p := newTestPortal(t)
	for _, action := range []string{models.ActionSandboxReset, models.ActionBlueprintCreate} {
		p.append(models.NewAudit{OpID: "op-" + action, Kind: models.AuditIntent, Actor: models.ActorPortal, Action: action, TargetKind: "sandbox"})
	}
	for range 2 {
		if err := p.h.CloseSandboxActs(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	open, err := p.store.OpenIntents(t.Context())
	if err != nil || len(open) != 1 || open[0].Action != models.ActionBlueprintCreate {
		t.Errorf("open are %+v, %v; want what runs close themselves", open, err)
	}
	if records := p.audit(models.ActionSandboxReset); len(records) != 2 || records[1].Result != models.ResultAbandoned {
		t.Errorf("records %+v", records)
	}
}

// knobAnswers answers every change of the knobs in the sandbox's place.
type knobAnswers struct {
	status int
	body   string
}

// RoundTrip leads everything else to the network.
func (k knobAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPut {
		return http.DefaultTransport.RoundTrip(r)
	}
	return &http.Response{StatusCode: k.status, Body: io.NopCloser(strings.NewReader(k.body)), Header: http.Header{}, Request: r}, nil
}
