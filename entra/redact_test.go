package entra

import "testing"

func TestErrorCodesOfAPIsStay(t *testing.T) {
	for text, want := range map[string]string{
		`{"code": "Authorization_RequestDenied"}`: `{"code": "Authorization_RequestDenied"}`,
		`{"code": "0.AXoA-1x"}`:                   `{"code": "[redacted]"}`,
		`{"access_token": "Word"}`:                `{"access_token": "[redacted]"}`,
		`{"code": "Secret_Word"}`:                 `{"code": "[redacted]"}`,
	} {
		if got := redactAnswer(text, "Secret_Word"); got != want {
			t.Errorf("%s became %s", text, got)
		}
	}
	if got := redactTokens(`{"code": "Word"}`); got != `{"code": "[redacted]"}` {
		t.Errorf("a code of the sign-in service became %s", got)
	}
}
