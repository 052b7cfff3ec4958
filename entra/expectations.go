package entra

import (
	"slices"
	"strings"
)

// want is what a hop should carry in one claim. A zero ok accepts any value.
type want struct {
	needed bool                   // missing is a fault
	ok     func(text string) bool // nil: any value
	why    string                 // said when it is not as wanted, or missing
	gone   string                 // said when it is missing, in place of why
	absent bool                   // the claim should not be there at all
}

// judge compares a claim that is present.
func (w want) judge(text, says string) (Expectation, string) {
	switch {
	case w.absent:
		return Unexpected, joinSentences(says, w.why)
	case w.ok == nil:
		return Present, says
	case w.ok(text):
		return Expected, says
	}
	return Unexpected, joinSentences(says, w.why)
}

// wantOrder is the order in which missing claims are listed.
var wantOrder = []string{
	"aud", "iss", "ver", "tid", "appid", "azp", "appidacr", "azpacr", "idtyp", "oid", "sub",
	"roles", "wids", "xms_par_app_azp", "xms_act_fct", "xms_sub_fct", "xms_idrel", "xms_ficinfo", "iat", "nbf", "exp", "uti",
}

// wants tells what the token of a hop should carry. Without
// a hop nothing is expected.
func (c *Client) wants(j *JWT, x Context) map[string]want {
	if x.TenantID != "" {
		c = c.For(x.TenantID)
	}
	wants := c.wantsOfHop(j, x)
	if wants == nil {
		return nil
	}
	wants["tid"] = equals(c.tenantID, "It should be "+whoseTenant(x)+".")
	const gone = "Every token of Entra ID has it."
	wants["iat"] = want{needed: true, gone: gone}
	wants["uti"] = want{needed: true, gone: gone}
	wants["nbf"] = want{needed: true, gone: gone, ok: c.holdsNow(j, "nbf"), why: "The token does not count yet."}
	wants["exp"] = want{needed: true, gone: gone, ok: c.holdsNow(j, "exp"), why: "The token does not count any more."}
	return wants
}

func whoseTenant(x Context) string {
	if x.TenantID != "" {
		return "the tenant that was asked"
	}
	return "the tenant of this portal"
}

func (c *Client) wantsOfHop(j *JWT, x Context) map[string]want {
	switch x.Hop {
	case HopT1:
		return appOnly(c.wantsOfT1(x))
	case HopT2:
		return appOnly(c.wantsOfT2(x))
	case HopTc:
		return c.wantsOfTc(j, x)
	case HopTR:
		return c.wantsOfTR(j, x)
	}
	return nil
}

func (c *Client) wantsOfTR(j *JWT, x Context) map[string]want {
	switch x.Mode {
	case ModeAutonomous:
		if c.audienceOf(ExchangeScope)(j.Audience()) {
			return appOnly(c.wantsOfT2(x)) // the exchange token is what was asked for
		}
		return appOnly(c.wantsOfAgent(j, x))
	case ModeBlueprint:
		return appOnly(c.wantsOfBlueprint(j, x))
	case ModeOnBehalfOf:
		return c.wantsOfAgentForUser(j, x, false)
	case ModeAgentUser:
		return c.wantsOfAgentForUser(j, x, true)
	case ModeClientCredentials, ModeCrossTenant:
		return appOnly(c.wantsOfApp(j, x))
	case ModePassword, ModeDeviceCode, ModeInteractive, ModeRefreshToken:
		return c.wantsOfUser(j, x)
	}
	return nil
}

// appOnly adds what every token without a user has. Tokens of an API with
// version 2 carry idtyp only when the API asks for it, but for the exchange.
func appOnly(wants map[string]want) map[string]want {
	wants["idtyp"] = equals("app", "No user takes part in this mode: it should be app.")
	return wants
}

// holdsNow judges nbf and exp by this clock.
func (c *Client) holdsNow(j *JWT, claim string) func(string) bool {
	return func(string) bool {
		at, ok := j.Time(claim)
		return ok && judge(claim, at, c.now()).OK
	}
}

func (c *Client) wantsOfT1(x Context) map[string]want {
	return map[string]want{
		"aud":             equals(ExchangeAppID, "T1 should be for the token exchange."),
		"iss":             oneOf("It should be this tenant in the form of version 2 tokens.", c.issuerV2()),
		"ver":             equals("2.0", "Tokens of the token exchange have version 2.0."),
		"azp":             equals(x.BlueprintAppID, "It should be the blueprint."),
		"azpacr":          oneOf("The blueprint proves itself with a secret (1) or an assertion (2).", "1", "2"),
		"oid":             {needed: true, why: "It should be the blueprint's principal."},
		"sub":             {needed: true, ok: endsInAgent(x.AgentID), why: "It should be a path that ends in the agent identity."},
		"xms_act_fct":     hasWord("9", "The actor should be an application (9)."),
		"xms_sub_fct":     hasWord("9", "The subject should be an application (9)."),
		"xms_idrel":       hasWord("7", "The subject should be a service principal (7)."),
		"xms_ficinfo":     {needed: true, why: "Exchange tokens carry it."},
		"xms_par_app_azp": {absent: true, why: "T1 is the blueprint's own; only an agent's token names its blueprint here."},
		"scp":             {absent: true, why: "No user takes part, so there are no delegated permissions."},
	}
}

func (c *Client) wantsOfAgent(j *JWT, x Context) map[string]want {
	wants := c.wantsOfResource(j, x, x.AgentID, "It should be the agent identity.")
	wants["oid"] = equals(x.AgentID, "It should be the agent identity.")
	wants["sub"] = equals(x.AgentID, "It should be the agent identity.")
	wants["xms_par_app_azp"] = equals(x.BlueprintAppID, "It should be the blueprint.")
	wants["xms_act_fct"] = hasWord(facetAgentIdentity, "The actor should be an agent identity (11).")
	wants["xms_sub_fct"] = hasWord(facetAgentIdentity, "The subject should be an agent identity (11): the agent acts for itself.")
	wants["xms_idrel"] = hasWord("7", "The subject should be a service principal (7).")
	wants[acrClaim(j)] = equals("2", "The agent identity proves itself with T1, which is an assertion (2).")
	return wants
}

func (c *Client) wantsOfBlueprint(j *JWT, x Context) map[string]want {
	wants := c.wantsOfResource(j, x, x.BlueprintAppID, "It should be the blueprint.")
	wants["oid"] = want{needed: true, why: "It should be the blueprint's principal."}
	wants["sub"] = want{needed: true, why: "It should be the blueprint's principal."}
	wants["xms_par_app_azp"] = want{absent: true, why: "The blueprint acts for itself; only an agent's token names its blueprint here."}
	wants[acrClaim(j)] = oneOf("The blueprint proves itself with a secret (1) or an assertion (2).", "1", "2")
	if j.Audience() == GraphAudience {
		wants["roles"] = want{needed: true, ok: listHas("AgentIdentity.CreateAsManager"), why: "Every blueprint has AgentIdentity.CreateAsManager at Microsoft Graph."}
	}
	return wants
}

// wantsOfResource holds what every token of an application for a resource carries;
// the resource's choice of version decides the names of some claims.
func (c *Client) wantsOfResource(j *JWT, x Context, client, clientWhy string) map[string]want {
	wants := map[string]want{
		"iss": {needed: true, ok: c.ownIssuer, why: "It should be this tenant."},
		"ver": oneOf("Known versions are 1.0 and 2.0.", "1.0", "2.0"),
		"aud": {needed: true, ok: c.audienceOf(x.Scope), why: "It should be the resource that the scope names."},
		"scp": {absent: true, why: "No user takes part, so there are no delegated permissions."},
	}
	wants[versionClaim(j)] = equals(client, clientWhy)
	return wants
}

// audienceOf accepts the audience for a scope. A resource with version 2
// tokens has its application id there in place of its address.
func (c *Client) audienceOf(scope string) func(string) bool {
	resource := ResourceOf(scopeOrGraph(scope))
	return func(aud string) bool {
		switch {
		case strings.EqualFold(strings.TrimRight(aud, "/"), resource):
			return true
		case strings.EqualFold(resource, GraphAudience):
			return aud == GraphAppID
		case strings.EqualFold(resource, strings.TrimSuffix(ExchangeScope, "/.default")):
			return aud == ExchangeAppID
		}
		// An address can stand for an application whose id is not known here.
		return strings.EqualFold(aud, strings.TrimPrefix(resource, "api://")) || looksLikeGUID(aud) && strings.Contains(resource, "://")
	}
}

// acrClaim and versionClaim name the claims of a version that hold the
// client and how it proved itself.
func acrClaim(j *JWT) string {
	if versionClaim(j) == "azp" {
		return "azpacr"
	}
	return "appidacr"
}

func versionClaim(j *JWT) string {
	if j.Text("ver") == "2.0" {
		return "azp"
	}
	return "appid"
}

func equals(value, why string) want {
	return want{needed: true, ok: func(text string) bool { return value != "" && strings.EqualFold(text, value) }, why: why}
}

func oneOf(why string, values ...string) want {
	return want{needed: true, ok: func(text string) bool { return slices.Contains(values, text) }, why: why}
}

func hasWord(word, why string) want {
	return want{needed: true, ok: func(text string) bool { return slices.Contains(strings.Fields(text), word) }, why: why}
}

func listHas(value string) func(string) bool {
	return func(text string) bool { return slices.Contains(strings.Split(text, ", "), value) }
}

func endsInAgent(agentID string) func(string) bool {
	return func(text string) bool {
		path, ok := ParseSubjectPath(text)
		return ok && agentID != "" && strings.EqualFold(path.Rest, agentID)
	}
}

func looksLikeGUID(text string) bool {
	return len(text) == 36 && strings.Count(text, "-") == 4
}
