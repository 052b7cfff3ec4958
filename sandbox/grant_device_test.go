package sandbox

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// startDeviceFlow starts a device authorization of the seeded client.
func (l *lab) startDeviceFlow(t testing.TB, changes ...string) answer {
	t.Helper()
	return l.post(t, "/"+l.info.TenantID+"/oauth2/v2.0/devicecode", varied([]string{"client_id", l.info.Client.ClientID, "scope", "User.Read offline_access"}, changes...)...)
}

// decideDevice does what the page for devices does.
func (l *lab) decideDevice(t testing.TB, userCode string, to deviceState) {
	t.Helper()
	l.write(t, func(tx *txn) {
		d := clone(tx.deviceByUserCode[userCode])
		d.State, d.UserID, d.Session, d.AuthTime = to, l.info.Personas[6].ObjectID, newID(), tx.now
		tx.put(d)
	})
}

func (l *lab) askForDevice(t testing.TB, code string, changes ...string) answer {
	t.Helper()
	return l.token(t, varied([]string{"grant_type", grantDevice, "client_id", l.info.Client.ClientID, "client_secret", l.info.Client.ClientSecret, "device_code", code}, changes...)...)
}

func TestDeviceCode(t *testing.T) {
	l := newLab(t)
	for _, spelling := range []string{grantDevice, grantDeviceShort} {
		body := l.startDeviceFlow(t).json(t)
		userCode, _ := body["user_code"].(string)
		code, _ := body["device_code"].(string)
		want := map[string]any{"expires_in": 900.0, "interval": 5.0, "verification_uri": l.url + "/devicelogin", "user_code": userCode, "device_code": code}
		message, _ := body["message"].(string)
		delete(body, "message")
		if diff := cmp.Diff(want, body); diff != "" || !strings.Contains(message, userCode) || !strings.Contains(message, l.url+"/devicelogin") {
			t.Errorf("%q (-want +got):\n%s", message, diff)
		}
		if !regexp.MustCompile(`^[A-HJ-NP-Z2-9]{9}$`).MatchString(userCode) {
			t.Errorf("user code %q", userCode)
		}
		wantRefusal(t, l.askForDevice(t, code, "grant_type", spelling), 400, "authorization_pending", 70016)
		wantRefusal(t, l.askForDevice(t, code, "grant_type", spelling), 400, "slow_down", 70016)
		l.clock.advance(deviceInterval)
		wantRefusal(t, l.askForDevice(t, code, "grant_type", spelling), 400, "authorization_pending", 70016)
		l.decideDevice(t, userCode, deviceApproved)
		a := l.askForDevice(t, code, "grant_type", spelling)
		if got := claimsIn(t, access(t, a), "upn", "scp"); got["upn"] != "user@sandbox.example" || got["scp"] != "User.Read" {
			t.Errorf("claims %v", got)
		}
		if a.json(t)["refresh_token"] == nil {
			t.Error("no refresh token")
		}
		wantRefusal(t, l.askForDevice(t, code, "grant_type", spelling), 400, "bad_verification_code", 70018)
	}
}

// TestOldDeviceCodesGo: those that are long over go as new ones are made, and an hour after its end a
// code is still known to have ended.
func TestOldDeviceCodesGo(t *testing.T) {
	l := newLab(t)
	for range 3 {
		l.startDeviceFlow(t)
	}
	l.clock.advance(deviceLife + longOver/2)
	code := l.startDeviceFlow(t).json(t)["device_code"].(string)
	if n := l.tenant.state.deviceCodes.len(); n != 4 {
		t.Errorf("%d codes, want 4: the old ones ended half an hour ago", n)
	}
	l.clock.advance(longOver / 2)
	for range 2 {
		l.startDeviceFlow(t)
	}
	if n := l.tenant.state.deviceCodes.len(); n != 3 {
		t.Errorf("%d codes, want 3: two old ones go with each new one", n)
	}
	wantRefusal(t, l.askForDevice(t, code), 400, "expired_token", 70019)
}

func TestDeviceCodeRefusals(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	for name, tc := range map[string]struct {
		state   deviceState
		wait    time.Duration
		changes []string
		code    string
		aadsts  int
	}{
		"declined":         {deviceDeclined, 0, nil, "authorization_declined", 65004},
		"expired":          {devicePending, deviceLife + time.Second, nil, "expired_token", 70019},
		"approved, late":   {deviceApproved, deviceLife + time.Second, nil, "expired_token", 70019},
		"no code":          {devicePending, 0, []string{"device_code", "-"}, "invalid_request", 900144},
		"made up":          {devicePending, 0, []string{"device_code", "Sxyz"}, "bad_verification_code", 70018},
		"of somebody else": {deviceApproved, 0, []string{"client_id", l.info.Portal.ClientID, "client_secret", l.info.Portal.ClientSecret}, "bad_verification_code", 70018},
	} {
		t.Run(name, func(t *testing.T) {
			body := l.startDeviceFlow(t).json(t)
			l.decideDevice(t, body["user_code"].(string), tc.state)
			l.clock.advance(tc.wait)
			wantRefusal(t, l.askForDevice(t, body["device_code"].(string), tc.changes...), 400, tc.code, tc.aadsts)
		})
	}
	for name, tc := range map[string]struct {
		changes []string
		code    string
		aadsts  int
	}{
		"no client":       {[]string{"client_id", "-"}, "invalid_request", 900144},
		"no scope":        {[]string{"scope", "-"}, "invalid_request", 900144},
		"unknown client":  {[]string{"client_id", newID()}, "unauthorized_client", 700016},
		"unknown scope":   {[]string{"scope", "Nothing.Read"}, "invalid_client", 650053},
		"agent identity":  {[]string{"client_id", f.agents[0]}, "unauthorized_client", 82001},
		"blueprint":       {[]string{"client_id", f.blueprint}, "unauthorized_client", 82001},
		"unknown service": {[]string{"scope", "api://nobody/x"}, "invalid_resource", 500011},
	} {
		t.Run("start: "+name, func(t *testing.T) {
			wantRefusal(t, l.startDeviceFlow(t, tc.changes...), 400, tc.code, tc.aadsts)
		})
	}
}
