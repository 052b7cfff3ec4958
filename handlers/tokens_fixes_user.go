package handlers

import (
	"slices"
	"strings"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/views"
)

// agentUser is about who was named to act as.
func (t *teller) agentUser(s *told) {
	named := t.sent("username")
	if u, err := t.g.UserNamed(t.ctx, named); named != "" && err == nil {
		switch {
		case u.IdentityParentID == "":
			s.because(named + " is a person. An agent identity acts as its own agent user and as nobody else.")
		case !strings.EqualFold(u.IdentityParentID, t.try.agentID()):
			s.because(named + " is the agent user of another agent identity.")
		}
	}
	t.atOwnUser(s)
}

// atOwnUser leads to the agent's own agent user, or to where it gets one.
func (t *teller) atOwnUser(s *told) {
	agent := t.try.agentID()
	if _, err := t.g.AgentUserOf(t.ctx, agent); graph.IsNotFound(err) {
		s.Fix = "This agent identity has no agent user yet: add one."
		s.at("/agents/"+agent+"/agent-user/new", "Add agent user")
		return
	}
	s.at(t.lab(entra.ModeAgentUser, "agent", agent, "kept", t.try.form.Kept), "Act as the agent user")
}

// person is about a user who is not there, disabled or locked out.
func (t *teller) person(s *told) {
	code := t.hop.Err.AADSTS
	switch {
	case t.trace.Mode == entra.ModeAgentUser && code == 50034:
		t.agentUser(s)
	case t.trace.Mode == entra.ModeAgentUser && t.try.userID != "":
		s.at("/agent-users/"+t.try.userID+"/enable", "Enable the agent user")
	case t.asker == entra.AskerAgent:
		t.userToken(s)
	case code == 50126 || code == 50053 || code == 50055:
		s.in("password")
	default:
		s.in("username")
		if u, err := t.g.UserNamed(t.ctx, t.sent("username")); code == 50056 && err == nil && u.IdentityParentID != "" {
			s.because(u.UserPrincipalName + " is an agent user, and agent users never have one.")
			s.at(t.lab(entra.ModeAgentUser, "agent", u.IdentityParentID), "Act as the agent user")
		}
	}
}

// userToken is about the person's token of on behalf of.
func (t *teller) userToken(s *told) {
	tc := t.trace.Hop(entra.HopTc)
	if tc != nil && t.hop.Err.AADSTS == 50013 && tc.Signature.State == entra.VerdictInvalid {
		s.Meaning = "The signature of the user token is wrong."
		s.because("It was cut or changed when it was copied, or somebody else signed it: see Tc above.")
		s.Fix = "Get a user token by the link, or paste all of it."
	}
	if t.try.agent == nil {
		s.in("app_id")
		return
	}
	if _, lacks := userScope(t.try.blueprint); lacks != "" && t.try.blueprint != nil {
		s.Fix = lacks
		s.at(t.blueprintPage("/setup"), "Add URI and scope")
		return
	}
	s.at("/tokens/user-token?"+views.Query("agent", t.try.agentID(), "scope", linkScope(t.try.form.Scope)), "Get a user token")
	s.field = "user_token"
}

// refresh is about a refresh token that brings nothing any more.
func (t *teller) refresh(s *told) {
	if t.try.of == "" || t.try.agent == nil {
		s.in("refresh_token")
		return
	}
	scope := t.try.form.Scope
	if !slices.Contains(strings.Fields(scope), "offline_access") {
		scope += " offline_access"
	}
	s.Fix = "Get a new one: ask again with offline_access among the scopes."
	s.at("/tokens?"+views.Query("mode", string(t.trace.Mode), "agent", t.try.agentID(), "scope", scope), "Get another refresh token")
}

// device leads to another code; declined consent of others to the scope.
func (t *teller) device(s *told) {
	switch t.trace.Mode {
	case entra.ModeDeviceCode:
	case entra.ModeInteractive:
		s.at(t.lab(entra.ModeInteractive), "Sign in again")
		return
	default:
		s.in("scope")
		return
	}
	s.at(t.lab(entra.ModeDeviceCode, "app", t.try.form.AppID), "Ask for another code")
}

// consent names the delegated permissions that nobody has granted.
func (t *teller) consent(s *told) {
	if t.asker != entra.AskerAgent {
		s.in("scope")
		return
	}
	page := "/agents/" + t.try.agentID() + "/permissions"
	s.at(page, "Grant permissions")
	api, missing, all := t.lacking()
	if api == nil {
		return
	}
	at := " at " + views.Named(api.DisplayName, api.AppID)
	switch {
	case all:
		s.Meaning = "Nobody has granted this agent identity any delegated permission" + at + " that counts for this user."
		s.at(page+"?"+views.Query("api", api.AppID)+"#add", "Grant permissions")
	case len(missing) == 1:
		s.Meaning = "Nobody has granted this agent identity the delegated permission " + missing[0] + at + ", for everybody or for this user."
		s.at(page+"/grant?"+views.Query("api", api.AppID, "kind", kindWord(false), "value", missing[0]), "Grant "+missing[0])
	case len(missing) > 1:
		s.Meaning = "Nobody has granted this agent identity the delegated permissions " + strings.Join(missing, ", ") + at + ", for everybody or for this user."
		s.at(page+"?"+views.Query("api", api.AppID, "q", missing[0])+"#add", "Grant permissions")
	}
}

// lacking compares the scopes of the request with what the agent has for the
// user. all says that everything granted was asked for, and there is nothing.
func (t *teller) lacking() (api *graph.Resource, missing []string, all bool) {
	appID := resourceAppID(t.asked())
	if appID == "" {
		return nil, nil, false
	}
	api, err := t.g.Resource(t.ctx, appID)
	if err != nil {
		return nil, nil, false
	}
	var f labFacts
	if err := f.readPermissions(t.ctx, t.g, views.TokenMode{}, t.try.agentID()); err != nil {
		return nil, nil, false
	}
	var granted []string
	for _, grant := range f.grants {
		if grant.ResourceID == api.ID && (grant.ConsentType == graph.ConsentEverybody || grant.PrincipalID == t.try.userID) {
			granted = append(granted, grant.Scopes()...)
		}
	}
	for _, scope := range strings.Fields(t.asked()) {
		value := scope[strings.LastIndexByte(scope, '/')+1:]
		switch {
		case value == ".default":
			all = len(granted) == 0
		case !entra.IsOIDCScope(scope) && !slices.ContainsFunc(granted, func(g string) bool { return strings.EqualFold(g, value) }):
			missing = append(missing, value)
		}
	}
	return api, missing, all
}
