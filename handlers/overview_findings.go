package handlers

import (
	"slices"
	"strconv"
	"strings"
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
	drafts, err := h.draftFinding(c)
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
	inventory, err := h.inventoryFinding(c)
	if err != nil {
		return nil, err
	}
	return slices.Concat(list, inventory, drafts), nil
}

// inventoryFinding counts what the last snapshot shows that is grave; a page that
// is looked at so often has none taken.
func (h *Handlers) inventoryFinding(c echo.Context) ([]views.Finding, error) {
	s, err := h.Engine.Inventory().Snapshot(c.Request().Context())
	if err != nil || s == nil {
		return nil, err
	}
	grave, first := 0, ""
	for _, f := range s.Findings(h.Now()) {
		about := aboutFinding(f.Kind)
		if !about.Grave {
			continue
		}
		if grave++; first == "" {
			first = about.Title + ": " + views.Named(f.Item.Name, f.Item.ID) + "."
		}
	}
	if grave == 0 {
		return nil, nil
	}
	return []views.Finding{{
		Tone: views.ToneWarn, Title: views.Plural(grave, "grave finding") + " in the inventory", Href: "/findings", Act: "Findings", ActHref: "/findings",
		Detail: first + " Seen " + views.UTC(s.ReadAt) + ".",
	}}, nil
}

// draftFinding brings up the person's own drafts: nobody else can.
func (h *Handlers) draftFinding(c echo.Context) ([]views.Finding, error) {
	if !h.may(c, "/blueprints/new") {
		return nil, nil
	}
	drafts, err := h.ownDrafts(c)
	if err != nil || len(drafts) == 0 {
		return nil, err
	}
	f := views.Finding{
		Tone: views.ToneInfo, Title: "Draft of a blueprint: " + drafts[0].Name, Act: "Resume", Href: "/blueprints/new/" + drafts[0].ID,
		Detail: "Next step: " + drafts[0].Step + ". Saved " + views.UTC(drafts[0].SavedAt) + ". Only you see it, and nothing of it is in the tenant.",
	}
	if n := len(drafts); n > 1 {
		f.Title, f.Href = strconv.Itoa(n)+" drafts of blueprints: "+draftNames(drafts), "/blueprints/new"
		f.Detail = "Only you see them, and nothing of them is in the tenant."
	}
	f.ActHref = f.Href
	return []views.Finding{f}, nil
}

// draftNames are the first of them in words.
func draftNames(drafts []views.DraftRow) string {
	var names []string
	for _, d := range drafts[:min(3, len(drafts))] {
		names = append(names, d.Name)
	}
	words := strings.Join(names, ", ")
	if more := len(drafts) - len(names); more > 0 {
		words += " and " + strconv.Itoa(more) + " more"
	}
	return words
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
