package views

import "strconv"

// runURL is the address of an act on a run.
func runURL(id int64, act string) string { return "/runs/" + strconv.FormatInt(id, 10) + "/" + act }

// giveUpWords ends the sentence about the next try. What may have been made is
// never given up, so then there is no end to name.
func giveUpWords(n RunNotice) string {
	if n.GiveUp.IsZero() {
		return "."
	}
	return " and gives up at " + Clock(n.GiveUp) + " UTC."
}

// agentWords says who gets tokens with a secret.
func (q SecretRemoval) agentWords() string {
	switch {
	case q.Agents < 0:
		return "How many agent identities get their tokens through this blueprint could not be read."
	case q.Agents == 0:
		return q.Blueprint + " has no agent identities. Whatever signs in as the blueprint with this secret gets no new token."
	case q.Agents == 1 && !q.MoreAgents:
		return "1 agent identity gets its tokens through this blueprint."
	case q.MoreAgents:
		return "More than " + Count(q.Agents) + " agent identities get their tokens through this blueprint."
	}
	return Count(q.Agents) + " agent identities get their tokens through this blueprint."
}

// otherWords says what is left to sign in with.
func (q SecretRemoval) otherWords() string {
	switch {
	case q.Others < 0:
		return "Whether the blueprint has another valid credential could not be read. Without one, nothing gets a new token through it."
	case q.Others == 0:
		return "It is the only valid credential of the blueprint: afterwards nothing gets a new token through it until it has another one."
	}
	return "The blueprint has " + plural(q.Others, "other valid credential") + ". Programs that sign in with this secret get no new token until they use another."
}

// whyUnread says why reading does not help.
func (q GiveUpQuestion) whyUnread() string {
	if q.WaitsForSignIn {
		return "The portal holds no usable sign-in of " + q.Owner + ", so it cannot read what came of it. Another way out: an Admin takes the run over, and it reads with that person’s rights."
	}
	return "The portal asks again and again what came of it, and could not read it so far."
}
