package handlers

import (
	"agentidportal/entra"
	"agentidportal/provision"
	"agentidportal/views"
)

// otherTenantOf is what the other tenant of a result has to have registered;
// nil in other modes.
func (h *Handlers) otherTenantOf(r *views.TokenResult) *views.OtherTenant {
	if !r.Mode.OtherTenant {
		return nil
	}
	there := h.otherTenant(r.OtherTenant, r.OtherAppID, r.AgentID)
	if hop := r.Trace.Hop(entra.HopTR); hop != nil && hop.Err != nil {
		there.Lacks = lacksThere(hop.Err.AADSTS)
	}
	return &there
}

func (h *Handlers) otherTenant(tenantID, appID, agentID string) views.OtherTenant {
	return views.OtherTenant{TenantID: tenantID, AppID: appID, Issuer: h.Entra.Issuer(), Subject: agentID, Audience: provision.DefaultFederatedAudience}
}

// lacksThere is what a refusal of the other tenant says is missing; empty for
// refusals that registering does not mend.
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
func lacksThere(aadsts int) string {
	switch aadsts {
	case 90002:
		return "There is no such tenant in this cloud. Compare the Tenant ID with the other tenant's own Overview."
	case 700016, 70001, 7000112:
		return "The other tenant has no application of this App ID that is enabled and has a principal. Register one there, or correct the App ID."
	case 70025:
		return "The application there has no federated credential at all. Add one with the three values below."
	case 700211:
		return "No federated credential of the application there names this tenant as the issuer. Compare the issuer below, letter by letter."
	case 700212:
		return "A federated credential of the application there names another audience. Write the audience below."
	case 700213, 70021:
		return "No federated credential of the application there has this agent identity as its subject. Add one with the three values below."
	}
	return ""
}
