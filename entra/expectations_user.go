package entra

import (
	"slices"
	"strings"
)

// wantsOfT2 is what the agent's own exchange token carries.
// https://learn.microsoft.com/entra/agent-id/agent-user-oauth-flow
func (c *Client) wantsOfT2(x Context) map[string]want {
	return map[string]want{
		"aud":             equals(ExchangeAppID, "T2 should be for the token exchange."),
		"iss":             oneOf("It should be this tenant in the form of version 2 tokens.", c.issuerV2()),
		"ver":             equals("2.0", "Tokens of the token exchange have version 2.0."),
		"azp":             equals(x.AgentID, "It should be the agent identity."),
		"azpacr":          equals("2", "The agent identity proves itself with T1, which is an assertion (2)."),
		"oid":             equals(x.AgentID, "It should be the agent identity."),
		"sub":             equals(x.AgentID, "It should be the agent identity."),
		"xms_par_app_azp": equals(x.BlueprintAppID, "It should be the blueprint."),
		"xms_act_fct":     hasWord(facetAgentIdentity, "The actor should be an agent identity (11)."),
		"xms_sub_fct":     hasWord(facetAgentIdentity, "The subject should be an agent identity (11)."),
		"xms_idrel":       hasWord("7", "The subject should be a service principal (7)."),
		"xms_ficinfo":     {needed: true, why: "Exchange tokens carry it."},
		"scp":             {absent: true, why: "No user takes part, so there are no delegated permissions."},
	}
}

// wantsOfTc is what a person's token for the blueprint carries. Some ordinary
// application asked for it; which one does not matter.
func (c *Client) wantsOfTc(j *JWT, x Context) map[string]want {
	wants := map[string]want{
		"aud": {needed: true, ok: func(aud string) bool { return isBlueprint(aud, x.BlueprintAppID, x.BlueprintURIs) }, why: "It should be the blueprint: the agent may trade only tokens that were made for its blueprint."},
		"iss": {needed: true, ok: c.ownIssuer, why: "It should be this tenant."},
		"ver": oneOf("Known versions are 1.0 and 2.0.", "1.0", "2.0"),
		"oid": {needed: true, why: "It should be the user."},
		"sub": {needed: true, why: "It should stand for the user."},
		"scp": {needed: true, why: "The user's application asked for a scope of the blueprint."},

		"xms_par_app_azp": {absent: true, why: "An ordinary application asks for this token, not an agent."},
	}
	wants[versionClaim(j)] = want{needed: true, why: "It should be the application the user signed in to."}
	return userToken(wants, j)
}

// isBlueprint takes the blueprint's App ID, as version 2 tokens have it, its
// usual identifier URI, and those it has beside.
func isBlueprint(audience, blueprintAppID string, uris []string) bool {
	if blueprintAppID == "" {
		return false
	}
	names := append([]string{blueprintAppID, "api://" + blueprintAppID}, uris...)
	return slices.ContainsFunc(names, func(name string) bool {
		return strings.EqualFold(strings.TrimRight(name, "/"), strings.TrimRight(audience, "/"))
	})
}

// wantsOfAgentForUser is what a TR carries when the agent acts for a person, or
// as its agent user.
// https://learn.microsoft.com/entra/agent-id/agent-token-claims
func (c *Client) wantsOfAgentForUser(j *JWT, x Context, agentUser bool) map[string]want {
	wants := c.wantsOfResource(j, x, x.AgentID, "It should be the agent identity.")
	wants[acrClaim(j)] = equals("2", "The agent identity proves itself with T1, which is an assertion (2).")
	wants["xms_par_app_azp"] = equals(x.BlueprintAppID, "It should be the blueprint.")
	wants["xms_act_fct"] = hasWord(facetAgentIdentity, "The actor should be an agent identity (11).")
	wants["scp"] = want{needed: true, why: "It should name the delegated permissions."}
	wants["sub"] = want{needed: true, why: "It should stand for the user, differently at every resource."}
	wants["xms_idrel"] = want{needed: true, ok: anyWord("1", "3", "5"), why: "The subject should be a user (1, 3 or 5)."}
	if agentUser {
		wants["oid"] = user(x.UserID, "It should be the agent user.")
		wants["xms_sub_fct"] = hasWord(facetAgentUser, "The subject should be an agent user (13).")
	} else {
		wants["oid"] = user(x.UserID, "It should be the user of Tc.")
		wants["xms_sub_fct"] = want{needed: true, ok: noWord(facetAgentIdentity, facetAgentUser), why: "The subject should be a person: neither an agent identity (11) nor an agent user (13)."}
	}
	wants["idtyp"] = equals("user", "A user takes part in this mode: it should be user.")
	return wants
}

// wantsOfApp is what an ordinary application's own token carries.
func (c *Client) wantsOfApp(j *JWT, x Context) map[string]want {
	wants := c.wantsOfResource(j, x, x.ClientAppID, "It should be the application that asked.")
	wants["oid"] = want{needed: true, why: "It should be the application's service principal."}
	wants["sub"] = want{needed: true, why: "It should be the application's service principal."}
	wants["xms_par_app_azp"] = want{absent: true, why: "No agent takes part; only an agent's token names its blueprint here."}
	if x.Mode == ModeCrossTenant {
		wants[acrClaim(j)] = equals("2", "The application proves itself with T2, which is an assertion (2).")
	}
	return wants
}

// wantsOfUser is what a token carries that an ordinary application got for a
// person.
func (c *Client) wantsOfUser(j *JWT, x Context) map[string]want {
	wants := c.wantsOfResource(j, x, x.ClientAppID, "It should be the application that asked.")
	wants["oid"] = want{needed: true, why: "It should be the user."}
	wants["sub"] = want{needed: true, why: "It should stand for the user, differently at every resource."}
	wants["scp"] = want{needed: true, why: "It should name the delegated permissions."}
	wants["xms_par_app_azp"] = want{absent: true, why: "No agent takes part; only an agent's token names its blueprint here."}
	return userToken(wants, j)
}

// userToken judges idtyp of a user's token: Graph always has it, an API only
// when it asks for it.
// https://learn.microsoft.com/entra/identity-platform/optional-claims-reference
func userToken(wants map[string]want, j *JWT) map[string]want {
	if j.Has("idtyp") {
		wants["idtyp"] = equals("user", "A user takes part in this mode: it should be user.")
	}
	return wants
}

// user accepts the user that is known, or any where none is.
func user(id, why string) want {
	if id == "" {
		return want{needed: true, why: why}
	}
	return equals(id, why)
}

func anyWord(words ...string) func(string) bool {
	return func(text string) bool {
		return slices.ContainsFunc(strings.Fields(text), func(w string) bool { return slices.Contains(words, w) })
	}
}

func noWord(words ...string) func(string) bool {
	found := anyWord(words...)
	return func(text string) bool { return !found(text) }
}
