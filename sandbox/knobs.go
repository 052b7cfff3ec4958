package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// knobs are the settings a tester turns; all off by default. They are kept like every other object,
// so a restart does not turn them back; a reset does.
type knobs struct {
	meta
	knobValues
}

type knobValues struct {
	LagMs             lags    `json:"lagMs"`
	LatencyMs         int     `json:"latencyMs"`
	Faults            []fault `json:"faults"`
	ClockOffsetSec    int     `json:"clockOffsetSec"`
	TokenClock        bool    `json:"tokenClock"`
	AgentFields       bool    `json:"agentFields"`
	CascadeAgentUsers bool    `json:"cascadeAgentUsers"`
	// DelegatedCreate lets people with the right permission create agent identities; sources disagree
	// on whether Entra does.
	DelegatedCreate bool `json:"delegatedCreate"`
	// UserConsent lets people consent for themselves to what needs no administrator; without it every
	// scope that is not granted yet needs one, as in a tenant where user consent is turned off.
	// https://learn.microsoft.com/entra/identity/enterprise-apps/configure-user-consent
	UserConsent bool `json:"userConsent"`
	// AgentConsent lets people consent for an agent identity by response_type=none; documents disagree.
	AgentConsent bool `json:"agentConsent"`
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

func newKnobs(values knobValues) *knobs { return &knobs{meta{ID: "knobs", Seq: 1}, values} }

func defaultKnobs() *knobs {
	return newKnobs(knobValues{Faults: []fault{}, AgentFields: true, DelegatedCreate: true, UserConsent: true, AgentConsent: true})
}

// UnmarshalJSON reads kept knobs over the defaults: a knob that is newer than the row has its default.
func (k *knobs) UnmarshalJSON(text []byte) error {
	type plain knobs // without this method
	p := plain(*defaultKnobs())
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	*k = knobs(p)
	return nil
}

const (
	maxDelayMs = 10 * 60 * 1000
	maxOffset  = 10 * 366 * 24 * 60 * 60 // seconds
)

// check says in one sentence a fault what is wrong with the values.
func (k knobValues) check() []string {
	var wrong []string
	for _, d := range []struct {
		name  string
		value int
	}{
		{"lagMs.blueprint", k.LagMs.Blueprint},
		{"lagMs.principal", k.LagMs.Principal},
		{"lagMs.agentIdentity", k.LagMs.AgentIdentity},
		{"lagMs.agentUser", k.LagMs.AgentUser},
		{"lagMs.grant", k.LagMs.Grant},
		{"latencyMs", k.LatencyMs},
	} {
		if d.value < 0 || d.value > maxDelayMs {
			wrong = append(wrong, fmt.Sprintf("The value of %s must be 0 to %d milliseconds, not %d.", d.name, maxDelayMs, d.value))
		}
	}
	if k.ClockOffsetSec < -maxOffset || k.ClockOffsetSec > maxOffset {
		wrong = append(wrong, fmt.Sprintf("The value of clockOffsetSec must be %d to %d seconds, not %d.", -maxOffset, maxOffset, k.ClockOffsetSec))
	}
	if !k.AgentFields {
		wrong = append(wrong, "The knob agentFields has no effect in this version of the sandbox: leave it true.")
	}
	return append(wrong, checkFaults(k.Faults)...)
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

// turnKnobs takes a whole or a partial set: fields that are left out keep their value, a list of
// faults replaces the one before.
func (s *Sandbox) turnKnobs(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		writeControlError(w, http.StatusBadRequest, "The body is no set of knobs: %v.", err)
		return
	}
	if err := decodeKnobs(body, new(knobValues)); err != nil {
		writeControlError(w, http.StatusBadRequest, "The body is no set of knobs: %v.", err)
		return
	}
	if values, ok := s.changeKnobs(w, r, func(k *knobValues) { _ = decodeKnobs(body, k) }); ok {
		writeJSON(w, http.StatusOK, values)
	}
}

// decodeKnobs reads the body over the values. The list of faults is made anew: decoding must not
// write into the one that the state holds.
func decodeKnobs(body []byte, k *knobValues) error {
	held := k.Faults
	k.Faults = nil
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(k); err != nil {
		return err
	}
	if decoder.More() {
		return errors.New("something follows the first object")
	}
	if k.Faults == nil {
		k.Faults = held
	}
	return nil
}

// changeKnobs lets change turn the knobs and keeps them when they are right; otherwise it answers
// with what is wrong and returns false.
func (s *Sandbox) changeKnobs(w http.ResponseWriter, r *http.Request, change func(*knobValues)) (knobValues, bool) {
	var values knobValues
	var wrong []string
	err := s.tenant.write(r.Context(), func(tx *txn) error {
		values = tx.knobs.knobValues
		change(&values)
		if wrong = values.check(); len(wrong) > 0 {
			return errKnobs
		}
		tx.put(newKnobs(values))
		return nil
	})
	switch {
	case errors.Is(err, errKnobs):
		writeJSON(w, http.StatusBadRequest, controlError{strings.Join(wrong, " "), wrong})
	case err != nil:
		writeControlError(w, http.StatusInternalServerError, "The knobs could not be kept: %v.", err)
	}
	return values, err == nil
}

// errKnobs ends a transaction whose knobs are wrong.
var errKnobs = errors.New("wrong knobs")

// visibleAt says when an object created now with this lag (milliseconds) can be read.
func (tx *txn) visibleAt(lagMs int) time.Time {
	if lagMs == 0 {
		return time.Time{}
	}
	return tx.now.Add(time.Duration(lagMs) * time.Millisecond)
}
