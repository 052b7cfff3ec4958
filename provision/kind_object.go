package provision

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// setAsk is properties that an object is to have, by the names Graph has for them.
type setAsk struct {
	Of     Target         `json:"of"`
	Set    map[string]any `json:"set"`
	Before map[string]any `json:"before,omitempty"` // what they were when a person looked
}

func (a setAsk) target() Target { return a.Of }

const accountEnabled = "accountEnabled"

// personalMembers are properties of an agent user that name it like a person.
var personalMembers = []string{"userPrincipalName", "mailNickname"}

func disableKind() stepKind { return enabledKind(KindDisable, "Disable", "Disabled", false) }

func enableKind() stepKind { return enabledKind(KindEnable, "Enable", "Enabled", true) }

func enabledKind(name, verb, done string, enabled bool) stepKind {
	kind := settingKind(name, done, func(ask setAsk) graph.Call { return graph.SetEnabledCall(ask.Of.Kind, ask.Of.ID, enabled) })
	kind.what = func(_ known, p planned) string {
		ask, _ := p.ask.(setAsk)
		return verb + " " + ask.Of.words()
	}
	return kind
}

func updateKind() stepKind {
	kind := settingKind(KindUpdate, "Changed", func(ask setAsk) graph.Call { return graph.UpdateCall(ask.Of.Kind, ask.Of.ID, ask.Set) })
	kind.what = func(_ known, p planned) string {
		ask, _ := p.ask.(setAsk)
		return fmt.Sprintf("Change %s of %s", strings.Join(slices.Sorted(maps.Keys(ask.Set)), ", "), ask.Of.words())
	}
	kind.personal, kind.person = personalMembers, personIn(setAsk.names)
	return kind
}

// settingKind is what disabling, enabling and changing have in common: they are
// settled by reading the properties.
func settingKind(name, done string, call func(setAsk) graph.Call) stepKind {
	return stepKind{
		name: name, target: graph.KindAgentIdentity, changes: ofTarget[setAsk], alike: byTarget[setAsk], bulk: true, done: done,
		call:    asking(func(_ known, ask setAsk, _, _ string) graph.Call { return call(ask) }),
		facts:   setFacts,
		find:    findSet,
		lagNote: noteHolderNew, explain: explainObject,
		left: func(_ *models.Run, s *models.Step) string {
			ask, _ := askedBy[setAsk](s)
			return fmt.Sprintf("%s with %s changed", ask.Of.words(), strings.Join(slices.Sorted(maps.Keys(ask.Set)), ", "))
		},
	}
}

// names are the sign-in name of an agent user before and after, where it changes:
// for the words of the audit, which can be erased.
func (a setAsk) names() string {
	after, _ := a.Set["userPrincipalName"].(string)
	before, _ := a.Before["userPrincipalName"].(string)
	if after == "" || before == "" {
		return after
	}
	return before + " to " + after
}

// setFacts are the properties before and after, without those that name a person.
func setFacts(raw json.RawMessage) map[string]any {
	ask := askIn[setAsk](raw)
	facts := map[string]any{}
	for name, values := range map[string]map[string]any{"before": ask.Before, "after": ask.Set} {
		shown := maps.Clone(values)
		maps.DeleteFunc(shown, func(member string, _ any) bool { return slices.Contains(personalMembers, member) })
		if text, err := auditable(shown); err == nil && len(text) > 0 {
			facts[name] = text
		}
	}
	return facts
}

// findSet reads whether the object has the properties.
func findSet(ctx context.Context, m *mover, _ bool) ([]object, error) {
	ask := askIn[setAsk](m.data.Ask)
	now, err := m.reader().Properties(ctx, ask.Of.Kind, ask.Of.ID, slices.Sorted(maps.Keys(ask.Set))...)
	has := true
	for name, want := range ask.Set {
		has = has && holds(now[name], want)
	}
	return inPlace(err, has)
}

// holds says whether Graph shows a property as it was set. Graph shows what is
// empty in several ways, and members that nobody has set beside those that were.
func holds(shown json.RawMessage, want any) bool {
	text, err := json.Marshal(want)
	if err != nil {
		return false
	}
	if bytes.Equal(bytes.TrimSpace(shown), text) {
		return true
	}
	var a, b any
	if len(shown) > 0 && json.Unmarshal(shown, &a) != nil || json.Unmarshal(text, &b) != nil {
		return false
	}
	return alikeValues(a, b)
}

func alikeValues(shown, want any) bool {
	if emptyValue(shown) || emptyValue(want) {
		return emptyValue(shown) && emptyValue(want)
	}
	switch want := want.(type) {
	case []any:
		list, ok := shown.([]any)
		return ok && len(list) == len(want) && !slices.ContainsFunc(want, func(w any) bool {
			return !slices.ContainsFunc(list, func(s any) bool { return alikeValues(s, w) })
		})
	case map[string]any:
		members, ok := shown.(map[string]any)
		for name, w := range want {
			ok = ok && alikeValues(members[name], w)
		}
		return ok
	}
	return shown == want
}

func emptyValue(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	}
	return false
}
