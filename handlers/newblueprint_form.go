package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

// blueprintForm is the form as typed: a draft keeps it whole, faults included.
// Its secret-life field is called life, because fields with "secret" in their
// name are never written back into a page.
type blueprintForm struct {
	DisplayName string `json:"displayName"`
	Description string `json:"description"`
	Life        string `json:"life"` // days
	Count       string `json:"count"`
	Pattern     string `json:"pattern"`
	RunAs       string `json:"runAs"`
	KeepForLab  bool   `json:"keepForLab"`
	Reason      string `json:"reason"`

	RunID int64 `json:"runId,omitempty"` // set when the draft became a run
}

// blueprintFields are the form's fields in the order of the page, with the
// names the spec's faults come under and the labels people see.
var blueprintFields = []struct{ field, spec, label string }{
	{"display_name", "displayName", "Display name"},
	{"description", "description", "Description"},
	{"sponsors", "sponsors", "Sponsor"},
	{"life", "secret", "Client secret"},
	{"keep_for_lab", "keepSecret", "Keep the secret for the token lab"},
	{"count", "count", "How many"},
	{"pattern", "namePattern", "Name pattern"},
	{"run_as", "runAs", "Create agent identities as"},
	{"reason", "reason", "Reason"},
}

func emptyBlueprintForm() blueprintForm {
	return blueprintForm{
		Life: strconv.Itoa(provision.DefaultSecretDays), Count: "1",
		Pattern: provision.DefaultNamePattern, RunAs: string(provision.AsMe),
	}
}

// maxTyped bounds what a draft keeps of one field: more than any limit that a
// message names, so that it can name what was typed.
const maxTyped = 4000

func readBlueprintForm(c echo.Context) (form blueprintForm, draftID string, err error) {
	posted, err := web.Form(c, "draft", "display_name", "description", "life", "count", "pattern", "run_as", "keep_for_lab", "reason")
	if err != nil {
		return blueprintForm{}, "", err
	}
	get := func(name string) string { return cut(strings.TrimSpace(posted.Get(name)), maxTyped) }
	return blueprintForm{
		DisplayName: get("display_name"), Description: get("description"), Life: get("life"), Count: get("count"),
		Pattern: get("pattern"), RunAs: get("run_as"), KeepForLab: posted.Get("keep_for_lab") != "", Reason: get("reason"),
	}, get("draft"), nil
}

// spec is what the form asks for. Numbers that are none become ones the spec
// refuses; faults words them.
func (f blueprintForm) spec(a models.Actor) provision.BlueprintSpec {
	life, err := strconv.Atoi(f.Life)
	if err != nil {
		life = -1
	}
	count, err := strconv.Atoi(f.Count)
	if err != nil {
		count = -1
	}
	return provision.BlueprintSpec{
		DisplayName: f.DisplayName, Description: f.Description,
		Sponsors:   []provision.Principal{{ID: a.OID, Kind: graph.KindUser, Name: a.Name, Username: a.Username}},
		SecretDays: life, Count: count, NamePattern: f.Pattern, RunAs: provision.RunAs(f.RunAs),
		KeepSecret: f.KeepForLab, Reason: f.Reason,
	}
}

// version tells one state of the form from another: what a person has read is
// carried out, and nothing else.
func (f blueprintForm) version() string {
	f.RunID = 0
	text, err := json.Marshal(f)
	if err != nil {
		return "" // strings, a number and a tick always encode
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// faults are what is wrong, by the names of the form's fields.
func (f blueprintForm) faults(a models.Actor) map[string]string {
	found := f.spec(a).Validate()
	faults := map[string]string{}
	for _, field := range blueprintFields {
		if text := found[field.spec]; text != "" {
			faults[field.field] = text
		}
	}
	if _, err := strconv.Atoi(f.Count); err != nil {
		faults["count"] = "Write a whole number from 0 to 250."
	}
	return faults
}

func (f blueprintForm) view(a models.Actor, now time.Time, faults map[string]string) views.BlueprintForm {
	v := views.BlueprintForm{
		Sponsor: a.Username, DisplayName: f.DisplayName, Description: f.Description, Life: f.Life, Count: f.Count,
		Pattern: f.Pattern, RunAs: f.RunAs, Reason: f.Reason, KeepForLab: f.KeepForLab, Faults: faults,
	}
	for _, days := range provision.SecretLives() {
		v.Lives = append(v.Lives, views.Option{Value: strconv.Itoa(days), Label: lifeWords(days, now)})
	}
	for _, field := range blueprintFields {
		if text := faults[field.field]; text != "" {
			v.Errors = append(v.Errors, views.FieldError{Field: "f-" + field.field, Text: field.label + ": " + text})
		}
	}
	return v
}
