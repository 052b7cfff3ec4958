package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
)

// blueprintForm is what was typed in all steps: a draft keeps it whole, faults
// included. Its secret-life field is called life, because fields with "secret"
// in their name are never written back into a page. Drafts of the time before
// there were steps lack owners, sponsors and all that is below them.
type blueprintForm struct {
	DisplayName string `json:"displayName"`
	Description string `json:"description"`
	Life        string `json:"life"` // days
	Count       string `json:"count"`
	Pattern     string `json:"pattern"`
	RunAs       string `json:"runAs"`
	KeepForLab  bool   `json:"keepForLab"`
	Reason      string `json:"reason"`

	Owners        []provision.Principal `json:"owners"`   // nil: not asked yet
	Sponsors      []provision.Principal `json:"sponsors"` // likewise
	Audience      string                `json:"audience"`
	Names         string                `json:"names"` // one a line
	NamesTyped    int                   `json:"namesTyped,omitempty"`
	SponsoredBy   string                `json:"sponsoredBy"`
	AgentSponsors []provision.Principal `json:"agentSponsors"`

	Done  []string `json:"done,omitempty"`  // steps that were gone on from
	RunID int64    `json:"runId,omitempty"` // set when the draft became a run
}

// Who sponsors the agent identities.
const (
	sponsorsSame   = "same"
	sponsorsChosen = "chosen"
)

// emptyBlueprintForm is where everybody begins.
func emptyBlueprintForm(a models.Actor) blueprintForm {
	f := blueprintForm{
		Life: strconv.Itoa(provision.DefaultSecretDays), Count: "1",
		Pattern: provision.DefaultNamePattern, RunAs: string(provision.AsMe),
	}
	f.complete(a)
	return f
}

// complete fills in what a draft of before there were steps did not ask for.
// Such a draft was for the person who wrote it.
func (f *blueprintForm) complete(a models.Actor) {
	me := []provision.Principal{{ID: a.OID, Kind: graph.KindUser, Name: a.Name, Username: a.Username}}
	if f.Owners == nil {
		f.Owners = me
	}
	if f.Sponsors == nil {
		f.Sponsors = slices.Clone(me)
	}
	if f.Audience == "" {
		f.Audience = graph.AudienceOneTenant
	}
	if f.SponsoredBy == "" {
		f.SponsoredBy = sponsorsSame
	}
}

const (
	// maxTyped bounds what a draft keeps of one field: more than any limit that
	// a message names, so that it can name what was typed.
	maxTyped = 4000
	// maxNamesTyped holds 250 names of 256 characters of four bytes, one a line.
	maxNamesTyped = 260_000
)

func typedField(posted url.Values, name string) string {
	return cut(strings.TrimSpace(posted.Get(name)), maxTyped)
}

func (f *blueprintForm) readBasics(posted url.Values) {
	f.DisplayName, f.Description = typedField(posted, "display_name"), typedField(posted, "description")
	f.Audience, f.Reason = typedField(posted, "audience"), typedField(posted, "reason")
}

func (f *blueprintForm) readCredential(posted url.Values) {
	f.Life, f.KeepForLab = typedField(posted, "life"), posted.Get("keep_for_lab") != ""
}

func (f *blueprintForm) readAgents(posted url.Values) {
	f.Count, f.Pattern = typedField(posted, "count"), typedField(posted, "pattern")
	f.SponsoredBy, f.RunAs = typedField(posted, "sponsored_by"), typedField(posted, "run_as")
	names := strings.ReplaceAll(posted.Get("names"), "\r\n", "\n")
	f.Names, f.NamesTyped = cut(names, maxNamesTyped), 0
	if len(names) > len(f.Names) {
		f.NamesTyped = len(names)
	}
}

// spec is what the form asks for. Numbers that are none become ones the spec
// refuses; faults words them.
func (f blueprintForm) spec() provision.BlueprintSpec {
	spec := provision.BlueprintSpec{
		DisplayName: f.DisplayName, Description: f.Description, Audience: f.Audience, Owners: f.Owners, Sponsors: f.Sponsors,
		SecretDays: numberOr(f.Life, -1), KeepSecret: f.KeepForLab, Count: numberOr(f.Count, -1), NamePattern: f.Pattern,
		Names: provision.ParseNames(f.Names), RunAs: provision.RunAs(f.RunAs), Reason: f.Reason,
	}
	if f.SponsoredBy == sponsorsChosen {
		spec.AgentSponsors = append([]provision.Principal{}, f.AgentSponsors...)
	}
	return spec
}

func numberOr(text string, other int) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return other
	}
	return n
}

// version tells one state of the form from another: what a person has read is
// carried out, and nothing else.
func (f blueprintForm) version() string {
	f.RunID, f.Done = 0, nil
	text, err := json.Marshal(f)
	if err != nil {
		return "" // strings, numbers and ticks always encode
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// list is one of the form's lists of people, by its name in the page.
func (f *blueprintForm) list(name string) *[]provision.Principal {
	switch name {
	case "owners":
		return &f.Owners
	case "sponsors":
		return &f.Sponsors
	case "agent_sponsors":
		return &f.AgentSponsors
	}
	return nil
}

// refuses is the rule of a list.
func refuses(list string) func(graph.Candidate) string {
	if list == "owners" {
		return provision.OwnerRefusal
	}
	return provision.SponsorRefusal
}
