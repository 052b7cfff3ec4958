package sandbox

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// identityRoutes are the addresses below the authority. Every absolute address they announce is built
// from Options, never from the Host header.
func (s *Sandbox) identityRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /common/discovery/instance", s.showInstance)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.inTenant(s.showMetadataV2))
	mux.HandleFunc("GET /{tenant}/.well-known/openid-configuration", s.inTenant(s.showMetadataV1))
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", s.inTenant(s.showKeysV2))
	mux.HandleFunc("GET /{tenant}/discovery/keys", s.inTenant(s.showKeysV1))
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.allowOrigins(s.serveToken))
	mux.HandleFunc("OPTIONS /{tenant}/oauth2/v2.0/token", s.allowOrigins(preflight))
	mux.HandleFunc("/{tenant}/oauth2/v2.0/token", s.allowOrigins(s.refuseTokenMethod))
	mux.HandleFunc("POST /{tenant}/oauth2/token", s.serveTokenV1)
	mux.HandleFunc("/{tenant}/oauth2/token", s.refuseTokenMethod)
	mux.HandleFunc("GET /common/UserRealm/{upn}", s.showUserRealm)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/devicecode", s.serveDeviceCode)
	mux.HandleFunc("GET /oidc/userinfo", s.serveUserInfo)
	mux.HandleFunc("POST /oidc/userinfo", s.serveUserInfo)
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/logout", s.inTenant(s.signOut))
	for path, page := range map[string]http.HandlerFunc{
		"/{tenant}/oauth2/v2.0/authorize": s.serveAuthorize, "/{tenant}/v2.0/adminconsent": s.serveAdminConsent,
		"/{tenant}/adminconsent": s.serveAdminConsent, "/{tenant}/oauth2/deviceauth": s.serveDevice, "/devicelogin": s.serveDevice,
	} {
		mux.Handle(path, http.NewCrossOriginProtection().Handler(page))
	}
	partner := s.partnerRoutes()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); strings.EqualFold(first, partnerTenantID()) {
			partner.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// v2Issuer is the issuer of ID tokens and of access tokens whose resource asks for v2; v1Issuer of the
// others, Graph among them.
func (s *Sandbox) v2Issuer() string { return s.o.BaseURL + "/" + tenantID + "/v2.0" }
func (s *Sandbox) v1Issuer() string { return s.o.V1Issuer + "/" + tenantID + "/" }

// inTenant answers only for this tenant, or for the tenant-less names that stand for it.
func (s *Sandbox) inTenant(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := checkTenant(r.PathValue("tenant"), true); err != nil {
			s.writeRefusal(w, r, err)
			return
		}
		next(w, r)
	}
}

// checkTenant accepts the tenant's id or domain, and "common" and its like when anyTenant is true.
func checkTenant(name string, anyTenant bool) *refusal {
	name = strings.ToLower(name)
	switch {
	case name == tenantID || name == tenantDomain:
		return nil
	case name == "common" || name == "organizations":
		if anyTenant {
			return nil
		}
		return refuseTenantless()
	}
	if _, err := uuid.Parse(name); err == nil || strings.Contains(name, ".") {
		return refuseUnknownTenant(name)
	}
	return refuseMalformedTenant(name)
}

// showMetadataV2 answers the document that MSAL and go-oidc start from.
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
func (s *Sandbox) showMetadataV2(w http.ResponseWriter, _ *http.Request) {
	tenant := s.o.BaseURL + "/" + tenantID
	writeJSON(w, http.StatusOK, metadata{
		TokenEndpoint: tenant + "/oauth2/v2.0/token", TokenAuthMethods: tokenAuthMethods(),
		JWKSURI: tenant + "/discovery/v2.0/keys", ResponseModes: []string{"query", "fragment", "form_post"},
		SubjectTypes: []string{"pairwise"}, Algorithms: []string{"RS256"}, ResponseTypes: announcedTypes(),
		Scopes: []string{"openid", "profile", "email", "offline_access"}, Issuer: s.v2Issuer(),
		AuthorizationEndpoint: tenant + "/oauth2/v2.0/authorize", EndSessionEndpoint: tenant + "/oauth2/v2.0/logout",
		DeviceEndpoint: tenant + "/oauth2/v2.0/devicecode", UserInfoEndpoint: s.o.GraphURL + "/oidc/userinfo",
		Claims: claimsSupported(), ChallengeMethods: []string{"plain", "S256"}, Grants: grantTypes(),
		HTTPLogout: true, Region: regionScope, CloudInstance: "sandbox", GraphHost: hostOf(s.o.GraphURL),
	})
}

// showMetadataV1 is for who follows the issuer of a v1 token; there is one authorize endpoint, the v2 one.
func (s *Sandbox) showMetadataV1(w http.ResponseWriter, _ *http.Request) {
	tenant := s.o.BaseURL + "/" + tenantID
	writeJSON(w, http.StatusOK, metadata{
		TokenEndpoint: tenant + "/oauth2/token", TokenAuthMethods: tokenAuthMethods(),
		JWKSURI: s.o.BaseURL + "/common/discovery/keys", ResponseModes: []string{"query", "fragment", "form_post"},
		SubjectTypes: []string{"pairwise"}, Algorithms: []string{"RS256"}, ResponseTypes: announcedTypes(),
		Scopes: []string{"openid"}, Issuer: s.v1Issuer(), MultiRefresh: true,
		AuthorizationEndpoint: tenant + "/oauth2/v2.0/authorize", EndSessionEndpoint: tenant + "/oauth2/v2.0/logout",
		DeviceEndpoint: tenant + "/oauth2/v2.0/devicecode", UserInfoEndpoint: s.o.GraphURL + "/oidc/userinfo",
		Claims: claimsSupported(), ChallengeMethods: []string{"plain", "S256"}, Grants: grantTypes(),
		HTTPLogout: true, Region: regionScope, CloudInstance: "sandbox", GraphHost: hostOf(s.o.GraphURL),
	})
}

// announcedTypes leaves out none, as Entra does: it is for consent, not for signing in.
func announcedTypes() []string {
	return slices.DeleteFunc(responseTypes(), func(name string) bool { return name == "none" })
}

// metadata is the OpenID Connect discovery document. Only what the sandbox does is
// announced: no access token comes from the authorize endpoint.
type metadata struct {
	TokenEndpoint         string   `json:"token_endpoint"`
	TokenAuthMethods      []string `json:"token_endpoint_auth_methods_supported"`
	JWKSURI               string   `json:"jwks_uri"`
	ResponseModes         []string `json:"response_modes_supported"`
	SubjectTypes          []string `json:"subject_types_supported"`
	Algorithms            []string `json:"id_token_signing_alg_values_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	Grants                []string `json:"grant_types_supported"`
	Scopes                []string `json:"scopes_supported"`
	Issuer                string   `json:"issuer"`
	MultiRefresh          bool     `json:"microsoft_multi_refresh_token,omitempty"`
	RequestURI            bool     `json:"request_uri_parameter_supported"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	HTTPLogout            bool     `json:"http_logout_supported"`
	FrontChannelLogout    bool     `json:"frontchannel_logout_supported"`
	EndSessionEndpoint    string   `json:"end_session_endpoint,omitempty"`
	DeviceEndpoint        string   `json:"device_authorization_endpoint,omitempty"`
	UserInfoEndpoint      string   `json:"userinfo_endpoint,omitempty"`
	Claims                []string `json:"claims_supported"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	Region                string   `json:"tenant_region_scope"`
	CloudInstance         string   `json:"cloud_instance_name"`
	GraphHost             string   `json:"msgraph_host"`
}

func tokenAuthMethods() []string {
	return []string{"client_secret_post", "private_key_jwt", "client_secret_basic"}
}

func grantTypes() []string {
	return []string{"authorization_code", "refresh_token", "client_credentials", "password", grantOnBehalfOf, grantDevice}
}

// claimsSupported are claims an ID token here may carry.
func claimsSupported() []string {
	return []string{
		"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "preferred_username", "name", "tid", "ver", "c_hash", "email",
	}
}

func hostOf(address string) string {
	_, host, _ := strings.Cut(address, "://")
	return host
}

func (s *Sandbox) showKeysV2(w http.ResponseWriter, r *http.Request) { s.showKeys(w, r, s.v2Issuer()) }

func (s *Sandbox) showKeysV1(w http.ResponseWriter, r *http.Request) { s.showKeys(w, r, s.v1Issuer()) }

// showKeys waits for the key rather than announce a set without it: clients cache what they get.
func (s *Sandbox) showKeys(w http.ResponseWriter, r *http.Request, issuer string) {
	keys, err := s.keys.all(r.Context())
	if err != nil {
		s.writeRefusal(w, r, refuseServerError(err))
		return
	}
	var set []jwk
	for _, key := range keys {
		set = append(set, key.jwk(issuer))
	}
	writeJSON(w, http.StatusOK, struct {
		Keys []jwk `json:"keys"`
	}{set})
}

// showInstance is MSAL's instance discovery: this authority is a cloud of its own.
func (s *Sandbox) showInstance(w http.ResponseWriter, r *http.Request) {
	if asked := r.URL.Query().Get("authorization_endpoint"); !strings.HasPrefix(asked, s.o.BaseURL+"/") {
		s.writeRefusal(w, r, refuseInstance(asked))
		return
	}
	host := hostOf(s.o.BaseURL)
	type cloud struct {
		Network string   `json:"preferred_network"`
		Cache   string   `json:"preferred_cache"`
		Aliases []string `json:"aliases"`
	}
	writeJSON(w, http.StatusOK, struct {
		Discovery string  `json:"tenant_discovery_endpoint"`
		Version   string  `json:"api-version"`
		Metadata  []cloud `json:"metadata"`
	}{s.v2Issuer() + "/.well-known/openid-configuration", "1.1", []cloud{{host, host, []string{host}}}})
}
