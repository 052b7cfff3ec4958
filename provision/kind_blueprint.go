package provision

import (
	"context"
	"fmt"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// blueprintAsk is what a blueprint is created from, beside its name.
type blueprintAsk struct {
	Description string      `json:"description,omitempty"`
	Audience    string      `json:"signInAudience,omitempty"`
	Owners      []Principal `json:"owners"`
	Sponsors    []Principal `json:"sponsors"`
}

func blueprintKind() stepKind {
	return stepKind{
		name: KindBlueprint, target: graph.KindBlueprint, done: "Created",
		ask: func(k known) any {
			return blueprintAsk{Description: k.spec.Description, Audience: k.spec.Audience, Owners: k.owners(), Sponsors: k.spec.Sponsors}
		},
		call: asking(createBlueprint),
		what: func(k known, p planned) string {
			return fmt.Sprintf("Create blueprint “%s”, %s, %s", p.name, plural(len(k.owners()), "owner"), plural(len(k.spec.Sponsors), "sponsor"))
		},
		read: answering(func(b graph.Blueprint) object { return object{id: b.ID, appID: b.AppID, name: b.DisplayName} }),
		took: func(run *models.Run, made object) { run.BlueprintID, run.BlueprintAppID = made.id, made.appID },
		find: findBlueprint,
		// It depends on nothing that could lag.
		lags: func(*mover, *graph.Error) bool { return false },
		left: func(_ *models.Run, s *models.Step) string {
			return fmt.Sprintf("a blueprint named “%s” with the tag %s", s.ObjectName, graph.OpTag(s.OpID))
		},
	}
}

func createBlueprint(k known, ask blueprintAsk, name, opID string) graph.Call {
	return graph.CreateBlueprintCall(k.base, graph.NewBlueprint{
		DisplayName: strings.TrimSpace(name), Description: strings.TrimSpace(ask.Description),
		SignInAudience: ask.Audience, Sponsors: refs(ask.Sponsors), Owners: refs(ask.Owners), Tags: opTags(opID),
	})
}

// owners are the chosen ones. Specs of before owners could be chosen name none:
// the person who started the run owns what they make.
func (k known) owners() []Principal {
	if k.spec.Owners == nil {
		return []Principal{{ID: k.ownerOID, Kind: graph.KindUser}}
	}
	return k.spec.Owners
}

// findBlueprint looks by the operation's tag, and at the last, when no tag came
// back, by name and time.
func findBlueprint(ctx context.Context, m *mover, settled bool) ([]object, error) {
	tagged, err := m.reader().BlueprintsTagged(ctx, graph.OpTag(m.step.OpID))
	if err != nil {
		return nil, err
	}
	if len(tagged) > 0 || !settled {
		return blueprintObjects(tagged), nil
	}
	var untagged []graph.Blueprint
	list := graph.ListOptions{Filter: "displayName eq " + graph.ODataString(m.step.ObjectName)}
	for {
		page, err := m.reader().Blueprints(ctx, list)
		if err != nil {
			return nil, err
		}
		for _, b := range page.Items {
			// Anybody may have made a blueprint of this name just now; only the
			// portal's own can be this one.
			ours := b.CreatedByAppID == m.e.o.SignIns.o.App.ClientID
			if ours && b.DisplayName == m.step.ObjectName && !hasOpTag(b.Tags, "") && m.since(b.CreatedDateTime) {
				untagged = append(untagged, b)
			}
		}
		if list.Next = page.Next; list.Next == "" {
			return blueprintObjects(untagged), nil
		}
	}
}

func blueprintObjects(list []graph.Blueprint) []object {
	var objects []object
	for _, b := range list {
		objects = append(objects, object{id: b.ID, appID: b.AppID, name: b.DisplayName, created: b.CreatedDateTime})
	}
	return objects
}
