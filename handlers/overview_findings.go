package handlers

import (
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

const (
	// maxFindings is how many of one sort are listed.
	maxFindings = 5
	// openAfter is how old an intent is before it counts as left open: a
	// younger one belongs to a call that is under way.
	openAfter = 2 * time.Minute
	// failedFor is how long a failed run is brought up again.
	failedFor = 7 * 24 * time.Hour
)

// findings are what needs somebody, the worst first.
func (h *Handlers) findings(c echo.Context, d directory) ([]views.Finding, error) {
	intents, err := h.openIntents(c)
	if err != nil {
		return nil, err
	}
	runs, err := h.stuckRuns(c)
	if err != nil {
		return nil, err
	}
	list := append(intents, runs...)
	n := 0
	for i := range d.list {
		if f := credentialFinding(&d.list[i], h.Now()); f != nil && n < 2*maxFindings {
			if h.may(c, "/blueprints/:id/secrets/new") {
				f.Act, f.ActHref = "Add secret", newSecretPath(d.list[i].ID)
			}
			list = append(list, *f)
			n++
		}
	}
	return list, nil
}

// openIntents are acts whose end nobody recorded: the portal stopped in
// between, or still reads what became of them.
func (h *Handlers) openIntents(c echo.Context) ([]views.Finding, error) {
	records, err := h.Store.OpenIntents(c.Request().Context())
	if err != nil {
		return nil, err
	}
	var list []views.Finding
	for _, r := range records {
		if h.Now().Sub(r.At) < openAfter || !h.maySee(c, r) {
			continue
		}
		f := views.Finding{
			Tone: views.ToneDanger, Title: "1 act with unknown result: " + actionWords(r.Action), Href: "/audit/" + strconv.FormatInt(r.Seq, 10),
			Detail: "Begun " + views.UTC(r.At) + ". " + openWords(r.Action),
			Act:    "Look", ActHref: "/audit/" + strconv.FormatInt(r.Seq, 10),
		}
		if name := bodyName(r); name != "" {
			f.Title += " " + name
		}
		if r.RunID != "" {
			f.Act, f.ActHref = "Open run "+r.RunID, "/runs/"+r.RunID
		}
		if list = append(list, f); len(list) == maxFindings {
			break
		}
	}
	return list, nil
}

// openWords is what becomes of an act without an end: the engine reconciles
// what goes to the directory, and the sandbox's own acts are ended at a start.
func openWords(action string) string {
	if slices.Contains(sandboxActs(), action) {
		return "Nothing sends it again: look at the sandbox for what was done. The next start of the portal closes the record."
	}
	return "The portal reads the directory before it sends anything again."
}

// maySee says whether a record of the audit is open to the person.
func (h *Handlers) maySee(c echo.Context, r models.AuditRecord) bool {
	return seesAllActs(web.CurrentUser(c)) || r.Actor == h.actor(c).String()
}

// stuckRuns are runs that failed lately or wait.
func (h *Handlers) stuckRuns(c echo.Context) ([]views.Finding, error) {
	var list []views.Finding
	for _, states := range [][]models.RunState{{models.RunFailed}, {models.RunWaitingSignIn, models.RunWaiting}} {
		runs, err := h.Store.Runs(c.Request().Context(), models.RunFilter{States: states, TID: h.Tenant.ID, Limit: maxFindings})
		if err != nil {
			return nil, err
		}
		for _, r := range runs {
			if r.State == models.RunFailed && h.Now().Sub(r.UpdatedAt) > failedFor {
				continue
			}
			list = append(list, runFinding(r))
		}
	}
	return list, nil
}

func runFinding(r models.Run) views.Finding {
	href := "/runs/" + strconv.FormatInt(r.ID, 10)
	f := views.Finding{Href: href, Act: "Open", ActHref: href}
	name := "Run " + strconv.FormatInt(r.ID, 10)
	switch r.State {
	case models.RunFailed:
		f.Tone, f.Title = views.ToneDanger, name+" failed: "+r.Title
		f.Detail = "Stopped " + views.UTC(r.UpdatedAt) + ". What was made before stays; the run says what to do."
	case models.RunWaitingSignIn:
		f.Tone, f.Title = views.ToneWarn, name+" waits for a sign-in: "+r.Title
		f.Detail = "It goes on when " + r.OwnerUsername + " signs in again."
	default:
		f.Tone, f.Title = views.ToneWait, name+" waits: "+r.Title
		f.Detail, f.Act = "The run says what it waits for and when it looks again. Waiting for the directory is no fault.", "Watch"
	}
	return f
}
