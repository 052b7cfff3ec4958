package handlers

import (
	"context"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/views"
)

// told is what the page says about a hop that brought nothing: why, and where
// it is mended: at an address, or in a field of the form.
type told struct {
	entra.Explanation
	href, text string
	field      string
	// formFirst: the field is the likelier remedy, and the address another one.
	formFirst bool
}

// teller knows the try that a refusal belongs to. What it looks up in the
// directory makes the words more exact; what cannot be read is left out.
type teller struct {
	h     *Handlers
	c     echo.Context
	ctx   context.Context
	g     *graph.Client
	try   *labTry
	trace *entra.Trace
	hop   *entra.Hop
	asker entra.Asker
}

// tell says what a refused or failed hop means here, and where it is mended.
func (h *Handlers) tell(c echo.Context, r *labResult, hop *entra.Hop) told {
	t := &teller{
		h: h, c: c, ctx: c.Request().Context(), g: h.graph(c), try: r.try, trace: r.trace, hop: hop, asker: entra.AskerOf(r.trace.Mode, hop.Name),
	}
	if hop.Err == nil {
		said := told{}
		t.service(&said)
		return said
	}
	said := told{Explanation: entra.ExplainAt(r.trace.Mode, hop)}
	if do := t.group(); do != nil {
		do(&said)
	} else if r.try.agent != nil {
		said.at("/agents/"+r.try.agent.ID, "Look at the agent")
	}
	t.clock(&said)
	if t.asker == entra.AskerPartner && lacksThere(hop.Err.AADSTS) != "" {
		// The form is the shorter way for a typing error, so both are offered.
		said.href, said.text = "#there", "See what to register there"
		said.formFirst = slices.Contains([]int{700016, 90002, 900023}, hop.Err.AADSTS)
	}
	return said
}

// tellOf puts what is told of a hop onto the page.
func (h *Handlers) tellOf(c echo.Context, r *labResult, hop *views.HopResult) {
	if hop.State != entra.HopRefused && hop.State != entra.HopFailed {
		return
	}
	said := h.tell(c, r, &hop.Hop)
	hop.Explained, hop.FixHref, hop.FixText, hop.FixField, hop.FormFirst = said.Explanation, said.href, said.text, said.field, said.formFirst
}

// group is what knows more about a code.
func (t *teller) group() func(*told) {
	switch t.hop.Err.AADSTS {
	case 7000215, 7000222, 7000216, 7000218:
		return t.secret
	case 700027, 700024, 700030, 7000212, 700021, 700023, 50027, 9002313:
		return t.assertion
	case 70025, 70021, 700211, 700212, 700213, 700222, 700227, 700229:
		if t.grant() == "user_fic" {
			return t.agentUser
		}
		return t.federation
	case 700016, 7000229, 90002, 900023:
		return t.unknown
	case 7000112, 70001:
		return t.disabled
	case 65001, 90094:
		return t.consent
	case 50013, 500131, 500133, 7000114, 82002:
		return t.userToken
	case 50034, 50057, 50053, 50126, 50056, 50055, 50020, 50105:
		return t.person
	case 70000, 70008, 700082, 50173, 70043:
		return t.refresh
	case 65004, 70016, 70018, 70019:
		return t.device
	case 70011, 700022, 28002, 28003, 1002012, 500011, 500014, 650053:
		return t.scope
	case 82001, 82014, 82018, 70003:
		return t.agentic
	case 90033, 90055, 50196, 50000:
		return t.service
	}
	return nil
}

// at names the page where a refusal is mended.
func (s *told) at(href, text string) { s.href, s.text, s.field, s.formFirst = href, text, "", false }

// in names the field of the form where it is mended.
func (s *told) in(field string) { s.href, s.text, s.field, s.formFirst = "", "", field, false }

// firstIn names the field as the likelier place; the page stays the other one.
func (s *told) firstIn(field string) { s.field, s.formFirst = field, true }

// because says what is known about the cause in place of what is usual.
func (s *told) because(sentence string) {
	if sentence != "" {
		s.Cause = sentence
	}
}

// field of the form that was sent at the hop; empty when it was not.
func (t *teller) sent(name string) string {
	for _, f := range t.hop.Request {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// asked is the scope of the request, or of the try.
func (t *teller) asked() string { return firstWord(t.sent("scope"), t.try.form.Scope) }

func (t *teller) grant() string { return t.sent("grant_type") }

// credentialField is the field of the form that the credential came from.
func (t *teller) credentialField() string {
	for _, f := range t.hop.Request {
		switch {
		case f.Name == "client_assertion" && strings.Contains(f.Note, "federated"):
			return "assertion"
		case f.Name == "client_assertion" && f.From == "":
			return "certificate"
		}
	}
	return "client_secret"
}

// lab is the form of a mode, with the scope of the try.
func (t *teller) lab(mode entra.ModeName, more ...string) string {
	return "/tokens?" + views.Query(append([]string{"mode", string(mode), "scope", linkScope(t.try.form.Scope)}, more...)...)
}

// blueprintPage is a page of the blueprint of the try; empty when it cannot be
// read, or none takes part.
func (t *teller) blueprintPage(rest string) string {
	if t.try.blueprint == nil {
		return ""
	}
	return "/blueprints/" + t.try.blueprint.ID + rest
}

// atBlueprint names a page of the blueprint, or a field where it has none.
func (t *teller) atBlueprint(s *told, rest, text, field string) {
	if href := t.blueprintPage(rest); href != "" {
		s.at(href, text)
	} else {
		s.in(field)
	}
}

// names says whether Entra's own words name an id.
func (t *teller) names(id string) bool {
	return id != "" && strings.Contains(strings.ToLower(t.hop.Err.Description), strings.ToLower(id))
}

// service is for faults that are nobody's in the tenant: those of the service,
// and those that somebody has ordered from the sandbox.
func (t *teller) service(s *told) {
	if t.hop.Err != nil && t.hop.Err.RetryAfter > 0 {
		s.Fix = "It asks for a pause of " + entra.Words(t.hop.Err.RetryAfter) + ": try again then."
	}
	if t.h.Sandbox == nil {
		s.in("")
		return
	}
	if s.Meaning != "" {
		s.Fix += " The sandbox fails so when its knobs are set to."
	}
	s.at("/sandbox", "Look at the sandbox's knobs")
	s.firstIn("") // such faults pass
}

// scope is about the resource and the permissions asked for.
func (t *teller) scope(s *told) {
	s.in("scope")
	resource := entra.ResourceOf(t.asked())
	switch t.hop.Err.AADSTS {
	case 1002012:
		scope := resource + "/.default"
		s.at("/tokens?"+views.Query(append(t.form(), "scope", scope)...), "Ask for "+scope)
	case 700022:
		s.because("They are " + strings.Join(resourcesOf(t.asked()), " and ") + ".")
	case 500011:
		s.Meaning = strings.Replace(s.Meaning, "The resource is not", "The resource "+cut(resource, 120)+" is not", 1)
	case 650053:
		if value := quoted(t.hop.Err.Description, "asked for scope '"); value != "" {
			s.Meaning = "The resource " + cut(resource, 120) + " has no permission of the name " + value + "."
		}
	}
}

// form is the try as the form's address has it, but for the scope.
func (t *teller) form() []string {
	f := t.try.form
	return []string{
		"mode", f.Mode, "agent", t.try.agentID(), "blueprint", f.Blueprint, "app", f.AppID, "other_tenant", f.OtherTenant, "other_app_id", f.Other, "kept", f.Kept,
	}
}

// quoted is the text between a beginning and the next quotation mark.
func quoted(text, beginning string) string {
	_, rest, found := strings.Cut(text, beginning)
	if value, _, ends := strings.Cut(rest, "'"); found && ends {
		return cut(value, 200)
	}
	return ""
}

// resourcesOf are the resources that the scopes of a request name.
func resourcesOf(scope string) []string {
	var names []string
	for _, one := range strings.Fields(scope) {
		name := cut(entra.ResourceOf(one), 120)
		if !entra.IsOIDCScope(one) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
