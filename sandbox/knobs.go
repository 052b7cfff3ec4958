package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// knobs are the settings a tester turns; all off by default. Knobs that have no effect
// yet are accepted only at their default.
type knobs struct {
	meta
	knobValues
}

type knobValues struct {
	LagMs             lags  `json:"lagMs"`
	LatencyMs         int   `json:"latencyMs"`
	Faults            []any `json:"faults"`
	ClockOffsetSec    int   `json:"clockOffsetSec"`
	TokenClock        bool  `json:"tokenClock"`
	AgentFields       bool  `json:"agentFields"`
	CascadeAgentUsers bool  `json:"cascadeAgentUsers"`
	// DelegatedCreate lets people with the right permission create agent identities; sources disagree
	// on whether Entra does.
	DelegatedCreate bool `json:"delegatedCreate"`
}

// lags are replication delays in milliseconds, by what was created.
type lags struct {
	Blueprint     int `json:"blueprint"`
	Principal     int `json:"principal"`
	AgentIdentity int `json:"agentIdentity"`
	AgentUser     int `json:"agentUser"`
	Grant         int `json:"grant"`
}

func (*knobs) kind() kind { return kindKnobs }

func defaultKnobs() *knobs {
	return &knobs{meta{ID: "knobs", Seq: 1}, knobValues{Faults: []any{}, AgentFields: true, DelegatedCreate: true}}
}

const maxDelayMs = 10 * 60 * 1000

// check says in a sentence what is wrong with the values.
func (k knobValues) check() error {
	delays := []struct {
		name  string
		value int
	}{
		{"lagMs.blueprint", k.LagMs.Blueprint}, {"lagMs.principal", k.LagMs.Principal},
		{"lagMs.agentIdentity", k.LagMs.AgentIdentity}, {"latencyMs", k.LatencyMs},
	}
	for _, d := range delays {
		if d.value < 0 || d.value > maxDelayMs {
			return fmt.Errorf("the value of %s must be 0 to %d milliseconds, not %d", d.name, maxDelayMs, d.value)
		}
	}
	idle := []struct {
		name   string
		turned bool
	}{
		{"lagMs.agentUser", k.LagMs.AgentUser != 0}, {"lagMs.grant", k.LagMs.Grant != 0}, {"faults", len(k.Faults) > 0},
		{"clockOffsetSec", k.ClockOffsetSec != 0}, {"tokenClock", k.TokenClock}, {"agentFields", !k.AgentFields},
		{"cascadeAgentUsers", k.CascadeAgentUsers},
	}
	for _, v := range idle {
		if v.turned {
			return fmt.Errorf("the knob %s has no effect in this version of the sandbox: leave it at its default", v.name)
		}
	}
	return nil
}

func (s *Sandbox) knobValues() knobValues {
	var values knobValues
	_ = s.tenant.read(func(st *state) error {
		values = st.knobs.knobValues
		return nil
	})
	return values
}

func (s *Sandbox) showKnobs(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.knobValues())
}

// turnKnobs takes a whole or a partial set: fields that are left out keep their value.
func (s *Sandbox) turnKnobs(w http.ResponseWriter, r *http.Request) {
	values := s.knobValues()
	values.Faults = nil // decoding must not write into the list that the state holds
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&values); err != nil {
		writeControlError(w, http.StatusBadRequest, "The body is no set of knobs: %v.", err)
		return
	}
	if values.Faults == nil {
		values.Faults = []any{}
	}
	if err := values.check(); err != nil {
		writeControlError(w, http.StatusBadRequest, "%s.", capital(err.Error()))
		return
	}
	err := s.tenant.write(r.Context(), func(tx *txn) error {
		tx.put(&knobs{meta{ID: "knobs", Seq: 1}, values})
		return nil
	})
	if err != nil {
		writeControlError(w, http.StatusInternalServerError, "The knobs could not be kept: %v.", err)
		return
	}
	writeJSON(w, http.StatusOK, values)
}

// capital makes the first letter of a sentence large.
func capital(text string) string {
	if text == "" {
		return text
	}
	return string(text[0]-'a'+'A') + text[1:]
}

// visibleAt says when an object created now with this lag (milliseconds) can be read.
func (tx *txn) visibleAt(lagMs int) time.Time {
	if lagMs == 0 {
		return time.Time{}
	}
	return tx.now.Add(time.Duration(lagMs) * time.Millisecond)
}
