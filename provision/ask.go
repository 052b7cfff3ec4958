package provision

import (
	"encoding/json"
	"fmt"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// What steps were asked for, as values: each kind has a type of its own, and
// its JSON stands in the step's row.

func decodeAsk[T any](raw json.RawMessage) (ask T, err error) {
	if len(raw) == 0 {
		return ask, nil
	}
	if err := json.Unmarshal(raw, &ask); err != nil {
		return ask, fmt.Errorf("decode what a step was asked for: %w", err)
	}
	return ask, nil
}

// askIn is decodeAsk where the zero value does as well: what does not decode
// builds no call either, and that says so.
func askIn[T any](raw json.RawMessage) T {
	ask, err := decodeAsk[T](raw)
	if err != nil {
		var none T
		return none
	}
	return ask
}

// askedBy is what the row of a step says that it was asked for.
func askedBy[T any](s *models.Step) (ask T, err error) {
	data, err := dataOf(s)
	if err != nil {
		return ask, err
	}
	return decodeAsk[T](data.Ask)
}

// askedOf is what the step was asked for, with what was read since.
func askedOf[T any](m *mover) (ask T, err error) {
	raw, err := m.asked()
	if err != nil {
		return ask, err
	}
	return decodeAsk[T](raw)
}

// asking makes a stepKind's call of a function that takes what was asked for
// as a value.
func asking[T any](build func(k known, ask T, name, opID string) graph.Call) func(known, json.RawMessage, string, string) (graph.Call, error) {
	return func(k known, raw json.RawMessage, name, opID string) (graph.Call, error) {
		ask, err := decodeAsk[T](raw)
		if err != nil {
			return graph.Call{}, err
		}
		return build(k, ask, name, opID), nil
	}
}

// changing makes a stepKind's changes of a function that takes what was asked
// for as a value.
func changing[T any](names func(k known, ask T) (graph.Kind, string)) func(known, json.RawMessage) (graph.Kind, string) {
	return func(k known, raw json.RawMessage) (graph.Kind, string) {
		ask, err := decodeAsk[T](raw)
		if err != nil {
			return "", "" // the call cannot be built of it either, and says so
		}
		return names(k, ask)
	}
}
