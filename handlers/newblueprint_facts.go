package handlers

import (
	"fmt"
	"strings"

	"agentidportal/provision"
	"agentidportal/views"
)

// reviewFacts is all that was asked for, each with the step it is changed in.
func (h *Handlers) reviewFacts(form blueprintForm, spec provision.BlueprintSpec) []views.ReviewFact {
	if spec.Into != nil {
		return intoFacts(form, spec)
	}
	facts := []views.ReviewFact{
		{Label: "Blueprint", Value: spec.DisplayName, Step: "basics"},
		{Label: "Description", Value: spec.Description},
		{Label: "The agents act", Value: doesWords(spec.Does)},
		{Label: "Who may use it", Value: audienceWords(spec)},
		{Label: "Reason", Value: spec.Reason},
		{Label: "Owners", Value: wordsOf(spec.Owners), Step: "people"},
		{Label: "Sponsors", Value: wordsOf(spec.Sponsors)},
	}
	facts = append(facts, h.credentialFacts(spec)...)
	facts = append(facts, h.accessFacts(spec)...)
	facts = append(facts, permissionFacts(form, spec)...)
	facts = append(facts, agentFacts(spec)...)
	return append(facts, userFacts(spec)...)
}

// intoFacts is what is added to what exists.
func intoFacts(form blueprintForm, spec provision.BlueprintSpec) []views.ReviewFact {
	facts := []views.ReviewFact{
		{Label: "Blueprint", Value: spec.DisplayName + ", which exists"},
		{Label: "The agents act", Value: doesWords(spec.Does), Step: "target"},
		{Label: "Reason", Value: spec.Reason},
	}
	if form.Agent != nil {
		facts = append(facts, views.ReviewFact{Label: "Agent identity", Value: form.Agent.Name + ", which exists"})
	} else {
		facts = append(append(facts, permissionFacts(form, spec)...), agentFacts(spec)...)
	}
	return append(facts, userFacts(spec)...)
}

func (h *Handlers) credentialFacts(spec provision.BlueprintSpec) []views.ReviewFact {
	fact := views.ReviewFact{Label: "Credential", Value: "None: nothing signs in as this blueprint yet", Step: "credential"}
	switch {
	case spec.HasFederated():
		f := spec.Federated.Credential(h.Engine.TenantIssuer())
		fact.Value = "Federated credential " + f.Name
		return []views.ReviewFact{fact, {Label: "Issuer", Value: f.Issuer}, {Label: "Subject", Value: f.Subject}, {Label: "Audience", Value: strings.Join(f.Audiences, ", ")}}
	case spec.HasCertificate():
		fact.Value = "Certificate " + spec.Certificate.Name + ", " + validityWords(*spec.Certificate)
		return []views.ReviewFact{fact, {Label: "Thumbprint", Value: spec.Certificate.Thumbprint}}
	case spec.HasSecret():
		fact.Value = "Client secret, " + lifeWords(spec.SecretDays, h.Now())
		kept := "No: nobody can read it back once you have saved it"
		if spec.KeepSecret {
			kept = "Yes, sealed, for you and Admins in the token lab"
		}
		return []views.ReviewFact{fact, {Label: "Keep the secret", Value: kept}}
	}
	return []views.ReviewFact{fact}
}

func (h *Handlers) accessFacts(spec provision.BlueprintSpec) []views.ReviewFact {
	if spec.Expose == nil {
		return nil
	}
	who := "people and admins"
	if spec.Expose.AdminOnly {
		who = "admins only"
	}
	var clients []string
	for _, id := range spec.Expose.Preauthorized {
		if id == h.App.ClientID {
			id = "this portal"
		}
		clients = append(clients, id)
	}
	return []views.ReviewFact{
		{Label: "Scope", Value: spec.Expose.Scope + ", consented to by " + who, Step: "access"},
		{Label: "Pre-authorized clients", Value: strings.Join(clients, ", ")},
		{Label: "Web redirect URIs", Value: strings.Join(spec.Expose.RedirectURIs, ", ")},
	}
}

func permissionFacts(form blueprintForm, spec provision.BlueprintSpec) []views.ReviewFact {
	var facts []views.ReviewFact
	if form.inherits() {
		words := strings.Join(inheritWords(spec.Inherit), "; ")
		if words != "" && form.NoConsent {
			words += "; without consent"
		}
		facts = append(facts, views.ReviewFact{Label: "Delegated permissions", Value: words})
	}
	if form.will(provision.ActsAlone) {
		facts = append(facts, views.ReviewFact{Label: "Application permissions", Value: strings.Join(roleSpecWords(spec.Roles), "; ")})
	}
	if len(facts) > 0 {
		facts[0].Step = "permissions"
	}
	return facts
}

func agentFacts(spec provision.BlueprintSpec) []views.ReviewFact {
	facts := []views.ReviewFact{{Label: "Agent identities", Value: agentsInWords(spec), Step: "agents"}}
	if len(spec.AgentNames()) == 0 {
		return facts
	}
	if n := len(newRows(spec)); n > 0 {
		q := quotaBefore(spec)
		facts = append(facts, views.ReviewFact{Label: "Quota of the blueprint", Value: q.Words(n), Used: q.Used() + n})
	}
	sponsors, as := "Those of the blueprint", "You"
	if spec.AgentSponsors != nil {
		sponsors = wordsOf(spec.AgentSponsors)
	}
	if spec.RunAs == provision.AsBlueprint {
		as = "The blueprint, with its own token"
	}
	return append(facts, views.ReviewFact{Label: "Their sponsors", Value: sponsors}, views.ReviewFact{Label: "Created as", Value: as})
}

func agentsInWords(spec provision.BlueprintSpec) string {
	names := spec.AgentNames()
	words := ""
	switch n := len(names); {
	case n == 0:
		return "None: the blueprint alone"
	case n <= 3:
		words = fmt.Sprintf("%d: %s", n, strings.Join(names, ", "))
	default:
		words = fmt.Sprintf("%d: %s to %s", n, names[0], names[n-1])
	}
	if len(spec.Rows) > 0 {
		words += ", from a table"
	}
	return words
}

// upnsOf are the sign-in names of the agent users.
func upnsOf(spec provision.BlueprintSpec) []string {
	var upns []string
	for _, row := range spec.AgentRows() {
		if row.User != nil {
			upns = append(upns, row.User.UPN)
		}
	}
	return upns
}

func userFacts(spec provision.BlueprintSpec) []views.ReviewFact {
	upns := upnsOf(spec)
	if spec.Users == nil {
		return nil
	}
	words := "None: there is no agent identity"
	switch n := len(upns); {
	case n > 3:
		words = fmt.Sprintf("%d: %s to %s", n, upns[0], upns[n-1])
	case n > 0:
		words = fmt.Sprintf("%d: %s", n, strings.Join(upns, ", "))
	}
	facts := []views.ReviewFact{{Label: "Agent users", Value: words, Step: "users"}, {Label: "Usage location", Value: spec.Users.UsageLocation}}
	licence, manager := "", ""
	if spec.Users.License != nil {
		licence = spec.Users.License.Name
	}
	if spec.Users.Manager != nil {
		manager = spec.Users.Manager.Words()
	}
	return append(facts, views.ReviewFact{Label: "Licence", Value: licence}, views.ReviewFact{Label: "Manager", Value: manager}, views.ReviewFact{Label: "Sponsors of the agent users", Value: wordsOf(spec.Users.Sponsors)})
}
