package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// agentAsk is what an agent identity is created from, beside its name.
type agentAsk struct {
	Sponsors []Principal `json:"sponsors"`
}

func agentKind() stepKind {
	return stepKind{
		name: KindAgent, target: graph.KindAgentIdentity, bulk: true, itself: true, done: "Created",
		ask:       func(k known) any { return agentAsk{Sponsors: k.spec.SponsorsOfAgents()} },
		call:      asking(createAgent),
		what:      func(_ known, p planned) string { return fmt.Sprintf("Create agent identity “%s”", p.name) },
		read:      answering(func(a graph.AgentIdentity) object { return object{id: a.ID, name: a.DisplayName} }),
		find:      findAgent,
		lagNote:   "The directory does not know the blueprint principal everywhere yet.",
		forbidden: agentForbidden,
		left: func(_ *models.Run, s *models.Step) string {
			return fmt.Sprintf("an agent identity named “%s” with the tag %s", s.ObjectName, graph.OpTag(s.OpID))
		},
	}
}

func createAgent(k known, ask agentAsk, name, opID string) graph.Call {
	call := graph.CreateAgentIdentityCall(k.base, graph.NewAgentIdentity{
		DisplayName: name, BlueprintAppID: k.blueprintAppID, Sponsors: refs(ask.Sponsors), Tags: opTags(opID),
	})
	if k.runAs == AsBlueprint {
		return call.By(graph.AsBlueprint)
	}
	return call
}

// findAgent looks among the agents of the blueprint, by tag and at the last by
// name and time.
func findAgent(ctx context.Context, m *mover, settled bool) ([]object, error) {
	agents, err := m.agents(ctx)
	if err != nil {
		return nil, err
	}
	var tagged, untagged []object
	for _, a := range agents {
		if m.taken(a.ID) {
			continue // agents of one run may share a name
		}
		o := object{id: a.ID, name: a.DisplayName, created: a.CreatedDateTime}
		switch {
		case slices.Contains(a.Tags, graph.OpTag(m.step.OpID)):
			tagged = append(tagged, o)
		case a.DisplayName == m.step.ObjectName && !hasOpTag(a.Tags, m.blueprintOp()) && m.since(a.CreatedDateTime):
			untagged = append(untagged, o)
		}
	}
	if len(tagged) == 0 && settled {
		return untagged, nil
	}
	return tagged, nil
}

// taken says whether another step of the run has made an object.
func (m *mover) taken(id string) bool {
	return slices.ContainsFunc(m.run.Steps, func(s models.Step) bool { return s.ID != m.step.ID && s.ObjectID == id })
}

// agents reads the agents of the run's blueprint; once for all the steps that
// are settled together.
func (m *mover) agents(ctx context.Context) ([]graph.AgentIdentity, error) {
	if m.shared != nil && m.shared.read {
		return m.shared.agents, m.shared.err
	}
	var agents []graph.AgentIdentity
	var failed error
	for a, err := range m.reader().AgentIdentitiesOf(ctx, m.run.BlueprintAppID) {
		if failed = err; err != nil {
			break
		}
		agents = append(agents, a)
	}
	if m.shared != nil {
		m.shared.read, m.shared.agents, m.shared.err = true, agents, failed
	}
	return agents, failed
}

// hasOpTag reports whether an object is known as the work of an operation, not
// counting one: agent identities show their blueprint's tags beside their own.
func hasOpTag(tags []string, but string) bool {
	return slices.ContainsFunc(tags, func(t string) bool {
		return strings.HasPrefix(t, graph.OpTag("")) && (but == "" || t != graph.OpTag(but))
	})
}

// blueprintOp is the operation that made the run's blueprint.
func (m *mover) blueprintOp() string {
	for i := range m.run.Steps {
		if m.run.Steps[i].Kind == KindBlueprint {
			return m.run.Steps[i].OpID
		}
	}
	return ""
}

// agentForbidden tells a refusal of the person from one of the blueprint.
func agentForbidden(run *models.Run, canBlueprint bool) Advice {
	if run.RunAs == string(AsBlueprint) {
		return Advice{
			Title: "Graph does not let the blueprint create agent identities",
			Text:  "The blueprint’s principal needs AgentIdentity.CreateAsManager. Graph gives it on its own; it may have been taken away.",
			Fixes: []Fix{FixRetry},
		}
	}
	a := Advice{
		Title: "Graph does not let you create agent identities as yourself",
		Text:  "Not every tenant allows it with a person’s rights.",
		Fixes: []Fix{FixRetry},
	}
	secret := failedSecret(run)
	switch {
	case canBlueprint:
		a.Text += " The blueprint can create them with its own token: that is the same run, and nothing is made twice."
		a.Fixes = []Fix{FixAsBlueprint, FixRetry}
	case secret > 0:
		a.Text += fmt.Sprintf(" The blueprint could do it with its own token, but its client secret was not made. "+
			"First retry step %d, which makes it: then “Go on as the blueprint” is offered here.", secret)
	default:
		a.Text += " The blueprint could do it with its own token, but the portal holds no client secret of it for you. " + addSecretWords
		a.Fixes = []Fix{FixRetry, FixAddSecret}
	}
	return a
}
