package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// device starts a device authorization of the sample client.
func (l *lab) device(t *testing.T, scope string) (userCode, deviceCode string) {
	t.Helper()
	body := l.post(t, "/"+l.info.TenantID+"/oauth2/v2.0/devicecode", "client_id", l.info.Client.ClientID, "scope", scope).json(t)
	userCode, _ = body["user_code"].(string)
	deviceCode, _ = body["device_code"].(string)
	if userCode == "" || deviceCode == "" {
		t.Fatalf("%v", body)
	}
	return userCode, deviceCode
}

func (l *lab) poll(t *testing.T, deviceCode string) answer {
	t.Helper()
	l.clock.advance(6 * time.Second)
	return l.token(t, "grant_type", "urn:ietf:params:oauth:grant-type:device_code", "client_id", l.info.Client.ClientID, "device_code", deviceCode)
}

// typeCode types a code and picks a persona; the page that asks for approval follows.
func (b *browser) typeCode(address, code, upn string) (answer, *goquery.Document) {
	b.t.Helper()
	a := b.submit(address, url.Values{"otc": {code}})
	doc := document(b.t, a)
	a = b.submit(address, url.Values{"otc": {doc.Find(`input[name="otc"]`).AttrOr("value", "")}, "account": {button(b.t, doc, upn)}})
	return a, document(b.t, a)
}

func TestDeviceIsApproved(t *testing.T) {
	l := newLab(t)
	for _, path := range []string{"/devicelogin", "/common/oauth2/deviceauth"} {
		userCode, deviceCode := l.device(t, "openid offline_access User.Read")
		wantRefusal(t, l.poll(t, deviceCode), 400, "authorization_pending", 70016)
		b := newBrowser(t, l)
		a, doc := b.open(l.url + path)
		if a.StatusCode != http.StatusOK || doc.Find("h1").Text() != "Enter the code" || doc.Find(`label[for="otc"]`).Length() != 1 {
			t.Fatalf("status %d: %s", a.StatusCode, a.text)
		}
		// People type codes in their own way.
		typed := " " + strings.ToLower(userCode[:4]) + "-" + userCode[4:] + " "
		_, doc = b.typeCode(l.url+path, typed, "user@sandbox.example")
		if text := doc.Find("main").Text(); !strings.Contains(text, "Sample client") || !strings.Contains(text, userCode) || !strings.Contains(text, "Approve only if you started this yourself") {
			t.Fatalf("page %q", text)
		}
		a = b.press(l.url+path, doc, "accept")
		if got := document(t, a).Find("h1").Text(); got != "You are signed in on the device" {
			t.Fatalf("status %d: %s", a.StatusCode, got)
		}
		_, claims := decode(t, access(t, l.poll(t, deviceCode)))
		if claims["upn"] != "user@sandbox.example" || claims["appid"] != l.info.Client.ClientID {
			t.Errorf("upn %v, appid %v", claims["upn"], claims["appid"])
		}
		if again := l.poll(t, deviceCode); again.StatusCode != http.StatusBadRequest {
			t.Errorf("the second poll of an approved code: status %d", again.StatusCode)
		}
		if a := b.submit(l.url+path, url.Values{"otc": {userCode}}); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("a used code: status %d", a.StatusCode)
		}
	}
}

func TestDeviceIsDeclined(t *testing.T) {
	l := newLab(t)
	userCode, deviceCode := l.device(t, "openid User.Read")
	b := newBrowser(t, l)
	_, doc := b.typeCode(l.url+"/devicelogin", userCode, "user@sandbox.example")
	if got := document(t, b.press(l.url+"/devicelogin", doc, "cancel")).Find("h1").Text(); got != "You declined" {
		t.Errorf("page %q", got)
	}
	if a := l.poll(t, deviceCode); a.StatusCode != http.StatusBadRequest || a.json(t)["error"] != "authorization_declined" {
		t.Errorf("%s", a.text)
	}
}

func TestDeviceCodeIsWrong(t *testing.T) {
	l := newLab(t)
	userCode, deviceCode := l.device(t, "openid User.Read")
	b := newBrowser(t, l)
	page := l.url + "/devicelogin"
	for _, code := range []string{"", "WRONGCODE", strings.Repeat("A", 10_000)} {
		a := b.submit(page, url.Values{"otc": {code}})
		doc := document(t, a)
		if a.StatusCode != http.StatusUnprocessableEntity || doc.Find(`[role="alert"]`).Length() != 1 || doc.Find("#otc").AttrOr("aria-invalid", "") != "true" {
			t.Errorf("%.20q: status %d: %.300s", code, a.StatusCode, a.text)
		}
	}
	_, doc := b.typeCode(page, userCode, "user@sandbox.example")
	l.clock.advance(16 * time.Minute)
	if a := b.press(page, doc, "accept"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an expired code is approved: status %d", a.StatusCode)
	}
	if a := l.poll(t, deviceCode); a.json(t)["error"] != "expired_token" {
		t.Errorf("%s", a.text)
	}
	_, doc = b.open(page + "?otc=ABC")
	if doc.Find("#otc").AttrOr("value", "") != "ABC" {
		t.Error("the code of the address is not in the field")
	}
}

func TestDeviceAsksForConsent(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	page := l.url + "/devicelogin"
	userCode, deviceCode := l.device(t, "openid Mail.Read")
	_, doc := b.typeCode(page, userCode, "user@sandbox.example")
	if !strings.Contains(doc.Find(".permissions").First().Text(), "Mail.Read") {
		t.Fatalf("page %s", doc.Find("main").Text())
	}
	b.press(page, doc, "accept")
	if got := l.grantsOf(seedID("principal client"), graphPrincipal); !has(got, "Principal "+seedID("user user")+": Mail.Read") {
		t.Errorf("grants %v", got)
	}
	_, claims := decode(t, access(t, l.poll(t, deviceCode)))
	if scp, _ := claims["scp"].(string); !strings.Contains(scp, "Mail.Read") {
		t.Errorf("scp %q", scp)
	}
	userCode, deviceCode = l.device(t, "openid User.Read.All")
	_, doc = b.typeCode(page, userCode, "user@sandbox.example")
	if doc.Find("h1").Text() != "Need admin approval" {
		t.Fatalf("page %s", doc.Find("main").Text())
	}
	a := b.submit(page, url.Values{"otc": {userCode}, "consent": {"accept"}, "user": {seedID("user user")}})
	if document(t, a).Find("h1").Text() != "Need admin approval" {
		t.Errorf("a form written by hand: %s", a.text)
	}
	wantRefusal(t, l.poll(t, deviceCode), 400, "authorization_pending", 70016)
}

// TestDevicePageIsGuarded: no forms of other sites, nothing for the person who is not signed in.
func TestDevicePageIsGuarded(t *testing.T) {
	l := newLab(t)
	userCode, _ := l.device(t, "openid User.Read")
	page := l.url + "/devicelogin"
	form := url.Values{"otc": {userCode}, "consent": {"accept"}, "user": {seedID("user user")}}
	a := newBrowser(t, l).submit(page, form)
	if document(t, a).Find("h1").Text() != "Pick an account" {
		t.Errorf("without a session: %s", a.text)
	}
	r := request(t, http.MethodPost, page, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if got := l.do(t, r).StatusCode; got != http.StatusForbidden {
		t.Errorf("a form of another site: status %d", got)
	}
	if got := l.do(t, request(t, http.MethodPut, page, nil)).StatusCode; got != http.StatusMethodNotAllowed {
		t.Errorf("PUT: status %d", got)
	}
}

// TestReplyAddressDecidesTheSecret: a code that went to a web address needs the client's secret, one that
// went to a program on the person's own machine does not, whatever its port.
func TestReplyAddressDecidesTheSecret(t *testing.T) {
	l := newLab(t)
	for reply, public := range map[string]bool{l.info.Client.RedirectURI: false, "http://localhost:54321": true} {
		address := l.authorizeURL("client_id", l.info.Client.ClientID, "redirect_uri", reply)
		back := newBrowser(t, l).signIn(address, "user@sandbox.example")
		a := l.redeem(t, back, "client_id", l.info.Client.ClientID, "client_secret", "-", "redirect_uri", reply)
		if public {
			access(t, a)
			continue
		}
		wantRefusal(t, a, 401, "invalid_client", 7000218)
	}
}
