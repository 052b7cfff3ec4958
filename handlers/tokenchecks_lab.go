package handlers

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// checksOf holds the token of a result against the saved checks that fit it: of
// the same mode and scope, for its agent or all of the blueprint.
func (h *Handlers) checksOf(c echo.Context, r *labResult) (views.ResultChecks, error) {
	var found views.ResultChecks
	try := r.try
	if try.agent == nil || try.mode.Name != entra.ModeAutonomous && try.mode.Name != entra.ModeAgentUser {
		return found, nil
	}
	checks, err := h.Store.TokenChecksFor(c.Request().Context(), h.Tenant.ID, try.blueprintAppID(), try.agentID(), string(try.mode.Name))
	if err != nil {
		return found, err
	}
	found.SaveHref = checksPath + "/new?" + views.Query("mode", string(try.mode.Name), "scope", linkScope(try.form.Scope), "agent", try.agentID(), "blueprint", try.blueprintAppID(), "from", r.id)
	hop := r.trace.Hop(entra.HopTR)
	found.NoToken = hop == nil || !r.trace.Complete()
	for i := range checks {
		check := &checks[i]
		if !sameScope(check.Scope, try.form.Scope) {
			continue
		}
		one := views.ResultCheck{Name: check.Name, Href: checkPath(check.ID)}
		if !found.NoToken {
			one.Unproven = hop.Signature.State == entra.VerdictInvalid
			for _, a := range provision.AssertionsOf(check) {
				one.Checks = append(one.Checks, h.Entra.Check(hop.JWT, a, h.Now()))
			}
		}
		found.Checks = append(found.Checks, one)
	}
	return found, nil
}

// mostProposed is how many roles or scopes of a token are proposed for a check.
const mostProposed = 3

// propose fills the form of a new check with what the token of a result holds. A
// result that is not held any more proposes nothing.
func (h *Handlers) propose(c echo.Context, resultID string, form *checkForm) {
	r := h.lab.result(web.CurrentUser(c).SignInID, resultID, h.Now())
	if r == nil {
		return
	}
	form.Name = proposedName(r.try, maxCheckName)
	hop := r.trace.Hop(entra.HopTR)
	if hop == nil || hop.JWT == nil {
		return
	}
	kind, held := entra.AssertRole, hop.JWT.Values("roles")
	if r.try.mode.Name == entra.ModeAgentUser {
		kind, held = entra.AssertScope, hop.JWT.Values("scp")
	}
	all := []entra.Assertion{{Kind: entra.AssertAudience, Value: hop.JWT.Audience()}}
	for _, value := range held[:min(len(held), mostProposed)] {
		all = append(all, entra.Assertion{Kind: kind, Value: value})
	}
	for _, a := range all {
		if a.Fault() == "" {
			form.Assertions = append(form.Assertions, models.CheckAssertion{Kind: string(a.Kind), Value: a.Value})
		}
	}
}

// proposedName names what a result is saved as: its mode, and for whom it was.
func proposedName(try *labTry, most int) string {
	_, _, name := try.targetOf()
	all := []rune(strings.TrimSuffix(try.mode.Label+": "+name, ": "))
	return string(all[:min(most, len(all))])
}

// sameScope compares two scope parameters, in which neither order nor capitals
// count.
func sameScope(a, b string) bool {
	words := func(scope string) []string {
		list := strings.Fields(strings.ToLower(scope))
		slices.Sort(list)
		return slices.Compact(list)
	}
	return slices.Equal(words(a), words(b))
}
