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

// userAsk is what an agent user is created from, beside its display name.
type userAsk struct {
	Agent         objectRef `json:"agent"`
	UPN           string    `json:"upn"`
	UsageLocation string    `json:"usageLocation,omitempty"`
}

func agentUserKind() stepKind {
	return stepKind{
		name: KindAgentUser, target: graph.KindAgentUser, bulk: true, itself: true, done: "Created",
		call: asking(createAgentUser),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(userAsk)
			return fmt.Sprintf("Create agent user %s", ask.UPN)
		},
		read:     answering(func(u graph.AgentUser) object { return object{id: u.ID, name: u.DisplayName} }),
		personal: []string{"userPrincipalName", "mailNickname"},
		person:   personIn(func(a userAsk) string { return a.UPN }),
		find:     findAgentUser,
		already:  existsAlready, whenAlready: agentUserExists,
		lags: agentUserLags, lagNote: "The directory does not know the agent identity everywhere yet.",
		forbidden: agentUserForbidden,
		left: func(_ *models.Run, s *models.Step) string { // in the audit, so without the sign-in name
			return "an agent user named “" + s.ObjectName + "”"
		},
	}
}

// createAgentUser takes the part before the @ as the mail nickname: the rules of one are those of the other.
func createAgentUser(k known, ask userAsk, name, _ string) graph.Call {
	nickname, _, _ := strings.Cut(ask.UPN, "@")
	call := graph.CreateAgentUserCall(graph.NewAgentUser{
		DisplayName: name, UPN: ask.UPN, MailNickname: nickname, ParentID: k.id(ask.Agent), UsageLocation: ask.UsageLocation,
	})
	if k.runAs == AsBlueprint {
		return call.By(graph.AsBlueprint)
	}
	return call
}

// personIn makes a stepKind's person of a function that takes what was asked for as a value.
func personIn[T any](name func(T) string) func(*models.Step) string {
	return func(s *models.Step) string {
		ask, err := askedBy[T](s)
		if err != nil {
			return ""
		}
		return name(ask)
	}
}

// findAgentUser needs no tag: a sign-in name is unique, and an agent identity has one agent user.
func findAgentUser(ctx context.Context, m *mover, _ bool) ([]object, error) {
	ask, err := askedBy[userAsk](m.step)
	if err != nil {
		return nil, err
	}
	u, err := m.reader().UserNamed(ctx, ask.UPN)
	if graph.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(u.IdentityParentID, m.e.knownOf(m.run).id(ask.Agent)) {
		return nil, nil
	}
	return []object{{id: u.ID, name: u.DisplayName, created: u.CreatedDateTime}}, nil
}

// agentUserExists handles a sign-in name, or an agent identity, that Graph says is taken. Reading tells by whom: the
// agent user of the agent with that name is the one that was asked for.
func agentUserExists(ctx context.Context, m *mover, refusal *graph.Error) (goOn bool, _ error) {
	found, err := findAgentUser(ctx, m, true)
	f := failureOf(refusal)
	if err == nil && len(found) == 0 {
		f.note, err = m.whoHasIt(ctx)
	}
	switch {
	case err != nil:
		m.lose(ctx, "Graph says that the agent user exists already.")
		return m.cannotRead(ctx, err)
	case len(found) == 1:
		return m.finish(ctx, models.ResultAdopted, found[0])
	case f.note != "":
		return m.fail(ctx, f)
	}
	if m.data.Conflicts++; m.data.Conflicts > 1 {
		f.note = "Graph says that the sign-in name or the agent’s account is taken, and shows no such user. It may lie among the deleted objects of the directory. " +
			"Look there, restore or purge it, then retry: nothing is made twice."
		return m.fail(ctx, f)
	}
	m.lose(ctx, "Graph says that the agent user exists already.")
	return m.settleSoon(ctx)
}

// whoHasIt explains a conflict: another user has the name, or the agent has another user. Empty when neither shows.
func (m *mover) whoHasIt(ctx context.Context) (string, error) {
	ask, err := askedBy[userAsk](m.step)
	if err != nil {
		return "", err
	}
	holder, err := m.reader().UserNamed(ctx, ask.UPN)
	if err == nil {
		return fmt.Sprintf("The sign-in name %s belongs to “%s” already. Choose another name for this agent user; nothing was made.", ask.UPN, holder.DisplayName), nil
	}
	if !graph.IsNotFound(err) {
		return "", err
	}
	holder, err = m.reader().AgentUserOf(ctx, m.e.knownOf(m.run).id(ask.Agent))
	if err == nil {
		return fmt.Sprintf("The agent identity has an agent user already, %s, and can have one only. Use that one; nothing was made.", holder.UserPrincipalName), nil
	}
	if !graph.IsNotFound(err) {
		return "", err
	}
	return "", nil
}

// agentUserLags: the blueprint's right to create agent users reaches its tokens a while after the run granted it.
// https://learn.microsoft.com/entra/agent-id/preview-known-issues
func agentUserLags(m *mover, refusal *graph.Error) bool {
	return refusal.Lag() || refusal.Status == http.StatusForbidden && m.run.RunAs == string(AsBlueprint) && m.grantedLately()
}

// grantedLately says whether the step that lets the blueprint create agent users was done moments ago.
func (m *mover) grantedLately() bool {
	return slices.ContainsFunc(grantsFor(m.run, m.step), func(s *models.Step) bool {
		return s.State == models.StepDone && m.e.o.Now().Sub(s.FinishedAt) < giveUpAfter
	})
}

// grantsFor are the steps that an agent user needs beside its agent identity: the grant to the principal.
func grantsFor(run *models.Run, user *models.Step) []*models.Step {
	var grants []*models.Step
	for i := range run.Steps {
		s := &run.Steps[i]
		if s.Kind != KindAgent && slices.Contains(user.Needs, s.Ordinal) {
			grants = append(grants, s)
		}
	}
	return grants
}

// AgentOfUser is the object id of the agent identity whose agent user a step makes; empty while there is none.
func AgentOfUser(run *models.Run, s *models.Step) string {
	ask, err := askedBy[userAsk](s)
	if err != nil {
		return ""
	}
	if n := ask.Agent.Step; ask.Agent.ID == "" && n > 0 && n <= len(run.Steps) {
		return run.Steps[n-1].ObjectID
	}
	return ask.Agent.ID
}

// ownNeeds are what a step needs that a person sends. Agent users need no grant to the blueprint then, which takes a
// role that not everybody has who may create them.
func ownNeeds(run *models.Run, s *models.Step) []int {
	if s.Kind != KindAgentUser {
		return s.Needs
	}
	grants := grantsFor(run, s)
	return slices.DeleteFunc(slices.Clone(s.Needs), func(n int) bool {
		return slices.ContainsFunc(grants, func(g *models.Step) bool { return g.Ordinal == n })
	})
}

// agentUserForbidden tells a refusal of the person from one of the blueprint.
func agentUserForbidden(run *models.Run, canBlueprint bool) Advice {
	if run.RunAs == string(AsBlueprint) {
		return Advice{
			Title: "Graph does not let the blueprint create agent users",
			Text: "The blueprint’s principal needs the application permission AgentIdUser.ReadWrite.IdentityParentedBy, which has to be granted to it. " +
				"Grant it on the principal’s Permissions tab, or go on as yourself; nothing is made twice.",
			Fixes: []Fix{FixRetry},
		}
	}
	a := Advice{
		Title: "Graph does not let you create agent users",
		Text: "It takes the role Agent ID Administrator, or ownership of the agent identity or its blueprint, and the permission AgentIdUser.ReadWrite.All. " +
			"If your role was given to you a moment ago, refresh your roles first.",
		Fixes: []Fix{FixRetry},
	}
	if canBlueprint {
		a.Text += " The blueprint can create them with its own token, once its principal was granted AgentIdUser.ReadWrite.IdentityParentedBy: that is the same run, and nothing is made twice."
		a.Fixes = append(a.Fixes, FixAsBlueprint)
	}
	return a
}
