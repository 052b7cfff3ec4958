package handlers

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// reviewChecks looks at what would stop the run, as far as that can be known.
func (h *Handlers) reviewChecks(c echo.Context, draft *models.Draft, spec provision.BlueprintSpec) ([]views.ReviewCheck, error) {
	checks := []views.ReviewCheck{{Tone: views.ToneOK, Text: "Your role: " + roleWords(web.CurrentUser(c))}}
	names, people := h.newChecks, h.peopleChecks
	if spec.Into != nil {
		names, people = h.intoChecks, h.sponsorChecks
	}
	for _, look := range []func(echo.Context, *models.Draft, provision.BlueprintSpec) ([]views.ReviewCheck, error){names, people} {
		found, err := look(c, draft, spec)
		if err != nil {
			return nil, err
		}
		checks = append(checks, found...)
	}
	grants, err := h.grantChecks(c, draft, spec)
	if err != nil {
		return nil, err
	}
	checks = append(checks, grants...)
	n := len(newRows(spec))
	if n > 0 {
		checks = append(checks, quotaCheck(draft, spec, n))
	}
	if n > 0 && spec.RunAs == provision.AsMe {
		checks = append(checks, views.ReviewCheck{
			Tone: views.ToneInfo, Text: "Not every tenant lets people create agent identities. If Graph refuses, the run offers to go on as the blueprint.",
			Href: "/help/permissions#as-me", Link: "Why",
		})
	}
	return append(checks, views.ReviewCheck{
		Tone: views.ToneInfo, Text: "The directory may take a while to know new objects everywhere. The run waits for it.",
	}), nil
}

// newRows are the agent identities that the run makes.
func newRows(spec provision.BlueprintSpec) []provision.AgentRow {
	return slices.DeleteFunc(spec.AgentRows(), func(r provision.AgentRow) bool { return r.AgentID != "" })
}

// quotaBefore is what of the quota is used before the run.
func quotaBefore(spec provision.BlueprintSpec) provision.Quota {
	if spec.Into == nil {
		return provision.Quota{}
	}
	return spec.Into.Quota
}

// quotaCheck counts what is there and what is asked for against the quota of
// the blueprint.
func quotaCheck(draft *models.Draft, spec provision.BlueprintSpec, n int) views.ReviewCheck {
	q := quotaBefore(spec)
	check := views.ReviewCheck{Tone: views.ToneOK, Text: "Quota: " + q.Words(n) + " agent identities of this blueprint"}
	if n > q.Left() {
		check.Tone, check.Href, check.Link = views.ToneDanger, stepPath(draft.ID, "agents"), "Change"
	}
	return check
}

// newChecks looks at the name of a new blueprint.
func (h *Handlers) newChecks(c echo.Context, _ *models.Draft, spec provision.BlueprintSpec) ([]views.ReviewCheck, error) {
	return []views.ReviewCheck{h.nameCheck(c, spec.DisplayName)}, nil
}

// intoChecks looks at the names of the new agent identities.
func (h *Handlers) intoChecks(c echo.Context, _ *models.Draft, spec provision.BlueprintSpec) ([]views.ReviewCheck, error) {
	if len(newRows(spec)) == 0 {
		return h.userThere(c, spec), nil
	}
	check, err := h.namesTaken(c, spec)
	return []views.ReviewCheck{check}, err
}

// userThere looks whether agent identities that are to get an agent user have
// one. What cannot be read is not told: then the run finds out.
func (h *Handlers) userThere(c echo.Context, spec provision.BlueprintSpec) []views.ReviewCheck {
	var checks []views.ReviewCheck
	for _, row := range spec.AgentRows() {
		if row.AgentID == "" || row.User == nil {
			continue
		}
		user, err := h.graph(c).AgentUserOf(c.Request().Context(), row.AgentID)
		if err != nil {
			if !graph.IsNotFound(err) {
				h.Log.Info("look for the agent user of an agent identity", "error", err, "request_id", web.RequestID(c))
			}
			continue
		}
		checks = append(checks, views.ReviewCheck{
			Tone: views.ToneWarn, Text: fmt.Sprintf("“%s” has an agent user already, %s, and can have one only. The run makes no second one.", row.Name, user.UserPrincipalName),
			Href: "/agents/" + row.AgentID, Link: "Open the agent identity",
		})
	}
	return checks
}

// sponsorChecks looks whether the sponsors of the new agent identities are
// still there.
func (h *Handlers) sponsorChecks(c echo.Context, draft *models.Draft, spec provision.BlueprintSpec) ([]views.ReviewCheck, error) {
	if len(newRows(spec)) == 0 {
		return nil, nil
	}
	check, err := h.presenceCheck(c, stepPath(draft.ID, "agents"), "Sponsors", spec.AgentSponsors)
	return []views.ReviewCheck{check}, err
}

// presenceCheck looks whether people are still in the directory.
func (h *Handlers) presenceCheck(c echo.Context, step, who string, lists ...[]provision.Principal) (views.ReviewCheck, error) {
	missing, err := h.missingPeople(c, lists...)
	fault := ""
	if err := part(err, &fault); err != nil {
		return views.ReviewCheck{}, err
	}
	switch {
	case fault != "":
		return views.ReviewCheck{Tone: views.ToneInfo, Text: "Whether " + strings.ToLower(who) + " are in the directory could not be read. " + fault + "."}, nil
	case len(missing) > 0:
		return views.ReviewCheck{
			Tone: views.ToneWarn, Text: "Not in the directory any more: " + strings.Join(missing, ", ") + ". Graph refuses a call that names somebody it does not know.",
			Href: step, Link: "Change",
		}, nil
	}
	return views.ReviewCheck{Tone: views.ToneOK, Text: who + " are in the directory"}, nil
}

// peopleChecks looks whether those who were chosen are still there, and tells
// of what documents of Microsoft disagree about.
func (h *Handlers) peopleChecks(c echo.Context, draft *models.Draft, spec provision.BlueprintSpec) ([]views.ReviewCheck, error) {
	step := stepPath(draft.ID, "people")
	check, err := h.presenceCheck(c, step, "Owners and sponsors", spec.Owners, spec.Sponsors, spec.AgentSponsors)
	if err != nil {
		return nil, err
	}
	checks := []views.ReviewCheck{check}
	if len(spec.Owners) == 0 {
		checks = append(checks, views.ReviewCheck{Tone: views.ToneWarn, Text: "Nobody owns the blueprint: only Agent ID Administrators can change it.", Href: step, Link: "Change"})
	}
	if hasGroup(spec.Sponsors) {
		checks = append(checks, views.ReviewCheck{Tone: views.ToneInfo, Text: "A group sponsors the blueprint. Some tenants take only people there; if Graph refuses, the run says so."})
	}
	return checks, nil
}

func hasGroup(people []provision.Principal) bool {
	return slices.ContainsFunc(people, func(p provision.Principal) bool { return p.Kind == graph.KindGroup })
}

// nameCheck says whether the name is taken. Graph allows that; people mix such
// blueprints up.
func (h *Handlers) nameCheck(c echo.Context, name string) views.ReviewCheck {
	page, err := h.graph(c).Blueprints(c.Request().Context(), graph.ListOptions{Filter: "displayName eq " + graph.ODataString(name)})
	if err != nil {
		h.Log.Info("check the name of a new blueprint", "error", err, "request_id", web.RequestID(c))
		return views.ReviewCheck{Tone: views.ToneInfo, Text: "Whether the name is free could not be read"}
	}
	if len(page.Items) > 0 {
		return views.ReviewCheck{Tone: views.ToneWarn, Text: "A blueprint of this name exists already. Graph allows it; you may mix them up."}
	}
	return views.ReviewCheck{Tone: views.ToneOK, Text: "The name is free in this tenant"}
}

// resolved is the spec with the ids that its permissions have in this tenant.
// What the tenant does not offer is told as checks; the plan then shows what
// is known.
func (h *Handlers) resolved(c echo.Context, spec provision.BlueprintSpec) (provision.BlueprintSpec, []views.ReviewCheck, error) {
	found, err := h.Engine.Resolve(c.Request().Context(), h.graph(c), spec)
	var unfit *models.InvalidError
	fault := ""
	switch {
	case err == nil:
		return found, nil, nil
	case errors.As(err, &unfit):
		step := stepPath(c.Param("draft"), "permissions")
		var checks []views.ReviewCheck
		for _, field := range slices.Sorted(maps.Keys(unfit.Fields)) {
			checks = append(checks, views.ReviewCheck{Tone: views.ToneDanger, Text: unfit.Fields[field], Href: step, Link: "Change"})
		}
		return spec, checks, nil
	}
	if err := part(err, &fault); err != nil {
		return spec, nil, err
	}
	return spec, []views.ReviewCheck{{Tone: views.ToneWarn, Text: "The permissions could not be looked up in the tenant. " + fault + "."}}, nil
}

// Roles of the directory that may grant permissions.
// https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent
func grantors(application, ofGraph bool) []string {
	roles := []string{"Privileged Role Administrator", "Global Administrator"}
	if application && ofGraph {
		return roles
	}
	return append([]string{"Cloud Application Administrator", "Application Administrator"}, roles...)
}

// grantChecks looks at what the run grants: whether the person may, whether
// the licences suffice, and whether the domains are the tenant's.
func (h *Handlers) grantChecks(c echo.Context, draft *models.Draft, spec provision.BlueprintSpec) ([]views.ReviewCheck, error) {
	var checks []views.ReviewCheck
	if len(spec.Roles)+len(spec.Inherit) > 0 {
		checks = append(checks, views.ReviewCheck{Tone: views.ToneOK, Text: "None of the permissions is blocked for agents"})
	}
	roles := web.CurrentUser(c).Roles
	checks = append(checks, roleCheck(spec, roles)...)
	checks = append(checks, consentCheck(spec, roles)...)
	users, licensed := 0, false
	for _, row := range spec.AgentRows() {
		if row.User != nil {
			users++
			licensed = licensed || row.User.License != nil
		}
	}
	if users == 0 {
		return checks, nil
	}
	if licensed {
		checks = append(checks, licensorCheck(roles))
	}
	domains, err := h.domainCheck(c, draft, spec)
	if err != nil {
		return nil, err
	}
	licences, err := h.licenceCheck(c, draft, spec)
	if err != nil {
		return nil, err
	}
	return append(append(checks, domains), licences...), nil
}

// roleCheck is about application permissions, the blueprint's own for agent
// users among them.
func roleCheck(spec provision.BlueprintSpec, held []string) []views.ReviewCheck {
	all := slices.Clone(spec.Roles)
	if spec.UsersRole != nil {
		all = append(all, *spec.UsersRole)
	}
	if len(all) == 0 {
		return nil
	}
	ofGraph := slices.ContainsFunc(all, func(r provision.RoleSpec) bool { return strings.EqualFold(r.Resource.AppID, graph.GraphAppID) })
	need := grantors(true, ofGraph)
	what := views.Plural(len(spec.Roles), "application permission")
	switch {
	case spec.UsersRole != nil && len(spec.Roles) == 0:
		what = "the blueprint’s right to look after its agent users"
	case spec.UsersRole != nil:
		what += " and the blueprint’s right to look after its agent users"
	}
	if has := firstHeld(held, need); has != "" {
		return []views.ReviewCheck{{Tone: views.ToneOK, Text: "You may grant " + what + ": " + has}}
	}
	return []views.ReviewCheck{{
		Tone: views.ToneWarn, Text: fmt.Sprintf("The run grants %s, and Graph takes that from %s only. You are: %s. These steps will be refused; an Admin of the portal who has such a role can take the run over and retry them.",
			what, orWords(need), RoleNames(held, noRoleCounts)),
		Href: "/help/permissions", Link: "Why",
	}}
}

// licensors are the directory roles of which one is needed to assign licences.
// https://learn.microsoft.com/graph/api/user-assignlicense
var licensors = []string{"License Administrator", "User Administrator", "Global Administrator"}

// licensorCheck is about the person who assigns licences.
func licensorCheck(held []string) views.ReviewCheck {
	if has := firstHeld(held, licensors); has != "" {
		return views.ReviewCheck{Tone: views.ToneOK, Text: "You may assign licences: " + has}
	}
	return views.ReviewCheck{
		Tone: views.ToneWarn, Text: fmt.Sprintf("The run assigns licences, and Graph takes that from %s only. You are: %s. These steps will be refused; an Admin of the portal who has such a role can take the run over and retry them.",
			orWords(licensors), RoleNames(held, noRoleCounts)),
		Href: "/help/permissions", Link: "Why",
	}
}

func consentCheck(spec provision.BlueprintSpec, held []string) []views.ReviewCheck {
	scopes, consents := 0, false
	for _, in := range spec.Inherit {
		scopes += len(in.Scopes)
		consents = consents || in.Consent
	}
	need := grantors(false, true)
	switch has := firstHeld(held, need); {
	case len(spec.Inherit) == 0:
		return nil
	case !consents:
		return []views.ReviewCheck{{Tone: views.ToneInfo, Text: "Nobody consents in this run. Agents inherit nothing until the blueprint principal was granted the delegated permissions."}}
	case has != "":
		return []views.ReviewCheck{{Tone: views.ToneOK, Text: "You may consent to " + views.Plural(scopes, "delegated permission") + ": " + has}}
	}
	return []views.ReviewCheck{{
		Tone: views.ToneWarn, Text: fmt.Sprintf("The run consents for everybody, and Graph takes that from %s only. You are: %s. These steps may be refused.", orWords(need), RoleNames(held, noRoleCounts)),
		Href: "/help/permissions", Link: "Why",
	}}
}

func firstHeld(held, need []string) string {
	for _, role := range need {
		if slices.Contains(held, role) {
			return role
		}
	}
	return ""
}

// orWords joins words as a choice: "a, b or c".
func orWords(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// domainCheck looks whether each agent user gets a domain of the tenant.
func (h *Handlers) domainCheck(c echo.Context, draft *models.Draft, spec provision.BlueprintSpec) (views.ReviewCheck, error) {
	domains, fault, err := h.domains(c)
	if err != nil || fault != "" {
		return views.ReviewCheck{Tone: views.ToneInfo, Text: "Whether the domain of the agent users is verified could not be read. " + fault + "."}, err
	}
	for _, row := range spec.AgentRows() {
		if row.User == nil {
			continue
		}
		_, domain, _ := strings.Cut(row.User.UPN, "@")
		if fault := provision.DomainFault(domain, domains); fault != "" {
			return views.ReviewCheck{Tone: views.ToneDanger, Text: "Agent user “" + row.User.UPN + "”: " + fault, Href: stepPath(draft.ID, "users"), Link: "Change"}, nil
		}
	}
	return views.ReviewCheck{Tone: views.ToneOK, Text: "The domains of the agent users are verified"}, nil
}

// licenceCheck compares what the run gives out with what is left.
func (h *Handlers) licenceCheck(c echo.Context, draft *models.Draft, spec provision.BlueprintSpec) ([]views.ReviewCheck, error) {
	wanted, names := map[string]int{}, map[string]string{}
	for _, row := range spec.AgentRows() {
		if row.User != nil && row.User.License != nil {
			id := strings.ToLower(row.User.License.SKUID)
			wanted[id]++
			names[id] = row.User.License.Name
		}
	}
	if len(wanted) == 0 {
		return []views.ReviewCheck{{Tone: views.ToneInfo, Text: "The agent users get no licence: no mailbox, no Teams."}}, nil
	}
	skus, fault, err := h.licences(c)
	if err != nil || fault != "" {
		return []views.ReviewCheck{{Tone: views.ToneInfo, Text: "How many licences are left could not be read. " + fault + "."}}, err
	}
	var checks []views.ReviewCheck
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		free := 0
		for _, sku := range skus {
			if strings.EqualFold(sku.SKUID, id) && sku.Assignable() {
				free = sku.Free()
			}
		}
		check := views.ReviewCheck{Tone: views.ToneOK, Text: fmt.Sprintf("Licences: %d of %d free ones of %s", wanted[id], free, names[id])}
		if free < wanted[id] {
			check = views.ReviewCheck{
				Tone: views.ToneWarn, Text: fmt.Sprintf("%s of %s wanted, %d free. Graph refuses the rest; buy more, or choose another licence.", views.Plural(wanted[id], "licence"), names[id], free),
				Href: stepPath(draft.ID, "users"), Link: "Change",
			}
		}
		checks = append(checks, check)
	}
	return checks, nil
}
