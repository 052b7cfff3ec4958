package entra

import (
	"strings"
	"testing"
	"time"
)

func TestAskerOf(t *testing.T) {
	for _, tt := range []struct {
		mode ModeName
		hop  HopName
		want Asker
	}{
		{ModeAutonomous, HopT1, AskerBlueprint},
		{ModeAutonomous, HopTR, AskerAgent},
		{ModeOnBehalfOf, HopTR, AskerAgent},
		{ModeOnBehalfOf, HopTc, AskerApplication},
		{ModeAgentUser, HopT2, AskerAgent},
		{ModeCrossTenant, HopT2, AskerAgent},
		{ModeCrossTenant, HopTR, AskerPartner},
		{ModeBlueprint, HopTR, AskerBlueprint},
		{ModeClientCredentials, HopTR, AskerApplication},
		{ModeDeviceCode, HopDevice, AskerApplication},
	} {
		if got := AskerOf(tt.mode, tt.hop); got != tt.want {
			t.Errorf("%s at %s: %s, want %s", tt.mode, tt.hop, got, tt.want)
		}
	}
}

// The same code means something else for another asker, and for another
// credential; what is not known of a place is what is known of the code.
func TestExplainAt(t *testing.T) {
	field := func(name, value, note string) []Field { return []Field{{Name: name, Value: value, Note: note}} }
	for _, tt := range []struct {
		mode    ModeName
		hop     HopName
		request []Field
		code    int
		want    string
	}{
		{ModeAgentUser, HopTR, field("grant_type", "user_fic", ""), 700213, "may not act as the user"},
		{ModeAutonomous, HopT1, field("client_assertion", "", "the federated token"), 700213, "not one that the blueprint trusts"},
		{ModeClientCredentials, HopTR, field("client_assertion", "", "the federated token"), 700213, "not one that the application trusts"},
		{ModeCrossTenant, HopTR, []Field{{Name: "client_assertion", From: HopT2}}, 700213, "does not trust this agent identity"},
		{ModeAutonomous, HopTR, []Field{{Name: "client_assertion", From: HopT1}}, 700213, "The subject of the client assertion is not the one the client trusts."},
		{ModeAutonomous, HopT1, field("client_assertion", "", "signed with certificate x"), 700027, "The certificate that signed the request"},
		{ModeAutonomous, HopT1, nil, 700016, "The blueprint is not known"},
		{ModeAutonomous, HopTR, nil, 700016, "The agent identity is not known"},
		{ModePassword, HopTR, field("grant_type", "password", ""), 700016, "There is no application of this App ID"},
		{ModeDeviceCode, HopDevice, nil, 82001, "may not use the device code"},
		{ModeDeviceCode, HopTR, field("grant_type", deviceGrant, ""), 70019, "The device code has ended."},
		{ModeOnBehalfOf, HopTR, field("grant_type", jwtBearerGrant, ""), 50057, "The account of the person is disabled."},
		{ModeAgentUser, HopTR, field("grant_type", "refresh_token", ""), 50057, "The user whom the refresh token stands for"},
		{ModeAutonomous, HopT1, nil, 7000215, "The client secret is wrong: it is not one of this blueprint's"},
		{ModeAutonomous, HopTR, nil, 1, "with a code this portal does not know"},
	} {
		hop := &Hop{Name: tt.hop, Request: tt.request, Err: &Error{AADSTS: tt.code}}
		if got := ExplainAt(tt.mode, hop); !strings.Contains(got.Meaning, tt.want) {
			t.Errorf("%s at %s, %d: %q, want %q", tt.mode, tt.hop, tt.code, got.Meaning, tt.want)
		}
	}
}

// Every code that is explained for a place is explained without one, too, and
// in whole sentences.
func TestPlacedRefusalsAreWhole(t *testing.T) {
	for asker, sendings := range placedRefusals() {
		for sent, codes := range sendings {
			for code, e := range codes {
				if !knowsAADSTS(code) {
					t.Errorf("%s, %s: AADSTS%d has no row of its own", asker, sent, code)
				}
				for _, text := range []string{e.Meaning, e.Cause, e.Fix} {
					if !strings.HasSuffix(text, ".") || strings.TrimSpace(text) != text {
						t.Errorf("%s, %s, %d: no sentence: %q", asker, sent, code, text)
					}
				}
			}
		}
	}
}

func TestClockAhead(t *testing.T) {
	here := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	refused := func(at string) *Hop {
		return &Hop{Started: here, State: HopRefused, Err: &Error{Timestamp: at}}
	}
	for at, want := range map[string]time.Duration{
		"2026-11-21 12:00:00Z": 0, "2026-11-21 12:01:30Z": 0, "2026-11-21 13:00:00Z": time.Hour, "2026-11-21 11:00:00Z": -time.Hour, "": 0, "soon": 0,
	} {
		if got := refused(at).ClockAhead(); got != want {
			t.Errorf("refused at %q: %s, want %s", at, got, want)
		}
	}
	answered := &Hop{Started: here, State: HopAnswered, Answer: &Answer{ExpiresIn: time.Hour}, JWT: &JWT{}}
	if got := answered.ClockAhead(); got != 0 {
		t.Errorf("without exp: %s", got)
	}
}
