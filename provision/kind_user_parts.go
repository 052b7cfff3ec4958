package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

const noteUserNew = "The directory does not know the new agent user everywhere yet."

// licenseAsk is a licence for a user.
type licenseAsk struct {
	User    objectRef  `json:"user"`
	License LicenseRef `json:"license"`
}

func (a licenseAsk) user() objectRef { return a.User }

func licenseKind() stepKind {
	return stepKind{
		name: KindAgentUserLicense, target: graph.KindAgentUser, changes: ofUser[licenseAsk], bulk: true, done: "Assigned",
		call: asking(func(k known, ask licenseAsk, _, _ string) graph.Call {
			return graph.AssignLicenseCall(k.id(ask.User), ask.License.SKUID)
		}),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(licenseAsk)
			return fmt.Sprintf("Assign licence %s to agent user “%s”", ask.License.words(), p.name)
		},
		find: func(ctx context.Context, m *mover, _ bool) ([]object, error) {
			held, err := licenseThere(ctx, m)
			return inPlace(err, held)
		},
		lagNote: noteUserNew, explain: explainLicense,
		forbidden: func(run *models.Run, _ bool) Advice {
			made := "The agent user is made already: "
			if run.Kind == RunChange {
				made = "Nothing was changed: "
			}
			return Advice{
				Title: "Graph does not let you assign licences",
				Text: "It takes the role License Administrator, User Administrator or Global Administrator. " + made +
					"somebody with that role can take the run over and retry, or assign the licence elsewhere.",
				Fixes: []Fix{FixRetry},
			}
		},
		left: func(_ *models.Run, s *models.Step) string {
			return "a licence of the agent user “" + s.ObjectName + "”"
		},
	}
}

// explainLicense tells apart why Graph gives no licence: it has one code for all of it.
// https://learn.microsoft.com/graph/api/user-assignlicense
func explainLicense(s *models.Step) (Advice, bool) {
	ask, err := askedBy[licenseAsk](s)
	said := strings.ToLower(s.ErrorMessage)
	if err != nil || s.HTTPStatus != http.StatusBadRequest {
		return Advice{}, false
	}
	a := Advice{Fixes: []Fix{FixRetry}}
	switch {
	case strings.Contains(said, "available licenses"):
		a.Title = fmt.Sprintf("No licence of %s is left", ask.License.words())
		a.Text = "All that the tenant has are given out. Take one from another user or buy more, then retry. The agent user itself is made."
	case strings.Contains(said, "usage location"):
		a.Title = "The agent user has no usage location"
		a.Text = "Graph gives no licence to a user without one. Set it on the user, then retry."
	case strings.Contains(said, "valid company license"):
		a.Title = fmt.Sprintf("The tenant has no product %s", ask.License.words())
		a.Text = "It had when the run was planned. Assign another product to the agent user."
	default:
		return Advice{}, false
	}
	return a, true
}

// managerAsk is a manager for a user.
type managerAsk struct {
	User    objectRef `json:"user"`
	Manager Principal `json:"manager"`
}

func (a managerAsk) user() objectRef { return a.User }

func managerKind() stepKind {
	return stepKind{
		name: KindAgentUserManager, target: graph.KindAgentUser, changes: ofUser[managerAsk], bulk: true, done: "Set",
		call: asking(func(k known, ask managerAsk, _, _ string) graph.Call {
			return graph.SetManagerCall(k.base, k.id(ask.User), ask.Manager.ID)
		}),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(managerAsk)
			return fmt.Sprintf("Make %s the manager of agent user “%s”", ask.Manager.Words(), p.name)
		},
		find: func(ctx context.Context, m *mover, _ bool) ([]object, error) {
			ask, err := askedBy[managerAsk](m.step)
			if err != nil {
				return nil, err
			}
			manager, err := m.reader().ManagerOf(ctx, m.e.knownOf(m.run).id(ask.User))
			return inPlace(err, err == nil && strings.EqualFold(manager.ID, ask.Manager.ID))
		},
		lagNote: noteUserNew, explain: explainUserPart,
		left: func(_ *models.Run, s *models.Step) string {
			return "the manager of the agent user “" + s.ObjectName + "”"
		},
	}
}

// userSponsorAsk is one sponsor for a user.
type userSponsorAsk struct {
	User    objectRef `json:"user"`
	Sponsor Principal `json:"sponsor"`
}

func (a userSponsorAsk) user() objectRef { return a.User }

func userSponsorKind() stepKind {
	return stepKind{
		name: KindAgentUserSponsor, target: graph.KindAgentUser, changes: ofUser[userSponsorAsk], bulk: true, done: "Added",
		call: asking(func(k known, ask userSponsorAsk, _, _ string) graph.Call {
			return graph.AddRefCall(k.base, graph.KindAgentUser, k.id(ask.User), graph.Sponsors, refs([]Principal{ask.Sponsor})[0])
		}),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(userSponsorAsk)
			return fmt.Sprintf("Add %s to the sponsors of agent user “%s”", ask.Sponsor.Words(), p.name)
		},
		find:    findUserSponsor,
		already: existsAlready, whenAlready: adoptExisting,
		lagNote: noteUserNew,
		left: func(_ *models.Run, s *models.Step) string {
			return "a sponsor of the agent user “" + s.ObjectName + "”"
		},
	}
}

func findUserSponsor(ctx context.Context, m *mover, _ bool) ([]object, error) {
	ask, err := askedBy[userSponsorAsk](m.step)
	if err != nil {
		return nil, err
	}
	sponsors, err := m.reader().UserSponsors(ctx, m.e.knownOf(m.run).id(ask.User))
	return inPlace(err, slices.ContainsFunc(sponsors, func(p graph.PrincipalRef) bool { return strings.EqualFold(p.ID, ask.Sponsor.ID) }))
}

// ofUser is stepKind.changes of what changes an agent user.
func ofUser[T interface{ user() objectRef }](k known, raw json.RawMessage) (graph.Kind, string) {
	return changing(func(k known, ask T) (graph.Kind, string) { return graph.KindAgentUser, k.id(ask.user()) })(k, raw)
}

// inPlace is what a find returns that looks for a part of an object, which has no id of its own. An object that is not
// there has none.
func inPlace(err error, found bool) ([]object, error) {
	switch {
	case graph.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	case !found:
		return nil, nil
	}
	return []object{{}}, nil
}
