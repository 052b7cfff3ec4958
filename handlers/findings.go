package handlers

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// findingsQuery is what the address of the findings says.
type findingsQuery struct {
	kind provision.FindingKind
	app  string // App ID of a blueprint
	page int
}

func findingsQueryOf(c echo.Context) findingsQuery {
	q := findingsQuery{page: 1}
	for _, about := range provision.FindingKinds() {
		if string(about.Kind) == c.QueryParam("kind") {
			q.kind = about.Kind
		}
	}
	q.app, _ = graph.ParseGUID(c.QueryParam("blueprint"))
	if n, err := strconv.Atoi(c.QueryParam("page")); err == nil && n > 0 && n < 1e6 {
		q.page = n
	}
	return q
}

func (q findingsQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"kind": string(q.kind), "blueprint": q.app} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (q findingsQuery) href(page int) string {
	v := q.values()
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	return address("/findings", v)
}

// leaves are the findings that the filters leave.
func (q findingsQuery) leaves(s *provision.Snapshot, all []provision.Finding) []provision.Finding {
	var left []provision.Finding
	for _, f := range all {
		if q.kind != "" && f.Kind != q.kind || q.app != "" && !strings.EqualFold(s.BlueprintOf(f.Item), q.app) {
			continue
		}
		left = append(left, f)
	}
	return left
}

// showFindings lists what needs somebody, each with why and the way to mend it.
func (h *Handlers) showFindings(c echo.Context) error {
	q := findingsQueryOf(c)
	s, fault, err := h.inventory(c)
	if err != nil {
		return err
	}
	p := h.page(c, "Findings", "findings")
	p.Lead = "What needs somebody: nobody answers for it, it cannot work, or it has outlived its use."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Findings"}}
	if s == nil {
		return h.showReading(c, p)
	}
	all := s.Findings(h.Now())
	left := q.leaves(s, all)
	last := max(1, (len(left)+pageSize-1)/pageSize)
	q.page = min(q.page, last)
	from := (q.page - 1) * pageSize
	d := views.FindingsList{
		Total: totalWords(len(left), len(all), "finding"), Export: address("/findings/export", q.values()), Kinds: h.findingKinds(s, all, q),
		Blueprint: q.app, Blueprints: blueprintOptions(s, q.app), Kind: string(q.kind), Paging: plainFoot(q.page, last, len(left), "the gravest first", q.href),
		Snapshot: h.snapshotWords(s, q.href(q.page)), Filtered: len(left) != len(all),
	}
	d.Snapshot.Fault = fault
	if q.kind != "" {
		d.Chips = append(d.Chips, views.Chip{Name: "Finding", Value: aboutFinding(q.kind).Title, RemoveHref: findingsQuery{app: q.app}.href(1)})
	}
	if q.app != "" {
		name := q.app
		if b := s.Blueprint(q.app); b != nil {
			name = views.Named(b.Name, b.ID)
		}
		d.Chips = append(d.Chips, views.Chip{Name: "Blueprint", Value: name, RemoveHref: findingsQuery{kind: q.kind}.href(1)})
	}
	for _, f := range left[from:min(from+pageSize, len(left))] {
		d.Rows = append(d.Rows, h.findingRow(c, f))
	}
	return web.Render(c, http.StatusOK, views.FindingsPage(p, d))
}

// findingKinds counts the findings of each kind, and leads to the objects where
// a list can show them.
func (h *Handlers) findingKinds(s *provision.Snapshot, all []provision.Finding, q findingsQuery) []views.FindingKindRow {
	counts := map[provision.FindingKind]int{}
	for _, f := range (findingsQuery{app: q.app}).leaves(s, all) {
		counts[f.Kind]++
	}
	var rows []views.FindingKindRow
	for _, about := range provision.FindingKinds() {
		rows = append(rows, views.FindingKindRow{
			Kind: string(about.Kind), Title: about.Title, What: about.What, Tone: findingTone(about), Count: counts[about.Kind],
			Href: findingsQuery{kind: about.Kind, app: q.app}.href(1),
		})
	}
	return rows
}

func aboutFinding(kind provision.FindingKind) provision.FindingAbout {
	for _, about := range provision.FindingKinds() {
		if about.Kind == kind {
			return about
		}
	}
	return provision.FindingAbout{Kind: kind, Title: string(kind)}
}

func findingTone(about provision.FindingAbout) views.Tone {
	if about.Grave {
		return views.ToneDanger
	}
	return views.ToneWarn
}

func (h *Handlers) findingRow(c echo.Context, f provision.Finding) views.FindingRow {
	about := aboutFinding(f.Kind)
	folder, _, thing := folderOf(graph.Kind(f.Item.Kind))
	row := views.FindingRow{
		Title: about.Title, Tone: findingTone(about), Mark: f.Item.Kind, Name: views.Named(f.Item.Name, f.Item.ID), Href: folder + "/" + f.Item.ID,
		ID: f.Item.ID, Thing: thing, Why: f.Why,
	}
	if f.Credential != nil {
		row.Why = credentialTitle(f.Credential) + ". " + row.Why
	}
	if fix, href, route := findingFix(f, folder); h.may(c, route) {
		row.Fix, row.FixHref = fix, href
	}
	return row
}

// credentialTitle is what a credential is called in a sentence.
func credentialTitle(c *models.Credential) string {
	kind := map[string]string{models.CredentialSecret: "Client secret", models.CredentialCertificate: "Certificate"}[c.Kind]
	if _, ours := provision.SecretOp(c.Name); c.Name == "" || ours {
		return kind + " " + c.KeyID
	}
	return kind + " “" + c.Name + "”"
}

// findingFix is the act that mends a finding: its words, where it is, and the
// route that says who may.
func findingFix(f provision.Finding, folder string) (words, href, route string) {
	object := folder + "/" + f.Item.ID
	switch f.Kind {
	case provision.FindingUserParentless, provision.FindingAgentOrphan, provision.FindingDisabledLong:
		return "Delete…", object + "/delete", folder + "/:id/delete"
	case provision.FindingPrincipalOrphan:
		return "Look in the recycle bin", "/recycle-bin?kind=blueprint", "/recycle-bin"
	case provision.FindingNoPrincipal:
		return "Set up…", object + "/setup", "/blueprints/:id/secrets/new"
	case provision.FindingCredentialEnded, provision.FindingNoCredential:
		return "Add client secret…", object + "/secrets/new", "/blueprints/:id/secrets/new"
	case provision.FindingNoSponsor, provision.FindingSponsorUnusable:
		return "Add sponsor…", object + "/sponsors/add", folder + "/:id/sponsors/add"
	case provision.FindingNoOwner:
		return "Add owner…", object + "/owners/add", folder + "/:id/owners/add"
	case provision.FindingCredentialEnds, provision.FindingCredentialLong:
		if f.Credential.Kind == models.CredentialSecret {
			return "Rotate…", object + "/secrets/" + f.Credential.KeyID + "/rotate", "/blueprints/:id/secrets/:key/rotate"
		}
		return "Credentials", object + "/credentials", "/blueprints/:id/:tab"
	}
	return "Open", object, folder + "/:id"
}

// exportFindings writes what the filters leave as a file, CSV or JSON.
func (h *Handlers) exportFindings(c echo.Context) error {
	form, err := web.Form(c, "format")
	if err != nil {
		return err
	}
	q := findingsQueryOf(c)
	s, _, err := h.inventory(c)
	if err != nil {
		return err
	}
	if s == nil {
		return web.Redirect(c, "/findings")
	}
	left := q.leaves(s, s.Findings(h.Now()))
	format := "csv"
	if form.Get("format") == "json" {
		format = "json"
	}
	err = h.record(c, models.NewAudit{
		Action: models.ActionListExport, Result: models.ResultSucceeded, TargetKind: "page", TargetID: "/findings",
		Body: map[string]any{"address": cut(q.href(1), 300), "name": "findings", "rows": len(left), "format": format},
	})
	if err != nil {
		return err
	}
	name := "findings-" + h.Now().UTC().Format("20060102-150405") + "." + format
	if format == "json" {
		startFile(c, name, "application/json; charset=utf-8")
		return h.findingsJSON(c, s, left)
	}
	startFile(c, name, "text/csv; charset=utf-8")
	return h.findingsCSV(c, s, left)
}

func (h *Handlers) findingsCSV(c echo.Context, s *provision.Snapshot, left []provision.Finding) error {
	out := csv.NewWriter(c.Response())
	_ = out.Write([]string{"Finding", "Severity", "Kind", "Name", "Object ID", "Blueprint App ID", "Why"}) // faults of the browser's connection: see out.Error below
	for n, f := range left {
		if n%exportEvery == 0 {
			h.web.WriteOn(c)
		}
		row := h.findingRow(c, f)
		if _ = out.Write(safeCells([]string{row.Title, severity(f.Kind), row.Thing, f.Item.Name, f.Item.ID, s.BlueprintOf(f.Item), row.Why})); out.Error() != nil {
			return nil // nobody reads on
		}
	}
	out.Flush()
	return nil
}

func severity(kind provision.FindingKind) string {
	if aboutFinding(kind).Grave {
		return "grave"
	}
	return "warning"
}

// findingsJSON writes one object a finding, with when the directory was read.
func (h *Handlers) findingsJSON(c echo.Context, s *provision.Snapshot, left []provision.Finding) error {
	h.web.WriteOn(c)
	rows := make([]map[string]any, 0, len(left))
	for _, f := range left {
		row := map[string]any{
			"finding": f.Kind, "severity": severity(f.Kind), "kind": f.Item.Kind, "name": f.Item.Name, "objectId": f.Item.ID, "blueprintAppId": s.BlueprintOf(f.Item), "why": f.Why,
		}
		if f.Credential != nil {
			row["keyId"] = f.Credential.KeyID
		}
		rows = append(rows, row)
	}
	out := json.NewEncoder(c.Response())
	out.SetIndent("", "  ")
	_ = out.Encode(map[string]any{"tenantId": h.Tenant.ID, "readAt": s.ReadAt.UTC().Format(time.RFC3339), "findings": rows}) // a fault is the browser's connection
	return nil
}
