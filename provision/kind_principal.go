package provision

import (
	"context"
	"net/http"
	"strings"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

func principalKind() stepKind {
	return stepKind{
		name: KindPrincipal, target: graph.KindBlueprintPrincipal, done: "Created",
		ask: func(known) any { return struct{}{} },
		call: asking(func(k known, _ struct{}, _, _ string) graph.Call {
			return graph.CreateBlueprintPrincipalCall(k.blueprintAppID)
		}),
		what:    func(known, planned) string { return "Create its principal in this tenant" },
		read:    answering(func(p graph.BlueprintPrincipal) object { return object{id: p.ID, appID: p.AppID, name: p.DisplayName} }),
		find:    findPrincipal,
		already: existsAlready, whenAlready: principalExists,
		lags: principalLags, lagNote: noteBlueprintNew,
		left: func(run *models.Run, _ *models.Step) string {
			return "the blueprint principal of the app " + run.BlueprintAppID
		},
	}
}

const noteBlueprintNew = "The directory does not know the new blueprint everywhere yet."

// findPrincipal needs no tag: a blueprint has one principal in a tenant.
func findPrincipal(ctx context.Context, m *mover, _ bool) ([]object, error) {
	p, err := m.reader().BlueprintPrincipalOf(ctx, m.run.BlueprintAppID)
	if graph.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []object{{id: p.ID, appID: p.AppID, name: p.DisplayName}}, nil
}

// existsAlready reads the refusal of a second principal for one blueprint. The
// documents leave status and code open.
func existsAlready(e *graph.Error) bool {
	if e.Status == http.StatusConflict {
		return true
	}
	return e.Status == http.StatusBadRequest &&
		(e.Code == "Request_MultipleObjectsWithSameKeyValue" || strings.Contains(strings.ToLower(e.Message), "already"))
}

// principalExists handles a principal that Graph says exists already: reading
// tells which. When reading shows none and Graph says so again, it is for a
// person.
func principalExists(ctx context.Context, m *mover, refusal *graph.Error) (goOn bool, _ error) {
	if m.data.Conflicts++; m.data.Conflicts > 1 {
		f := failureOf(refusal)
		f.note = "Graph says that the blueprint has a principal already, and shows none. It may lie among the deleted objects of the directory. " +
			"Look there, restore or purge it, then retry: nothing is made twice."
		return m.fail(ctx, f)
	}
	m.lose(ctx, "Graph says that the principal exists already.")
	return m.settleSoon(ctx)
}

// principalLags: Graph answers 403, too, for a principal whose application it
// does not see.
func principalLags(m *mover, refusal *graph.Error) bool {
	soon := m.e.o.Now().Sub(m.data.Sent) < time.Minute
	return refusal.Lag() || refusal.Status == http.StatusForbidden && soon
}
