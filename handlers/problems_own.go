package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// thing is what the addresses under a place are about.
type thing struct{ place, name, param, list string }

// things are the objects that have a page, the longer places first.
func things() []thing {
	return []thing{
		{"/blueprints/new/:draft", "draft", "draft", "Blueprints"},
		{"/blueprints/:id", "blueprint", "id", "Blueprints"},
		{"/principals/:id", "blueprint principal", "id", "Blueprint principals"},
		{"/agents/:id", "agent identity", "id", "Agent identities"},
		{"/runs/:id", "run", "id", "Runs"},
		{"/audit/:seq", "audit record", "seq", "Audit"},
		{"/tokens/kept/:id", "kept secret", "id", "Token lab"},
		{"/tokens/results/:id", "token result", "id", "Token lab"},
		{"/tokens/profiles/:id", "token profile", "id", "Token lab"},
		{"/tokens/checks/:id", "token check", "id", "Token lab"},
	}
}

// lookedFor is the object a request named; false for an address that is none
// of the portal's.
func lookedFor(c echo.Context) (what thing, id string, ok bool) {
	for _, t := range things() {
		if within(c.Path(), t.place) {
			return t, cut(c.Param(t.param), 100), true
		}
	}
	return thing{}, "", false
}

// notFound is for what neither the portal nor the tenant has.
func (h *Handlers) notFound(c echo.Context) problem {
	what, id, ok := lookedFor(c)
	if !ok {
		return problem{title: "There is no such page", view: views.Problem{
			Status: http.StatusNotFound, Tone: views.ToneWarn, Cause: "Nothing was found at this address",
			Text:    []string{"The portal has no page at " + cut(c.Request().URL.Path, 200) + "."},
			Causes:  []string{"The address has a typing error, or was cut when it was copied.", "It comes from another version of the portal."},
			Ways:    []views.Way{toOverview()},
			Support: []views.SupportFact{asked(c)},
		}}
	}
	return problem{title: "There is no such " + what.name, view: views.Problem{
		Status: http.StatusNotFound, Tone: views.ToneWarn, Cause: "There is no " + what.name + " " + id,
		Causes:  whyNotFound(what),
		Ways:    h.waysFrom(c, what, id),
		Support: []views.SupportFact{asked(c), {Label: "Looked for", Value: id, ID: true}},
	}}
}

// whyNotFound lists likely causes. Objects of the directory have two more than
// the portal's own rows.
func whyNotFound(what thing) []string {
	switch what.name {
	case "draft", "kept secret":
		return []string{"It was used, discarded or deleted.", "It belongs to somebody else: only its owner sees it."}
	case "token result":
		return []string{"Results are held in memory alone: the last twenty of a session, for an hour.", "The portal was started anew, or you signed out since.", "It belongs to another session."}
	case "token profile":
		return []string{"It was deleted.", "It is not shared with you: its owner may stop sharing it, and alone may change it."}
	case "token check":
		return []string{"It was deleted.", "You may not test its agents: an Operator sees the checks of blueprints that they own."}
	case "run", "audit record":
		return []string{"The number has a typing error.", "It was made by another portal, with another database."}
	}
	foreign := "It belongs to another tenant."
	if what.name == "agent identity" {
		foreign = "It belongs to another tenant, or the ID is the App ID where the Object ID is wanted."
	}
	return []string{
		"It was made a moment ago and has not reached every part of the directory yet. That takes up to some minutes and is no fault.",
		"It was deleted. Deleted objects stay in the tenant's recycle bin for 30 days.",
		foreign,
		"The ID was cut when it was copied.",
	}
}

// waysFrom leads on from an object that is not there.
func (h *Handlers) waysFrom(c echo.Context, what thing, id string) []views.Way {
	var ways []views.Way
	if c.Request().Method == http.MethodGet && len(whyNotFound(what)) > 3 {
		ways = append(ways, views.Way{Icon: "arrow-repeat", Title: "Was it made a moment ago?", Text: "Wait a minute and look again.", Button: "Try again", Href: againAt(c), Primary: true})
	}
	ways = append(ways, h.listsOf(c, what)...)
	if h.may(c, "/search") && id != "" {
		ways = append(ways, views.Way{Icon: "search", Title: "Search for the ID", Text: "It may be the ID of another kind of object.", Button: "Search", Href: "/search?q=" + url.QueryEscape(id)})
	}
	return append(ways, toOverview())
}

// listsOf leads to the list of the things of a kind, and says what it holds.
func (h *Handlers) listsOf(c echo.Context, what thing) (ways []views.Way) {
	way := views.Way{Icon: "list", Title: "Look in the list", Text: "It holds all that there is."}
	switch {
	case what.name == "draft" && h.may(c, "/blueprints/new"):
		way.Text, way.Button, way.Href = "It holds the drafts of yours that are left.", "New blueprint", "/blueprints/new"
		return []views.Way{way}
	case what.name == "token profile":
		way.Text, way.Button, way.Href = "It holds your profiles and those that others share.", "Profiles", profilesPath
		return []views.Way{way}
	case what.name == "token check":
		way.Text, way.Button, way.Href = "It holds the checks of all agents that you may test.", "Checks", checksPath
		return []views.Way{way}
	case what.name == "kept secret":
		way.Text = "It names the secrets that are kept for you."
	case what.name == "audit record" && !seesAllActs(web.CurrentUser(c)):
		way.Text = "It holds your own acts: those of others are for auditors."
	}
	for _, group := range views.DefaultNav() {
		for _, item := range group.Items {
			if item.Title == what.list && h.may(c, item.Href) {
				way.Button, way.Href = item.Title, item.Href
				ways = append(ways, way)
			}
		}
	}
	return ways
}

func conflict(c echo.Context) problem {
	return problem{title: "Somebody was faster", view: views.Problem{
		Status: http.StatusConflict, Tone: views.ToneWarn, Cause: "The page you sent is older than what is stored",
		Text:    []string{"It was changed or made elsewhere meanwhile: in another tab, or by another person. Nothing was overwritten. Open it again and look at what it is now."},
		Ways:    []views.Way{toOverview()},
		Support: []views.SupportFact{asked(c)},
	}}
}

func notOwner(c echo.Context) problem {
	return problem{title: "Only the owner of this run may do this", lead: "Nothing was changed.", view: views.Problem{
		Status: http.StatusForbidden, Tone: views.ToneDanger, Cause: "The run belongs to somebody else",
		Text:    []string{"A run acts with the rights of the person who started it, and its secrets are shown to that person alone. An Admin may take a run over; that is written to the audit."},
		Ways:    []views.Way{toRun(c, "Look at the run", "Its page names the owner.")},
		Support: []views.SupportFact{asked(c)},
	}}
}

func notNow(c echo.Context) problem {
	return problem{title: "The run is not where the page showed it", view: views.Problem{
		Status: http.StatusConflict, Tone: views.ToneWarn, Cause: "It has moved on meanwhile",
		Text:    []string{"Nothing was done by this button. The page of the run shows where it is now."},
		Ways:    []views.Way{toRun(c, "Open the run again", "Its page shows what can be done now.")},
		Support: []views.SupportFact{asked(c)},
	}}
}

// noSecretError says whose blueprint a secret was for that is no longer here.
type noSecretError struct {
	blueprintID string
	err         error
}

// Error returns what the engine said.
func (e *noSecretError) Error() string { return e.err.Error() }

// Unwrap gives the engine's error.
func (e *noSecretError) Unwrap() error { return e.err }

func noSecret(c echo.Context, err error) problem {
	ways := []views.Way{toOverview()}
	var of *noSecretError
	if errors.As(err, &of) && of.blueprintID != "" {
		ways = []views.Way{
			{Icon: "key", Title: "Make a new one", Text: "Owners of the blueprint and Admins may.", Button: "Add client secret", Href: newSecretPath(of.blueprintID)},
			toRun(c, "Open the run again", "Its page has the way to remove the old one."),
		}
	}
	if errors.Is(err, provision.ErrNoneToSignIn) {
		return problem{title: "The blueprint has no secret to sign in with", lead: "Nothing was sent.", view: views.Problem{
			Status: http.StatusConflict, Tone: views.ToneWarn, Cause: "The portal holds no client secret of this blueprint for you",
			Text:    []string{"Add one and come back to the run before you say that you have saved it: the portal signs in with the newest that it holds."},
			Ways:    ways,
			Support: []views.SupportFact{asked(c)},
		}}
	}
	return problem{title: "The secret cannot be shown again", view: views.Problem{
		Status: http.StatusNotFound, Tone: views.ToneWarn, Cause: "The portal no longer holds this secret",
		Text:    []string{"It keeps a new secret until its owner has saved it, for 24 hours at most. Nobody can read it back, Microsoft neither. Make a new one and remove the old one."},
		Ways:    ways,
		Support: []views.SupportFact{asked(c)},
	}}
}

func invalidProblem(c echo.Context, err *models.InvalidError) problem {
	p := problem{title: "Some values cannot be taken", view: views.Problem{
		Status: http.StatusUnprocessableEntity, Tone: views.ToneDanger, Cause: "Nothing was changed",
		Text: []string{}, Ways: []views.Way{toOverview()}, Support: []views.SupportFact{asked(c)},
	}}
	for _, name := range sortedKeys(err.Fields) {
		p.view.Text = append(p.view.Text, err.Fields[name])
	}
	return p
}

// crossSite says which header kept the request out: what a browser says of
// itself is no secret, and a proxy that drops it is found this way.
// https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
func (h *Handlers) crossSite(err *web.CrossSiteError) problem {
	said := func(value string) string {
		if value == "" {
			return "Not sent"
		}
		return cut(value, 200)
	}
	why := "The browser says that it comes from another site."
	switch {
	case err.Site == "" && err.Origin == "":
		why = "The browser says nothing about where it comes from: both headers are missing. A program sent it, or a proxy took them away."
	case err.Site == "":
		why = "The header Origin names another address than the portal's."
	}
	return problem{title: "This request did not come from the portal", lead: "Nothing was changed.", view: views.Problem{
		Status: http.StatusForbidden, Tone: views.ToneDanger, Cause: "The request was refused before it was read",
		Text: []string{
			"A request that changes something must come from one of the portal's own pages. " + why,
			"If you followed a link or pressed a button on another site, do not trust that site. If a proxy stands before the portal, it must pass on the Host, Origin and Sec-Fetch-Site headers.",
		},
		Heading: "What the browser said",
		Details: []views.SupportFact{
			{Label: "Sec-Fetch-Site", Value: said(err.Site) + ", where same-origin is needed"},
			{Label: "Origin", Value: said(err.Origin) + ", where " + h.PublicURL + " is needed"},
		},
		Ways: []views.Way{{Icon: "house", Title: "Use the portal's own pages", Text: "The portal is at " + h.PublicURL + ".", Button: "Overview", Href: "/"}},
	}}
}

func (h *Handlers) tooMany(c echo.Context, err *web.TooManyError) problem {
	return problem{title: "Too many requests in a minute", view: views.Problem{
		Status: http.StatusTooManyRequests, Tone: views.ToneWait, Cause: "The portal itself asks you to wait until " + h.pause(c, err.RetryAfter),
		Text:    []string{"It limits how often one person may do this, so that nobody can slow it down for the others. Neither Graph nor the sign-in service was asked. Nothing was changed."},
		Ways:    []views.Way{h.tryAgain(c)},
		Support: []views.SupportFact{asked(c)},
	}}
}

func misdirected(err *web.MisdirectedError) problem {
	return problem{title: "The portal has another address", view: views.Problem{
		Status: http.StatusMisdirectedRequest, Tone: views.ToneDanger, Cause: "The portal does not answer to this name",
		Text: []string{"Cookies and sign-in are bound to one address, and other names may be a trick of a foreign page. Nothing was changed."},
		Ways: []views.Way{{Icon: "house", Title: "Open the portal at its own address", Text: err.PublicURL, Button: "Open", Href: err.PublicURL}},
	}}
}

func (h *Handlers) badRequest(c echo.Context, err *web.BadRequestError) problem {
	title := "The form cannot be read"
	switch err.Status {
	case http.StatusRequestURITooLong:
		title = "The address is too long"
	case http.StatusUnsupportedMediaType:
		title = "This is no form of the portal"
	}
	return problem{title: title, view: views.Problem{
		Status: err.Status, Tone: views.ToneDanger, Cause: trimPeriod(err.What),
		Text: []string{"Nothing was changed. " + err.Fix}, Ways: h.wayBack(c), Support: []views.SupportFact{asked(c)},
	}}
}

// trimPeriod makes the title of a notice of a sentence.
func trimPeriod(s string) string {
	if n := len(s); n > 0 && s[n-1] == '.' {
		return s[:n-1]
	}
	return s
}

func (h *Handlers) tooLarge(c echo.Context, limit int64) problem {
	text := "Nothing was read or changed. Go back, shorten what you pasted, and send it again."
	if within(c.Path(), "/tokens") {
		text += " A token has at most 16 KiB."
	}
	return problem{title: "That is too much at once", view: views.Problem{
		Status: http.StatusRequestEntityTooLarge, Tone: views.ToneDanger,
		Cause:   fmt.Sprintf("The form is larger than the %s this page takes", bytesWords(limit)),
		Text:    []string{text},
		Ways:    h.wayBack(c),
		Support: []views.SupportFact{asked(c)},
	}}
}

func bytesWords(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

// wrongMethod names what the address takes, as the router found it.
func wrongMethod(c echo.Context) problem {
	text := "Nothing was changed. Open the page by its link and use its buttons."
	if allowed := c.Response().Header().Get(echo.HeaderAllow); allowed != "" {
		text = "It takes " + allowed + ", and this was " + cut(c.Request().Method, 20) + ". " + text
	}
	return problem{title: "This address takes no such request", view: views.Problem{
		Status: http.StatusMethodNotAllowed, Tone: views.ToneWarn, Cause: "The page exists, but not for this kind of request",
		Text: []string{text}, Ways: []views.Way{toOverview()}, Support: []views.SupportFact{asked(c)},
	}}
}
