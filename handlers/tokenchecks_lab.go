package handlers

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/provision"
	"agentidportal/views"
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
	found.SaveHref = checksPath + "/new?" + views.Query("mode", string(try.mode.Name), "scope", try.form.Scope, "agent", try.agentID(), "blueprint", try.blueprintAppID())
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
