package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// sponsorList is the name of the picker on the tab Set-up.
const sponsorList = "sponsor"

// showSetup says what a blueprint lacks that its agents need.
func (h *Handlers) showSetup(c echo.Context, b *graph.Blueprint, o *object) error {
	d, err := h.setupOf(c, b)
	if err != nil {
		return err
	}
	query := c.QueryParams()
	if run := query.Get("run"); run != "" {
		if _, err := strconv.ParseUint(run, 10, 63); err == nil {
			d.Done = run
		}
	}
	return h.renderSetup(c, http.StatusOK, o, d)
}

// setUp mends one lack, or looks for the person who mends it.
func (h *Handlers) setUp(c echo.Context) error {
	posted, err := web.Form(c, "act", "request", "reason", "asked", "find_"+sponsorList)
	if err != nil {
		return err
	}
	b, o, err := h.openBlueprint(c)
	if o == nil {
		return err
	}
	d, err := h.setupOf(c, b)
	if err != nil {
		return err
	}
	d.Reason.Value = typedField(posted, "reason")
	if id := posted.Get("request"); graphID(id) {
		d.Request = id
	}
	words := typedWords(posted.Get("find_" + sponsorList))
	verb, about, _ := strings.Cut(posted.Get("act"), ":")
	switch {
	case verb == "find", verb == "enter" && words != "":
		return h.findSponsor(c, o, d, words)
	case verb == "add":
		_, id, _ := strings.Cut(about, ":")
		return h.mend(c, b, o, d, provision.LackSponsor, id)
	case verb == "mend":
		return h.mend(c, b, o, d, provision.Lack(about), h.actor(c).OID)
	}
	return web.Redirect(c, o.path()+"/setup")
}

func graphID(id string) bool {
	_, err := graph.ParseGUID(id)
	return err == nil
}

// mend starts the run that mends a lack. Who lacks nothing any more, or chose
// somebody who cannot sponsor, sees the page again.
func (h *Handlers) mend(c echo.Context, b *graph.Blueprint, o *object, d views.Setup, lack provision.Lack, sponsorID string) error {
	spec := provision.SetupSpec{Blueprint: b, Lack: lack, Reason: d.Reason.Value}
	if lack == provision.LackSponsor {
		chosen, refusal, err := h.chosenPerson(c, sponsorID, provision.SponsorRefusal)
		if err != nil {
			return err
		}
		if refusal != "" {
			return h.refuseSetup(c, o, d, map[string]string{sponsorList: refusal})
		}
		spec.Sponsor = chosen
	}
	run, err := h.Engine.SetUp(c.Request().Context(), h.actor(c), d.Request, spec)
	var invalid *models.InvalidError
	switch {
	case errors.As(err, &invalid):
		return h.refuseSetup(c, o, d, invalid.Fields)
	case err != nil:
		return err
	case run.State == models.RunDone:
		return web.Redirect(c, o.path()+"/setup?run="+strconv.FormatInt(run.ID, 10))
	}
	return web.Redirect(c, runPath(run.ID))
}

// refuseSetup shows the page again with what is wrong beside its field.
func (h *Handlers) refuseSetup(c echo.Context, o *object, d views.Setup, faults map[string]string) error {
	d.Reason.Fault = faults["reason"]
	d.Errors = d.Reason.Errors()
	if text := faults[sponsorList]; text != "" {
		d.Sponsor.Error = text
		d.Errors = append(d.Errors, views.FieldError{Field: "f-" + sponsorList, Text: "Sponsor: " + text})
	}
	return h.renderSetup(c, http.StatusUnprocessableEntity, o, d)
}

// findSponsor answers the search beside what was typed. Nothing is saved, so
// the words stay out of the address.
func (h *Handlers) findSponsor(c echo.Context, o *object, d views.Setup, words string) error {
	if what := secretTyped(words); what != "" {
		return h.refuseSetup(c, o, d, map[string]string{
			sponsorList: "This looks like a " + what + ", so nothing was searched, and it is kept nowhere. Write a name, an address or an object id.",
		})
	}
	d.Sponsor.Words, d.Sponsor.Focus = cut(words, maxSearch), true
	if d.Sponsor.Words == "" {
		return h.refuseSetup(c, o, d, map[string]string{sponsorList: "Write a name, an address or an object id, then press Search."})
	}
	found, err := h.findPeople(c, d.Sponsor.Words)
	if err != nil {
		return err
	}
	d.Sponsor.Asked, d.Sponsor.More, d.Sponsor.Fault = true, found.more, found.fault
	d.Asked = sponsorList + " " + d.Sponsor.Words
	for _, one := range found.all {
		d.Sponsor.Found = append(d.Sponsor.Found, foundRow(one, h.actor(c).OID, provision.SponsorRefusal, nil))
	}
	return h.renderSetup(c, http.StatusOK, o, d)
}

func (h *Handlers) renderSetup(c echo.Context, status int, o *object, d views.Setup) error {
	d.ObjectHead = o.head(c, "setup")
	p := h.objectPage(c, o, "setup")
	p.HasError = len(d.Errors) > 0
	return web.Render(c, status, views.SetupPage(p, d))
}

// setupOf looks at a blueprint. A part that Graph refuses is said to be unread.
func (h *Handlers) setupOf(c echo.Context, b *graph.Blueprint) (views.Setup, error) {
	d := views.Setup{BlueprintID: b.ID, Request: uuid.NewString(), MayMend: h.may(c, "/blueprints/new"), Sponsor: sponsorPicker()}
	d.Reason.Required = h.RequireReason
	var principal *graph.BlueprintPrincipal
	var sponsors views.People
	var unread string
	work, ctx := errgroup.WithContext(c.Request().Context())
	work.Go(func() error { return readPrincipalOf(ctx, h.graph(c), b.AppID, &principal, &unread) })
	work.Go(func() (err error) {
		sponsors.Refs, err = h.graph(c).Sponsors(ctx, graph.KindBlueprint, b.ID)
		return part(err, &sponsors.Fault)
	})
	if err := work.Wait(); err != nil {
		return d, err
	}
	for _, check := range setupChecks(b, principal, unread, sponsors) {
		if check.Lack != "" {
			call, err := h.Engine.SetupCall(provision.SetupSpec{Blueprint: b, Lack: provision.Lack(check.Lack), Sponsor: provision.Principal{ID: h.actor(c).OID, Kind: graph.KindUser}})
			if err != nil {
				return d, err
			}
			check.Call, check.Needs = call.Method+" "+call.Path, call.Needs
		}
		d.Checks = append(d.Checks, check)
	}
	for _, fault := range []string{unread, sponsors.Fault} {
		if fault != "" {
			d.Unread = fault
		}
	}
	return d, nil
}

func sponsorPicker() views.Picker {
	return views.Picker{
		List: sponsorList, Label: "Another sponsor", FindLabel: "Find a sponsor", None: "Nobody yet", Optional: true,
		Hint: "“Name me as sponsor” takes you. Search to name somebody else: a person, a Microsoft 365 group or a group with dynamic membership.",
	}
}

// setupChecks are what was looked at, in the order in which it is mended.
func setupChecks(b *graph.Blueprint, principal *graph.BlueprintPrincipal, unread string, sponsors views.People) []views.SetupCheck {
	checks := []views.SetupCheck{
		{Title: "Principal in this tenant", Why: "Without it there are no agent identities here, and no tokens for them.", Button: "Create the principal", Lack: string(provision.LackPrincipal)},
		{Title: "Sponsor", Why: "Somebody who is asked when access is reviewed or ends.", Button: "Name me as sponsor", Lack: string(provision.LackSponsor)},
		{Title: "Identifier URI and scope", Why: "What clients ask a user’s token for. Only agents that act on behalf of users need it.", Button: "Add URI and scope", Lack: string(provision.LackScope)},
	}
	lacks := map[string]bool{}
	for _, lack := range provision.Lacks(b, principal, sponsors.Refs) {
		lacks[string(lack)] = true
	}
	unreads := map[string]string{string(provision.LackPrincipal): unread, string(provision.LackSponsor): sponsors.Fault}
	for i := range checks {
		check := &checks[i]
		switch {
		case unreads[check.Lack] != "":
			check.State, check.Tone, check.Lack = "Not read", views.ToneMuted, ""
		case lacks[check.Lack] && check.Lack == string(provision.LackScope):
			check.State, check.Tone, check.Optional = "None", views.ToneInfo, true
		case lacks[check.Lack]:
			check.State, check.Tone = "Missing", views.ToneWarn
		default:
			check.State, check.Tone, check.Lack = "There", views.ToneOK, ""
		}
	}
	return checks
}
