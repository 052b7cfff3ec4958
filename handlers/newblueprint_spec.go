package handlers

import (
	"strings"

	"agentidportal/provision"
)

// spec is what the form asks for. Numbers that are none become ones the spec
// refuses; faults words them. What a choice has made needless is left out,
// though the draft keeps it.
func (f blueprintForm) spec() provision.BlueprintSpec {
	spec := provision.BlueprintSpec{
		DisplayName: f.DisplayName, Description: f.Description, Audience: f.Audience, Owners: f.Owners, Sponsors: f.Sponsors, Does: f.Does,
		Count: numberOr(f.Count, -1), NamePattern: f.Pattern, Names: provision.ParseNames(f.Names), RunAs: provision.RunAs(f.RunAs), Reason: f.Reason,
	}
	if f.SponsoredBy == sponsorsChosen {
		spec.AgentSponsors = append([]provision.Principal{}, f.AgentSponsors...)
	}
	f.specCredential(&spec)
	if f.will(provision.ActsForUsers) {
		spec.Expose = f.Access.spec(f.house.appID)
	}
	if f.inherits() {
		spec.Inherit = f.inheritSpec()
	}
	if f.will(provision.ActsAlone) {
		spec.Roles = f.Roles
	}
	if f.Table != nil {
		spec.Rows = f.Table.Rows
	}
	if f.will(provision.ActsAsUser) {
		spec.Users = f.Users.spec()
	}
	return spec
}

func (f blueprintForm) specCredential(spec *provision.BlueprintSpec) {
	spec.Credential = provision.CredentialKind(f.Credential)
	switch spec.Credential {
	case provision.CredentialFederated:
		federated := f.Federated
		spec.Federated = &federated
	case provision.CredentialCertificate:
		spec.Certificate = f.Certificate
	case provision.CredentialSecret:
		spec.SecretDays, spec.KeepSecret = numberOr(f.Life, -1), f.KeepForLab
	}
}

// inherits says whether delegated permissions can mean anything: the agents
// act for a person or for their own user.
func (f blueprintForm) inherits() bool {
	return f.will(provision.ActsForUsers) || f.will(provision.ActsAsUser)
}

func (f blueprintForm) inheritSpec() []provision.InheritSpec {
	var all []provision.InheritSpec
	for _, one := range f.Inherit {
		one.Consent = !f.NoConsent
		all = append(all, one)
	}
	return all
}

func (a accessForm) spec(portalAppID string) *provision.ExposeSpec {
	e := &provision.ExposeSpec{Scope: a.Scope, AdminOnly: a.Consent == consentAdmins, Preauthorized: provision.ParseNames(a.Clients), RedirectURIs: provision.ParseNames(a.Redirects)}
	if a.Portal {
		e.Preauthorized = append([]string{portalAppID}, e.Preauthorized...)
	}
	if a.ConsentPage {
		e.RedirectURIs = append([]string{consentPage}, e.RedirectURIs...)
	}
	return e
}

func (u usersForm) spec() *provision.UsersSpec {
	spec := &provision.UsersSpec{UPNPattern: u.UPNPattern, Domain: u.Domain, UsageLocation: strings.ToUpper(u.UsageLocation), Sponsors: u.Sponsors}
	if id, name, _ := strings.Cut(u.License, " "); id != "" {
		spec.License = &provision.LicenseRef{SKUID: id, Name: name}
	}
	if len(u.Manager) > 0 {
		spec.Manager = &u.Manager[0]
	}
	return spec
}

// formOf is a form that asks for what a spec says, to begin a draft with. The
// reason is not taken: each run has its own.
func formOf(spec provision.BlueprintSpec, portalAppID string) blueprintForm {
	f := blueprintForm{
		DisplayName: spec.DisplayName, Description: spec.Description, Audience: spec.Audience, Owners: spec.Owners, Sponsors: spec.Sponsors,
		Does: spec.Does, Count: number(spec.Count), Pattern: spec.NamePattern, Names: strings.Join(spec.Names, "\n"), RunAs: string(spec.RunAs),
		Inherit: spec.Inherit, Roles: spec.Roles, SponsoredBy: sponsorsSame,
	}
	f.takeCredential(spec)
	if spec.AgentSponsors != nil {
		f.SponsoredBy, f.AgentSponsors = sponsorsChosen, spec.AgentSponsors
	}
	if spec.Expose != nil {
		f.Access = accessFormOf(*spec.Expose, portalAppID)
	}
	if len(spec.Rows) > 0 {
		f.Table = &agentTable{File: "the run before", Rows: spec.Rows}
	}
	if spec.Users != nil {
		f.Users = usersOf(*spec.Users)
	}
	for _, one := range spec.Inherit {
		f.NoConsent = f.NoConsent || !one.Consent
	}
	return f
}

func (f *blueprintForm) takeCredential(spec provision.BlueprintSpec) {
	f.Credential, f.Life, f.KeepForLab = string(spec.Credential), number(spec.SecretDays), spec.KeepSecret
	if spec.Credential != provision.CredentialUnset && spec.SecretDays == 0 {
		f.Life = number(provision.DefaultSecretDays)
	}
	if spec.Federated != nil {
		f.Federated = *spec.Federated
	}
	f.Certificate = spec.Certificate
}

func accessFormOf(e provision.ExposeSpec, portalAppID string) *accessForm {
	a := &accessForm{Scope: e.Scope, Consent: consentAll}
	if e.AdminOnly {
		a.Consent = consentAdmins
	}
	var clients, redirects []string
	for _, id := range e.Preauthorized {
		if strings.EqualFold(id, portalAppID) {
			a.Portal = true
		} else {
			clients = append(clients, id)
		}
	}
	for _, uri := range e.RedirectURIs {
		if uri == consentPage {
			a.ConsentPage = true
		} else {
			redirects = append(redirects, uri)
		}
	}
	a.Clients, a.Redirects = strings.Join(clients, "\n"), strings.Join(redirects, "\n")
	return a
}

func usersOf(u provision.UsersSpec) usersForm {
	f := usersForm{UPNPattern: u.UPNPattern, Domain: u.Domain, UsageLocation: u.UsageLocation, Sponsors: u.Sponsors}
	if u.License != nil {
		f.License = u.License.SKUID + " " + u.License.Name
	}
	if u.Manager != nil {
		f.Manager = []provision.Principal{*u.Manager}
	}
	return f
}
