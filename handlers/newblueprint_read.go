package handlers

import (
	"net/url"
	"slices"
	"strings"

	"agentidportal/provision"
)

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
	f.Does = []provision.Capability{}
	for _, way := range provision.Capabilities() {
		if slices.Contains(posted["does"], string(way)) {
			f.Does = append(f.Does, way)
		}
	}
}

// readCredential reads the fields of every kind: what was typed for another
// kind is still there when somebody chooses again.
func (f *blueprintForm) readCredential(posted url.Values) {
	f.Credential = typedField(posted, "credential")
	f.Life, f.KeepForLab = typedField(posted, "life"), posted.Get("keep_for_lab") != ""
	for _, p := range federatedParts() {
		*p.of(&f.Federated) = typedField(posted, p.name)
	}
}

func (f *blueprintForm) readAccess(posted url.Values) {
	f.Access = &accessForm{
		Scope: typedField(posted, "scope"), Consent: typedField(posted, "consent"),
		Portal: posted.Get("portal_client") != "", ConsentPage: posted.Get("consent_page") != "",
		Clients: typedLines(posted, "clients"), Redirects: typedLines(posted, "redirects"),
	}
}

func (f *blueprintForm) readPermissions(posted url.Values) {
	f.API, f.NoConsent = typedField(posted, "api"), posted.Get("no_consent") != ""
}

func (f *blueprintForm) readUsers(posted url.Values) {
	f.Users.UPNPattern, f.Users.Domain = typedField(posted, "upn_pattern"), typedField(posted, "domain")
	f.Users.UsageLocation, f.Users.License = typedField(posted, "usage_location"), typedField(posted, "license")
}

// typedLines is a field of several lines as typed.
func typedLines(posted url.Values, name string) string {
	return strings.ReplaceAll(typedField(posted, name), "\r\n", "\n")
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
