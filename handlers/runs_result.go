package handlers

import (
	"strings"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// runResult is what a run that is done has made, with what to do next.
func runResult(run *models.Run, secret provision.SecretState, u *web.User) *views.RunResult {
	r := &views.RunResult{}
	if run.BlueprintID != "" {
		r.BlueprintHref = "/blueprints/" + run.BlueprintID
	}
	switch run.Kind {
	case provision.RunRemoveCredential:
		r.Title, r.Text = "The client secret is removed", "Nobody can sign in with it any more."
	case provision.RunAddCredential:
		additionResult(r, run, secret)
	case provision.RunPermission:
		permissionResult(r, run)
	case provision.RunChange:
		changeResult(r, run)
	case provision.RunRotate:
		r.Title, r.Text = run.Steps[0].ObjectName+" has a new client secret", "It was proved, and the old one is removed. "+secretWord(secret)
		if secret.Removed {
			r.Title = "The new client secret was removed again"
		}
	case provision.RunAddAgents:
		r.Title, r.Text = views.Plural(made(run, provision.KindAgent), "agent identity")+" more", "They belong to the blueprint now."
		if n := made(run, provision.KindAgentUser); n > 0 {
			r.Text += " " + views.Plural(n, "agent user") + " came with them."
		}
		if first := firstMade(run, provision.KindAgent); first != "" && mayRemove(u, run) {
			r.FirstAgentHref = "/tokens?mode=agent-user&agent=" + first
		}
	case provision.RunAddUsers:
		r.Title, r.Text = views.Plural(made(run, provision.KindAgentUser), "agent user")+" more", "Nobody can sign in as one but its agent identity."
		if made(run, provision.KindAgentUser) == 0 {
			r.Title, r.Text = "No agent user more", "It was there already, and the run has made no second one."
		}
		oneUserResult(r, run, u)
	case provision.RunSetUp:
		r.Title, r.Text = run.Steps[0].Name+": done", "The tab Set-up of the blueprint says what else its agents need."
		r.BlueprintHref += "/setup"
	default:
		newBlueprintResult(r, run, secret, u)
	}
	return r
}

// oneUserResult leads to the agent user of a run that was for one.
func oneUserResult(r *views.RunResult, run *models.Run, u *web.User) {
	var one *models.Step
	for i := range run.Steps {
		if s := &run.Steps[i]; s.Kind == provision.KindAgentUser {
			if one != nil {
				return // each step leads to its own
			}
			one = s
		}
	}
	if one == nil {
		return
	}
	r.HolderHref, r.HolderText = stepObject(run, one)
	if agent := provision.AgentOfUser(run, one); agent != "" && mayRemove(u, run) {
		r.FirstAgentHref = "/tokens?mode=agent-user&agent=" + agent
	}
}

// additionResult says which credential a blueprint has more.
func additionResult(r *views.RunResult, run *models.Run, secret provision.SecretState) {
	s := &run.Steps[0]
	switch s.Kind {
	case provision.KindCertificate:
		r.Title, r.Text = "The certificate “"+s.ObjectName+"” is added", "Whoever holds its private key signs in as the blueprint with it. Entra needs up to some minutes to know it everywhere."
	case provision.KindFederated:
		r.Title, r.Text = "The federated credential “"+s.ObjectName+"” is added", "Tokens of its issuer for its subject sign in as the blueprint. Entra needs up to some minutes to know it everywhere."
	default:
		r.Title, r.Text = s.ObjectName+" has a new client secret", secretWord(secret)
		if secret.Removed {
			r.Title = "The client secret was removed again"
		}
	}
}

// made counts the objects of a kind of step that a run has made; what was
// there before is none of them.
func made(run *models.Run, kind string) int {
	n := 0
	for i := range run.Steps {
		if s := &run.Steps[i]; s.Kind == kind && s.State == models.StepDone && !provision.WasThere(s) {
			n++
		}
	}
	return n
}

// firstMade is the object id of the first that a kind of step has made.
func firstMade(run *models.Run, kind string) string {
	for i := range run.Steps {
		if s := &run.Steps[i]; s.Kind == kind && s.State == models.StepDone {
			return s.ObjectID
		}
	}
	return ""
}

func newBlueprintResult(r *views.RunResult, run *models.Run, secret provision.SecretState, u *web.User) {
	agents, first := 0, ""
	for i := range run.Steps {
		s := &run.Steps[i]
		switch s.Kind {
		case provision.KindBlueprint:
			r.Title = s.ObjectName + " is ready"
		case provision.KindAgent:
			if agents++; first == "" {
				first = s.ObjectID
			}
		}
	}
	switch agents {
	case 0:
		r.Text = "No agent identities"
	case 1:
		r.Text = "1 agent identity"
	default:
		r.Text = views.Count(agents) + " agent identities"
	}
	if n := made(run, provision.KindAgentUser); n > 0 {
		r.Text += ", " + views.Plural(n, "agent user")
	}
	if secret.Minted && !secret.Removed {
		r.Text += ", 1 client secret. " + secretWord(secret)
		if first != "" && mayRemove(u, run) {
			r.FirstAgentHref = "/tokens?mode=agent-user&agent=" + first
		}
		return
	}
	if made(run, provision.KindFederated)+made(run, provision.KindCertificate) > 0 {
		r.Text += ". The blueprint signs in with what its agents have where they run; the token lab can test them with a client secret alone."
		return
	}
	if secret.Removed {
		r.Text += ". The client secret of this run was removed again."
	} else {
		r.Title += ", without a client secret"
		r.Text += ". This run made no client secret."
	}
	r.Text += " Nothing gets a token with this blueprint until it has a credential."
	if u.Has(web.Operator) {
		r.AddSecretHref = newSecretPath(run.BlueprintID)
	}
}

// secretWord says where a secret is that a run has made.
func secretWord(secret provision.SecretState) string {
	switch {
	case secret.Removed:
		return "Nobody can sign in with it any more."
	case secret.Kept:
		return "A sealed copy of the secret is kept for the token lab."
	case secret.Held && secret.Mine:
		return "Show the secret below and save it where the agents run."
	}
	return ""
}

// permissionResult says what a run of one step has granted or removed.
func permissionResult(r *views.RunResult, run *models.Run) {
	s := &run.Steps[0]
	r.Title, r.Text = s.Name+": done", "Tokens that are issued from now on have it. Granting takes up to some minutes to show everywhere."
	if provision.TakesAway(s.Kind) {
		r.Text = "Tokens that are issued from now on come without it. Those that were given out keep it until they end."
	}
	switch s.Kind {
	case provision.KindInherit:
		r.Text = "Agent identities inherit it as soon as the blueprint principal was granted it. Tokens that are issued from then on have it."
	case provision.KindInheritRemove:
		r.Text = "Tokens of agent identities that are issued from now on come without what they inherited. Those that were given out keep it until they end."
	}
	r.HolderHref, r.HolderText = holderPage(run, s)
}

// changeResult says what a run has changed of what was there.
func changeResult(r *views.RunResult, run *models.Run) {
	r.Title, r.Text = run.Title+": done", "The directory needs up to some minutes to show it everywhere."
	r.Title = strings.ToUpper(r.Title[:1]) + r.Title[1:]
	if len(run.Steps) > 1 {
		r.Text = views.Plural(len(run.Steps), "change") + " made. " + r.Text
	}
	for kind, text := range map[string]string{
		provision.KindDisable: "What is disabled gets no new token. Those that were given out are taken until they end.",
		provision.KindDelete:  "It can be restored from the recycle bin for 30 days, and counts against the quotas until it is purged.",
		provision.KindPurge:   "It cannot be restored any more.",
		// Credentials: what matters is who can sign in.
		provision.KindRemoval:           "Nobody can sign in with it any more. Tokens that were given out stay valid until they end.",
		provision.KindCertificateRemove: "Nobody can sign in with it any more. Tokens that were given out stay valid until they end.",
		provision.KindFederatedRemove:   "Nobody can sign in with it any more. Tokens that were given out stay valid until they end.",
	} {
		if run.Steps[0].Kind == kind {
			r.Text = text
		}
	}
	if len(run.Steps) == 1 {
		r.HolderHref, r.HolderText = changedObject(run, &run.Steps[0])
		if r.HolderHref == r.BlueprintHref {
			r.BlueprintHref = ""
		}
	}
	if made(run, provision.KindDelete)+made(run, provision.KindPurge) > 0 {
		r.BlueprintHref = "" // the page may lead to what is deleted
	}
}

// holderPage is the tab that shows whose permission a step has changed.
func holderPage(run *models.Run, s *models.Step) (href, text string) {
	kind, id, ok := provision.HolderOf(run, s)
	folder, _, thing := folderOf(kind)
	if !ok || folder == "" {
		return "", ""
	}
	return folder + "/" + id + "/permissions", "Permissions of the " + thing
}
