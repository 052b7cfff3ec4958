package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/views"
)

// errNotKeyOwner refuses a change of credentials to those who neither administer
// agents nor own the blueprint.
var errNotKeyOwner = errors.New("only an owner of the blueprint or an Admin may change its credentials")

// noCredentialError is a key in an address that names no credential of the
// blueprint, or one of another kind.
type noCredentialError struct {
	blueprintID string
	kind        string // what it is instead; empty: nothing
}

func (e *noCredentialError) Error() string {
	if e.kind != "" {
		return "the credential is a " + strings.ToLower(e.kind)
	}
	return "the blueprint has no such credential"
}

// neededKeyError is a secret that a run signs in with, which is not done.
type neededKeyError struct{ runID int64 }

func (e *neededKeyError) Error() string {
	return "run " + strconv.FormatInt(e.runID, 10) + " signs in with the secret"
}

// notKeyOwner is the page about errNotKeyOwner.
func notKeyOwner() problem {
	return problem{title: "Only an owner of the blueprint may change its credentials", lead: "Nothing was changed.", view: views.Problem{
		Status: http.StatusForbidden, Tone: views.ToneDanger, Cause: "You do not own this blueprint",
		Text: []string{"An Agent ID Developer may change the credentials of blueprints that are theirs. An Agent ID Administrator may do so for all of them."},
		Ways: []views.Way{{Icon: "blueprint", Title: "Ask an owner", Text: "The page of the blueprint names them.", Button: "Blueprints", Href: "/blueprints"}},
	}}
}

// noCredential is the page about a noCredentialError.
func noCredential(c echo.Context, err *noCredentialError) problem {
	back := views.Way{Icon: "key", Title: "See what there is", Text: "The tab Credentials lists them as the directory has them now.", Button: "Credentials", Href: keysPath(err.blueprintID)}
	p := problem{title: "The blueprint has no such credential", lead: "Nothing was changed.", view: views.Problem{
		Status: http.StatusNotFound, Tone: views.ToneWarn, Cause: "No credential of the blueprint has this key ID",
		Text:    []string{"Somebody may have removed or replaced it since the page was shown. One that was added a moment ago may take a minute to show."},
		Ways:    []views.Way{back},
		Support: []views.SupportFact{asked(c)},
	}}
	switch err.kind {
	case kindCertificate:
		p.title, p.view.Cause = "This is no client secret", "The key ID is that of a certificate"
		p.view.Text = []string{"The portal cannot rotate it: its private key never leaves the place where the agents run. Add the new certificate there and here, see that it works, then remove the old one."}
		p.view.Ways = []views.Way{{Icon: "plus-lg", Title: "Begin with the new one", Text: "Upload the certificate that takes its place.", Button: "Add certificate", Href: newCertificatePath(err.blueprintID)}, back}
	case kindFederated:
		p.title, p.view.Cause = "This is no client secret", "The key ID is that of a federated credential"
		p.view.Text = []string{"There is nothing to rotate: it holds no secret, and says whose tokens the blueprint trusts."}
	}
	return p
}

// neededKey is the page about a neededKeyError.
func neededKey(c echo.Context, err *neededKeyError) problem {
	return problem{title: "A run still signs in with this secret", lead: "Nothing was changed.", view: views.Problem{
		Status: http.StatusConflict, Tone: views.ToneWarn, Cause: "Run " + strconv.FormatInt(err.runID, 10) + " is not done, and works with this client secret",
		Text:    []string{"Without it the run could not go on. Wait until it is done, or cancel it, then come back."},
		Ways:    []views.Way{{Icon: "list-task", Title: "See where the run is", Text: "Its page shows what it waits for.", Button: "Open the run", Href: runPath(err.runID)}},
		Support: []views.SupportFact{asked(c)},
	}}
}
