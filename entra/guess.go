package entra

import "strings"

// Guess tells from a token alone which hop of which mode it seems to be, so
// that a pasted token can be judged too. The blueprint and the agent are taken
// from the token itself; an empty hop means that nothing is expected of it.
func (c *Client) Guess(j *JWT) Context {
	x := Context{Scope: j.Audience() + "/.default"}
	path, isPath := ParseSubjectPath(j.Text("sub"))
	parent := j.Text("xms_par_app_azp")
	switch {
	case isPath && j.Audience() == ExchangeAppID:
		x.Mode, x.Hop, x.BlueprintAppID, x.AgentID = ModeAutonomous, HopT1, path.AppID, path.Rest
	case j.Audience() == ExchangeAppID && parent != "":
		x.Mode, x.Hop, x.BlueprintAppID, x.AgentID = ModeAgentUser, HopT2, parent, j.ClientID()
	case parent != "":
		x.Mode, x.Hop, x.BlueprintAppID, x.AgentID = agentMode(j), HopTR, parent, j.ClientID()
	case j.Text("idtyp") == "app" && listHas("AgentIdentity.CreateAsManager")(j.Text("roles")):
		x.Mode, x.Hop, x.BlueprintAppID = ModeBlueprint, HopTR, j.ClientID()
	}
	return x
}

// agentMode is the mode a TR of an agent identity came from.
func agentMode(j *JWT) ModeName {
	switch {
	case j.Text("idtyp") == "app":
		return ModeAutonomous
	case j.IsAgentUser():
		return ModeAgentUser
	}
	return ModeOnBehalfOf
}

// Kind says in a few words what a token seems to be. names are those that are
// known of its ids, in lower case.
func (c *Client) Kind(j *JWT, names map[string]string) string {
	x := c.Guess(j)
	audience := audienceWords(j.Audience(), names)
	switch {
	case j.Encrypted:
		return "Encrypted token"
	case j.Damaged:
		return "Damaged token"
	case x.Hop == HopT1:
		return "Exchange token of a blueprint, for one agent identity (T1)"
	case j.Audience() == ExchangeAppID:
		return "Exchange token (T2)"
	case x.Mode == ModeAutonomous:
		return "Access token for " + audience + ", agent acting for itself (TR, autonomous app)"
	case x.Mode == ModeBlueprint:
		return "Access token for " + audience + ", blueprint acting for itself"
	case x.Mode == ModeAgentUser:
		return "Access token for " + audience + ", agent acting as its agent user (TR)"
	case x.Mode == ModeOnBehalfOf:
		return "Access token for " + audience + ", agent acting on behalf of a user (TR)"
	case j.isIDToken():
		return "ID token of a sign-in"
	case j.Has("scp"):
		return "Access token for " + audience + ", application acting for a user"
	case j.Text("idtyp") == "app" || j.Has("roles"):
		return "Access token for " + audience + ", application acting for itself"
	}
	return "Token for " + audience
}

// isIDToken tells an ID token by what it lacks: it is made for the client
// itself, so it names no other client and no permission.
// https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
func (j *JWT) isIDToken() bool {
	person := j.Has("nonce") || j.Has("preferred_username") || j.Has("name")
	return person && j.ClientID() == "" && !j.Has("scp") && !j.Has("idtyp")
}

func audienceWords(audience string, names map[string]string) string {
	if name := names[strings.ToLower(strings.TrimPrefix(audience, "api://"))]; name != "" {
		return cut(visible(name), 120)
	}
	switch audience {
	case GraphAudience, GraphAppID, GraphAudience + "/":
		return "Microsoft Graph"
	case "":
		return "nobody named"
	}
	return cut(audience, 120)
}

// IDs lists the ids in a token that a directory can name: clients first.
func (j *JWT) IDs() []string {
	path, _ := ParseSubjectPath(j.Text("sub"))
	var ids []string
	for _, id := range []string{j.ClientID(), j.Text("xms_par_app_azp"), path.AppID, path.Rest, j.Text("oid"), strings.TrimPrefix(j.Audience(), "api://")} {
		if looksLikeGUID(id) && id != ExchangeAppID && id != GraphAppID {
			ids = append(ids, id)
		}
	}
	return ids
}
