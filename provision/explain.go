package provision

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// Fix is something a person can do about a step: a button of its page, or the
// link to the page where it is done.
type Fix string

// The fixes, in the words of their buttons.
const (
	FixTryNow      Fix = "Try now"
	FixRetry       Fix = "Retry failed"
	FixAsBlueprint Fix = "Go on as the blueprint"
	FixAddSecret   Fix = "Add client secret" // a page of its own, no act on the run
	FixAsMe        Fix = "Go on as yourself"
	FixGiveUp      Fix = "Give up…" // for the owner and Admins; asks first
)

// Advice says what is the matter with a step, in words for its page.
type Advice struct {
	Title string
	Text  string // cause and what it means; sentences
	Fixes []Fix  // the best first
}

// Advise explains a step that waits or has failed; ok is false for any other.
// canBlueprint says that the portal holds a secret the blueprint can sign in with:
// SecretState.SignsIn.
func Advise(run *models.Run, s *models.Step, canBlueprint bool) (a Advice, ok bool) {
	switch {
	case s.State == models.StepFailed:
		a = adviseFailed(run, s, canBlueprint)
		if run.BlueprintID == "" {
			a.Fixes = slices.DeleteFunc(a.Fixes, func(f Fix) bool { return f == FixAddSecret })
		}
		if asMeHelps(run, s) {
			a.Fixes = append(a.Fixes, FixAsMe)
		}
		return a, true
	case finished(run.State):
		return Advice{}, false
	case run.State == models.RunWaitingSignIn && current(run) != nil && current(run).ID == s.ID:
		return Advice{
			Title: "The run waits until its owner signs in again",
			Text: fmt.Sprintf("The portal holds no usable sign-in of %s. Nothing is lost and nothing is sent meanwhile; "+
				"the run goes on by itself after the next sign-in.", run.OwnerUsername),
			Fixes: giveUp(run, s),
		}, true
	case s.State == models.StepUnknown:
		return Advice{Title: unknownTitle(s), Text: s.Note, Fixes: append([]Fix{FixTryNow}, giveUp(run, s)...)}, true
	case s.State == models.StepWaiting:
		return Advice{Title: waitTitle(s), Text: waitText(s), Fixes: []Fix{FixTryNow}}, true
	}
	return Advice{}, false
}

// unknownTitle says why nobody knows what became of a call. A step that could
// not be read holds the answer to the reading, not the one to the call.
func unknownTitle(s *models.Step) string {
	if data, err := dataOf(s); err == nil && data.Unread {
		return "Nobody knows yet whether this call was carried out"
	}
	return strings.TrimSuffix(leftOpen(s), ".")
}

// leftOpen is the sentence for an answer that settles nothing: a server fault
// may come before the effect or after it.
// https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
func leftOpen(s *models.Step) string {
	if s.HTTPStatus >= http.StatusInternalServerError {
		return fmt.Sprintf("Graph answered %d, which leaves open whether it was done.", s.HTTPStatus)
	}
	return "The answer to this call was lost."
}

// giveUp is offered where nobody knows what became of a call.
func giveUp(run *models.Run, s *models.Step) []Fix {
	if open := Unreadable(run); open != nil && open.ID == s.ID {
		return []Fix{FixGiveUp}
	}
	return nil
}

func waitTitle(s *models.Step) string {
	switch s.WaitFor {
	case waitDirectory:
		return strings.TrimSuffix(firstSentence(s.Note), ".")
	case waitEntra:
		return "The sign-in service gives no token now"
	case waitPortal:
		return "The portal could not send the call"
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

// noteSecretGone is the note of a step as the blueprint whose run has let go of
// its secret.
const noteSecretGone = "The secret of this run is no longer kept, so the blueprint cannot sign in."

func adviseFailed(run *models.Run, s *models.Step, canBlueprint bool) Advice {
	a := Advice{Title: "This step failed", Text: s.Note, Fixes: []Fix{FixRetry}}
	if explain := kindNamed(s.Kind).explain; explain != nil && s.Result != models.ResultAbandoned {
		if own, ok := explain(s); ok {
			return own
		}
	}
	switch {
	case s.Result == models.ResultAbandoned:
		a.Title = "Given up: nobody knows whether this was carried out"
	case s.HTTPStatus == http.StatusForbidden:
		return adviseForbidden(run, s, canBlueprint)
	case blamesPeople(run, s):
		return advisePeople(run, s)
	case s.Note == "" && s.Kind != KindBlueprint && dependsOnGone(s):
		a.Title = "The directory does not know what this call depends on"
		a.Text = "The blueprint or its principal was there before, so somebody has deleted it. Restore it from the deleted objects, then retry."
	case strings.Contains(s.ErrorCode, "LimitExceeded"), strings.Contains(s.ErrorCode, "QuotaExceeded"):
		a.Title = "A quota of the directory is used up"
		a.Text = fmt.Sprintf("A blueprint may have %d agent identities, deleted ones counted until they are purged. "+
			"Delete and purge some, or make a second blueprint.", MaxAgents)
	case s.HTTPStatus == http.StatusUnauthorized && strings.HasPrefix(s.ErrorCode, "AADSTS"):
		a.Title = "The blueprint got no token"
		if s.ErrorCode == "AADSTS7000215" || s.ErrorCode == "AADSTS7000222" { // a wrong secret, an expired one
			a.Text += " " + addSecretWords
			a.Fixes = []Fix{FixAddSecret, FixRetry}
		}
	case s.Note == noteSecretGone:
		a.Title, a.Text, a.Fixes = "The blueprint has no secret to sign in with", a.Text+" "+addSecretWords, []Fix{FixAddSecret, FixRetry}
		if canBlueprint {
			a.Title, a.Text = "The blueprint had no secret to sign in with", "Another one has been added since. Retry, and the blueprint signs in with that."
			a.Fixes = []Fix{FixRetry}
		}
	case s.HTTPStatus == http.StatusUnauthorized:
		a.Title, a.Text = "Graph did not take the access token", "A fresh token was refused as well. Sign out and in again, then retry."
	case s.HTTPStatus == http.StatusConflict:
		a.Title = "The object was changed by somebody else, or exists already"
		if s.Note == "" {
			a.Text = "Look at it in the directory. Retrying is safe: it begins anew."
		}
	case s.HTTPStatus == http.StatusTooManyRequests:
		a.Title = "Graph asks for a longer pause"
	case s.HTTPStatus == http.StatusBadRequest && s.Note == "":
		a.Title, a.Text = "Graph did not take what was sent", "Graph’s own words below say which part. Go back to New blueprint to send something else."
	case s.Note != "" && s.WaitFor == "" && s.HTTPStatus == 0:
		a.Title = "A person has to look at this"
	}
	if a.Text == "" {
		a.Text = "Graph’s own words below say why. Retrying is safe: it begins anew, and nothing is made twice."
	}
	return a
}

// failedSecret is the number of the step that should have made the blueprint's
// secret and failed; 0 for none.
func failedSecret(run *models.Run) int {
	for i := range run.Steps {
		if s := &run.Steps[i]; s.Kind == KindSecret && s.State == models.StepFailed {
			return s.Ordinal
		}
	}
	return 0
}

// addSecretWords tell how a new secret is of use to the run: one that was saved is
// the portal's no more.
const addSecretWords = "Add one and come back to this run before you press “I have saved it”: the portal signs in with the newest that it holds."

// asMeHelps reports whether a run as the blueprint is stuck because of the
// blueprint's own sign-in or rights.
func asMeHelps(run *models.Run, s *models.Step) bool {
	if run.RunAs != string(AsBlueprint) {
		return false
	}
	refused := s.HTTPStatus == http.StatusUnauthorized || s.HTTPStatus == http.StatusForbidden
	return s.Kind == KindSecret || kindNamed(s.Kind).itself && (refused || s.OpID == "")
}

// dependsOnGone reports whether Graph misses an object that the call builds on.
func dependsOnGone(s *models.Step) bool {
	refusal := graph.Error{Status: s.HTTPStatus, Code: s.ErrorCode, Message: s.ErrorMessage}
	return refusal.Lag()
}

func adviseForbidden(run *models.Run, s *models.Step, canBlueprint bool) Advice {
	if explain := kindNamed(s.Kind).forbidden; explain != nil {
		return explain(run, canBlueprint)
	}
	return Advice{
		Title: "Graph does not let you do this",
		Text: "It takes the role Agent ID Administrator or Agent ID Developer, and the portal’s permission for this call. " +
			"If your role was given to you a moment ago, refresh your roles first.",
		Fixes: []Fix{FixRetry},
	}
}
