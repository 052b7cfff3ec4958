package sandbox

import "time"

// knobs are the settings a tester turns (decision 40); all off by default. Fields of knobs that have
// no effect yet are accepted only at their default.
type knobs struct {
	meta
	LagMs             lags  `json:"lagMs"`
	LatencyMs         int   `json:"latencyMs"`
	Faults            []any `json:"faults"`
	ClockOffsetSec    int   `json:"clockOffsetSec"`
	TokenClock        bool  `json:"tokenClock"`
	AgentFields       bool  `json:"agentFields"`
	CascadeAgentUsers bool  `json:"cascadeAgentUsers"`
	DelegatedCreation bool  `json:"delegatedCreate"`
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
	return &knobs{meta: meta{ID: "knobs", Seq: 1}, Faults: []any{}, AgentFields: true, DelegatedCreation: true}
}

// visibleAt says when an object created now with this lag (milliseconds) can be read.
func (tx *txn) visibleAt(lagMs int) time.Time {
	if lagMs == 0 {
		return time.Time{}
	}
	return tx.now.Add(time.Duration(lagMs) * time.Millisecond)
}
