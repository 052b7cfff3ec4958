package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestMetadataAnnounceWhatWorks asks every announced address, grant, response type and mode, and fails
// when one is not there.
func TestMetadataAnnounceWhatWorks(t *testing.T) {
	l := newLab(t)
	l.allowIDTokens(t)
	for _, version := range []string{"/v2.0", ""} {
		body := l.get(t, "/"+l.info.TenantID+version+"/.well-known/openid-configuration").json(t)
		for _, name := range []string{
			"token_endpoint", "authorization_endpoint", "device_authorization_endpoint", "userinfo_endpoint", "end_session_endpoint", "jwks_uri",
		} {
			address, _ := body[name].(string)
			method := http.MethodGet
			if name == "token_endpoint" || strings.HasPrefix(name, "device") {
				method = http.MethodPost
			}
			a := l.do(t, request(t, method, address, nil))
			if a.StatusCode == http.StatusNotFound || a.StatusCode == http.StatusMethodNotAllowed || a.StatusCode >= 500 {
				t.Errorf("%q %s: %s %s answers %d", version, name, method, address, a.StatusCode)
			}
		}
		for _, kind := range body["grant_types_supported"].([]any) {
			a := l.post(t, strings.TrimPrefix(body["token_endpoint"].(string), l.url), "grant_type", fmt.Sprint(kind), "client_id", l.info.Portal.ClientID, "client_secret", l.info.Portal.ClientSecret)
			if code, _ := a.json(t)["error"].(string); code == "unsupported_grant_type" || a.StatusCode >= 500 {
				t.Errorf("%q: grant %s: %s", version, kind, a.text)
			}
		}
		for _, kind := range body["response_types_supported"].([]any) {
			for _, mode := range body["response_modes_supported"].([]any) {
				if mode == "query" && kind != "code" {
					continue // never for ID tokens
				}
				address := l.authorizeURL("response_type", fmt.Sprint(kind), "response_mode", fmt.Sprint(mode))
				if a, doc := newBrowser(t, l).open(address); a.StatusCode != http.StatusOK || doc.Find("h1").Text() != "Pick an account" {
					t.Errorf("%s by %s: status %d: %s", kind, mode, a.StatusCode, a.text)
				}
			}
		}
	}
}

// TestMetadataLeaveNothingOut: each response type that an application may use is announced, but for none.
func TestMetadataLeaveNothingOut(t *testing.T) {
	l := newLab(t)
	body := l.get(t, "/"+l.info.TenantID+"/v2.0/.well-known/openid-configuration").json(t)
	for _, kind := range responseTypes() {
		if announced := slices.Contains(body["response_types_supported"].([]any), any(kind)); announced == (kind == "none") {
			t.Errorf("%s: announced %v", kind, announced)
		}
	}
	if address, err := url.Parse(body["device_authorization_endpoint"].(string)); err != nil || strings.Count(strings.ReplaceAll(address.Path, "devicecode", "token"), "token") != 1 {
		t.Errorf("MSAL for Go makes the device address from that of the token endpoint: %s", address)
	}
}
