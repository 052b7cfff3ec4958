package provision

import (
	"fmt"
	"net/http"
	"strings"

	"agentidportal/models"
)

// Fix is something a person can do about a step: a button of its page.
type Fix string

// The fixes, in the words of their buttons.
const (
	FixTryNow      Fix = "Try now"
	FixRetry       Fix = "Retry failed"
	FixAsBlueprint Fix = "Go on as the blueprint"
)

// Advice says what is the matter with a step, in words for its page.
type Advice struct {
	Title string
	Text  string // cause and what it means; sentences
	Fixes []Fix  // the best first
}

// Advise explains a step that waits or has failed; ok is false for any other.
// canBlueprint says that the run still holds a secret the blueprint can sign in
// with.
func Advise(run *models.Run, s *models.Step, canBlueprint bool) (a Advice, ok bool) {
	switch {
	case s.State == models.StepFailed:
		return adviseFailed(run, s, canBlueprint), true
	case finished(run.State):
		return Advice{}, false
	case run.State == models.RunWaitingSignIn && current(run) != nil && current(run).ID == s.ID:
		return Advice{
			Title: "The run waits until its owner signs in again",
			Text: fmt.Sprintf("The portal holds no usable sign-in of %s. Nothing is lost and nothing is sent meanwhile; "+
				"the run goes on by itself after the next sign-in.", run.OwnerUsername),
		}, true
	case s.State == models.StepUnknown:
		return Advice{Title: "The answer to this call was lost", Text: s.Note, Fixes: []Fix{FixTryNow}}, true
	case s.State == models.StepWaiting:
		return Advice{Title: waitTitle(s), Text: waitText(s), Fixes: []Fix{FixTryNow}}, true
	}
	return Advice{}, false
}

func waitTitle(s *models.Step) string {
	switch s.WaitFor {
	case waitDirectory:
		return strings.TrimSuffix(firstSentence(s.Note), ".")
	case waitEntra:
		return "The sign-in service does not answer"
	}
	return "Graph asked for patience"
}

func waitText(s *models.Step) string {
	switch s.WaitFor {
	case waitDirectory:
		return "This is replication lag, not a fault. It often takes seconds and may take minutes."
	}
	return s.Note
}

func firstSentence(text string) string {
	if i := strings.Index(text, ". "); i >= 0 {
		return text[:i+1]
	}
	return text
}

func adviseFailed(run *models.Run, s *models.Step, canBlueprint bool) Advice {
	a := Advice{Title: "This step failed", Text: s.Note, Fixes: []Fix{FixRetry}}
	switch {
	case s.HTTPStatus == http.StatusForbidden:
		return adviseForbidden(run, s, canBlueprint)
	case strings.Contains(s.ErrorCode, "LimitExceeded"), strings.Contains(s.ErrorCode, "QuotaExceeded"):
		a.Title = "A quota of the directory is used up"
		a.Text = fmt.Sprintf("A blueprint may have %d agent identities, deleted ones counted until they are purged. "+
			"Delete and purge some, or make a second blueprint.", MaxAgents)
	case s.HTTPStatus == http.StatusUnauthorized && strings.HasPrefix(s.ErrorCode, "AADSTS"):
		a.Title = "The blueprint got no token"
	case s.HTTPStatus == http.StatusUnauthorized:
		a.Title, a.Text = "Graph did not take the access token", "A fresh token was refused as well. Sign out and in again, then retry."
	case s.HTTPStatus == http.StatusConflict:
		a.Title, a.Text = "The object was changed by somebody else, or exists already",
			"Look at it in the directory. Retrying is safe: it begins anew."
	case s.HTTPStatus == http.StatusTooManyRequests:
		a.Title = "Graph asks for a longer pause"
	case s.HTTPStatus == http.StatusBadRequest && s.Note == "":
		a.Title, a.Text = "Graph did not take what was sent", "Graph’s own words below say which part. Go back to New blueprint to send something else."
	case s.Note != "" && s.WaitFor == "" && s.HTTPStatus == 0:
		a.Title = "A person has to look at this"
	}
	return a
}

func adviseForbidden(run *models.Run, s *models.Step, canBlueprint bool) Advice {
	if s.Kind != KindAgent {
		return Advice{
			Title: "Graph does not let you do this",
			Text: "It takes the role Agent ID Administrator or Agent ID Developer, and the portal’s permission for this call. " +
				"If your role was given to you a moment ago, refresh your roles first.",
			Fixes: []Fix{FixRetry},
		}
	}
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
	if canBlueprint {
		a.Text += " The blueprint can create them with its own token: that is the same run, and nothing is made twice."
		a.Fixes = []Fix{FixAsBlueprint, FixRetry}
	} else {
		a.Text += " The blueprint could do it with its own token, but this run holds no client secret for it."
	}
	return a
}
