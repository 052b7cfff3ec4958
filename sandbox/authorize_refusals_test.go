package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

func TestAuthorizeRefusalsOnAPage(t *testing.T) {
	l := newLab(t)
	for name, tc := range map[string]struct {
		address string
		aadsts  string
	}{
		"no client":          {l.authorizeURL("client_id", "-"), "AADSTS900144"},
		"unknown client":     {l.authorizeURL("client_id", "11111111-1111-4111-8111-111111111111"), "AADSTS700016"},
		"other redirect":     {l.authorizeURL("redirect_uri", "http://localhost:8080/auth/callback/"), "AADSTS50011"},
		"other port, portal": {l.authorizeURL("redirect_uri", "http://localhost:9999/auth/callback"), "AADSTS50011"},
		"other host, client": {l.authorizeURL("client_id", l.info.Client.ClientID, "redirect_uri", "http://evil.example/callback"), "AADSTS50011"},
		"no redirect":        {l.authorizeURL("redirect_uri", "-"), "AADSTS50011"},
		"blueprint":          {l.authorizeURL("client_id", l.info.Seed.Blueprint.AppID), "AADSTS82018"},
		"agent":              {l.authorizeURL("client_id", l.info.Seed.Agent.ID), "AADSTS82018"},
		"wrong tenant":       {strings.Replace(l.authorizeURL(), l.info.TenantID, "fabrikam.example", 1), "AADSTS90002"},
	} {
		t.Run(name, func(t *testing.T) {
			a, doc := newBrowser(t, l).open(tc.address)
			if a.StatusCode != http.StatusBadRequest || a.Header.Get("Location") != "" || !strings.Contains(doc.Find("dl").Text(), tc.aadsts) {
				t.Errorf("status %d, location %q, page lacks %s", a.StatusCode, a.Header.Get("Location"), tc.aadsts)
			}
		})
	}
}

func TestAuthorizeRefusalsToTheClient(t *testing.T) {
	l := newLab(t)
	for name, tc := range map[string]struct {
		address, code, aadsts string
	}{
		"no response type": {l.authorizeURL("response_type", "-"), "invalid_request", "AADSTS900144"},
		"token":            {l.authorizeURL("response_type", "token"), "unsupported_response_type", "AADSTS70005"},
		"id_token":         {l.authorizeURL("response_type", "code id_token"), "unsupported_response_type", "AADSTS700054"},
		"odd mode":         {l.authorizeURL("response_mode", "pigeon"), "invalid_request", "AADSTS9002313"},
		"short challenge":  {l.authorizeURL("code_challenge", "short"), "invalid_request", "AADSTS50147"},
		"odd challenge":    {l.authorizeURL("code_challenge_method", "S512"), "invalid_request", "AADSTS9002313"},
		"no scope":         {l.authorizeURL("scope", "-"), "invalid_request", "AADSTS900144"},
		"unknown scope":    {l.authorizeURL("scope", "Nothing.Read"), "invalid_client", "AADSTS650053"},
		"unknown resource": {l.authorizeURL("scope", "https://nobody.example/Read"), "invalid_resource", "AADSTS500011"},
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := newBrowser(t, l).open(tc.address)
			q := location(t, a).Query()
			if q.Get("error") != tc.code || !strings.HasPrefix(q.Get("error_description"), tc.aadsts+":") || q.Get("state") != "the state" || q.Has("code") {
				t.Errorf("%v", q)
			}
		})
	}
}

func TestPickerIsGuarded(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	a, doc := b.open(l.authorizeURL())
	policy := a.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "form-action 'self' http://localhost:8080") || strings.Contains(policy, "unsafe") {
		t.Errorf("CSP %q", policy)
	}
	if doc.Find("[style], style, script:not([src]), [onclick]").Length() != 0 {
		t.Error("the page has something inline")
	}
	if doc.Find("h1").Length() != 1 || doc.Find("main").Length() != 1 || doc.Find("header").Length() != 1 || doc.Find("html").AttrOr("lang", "") == "" {
		t.Error("landmarks, heading or language are missing")
	}
	doc.Find(".password input").Each(func(_ int, s *goquery.Selection) {
		if doc.Find(`label[for="`+s.AttrOr("id", "?")+`"]`).Length() != 1 {
			t.Errorf("input %s has no label", s.AttrOr("name", ""))
		}
	})
	for _, asset := range []string{"pages.css", "form-post.js", "icon.svg"} {
		if got := l.get(t, "/_sandbox/assets/"+asset).StatusCode; got != http.StatusOK {
			t.Errorf("%s: status %d", asset, got)
		}
	}
	form := strings.NewReader(url.Values{"account": {l.info.Personas[0].ObjectID}}.Encode())
	r := request(t, http.MethodPost, l.authorizeURL(), form)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if got := l.do(t, r); got.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site: status %d", got.StatusCode)
	}
	a = b.submit(l.authorizeURL(), url.Values{"account": {seedID("user amara.osei")}})
	if a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an account without a button: status %d", a.StatusCode)
	}
}
