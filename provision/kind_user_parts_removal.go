package provision

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// licenseRemovalKind takes a licence from an agent user.
func licenseRemovalKind() stepKind {
	return stepKind{
		name: KindAgentUserLicenseRemove, target: graph.KindAgentUser, changes: ofUser[licenseAsk], bulk: true, done: "Removed",
		call: asking(func(k known, ask licenseAsk, _, _ string) graph.Call {
			return graph.RemoveLicenseCall(k.id(ask.User), ask.License.SKUID)
		}),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(licenseAsk)
			return fmt.Sprintf("Take licence %s from agent user “%s”", ask.License.words(), p.name)
		},
		settle: settleGone(licenseThere),
		already: func(e *graph.Error) bool {
			return missing(e) || e.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(e.Message), "corresponding license")
		},
		whenAlready: confirmGoneBy(licenseThere),
		takesAway:   true, lost: lostRemoval,
		lagNote: noteUserNew, explain: explainUserPart,
		left: func(_ *models.Run, s *models.Step) string {
			return "a licence of the agent user “" + s.ObjectName + "”, which may still be there"
		},
	}
}

// licenseThere says whether the agent user has the licence that a step is about.
func licenseThere(ctx context.Context, m *mover) (bool, error) {
	ask, err := askedBy[licenseAsk](m.step)
	if err != nil {
		return false, err
	}
	licenses, err := m.reader().LicensesOf(ctx, m.e.knownOf(m.run).id(ask.User))
	if graph.IsNotFound(err) {
		return false, nil
	}
	return slices.ContainsFunc(licenses, func(l graph.LicenseDetail) bool { return strings.EqualFold(l.SKUID, ask.License.SKUID) }), err
}

// managerRemovalKind leaves an agent user without a manager.
func managerRemovalKind() stepKind {
	return stepKind{
		name: KindAgentUserManagerRemove, target: graph.KindAgentUser, changes: ofUser[managerAsk], bulk: true, done: "Removed",
		call: asking(func(k known, ask managerAsk, _, _ string) graph.Call { return graph.RemoveManagerCall(k.id(ask.User)) }),
		what: func(_ known, p planned) string {
			return fmt.Sprintf("Leave agent user “%s” without a manager", p.name)
		},
		person:  personIn(func(a managerAsk) string { return a.Manager.Words() }),
		settle:  settleGone(managerThere),
		already: missing, whenAlready: confirmGoneBy(managerThere),
		takesAway: true, lost: lostRemoval,
		lagNote: noteUserNew, explain: explainUserPart,
		left: func(_ *models.Run, s *models.Step) string {
			return "the manager of the agent user “" + s.ObjectName + "”, who may still be that"
		},
	}
}

func managerThere(ctx context.Context, m *mover) (bool, error) {
	_, err := m.reader().ManagerOf(ctx, m.e.knownOf(m.run).id(askIn[managerAsk](m.data.Ask).User))
	if graph.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}
