package sandbox

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// signIn is a person signed in to a client: what a code or a refresh token stands for.
type signIn struct {
	user     *user
	wids     []string // template ids of the user's directory roles
	session  string
	authTime time.Time
	nonce    string
}

// methods are how the user signed in (amr): an agent user has no password, its agent vouches for it.
func (in *signIn) methods() []string {
	if in.user.isAgentUser() {
		return []string{"fed"}
	}
	return []string{"pwd"}
}

// userClaims are those of an access token for a user.
func (s *Sandbox) userClaims(q *tokenRequest, in *signIn, res *resource, scopes []string) *claims {
	c := s.newClaims(q.now)
	s.address(c, res, q.issuedTo)
	u := in.user
	c.ObjectID, c.Name, c.SessionID = u.ID, u.DisplayName, in.session
	c.Subject, c.Scopes = pairwise(u.ID, res.principal.AppID), strings.Join(scopes, " ")
	c.RH, c.FTD = rh(res.principal.AppID, rhUser), newFTD()
	actor, subject := s.actor(c, q.issuedTo), []int{facetTenant}
	if u.isAgentUser() {
		subject = append(subject, facetAgentUser)
	}
	// v2 tokens of ordinary clients have no facets; with an agent as client they tell who acts.
	if !res.v2 || q.issuedTo.isAgent() {
		c.IDType = "user"
		c.ActorFacets, c.SubjectFacets, c.IDRelation = facets(actor...), facets(subject...), facets(relationUser)
	}
	if res.v2 {
		c.Username = u.UserPrincipalName
		if res.userIDType {
			c.IDType = "user"
		}
		return c
	}
	c.ACR, c.AMR, c.Address = "1", in.methods(), "127.0.0.1"
	c.UPN, c.UniqueName = u.UserPrincipalName, u.UserPrincipalName
	if res.principal.AppID == graphAppID {
		member := 0 // acct: 0 is a member, 1 a guest
		c.Account, c.ACRS, c.Platform, c.PUID = &member, []string{"p1"}, "3", puid(u.ID)
		s.graphExtras(c)
		c.SubjectToken = &stClaim{pairwise(u.ID, q.issuedTo.id)}
		c.WIDs = slices.Concat(in.wids, []string{widMember})
	}
	return c
}

// puid has the shape of the passport id of a directory user.
func puid(userID string) string {
	return strings.ToUpper("10032" + hex.EncodeToString([]byte(hashSecret(userID)))[:11])
}

// idClaims are those of an ID token (v2).
func (s *Sandbox) idClaims(q *tokenRequest, in *signIn, a *asked) *claims {
	c := s.newClaims(q.now)
	c.Audience, c.Issuer, c.Version = q.issuedTo.id, s.v2Issuer(), "2.0"
	c.ObjectID, c.Subject = in.user.ID, pairwise(in.user.ID, q.issuedTo.id)
	c.Nonce, c.SessionID, c.AuthTime = in.nonce, in.session, in.authTime.Unix()
	c.RH = rh(q.issuedTo.id, rhUser)
	if a.wants("profile") {
		c.Name, c.Username = in.user.DisplayName, in.user.UserPrincipalName
	}
	if a.wants("email") {
		c.Email = in.user.Mail
	}
	return c
}
