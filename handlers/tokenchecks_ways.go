package handlers

import (
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
)

// sweptWays lead to where what an agent's token misses is given, for those who
// may give it.
func (h *Handlers) sweptWays(c echo.Context, check *models.TokenCheck, a *provision.Swept) []views.SweptWay {
	if a.Err != nil {
		return h.secretWays(c, check, a.Err)
	}
	if a.Unproven || !h.may(c, "/agents/:id/permissions/grant") {
		return nil
	}
	var ways []views.SweptWay
	for _, checked := range a.Checks {
		if value := checked.Assertion.Value; !checked.Pass && grantable(checked.Assertion) {
			query := []string{"q", value}
			if api := resourceAppID(check.Scope); api != "" {
				query = append([]string{"api", api}, query...)
			}
			ways = append(ways, views.SweptWay{Text: "Grant " + value, Href: "/agents/" + a.Agent.ID + "/permissions?" + views.Query(query...) + "#add"})
		}
	}
	return ways
}

// secretWays lead on from a credential of the blueprint that was refused.
func (h *Handlers) secretWays(c echo.Context, check *models.TokenCheck, refused *entra.Error) []views.SweptWay {
	wrong := refused.AADSTS == 7000215 || refused.AADSTS == 7000222
	if !wrong || check.BlueprintID == "" || !h.may(c, "/blueprints/:id/secrets/new") {
		return nil
	}
	return []views.SweptWay{{Text: "Add client secret", Href: newSecretPath(check.BlueprintID)}}
}

// grantable says whether an assertion is about a permission of an API. Roles of
// the directory, which are known by ids and by words, are given elsewhere.
func grantable(a entra.Assertion) bool {
	switch a.Kind {
	case entra.AssertRole, entra.AssertScope:
		return strings.Contains(a.Value, ".")
	}
	return false
}
