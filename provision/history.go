package provision

import (
	"encoding/json"
	"time"

	"agentidportal/models"
)

// stepHistory is what a step tells of its calls, also those of operations that
// have ended: it outlives a retry.
type stepHistory struct {
	Calls   int       `json:"calls,omitempty"` // requests sent that change something, refused ones too
	SentAs  RunAs     `json:"sentAs,omitempty"`
	SentBy  string    `json:"sentBy,omitempty"` // user principal name of the owner at that moment
	Earlier []Refusal `json:"earlier,omitempty"`
}

// Refusal is an operation of a step that failed and was taken up again.
type Refusal struct {
	At     time.Time `json:"at"`
	OpID   string    `json:"opId,omitempty"` // empty when nothing was sent
	Status int       `json:"status,omitempty"`
	Code   string    `json:"code,omitempty"`
	Note   string    `json:"note,omitempty"`
	As     RunAs     `json:"as,omitempty"`
	By     string    `json:"by,omitempty"`

	// What was done about it, by whom and when.
	Action   string    `json:"action"` // models.ActionRunRetry, models.ActionRunAsBlueprint
	ActionBy string    `json:"actionBy"`
	ActionAt time.Time `json:"actionAt"`
}

// History is what a step tells of its calls.
type History struct {
	Calls   int    // requests sent that change something, refused ones too
	As      RunAs  // whose token the last of them carried; empty before the first
	By      string // user principal name of the run's owner at that moment
	Earlier []Refusal
}

// HistoryOf reads the history of a step; an empty one when there is none.
func HistoryOf(s *models.Step) History {
	data, err := dataOf(s)
	if err != nil {
		return History{}
	}
	return History{Calls: data.Calls, As: data.SentAs, By: data.SentBy, Earlier: data.Earlier}
}

// WasThere reports whether what a step was to make existed before: Graph said so, and no answer to the step was lost.
func WasThere(s *models.Step) bool {
	data, err := dataOf(s)
	return err == nil && s.Result == models.ResultAdopted && s.HTTPStatus >= 400 && s.HTTPStatus < 500 && data.Reads == 0 && data.Repeats == 0
}

// counted notes that a call is about to be sent. It is saved before the call
// leaves, so that one whose fate a crash hides counts as sent.
func (m *mover) counted() {
	m.data.Calls++
	m.data.SentAs, m.data.SentBy = AsMe, m.run.OwnerUsername
	if m.kind.itself && m.run.RunAs == string(AsBlueprint) {
		m.data.SentAs = AsBlueprint
	}
}

// remember keeps how a failed step ended before it is planned anew.
func remember(s *models.Step, a models.Actor, action string, now time.Time) error {
	data, err := dataOf(s)
	if err != nil {
		return err
	}
	data.Earlier = append(data.Earlier, Refusal{
		At: s.FinishedAt, OpID: s.OpID, Status: s.HTTPStatus, Code: s.ErrorCode, Note: s.Note, As: data.SentAs, By: data.SentBy,
		Action: action, ActionBy: a.Username, ActionAt: now,
	})
	s.Params, err = json.Marshal(data)
	return err
}
