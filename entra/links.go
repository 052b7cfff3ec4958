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

// links checks that the tokens of a trace belong together: the blueprint and
// the agent asked for are the ones in the tokens, and one tenant issued all.
func (c *Client) links(m Mode, t *Trace) []Link {
	blueprint, agent := m.identities()
	var checks []linkCheck
	for i := range t.Hops {
		hop := &t.Hops[i]
		if hop.JWT == nil {
			continue
		}
		checks = append(checks, c.hopLinks(hop, blueprint, agent)...)
	}
	links := make([]Link, 0, len(checks))
	for _, check := range checks {
		links = append(links, check.link())
	}
	return links
}

func (c *Client) hopLinks(hop *Hop, blueprint, agent string) []linkCheck {
	j, name := hop.JWT, string(hop.Name)
	tenant := linkCheck{name + ".tid is this tenant", j.Text("tid"), c.tenantID}
	switch {
	case hop.Name == HopT1:
		path, _ := ParseSubjectPath(j.Text("sub"))
		return []linkCheck{
			{name + ".aud is the token exchange", j.Text("aud"), ExchangeAppID},
			{name + ".azp is the blueprint", j.Text("azp"), blueprint},
			{name + ".sub ends in the agent identity", path.Rest, agent},
			{name + ".sub names the blueprint", path.AppID, blueprint},
			{name + ".sub names this tenant", path.TenantID, c.tenantID},
			tenant,
		}
	case agent != "":
		return []linkCheck{
			{name + "." + clientClaim(j) + " is the agent identity", j.ClientID(), agent},
			{name + ".oid is the agent identity", j.Text("oid"), agent},
			{name + ".xms_par_app_azp is the blueprint", j.Text("xms_par_app_azp"), blueprint},
			tenant,
		}
	}
	return []linkCheck{{name + "." + clientClaim(j) + " is the blueprint", j.ClientID(), blueprint}, tenant}
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
