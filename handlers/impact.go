package handlers

import (
	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// impact is what stops when an object goes, as the directory says at this
// moment. The object itself is not in its lists.
type impact struct {
	kind graph.Kind
	// principal goes with its blueprint; nil when there is none.
	principal *graph.BlueprintPrincipal
	agents    familyOf
	users     []graph.AgentUser // that nobody can sign in as then
	// permissions go with the object: what a principal, an agent identity or an
	// agent user holds; clients lose the scopes that a blueprint offers them.
	permissions []views.PermissionRow
	clients     []impactClient
	licences    []graph.LicenseDetail // of an agent user
	deleted     *int                  // agent identities of the blueprint that are deleted and not purged; nil: not known
	faults      []views.PermissionFault
}

// familyOf are the agent identities of a blueprint, by name.
type familyOf struct {
	list []graph.AgentIdentity
	// total counts all of them; nil when Graph gave no count. more says that
	// there may be more than list.
	total *int
	more  bool
}

// impactClient is a pre-authorized client, with the scopes it gets without consent.
type impactClient struct {
	appID  string
	scopes []string
}

// The parts of an impact that may be refused.
const (
	partPrincipal   = "Principal"
	partAgents      = "Agent identities"
	partUsers       = "Agent users"
	partPermissions = "Permissions"
	partClients     = "Clients"
	partLicences    = "Licences"
)

// faultOf is why a part is not known; empty when it is.
func (i *impact) faultOf(what string) string {
	for _, f := range i.faults {
		if f.What == what {
			return f.Why
		}
	}
	return ""
}

// impactOf reads what depends on an object. What Graph refuses is a fault of
// that part.
func (h *Handlers) impactOf(c echo.Context, o *object) (impact, error) {
	ctx, g := c.Request().Context(), h.graph(c)
	i := impact{kind: o.kind}
	var err error
	switch o.kind {
	case graph.KindBlueprint, graph.KindBlueprintPrincipal:
		err = i.readBlueprint(ctx, g, o)
	case graph.KindAgentIdentity:
		err = i.readAgent(ctx, g, o)
	case graph.KindAgentUser:
		err = i.readUser(ctx, g, o)
	}
	return i, err
}

func (i *impact) fault(what, why string) {
	if why != "" {
		i.faults = append(i.faults, views.PermissionFault{What: what, Why: why})
	}
}
