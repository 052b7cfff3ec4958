package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
)

// blueprintForm is what was typed in all steps: a draft keeps it whole, faults
// included. Its secret-life field is called life, because fields with "secret"
// in their name are never written back into a page. Drafts of the time before
// there were steps lack owners, sponsors and all that is below them.
type blueprintForm struct {
	// Into is the blueprint that is added to, and Agent the agent identity of it
	// that gets its agent user; nil: the draft is for a new blueprint.
	Into  *provision.IntoSpec `json:"into,omitempty"`
	Agent *provision.AgentRow `json:"agent,omitempty"`
	First string              `json:"first,omitempty"` // number that names begin with

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

	Does        []provision.Capability     `json:"does"`       // nil: not asked yet
	Credential  string                     `json:"credential"` // empty: likewise
	Federated   provision.FederatedSpec    `json:"federated"`
	Certificate *provision.CertificateSpec `json:"certificate,omitempty"`
	Access      *accessForm                `json:"access"` // nil: not asked yet
	API         string                     `json:"api,omitempty"`
	Inherit     []provision.InheritSpec    `json:"inherit,omitempty"`
	NoConsent   bool                       `json:"noConsent,omitempty"`
	Roles       []provision.RoleSpec       `json:"roles,omitempty"`
	Table       *agentTable                `json:"table,omitempty"` // nil: none was uploaded
	Users       usersForm                  `json:"users"`

	Done  []string `json:"done,omitempty"`  // steps that were gone on from
	RunID int64    `json:"runId,omitempty"` // set when the draft became a run

	house houseRules // not of the draft: the portal may be configured anew
}

// houseRules is what the portal itself has to say about a form.
type houseRules struct {
	appID         string // client id of the portal's own app
	requireReason bool
}

// accessForm is how clients get tokens of users for the blueprint.
type accessForm struct {
	Scope       string `json:"scope"`
	Consent     string `json:"consent"` // consentAdmins or consentAll
	Portal      bool   `json:"portal"`  // pre-authorize this portal
	Clients     string `json:"clients"` // client ids, one a line
	ConsentPage bool   `json:"consentPage"`
	Redirects   string `json:"redirects"` // one a line
}

// Who may consent to the scope of the blueprint.
const (
	consentAdmins = "admins"
	consentAll    = "all"
)

// consentPage is where the Entra admin center lands after somebody consented.
// https://learn.microsoft.com/entra/agent-id/create-blueprint
const consentPage = "https://entra.microsoft.com/TokenAuthorize"

// usersForm is what the agent users have in common. License holds the id of a
// product, a blank, and its name.
type usersForm struct {
	UPNPattern    string                `json:"upnPattern"`
	Domain        string                `json:"domain"`
	UsageLocation string                `json:"usageLocation"`
	License       string                `json:"license"`
	Manager       []provision.Principal `json:"manager"`
	Sponsors      []provision.Principal `json:"sponsors"`
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
	if f.Does == nil {
		f.Does = []provision.Capability{provision.ActsAlone}
	}
	if f.Credential == "" {
		f.Credential = string(provision.CredentialSecret)
		if f.Life == "0" { // which once meant none
			f.Credential, f.Life = string(provision.CredentialNone), strconv.Itoa(provision.DefaultSecretDays)
		}
	}
	if f.Access == nil {
		f.Access = &accessForm{Scope: provision.DefaultScope, Consent: consentAll, Portal: true, ConsentPage: true}
	}
	if f.Users.UPNPattern == "" && f.Users.Domain == "" {
		f.Users.UPNPattern = provision.DefaultUPNPattern
	}
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
	case "manager":
		return &f.Users.Manager
	case "user_sponsors":
		return &f.Users.Sponsors
	}
	return nil
}

// refuses is the rule of a list.
func refuses(list string) func(graph.Candidate) string {
	switch list {
	case "owners":
		return provision.OwnerRefusal
	case "manager":
		return provision.ManagerRefusal
	}
	return provision.SponsorRefusal
}
