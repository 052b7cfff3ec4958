package entra

import (
	"fmt"
	"strings"
)

// linkCheck compares one claim of one hop with what ties the hops together.
type linkCheck struct {
	text string
	got  string
	want string
}

// links checks that the tokens of a trace belong together: the blueprint, the
// agent and the user asked for are the ones in the tokens, and one tenant
// issued all that should be its own.
func (c *Client) links(m Mode, t *Trace) []Link {
	who := m.parties()
	if tc := t.Hop(HopTc); tc != nil && tc.JWT != nil {
		who.userID = tc.JWT.Text("oid")
	}
	var links []Link
	for i := range t.Hops {
		hop := &t.Hops[i]
		if hop.JWT == nil {
			continue
		}
		for _, check := range c.hopLinks(t.Mode, hop, who) {
			links = append(links, check.link())
		}
	}
	return links
}

func (c *Client) hopLinks(mode ModeName, hop *Hop, who parties) []linkCheck {
	j, name := hop.JWT, string(hop.Name)
	tenant := linkCheck{name + ".tid is this tenant", j.Text("tid"), c.tenantID}
	switch {
	case hop.Name == HopT1:
		return c.linksOfT1(j, who, tenant)
	case hop.Name == HopT2:
		return []linkCheck{
			{"T2.aud is the token exchange", j.Text("aud"), ExchangeAppID},
			{"T2.azp is the agent identity", j.Text("azp"), who.agentID},
			{"T2.oid is the agent identity", j.Text("oid"), who.agentID},
			{"T2.xms_par_app_azp is the blueprint", j.Text("xms_par_app_azp"), who.blueprintAppID},
			tenant,
		}
	case hop.Name == HopTc:
		audience := linkCheck{"Tc.aud is the blueprint", j.Audience(), who.blueprintAppID}
		if isBlueprint(j.Audience(), who.blueprintAppID, who.blueprintURIs) {
			audience.want = j.Audience()
		}
		return []linkCheck{audience, tenant}
	case mode == ModeCrossTenant:
		other := linkCheck{name + ".tid is the other tenant", j.Text("tid"), hop.TenantID}
		return []linkCheck{{name + "." + clientClaim(j) + " is the application there", j.ClientID(), who.clientAppID}, other}
	case who.agentID != "":
		return append(linksOfAgent(mode, j, who), tenant)
	case who.blueprintAppID != "":
		return []linkCheck{{name + "." + clientClaim(j) + " is the blueprint", j.ClientID(), who.blueprintAppID}, tenant}
	}
	return []linkCheck{{name + "." + clientClaim(j) + " is the application", j.ClientID(), who.clientAppID}, tenant}
}

func (c *Client) linksOfT1(j *JWT, who parties, tenant linkCheck) []linkCheck {
	path, _ := ParseSubjectPath(j.Text("sub"))
	return []linkCheck{
		{"T1.aud is the token exchange", j.Text("aud"), ExchangeAppID},
		{"T1.azp is the blueprint", j.Text("azp"), who.blueprintAppID},
		{"T1.sub ends in the agent identity", path.Rest, who.agentID},
		{"T1.sub names the blueprint", path.AppID, who.blueprintAppID},
		{"T1.sub names this tenant", path.TenantID, c.tenantID},
		tenant,
	}
}

// linksOfAgent are those of a TR: the agent is the client in every mode, the
// subject only when it acts for itself.
func linksOfAgent(mode ModeName, j *JWT, who parties) []linkCheck {
	checks := []linkCheck{{"TR." + clientClaim(j) + " is the agent identity", j.ClientID(), who.agentID}}
	switch {
	case mode == ModeAutonomous:
		checks = append(checks, linkCheck{"TR.oid is the agent identity", j.Text("oid"), who.agentID})
	case mode == ModeAgentUser && who.userID != "":
		checks = append(checks, linkCheck{"TR.oid is the agent user", j.Text("oid"), who.userID})
	case mode == ModeOnBehalfOf && who.userID != "":
		checks = append(checks, linkCheck{"TR.oid is the user of Tc", j.Text("oid"), who.userID})
	}
	return append(checks, linkCheck{"TR.xms_par_app_azp is the blueprint", j.Text("xms_par_app_azp"), who.blueprintAppID})
}

func (k linkCheck) link() Link {
	holds := k.got != "" && strings.EqualFold(k.got, k.want)
	detail := k.want
	if !holds {
		detail = fmt.Sprintf("%s, expected %s", orWord(cut(k.got, 200), "absent"), k.want)
	}
	return Link{Text: k.text, Holds: holds, Detail: detail}
}

// clientClaim names the claim that holds the client: appid or azp.
func clientClaim(j *JWT) string {
	if j.Has("appid") {
		return "appid"
	}
	return "azp"
}
