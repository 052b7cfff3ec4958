package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// claims of every kind of token, in the order Entra writes them. Claims that people
// read are documented: https://learn.microsoft.com/entra/agent-id/agent-token-claims; the others are
// here with the shape they were seen in, so that nothing downstream breaks on them in Entra only.
type claims struct {
	Audience       string   `json:"aud"`
	Issuer         string   `json:"iss"`
	IssuedAt       int64    `json:"iat"`
	NotBefore      int64    `json:"nbf"`
	Expires        int64    `json:"exp"`
	Account        *int     `json:"acct,omitempty"`
	ACR            string   `json:"acr,omitempty"`
	ACRS           []string `json:"acrs,omitempty"`
	AIO            string   `json:"aio,omitempty"`
	AMR            []string `json:"amr,omitempty"`
	AppDisplayName string   `json:"app_displayname,omitempty"`
	AppID          string   `json:"appid,omitempty"`
	AppACR         string   `json:"appidacr,omitempty"`
	AuthTime       int64    `json:"auth_time,omitempty"`
	Party          string   `json:"azp,omitempty"`
	PartyACR       string   `json:"azpacr,omitempty"`
	CodeHash       string   `json:"c_hash,omitempty"`
	Email          string   `json:"email,omitempty"`
	IdentityIssuer string   `json:"idp,omitempty"`
	IDType         string   `json:"idtyp,omitempty"`
	Address        string   `json:"ipaddr,omitempty"`
	Name           string   `json:"name,omitempty"`
	Nonce          string   `json:"nonce,omitempty"`
	ObjectID       string   `json:"oid"`
	Platform       string   `json:"platf,omitempty"`
	Username       string   `json:"preferred_username,omitempty"`
	PUID           string   `json:"puid,omitempty"`
	RH             string   `json:"rh"`
	Roles          []string `json:"roles,omitempty"`
	Scopes         string   `json:"scp,omitempty"`
	SessionID      string   `json:"sid,omitempty"`
	Subject        string   `json:"sub"`
	Region         string   `json:"tenant_region_scope,omitempty"`
	TenantID       string   `json:"tid"`
	UniqueName     string   `json:"unique_name,omitempty"`
	UPN            string   `json:"upn,omitempty"`
	TokenID        string   `json:"uti"`
	Version        string   `json:"ver"`
	WIDs           []string `json:"wids,omitempty"`
	AppCreated     int64    `json:"xms_acd,omitempty"`
	ActorFacets    string   `json:"xms_act_fct,omitempty"`
	FICInfo        string   `json:"xms_ficinfo,omitempty"`
	FTD            string   `json:"xms_ftd,omitempty"`
	IDRelation     string   `json:"xms_idrel,omitempty"`
	MIRID          string   `json:"xms_mirid,omitempty"`
	ParentApp      string   `json:"xms_par_app_azp,omitempty"`
	RD             string   `json:"xms_rd,omitempty"`
	SubjectToken   *stClaim `json:"xms_st,omitempty"`
	SubjectFacets  string   `json:"xms_sub_fct,omitempty"`
	TenantCreated  int64    `json:"xms_tcdt,omitempty"`
	TenantBoundary string   `json:"xms_tdbr,omitempty"`
	TenantFacets   string   `json:"xms_tnt_fct,omitempty"`
}

type stClaim struct {
	Subject string `json:"sub"`
}

const (
	regionScope   = "EU"
	tokenLife     = 3600 // seconds from now to exp
	tokenBackdate = 300  // seconds from iat to now: exp - iat is 3900 in every app token seen
	expiresIn     = 3599

	ficInfoT1 = "CAAQABgAIAAoAjAA"
	ficInfoT2 = "CAAQABgAIAAoAzAAOAE"
)

// Facet numbers, as far as they are known: https://learn.microsoft.com/entra/agent-id/agent-token-claims
const (
	facetTenant     = 3 // class of the tenant
	facetApp        = 9
	facetAgent      = 11
	facetAgentUser  = 13
	relationUser    = 1
	relationApp     = 7
	relationManaged = 33
	noiseMax        = 14 // even numbers up to twice this stand between the facets
	rhApp, rhUser   = 0x00, 0xbb
)

// newClaims fills in what all tokens have.
func (s *Sandbox) newClaims(now time.Time) *claims {
	return &claims{
		IssuedAt: now.Unix() - tokenBackdate, NotBefore: now.Unix() - tokenBackdate, Expires: now.Unix() + tokenLife,
		TenantID: tenantID, TokenID: newTokenID(), AIO: base64.StdEncoding.EncodeToString(randomBytes(38)),
	}
}

// address fills in what depends on the version of the resource's tokens.
func (s *Sandbox) address(c *claims, res *resource, by *client) {
	if res.v2 {
		c.Version, c.Issuer, c.Audience = "2.0", s.v2Issuer(), res.principal.AppID
		c.Party, c.PartyACR = by.id, by.acr
		return
	}
	c.Version, c.Issuer, c.Audience = "1.0", s.v1Issuer(), res.audience
	c.AppID, c.AppACR, c.AppDisplayName = by.id, by.acr, by.principal.DisplayName
}

// appClaims are those of an app-only token: T1, T2, TR or that of an ordinary application.
func (s *Sandbox) appClaims(q *tokenRequest, res *resource, roles []string) *claims {
	by := q.issuedTo
	c := s.newClaims(q.now)
	s.address(c, res, by)
	c.IDType, c.ObjectID, c.Subject, c.Roles = "app", by.principal.ID, by.principal.ID, roles
	c.RH = rh(res.principal.AppID, rhApp)
	c.FTD = newFTD()
	actor := s.actor(c, by)
	c.ActorFacets, c.SubjectFacets, c.IDRelation = facets(actor...), facets(actor...), facets(relationApp)
	if !res.v2 {
		c.IdentityIssuer = c.Issuer
	}
	if res.principal.AppID == graphAppID {
		s.graphExtras(c)
		c.WIDs = []string{widApp}
		if by.isBlueprint() {
			c.AppCreated = by.app.CreatedAt.Unix()
		}
	}
	if res.principal.AppID == exchangeAppID {
		s.exchangeExtras(c, q)
	}
	return c
}

// actor are the facets of the client; a token of an agent identity also names the blueprint behind it.
func (s *Sandbox) actor(c *claims, by *client) []int {
	if !by.isAgent() {
		return []int{facetTenant, facetApp}
	}
	c.ParentApp = by.principal.BlueprintAppID
	return []int{facetTenant, facetApp, facetAgent}
}

// exchangeExtras make T1 (with fmi_path) and T2 what they are.
func (s *Sandbox) exchangeExtras(c *claims, q *tokenRequest) {
	switch {
	case q.hasFMIPath:
		c.Subject, c.FICInfo = fmiSubject(q.issuedTo.id, q.fmiPath), ficInfoT1
	case q.issuedTo.isAgent():
		c.FICInfo = ficInfoT2
	}
}

// graphExtras are claims that only Graph asks for.
func (s *Sandbox) graphExtras(c *claims) {
	c.Region, c.TenantBoundary, c.TenantCreated = regionScope, regionScope, tenantBorn().Unix()
	c.RD = "0." + randomText(60)
	c.TenantFacets = facets(facetTenant)
}

// fmiScheme starts every sub that is a path: its version and the public cloud.
const fmiScheme = "/eid1/c/pub/t/"

// fmiSubject is the path in sub of a token made for an FMI path.
func fmiSubject(appID, path string) string {
	return fmiScheme + shortGUID(tenantID) + "/a/" + shortGUID(appID) + "/" + path
}

// shortGUID is base64url of the GUID's bytes in .NET order.
func shortGUID(id string) string { return base64.RawURLEncoding.EncodeToString(littleEndian(id)) }

// littleEndian are the bytes of a GUID as .NET writes them: the first three groups reversed.
func littleEndian(id string) []byte {
	u := uuid.MustParse(id)
	return []byte{u[3], u[2], u[1], u[0], u[5], u[4], u[7], u[6], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]}
}

// rh has a shape that can be read off published tokens and a content that cannot; n stands for the
// tenant's number.
func rh(resourceAppID string, kind byte) string { return rhOf(tenantID, resourceAppID, kind) }

func rhOf(tenant, resourceAppID string, kind byte) string {
	n := binary.LittleEndian.AppendUint16(nil, 0x014b)
	b := append([]byte{0x01}, n...)
	b = append(b, littleEndian(tenant)...)
	b = append(b, littleEndian(resourceAppID)...)
	b = append(b, n...)
	b = append(b, kind)
	b = append(b, n...)
	return "1." + base64.RawURLEncoding.EncodeToString(b) + "."
}

func randomBytes(n int) []byte {
	b, _ := base64.RawURLEncoding.DecodeString(randomText(n))
	return b
}

// newTokenID makes uti: 16 bytes, the last one 0.
func newTokenID() string { return base64.RawURLEncoding.EncodeToString(append(randomBytes(15), 0)) }

// newFTD makes xms_ftd: 32 bytes, 0x01 and the name of a key region.
func newFTD() string {
	return base64.RawURLEncoding.EncodeToString(append(randomBytes(32), []byte("\x01sandbox-dsms")...))
}

// facets writes a set of numbers in no order, with one even number in it that means nothing: readers
// that depend on order or on knowing every number must fail here as they would in Entra.
func facets(values ...int) string {
	values = append(slices.Clone(values), 2*(1+rand.IntN(noiseMax))) //nolint:gosec // noise, not a secret
	rand.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = strconv.Itoa(v)
	}
	return strings.Join(texts, " ")
}

// pairwise makes the sub of a user: stable for one app, of no use to another.
func pairwise(userID, appID string) string {
	sum := sha256.Sum256([]byte(tenantID + userID + appID))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
