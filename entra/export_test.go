package entra_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra"
)

// fixedTrace has a hop of every state, and values as awkward as they come.
func fixedTrace(t *testing.T) *entra.Trace {
	t.Helper()
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	inner := part(`{"alg":"none","typ":"JWT"}`) + "." + part(`{"a":1}`) + ".canarysignature"
	token := part(`{"typ":"JWT","alg":"RS256","kid":"key-1"}`) + "." +
		part(`{"ver":"2.0","aud":"fb60f99c-7a34-4190-8149-302f77469936","exp":1770044900,"roles":["b","a"],"odd":{"z":1.0,"a":null},"nested":"`+inner+`","aud":"<again> & \u202e"}`) +
		"." + part("canary-signature-canary-signature")
	jwt, err := entra.Decode(token)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 2, 2, 14, 8, 20, 5000, time.FixedZone("here", 3600))
	endpoint := "https://login.microsoftonline.com/237098ae-0798-4cf9-a3a5-208374d2dcfd/oauth2/v2.0/token"
	return &entra.Trace{
		Mode: entra.ModeAgentUser, Started: at, Duration: 1234567 * time.Nanosecond,
		Hops: []entra.Hop{
			{
				Name: entra.HopTc, Sentence: "User token for the blueprint", State: entra.HopGiven, Opaque: true,
				Answer:    &entra.Answer{TokenType: "Bearer", Token: entra.NewSecret("canary-opaque-token")},
				Signature: entra.Verdict{State: entra.VerdictUnchecked, Reason: "The token is opaque: only its resource can read it."},
			},
			{
				Name: entra.HopT1, Sentence: "Blueprint asks for an exchange token", State: entra.HopAnswered, ClientID: "b", Endpoint: endpoint, TenantID: "t",
				Cached: true, Status: 200, Started: at, Duration: 40 * time.Millisecond, CorrelationID: "22222222-2222-2222-2222-222222222222",
				Request: []entra.Field{
					{Name: "client_id", Value: "b"},
					{Name: "fmi_path", Value: "<agent>\n" + inner},
					{Name: "client_secret", Masked: true, Length: 40, Hint: "can…"},
				},
				Answer: &entra.Answer{
					TokenType: "Bearer", Scope: "s", ExpiresIn: time.Hour, ExpiresAt: at.Add(time.Hour), Token: entra.NewSecret(token),
					Refresh: entra.NewSecret("canary-refresh-token"),
				},
				JWT: jwt, Signature: entra.Verdict{State: entra.VerdictValid, Reason: "Signed by this tenant.", KeyID: "key-1"},
			},
			{
				Name: entra.HopT2, Sentence: "Agent identity exchanges T1", State: entra.HopRefused, ClientID: "a", Endpoint: endpoint, Status: 400,
				Request: []entra.Field{{Name: "client_assertion", Note: "T1, as above", From: entra.HopT1, Masked: true, Length: len(token)}},
				Err: &entra.Error{
					Code: "invalid_grant", AADSTS: 700213, Codes: []int{700213}, Description: "AADSTS700213: No matching record for " + inner,
					Status: 400, TraceID: "trace", CorrelationID: "correlation", Timestamp: "2026-11-21 04:00:00Z", RetryAfter: 3 * time.Second,
				},
			},
			{
				Name: entra.HopTR, Sentence: "Agent identity asks", State: entra.HopUnreached, ClientID: "a", Endpoint: endpoint,
				Planned: []entra.Field{{Name: "user_federated_identity_credential", Note: "the token T2", From: entra.HopT2, Masked: true}},
			},
		},
		Links: []entra.Link{{Text: "T1.azp is the blueprint", Detail: "absent, expected b"}},
	}
}

func TestRedactedTraceIsTheGoldenFile(t *testing.T) {
	got, err := entra.Redacted(fixedTrace(t), func(h *entra.Hop) []entra.ClaimNote {
		var notes []entra.ClaimNote
		for _, claim := range h.JWT.Claims {
			notes = append(notes, entra.ClaimNote{Name: claim.Name, Text: claim.Text, Says: "Means " + claim.Name + ".", For: entra.Expected})
		}
		return append(notes, entra.ClaimNote{Name: "azp", Text: entra.Absent, Says: "The client.", For: entra.Missing})
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "trace_redacted.json")
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// Of a secret not even a few characters stand in what people send each other.
func TestRedactedTracesHoldNoPartOfASecret(t *testing.T) {
	n := newTenant(t)
	obo := n.onBehalfOf(t, "User.Read offline_access openid")
	wrong := n.autonomous()
	wrong.Credential.Secret = entra.NewSecret("SANDBOX~canary-of-a-wrong-secret-0001")
	password := n.password("user", "User.Read offline_access openid")
	for name, mode := range map[string]entra.Mode{
		"on behalf of": obo, "agent user": n.agentUser(""), "autonomous": n.autonomous(), "refused": wrong, "password": password,
	} {
		trace, err := n.client.Acquire(t.Context(), mode)
		if (err != nil) != (name == "refused") {
			t.Fatalf("%s: %v: %+v", name, err, trace.Failed())
		}
		got, err := entra.Redacted(trace, func(h *entra.Hop) []entra.ClaimNote {
			return n.explained(*h, trace.Mode, "")
		})
		if err != nil || !json.Valid(got) {
			t.Fatalf("%s: %v", name, err)
		}
		secrets := []entra.Secret{obo.Credential.Secret, wrong.Credential.Secret, password.Credential.Secret, password.Password, obo.UserToken}
		for _, hop := range trace.Hops {
			if hop.Answer != nil {
				secrets = append(secrets, hop.Answer.Token, hop.Answer.Refresh, hop.Answer.ID)
			}
		}
		for i, secret := range secrets {
			if found := part(string(got), secret.Reveal(), 12); found != "" {
				t.Errorf("%s: secret %d shows as %q", name, i, found)
			}
		}
		if name == "refused" && !strings.Contains(string(got), `"aadsts": 7000215`) {
			t.Errorf("the refusal is not told:\n%s", got)
		}
		if name == "agent user" && !strings.Contains(string(got), n.info.Seed.AgentUser.UPN) {
			t.Errorf("the user is not told:\n%s", got)
		}
	}
}

// part is the first piece of a secret, of a length, that a text holds.
func part(text, secret string, length int) string {
	for i := 0; i+length <= len(secret); i++ {
		if strings.Contains(text, secret[i:i+length]) {
			return secret[i : i+length]
		}
	}
	return ""
}
