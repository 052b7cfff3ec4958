package entra

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const canary = "canary"

func TestSecretPrintsNothing(t *testing.T) {
	secret := NewSecret(canary)
	type holder struct{ Token Secret }
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%08b", "%p", "%T %v"} {
		for _, value := range []any{secret, &secret, holder{secret}, &holder{secret}, []Secret{secret}, map[string]Secret{"a": secret}} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, canary) || strings.Contains(got, "63616e617279") {
				t.Errorf("%s of %T prints %s", verb, value, got)
			}
		}
	}
	if out, err := json.Marshal(holder{secret}); err != nil || string(out) != `{"Token":"[redacted]"}` {
		t.Errorf("JSON is %s, %v", out, err)
	}
	if out, err := json.Marshal(map[Secret]int{secret: 1}); err != nil || strings.Contains(string(out), canary) {
		t.Errorf("a JSON key is %s, %v", out, err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("a", "secret", secret, "holder", holder{secret})
	slog.New(slog.NewTextHandler(&log, nil)).Info("a", "secret", secret, "holder", holder{secret})
	if strings.Contains(log.String(), canary) {
		t.Errorf("logged: %s", log.String())
	}
	if _, err := secret.Value(); err == nil {
		t.Error("a secret went to the database as it is")
	}
	if secret.Reveal() != canary || secret.Len() != len(canary) || secret.IsZero() || !NewSecret("").IsZero() {
		t.Error("a secret lost its value")
	}
	if !secret.Equal(NewSecret(canary)) || secret.Equal(NewSecret("Canary")) || secret.Equal(Secret{}) {
		t.Error("secrets compare wrongly")
	}
}

// No token and no secret shows in anything a failed or a good trace prints.
func TestTracesPrintNoSecret(t *testing.T) {
	s := newIssuer(t)
	good, err := s.client().Acquire(t.Context(), autonomous())
	if err != nil {
		t.Fatal(err)
	}
	s.answer = func(w http.ResponseWriter, form url.Values) {
		if form.Has("fmi_path") {
			s.honest(w, form)
			return
		}
		writeJSON(w, 401, refusal(700213, "invalid_client", "subject of "+form.Get("client_assertion")+" is wrong"))
	}
	bad, refused := s.client().Acquire(t.Context(), autonomous())
	if refused == nil {
		t.Fatal("the second hop was not refused")
	}
	tokens := []string{testSecret, good.Hops[0].Answer.Token.Reveal(), good.Token().Reveal(), bad.Hops[0].Answer.Token.Reveal()}
	for _, value := range []any{good, bad, *good, good.Hops, bad.Hops[0], bad.Hops[1], bad.Hops[1].Err, refused, good.Hops[0].JWT, *good.Hops[1].JWT, autonomous()} {
		out, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{fmt.Sprintf("%v", value), fmt.Sprintf("%+v", value), fmt.Sprintf("%#v", value), string(out)} {
			for _, token := range tokens {
				for _, part := range strings.Split(token, ".") {
					if len(part) > 10 && strings.Contains(text, part) {
						t.Errorf("%T prints %s…", value, part[:10])
					}
				}
			}
		}
	}
}

func TestMask(t *testing.T) {
	if got := Mask(NewSecret("eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl")); got != "eyJhbGci…dXJl" {
		t.Errorf("got %s", got)
	}
	if got := Mask(NewSecret("short-secret-value")); got != "…" {
		t.Errorf("got %s", got)
	}
}

func TestRedactTokens(t *testing.T) {
	tests := map[string]string{
		"before eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2ln after": "before [token, 36 characters] after",
		`{"access_token":"opaque\"x","a":"b"}`:              `{"access_token":"[redacted]","a":"b"}`,
		`{"refresh_token" : "0.AX"}`:                        `{"refresh_token" : "[redacted]"}`,
		"nothing here":                                      "nothing here",
	}
	for text, want := range tests {
		if got := redactTokens(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	if got := redactTokens("a hunter2hunter2 b", "hunter2hunter2", "b"); got != "a [redacted] b" {
		t.Errorf("got %s", got)
	}
}
