package handlers

import (
	"encoding/json"
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
)

// editField is a property that may be written, by Graph's name.
type editField struct {
	name, label, hint string
	area, optional    bool
}

const tagsProperty = "tags"

// editFields are what Graph lets be written of a kind, in the order of the form.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-update
// https://learn.microsoft.com/graph/api/agentidentity-update
// https://learn.microsoft.com/graph/api/agentuser-update
func editFields(kind graph.Kind) []editField {
	name := editField{name: "displayName", label: "Display name", hint: "1 to 256 characters, on one line."}
	tags := editField{name: tagsProperty, label: "Tags", hint: "One a line, up to 256 characters each.", area: true, optional: true}
	switch kind {
	case graph.KindBlueprint:
		tags.hint += " Its agent identities show them beside their own."
		return []editField{name, {name: "description", label: "Description", hint: "Up to 1,024 characters.", area: true, optional: true}, tags}
	case graph.KindBlueprintPrincipal:
		return []editField{tags}
	case graph.KindAgentIdentity:
		tags.hint += " Those of its blueprint are changed there."
		return []editField{name, tags}
	case graph.KindAgentUser:
		return []editField{
			name,
			{name: "userPrincipalName", label: "User principal name", hint: "It ends in a verified domain of the tenant. With it the name changes that its agent identity signs in as: programs that use the old one have to be told."},
			{name: "mailNickname", label: "Mail nickname", hint: "Up to 64 characters, as before the @ of an address."},
			{name: "jobTitle", label: "Job title", hint: "Up to 128 characters.", optional: true},
			{name: "department", label: "Department", hint: "Up to 64 characters.", optional: true},
			{name: "companyName", label: "Company", hint: "Up to 64 characters.", optional: true},
			{name: "officeLocation", label: "Office", hint: "Up to 128 characters.", optional: true},
			{name: "usageLocation", label: "Usage location", hint: "The two letters of a country, as DE or US. No licence can be assigned without it.", optional: true},
		}
	}
	return nil
}

// editElsewhere is what people look for in the form and find elsewhere.
func editElsewhere(kind graph.Kind) []string {
	switch kind {
	case graph.KindBlueprint:
		return []string{"Identifier URIs, scopes and clients are on the tab Set-up, credentials on the tab Credentials."}
	case graph.KindBlueprintPrincipal:
		return []string{"Name and description follow the blueprint: change them there."}
	case graph.KindAgentIdentity:
		return []string{"Its blueprint cannot be changed: an agent identity belongs to one for good."}
	case graph.KindAgentUser:
		return []string{"Its agent identity cannot be changed, and it has no password.", "Manager, sponsors, licences and groups have tabs of their own."}
	}
	return nil
}

// clean is a value as it is compared and sent: browsers write the ends of lines
// in their own way, and take them out of fields of one line.
func (f editField) clean(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	switch {
	case f.name == tagsProperty:
		return strings.Join(provision.ParseNames(text), "\n")
	case !f.area:
		text = strings.NewReplacer("\r", "", "\n", "").Replace(text)
	}
	text = strings.TrimSpace(text)
	if f.name == "usageLocation" {
		text = strings.ToUpper(text)
	}
	return text
}

// same says whether two values are one; tags have no order.
func (f editField) same(a, b string) bool {
	if f.name != tagsProperty {
		return a == b
	}
	x, y := provision.ParseNames(a), provision.ParseNames(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// value is what Graph is sent: what is emptied becomes null, since Graph takes no
// empty text for most properties of a user.
func (f editField) value(text string, fixed []string) any {
	switch {
	case f.name == tagsProperty:
		return slices.Concat([]string{}, fixed, provision.ParseNames(text))
	case text == "" && f.optional:
		return nil
	}
	return text
}

func (f editField) input(value, fault string) views.EditInput {
	return views.EditInput{Area: f.area, Input: views.Input{Label: f.label, Name: f.name, Value: value, Hint: f.hint, Error: fault, Optional: f.optional}}
}

// textOf is a property as a form shows it; what is missing or null is empty.
func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return "" // a value of another type is none that a form could show
	}
	return text
}

// shownValue is a value in a cell.
func (f editField) shown(text string) string {
	if text == "" {
		return "None"
	}
	if f.name == tagsProperty {
		return strings.Join(provision.ParseNames(text), ", ")
	}
	return text
}
