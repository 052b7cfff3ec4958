package views

import (
	"strings"
	"testing"
	"time"

	"agentidportal/entra"
)

// tokenTrace is a trace of two answered hops, to be bent by a test.
func tokenTrace() TokenResult {
	valid := entra.Verdict{State: entra.VerdictValid}
	hops := []entra.Hop{
		{Name: entra.HopT1, State: entra.HopAnswered, Status: 200, Duration: 96 * time.Millisecond, Signature: valid, Answer: &entra.Answer{ExpiresIn: time.Hour}, ClientID: "bp"},
		{Name: entra.HopTR, State: entra.HopAnswered, Status: 200, Duration: 300 * time.Microsecond, Signature: valid, Answer: &entra.Answer{ExpiresIn: time.Hour}, ClientID: "ag"},
	}
	r := TokenResult{
		AgentID: "ag", AgentName: "Agent 1", BlueprintAppID: "bp", BlueprintName: "Blueprint 1", Scope: "https://graph.microsoft.com/.default",
		Who:   "The agent identity Agent 1 acts for itself.",
		Trace: &entra.Trace{Duration: 412 * time.Millisecond, Hops: hops, Links: []entra.Link{{Text: "T1.azp is the blueprint", Holds: true}}},
	}
	for _, hop := range hops {
		r.Hops = append(r.Hops, HopResult{Hop: hop})
	}
	return r
}

func TestTokenVerdict(t *testing.T) {
	tests := []struct {
		name   string
		bend   func(*TokenResult)
		tone   Tone
		title  string
		counts string
	}{
		{"good", func(*TokenResult) {}, ToneOK, "The agent identity Agent 1 acts for itself", "2 of 2 hops answered, 2 of 2 signatures valid, 1 of 1 links hold. 412 ms in all, of which the portal took 315 ms."},
		{"opaque", func(r *TokenResult) { r.Who, r.Trace.Hops[1].Signature.State = "", entra.VerdictUnchecked }, ToneOK, "The token was issued", "1 of 2 signatures valid, 1 not checked"},
		{"link broken", func(r *TokenResult) { r.Trace.Links[0].Holds = false }, ToneWarn, "The token was issued, but a check failed", "0 of 1 links hold"},
		{"bad signature", func(r *TokenResult) { r.Trace.Hops[0].Signature.State = entra.VerdictInvalid }, ToneWarn, "The token was issued, but a check failed", "1 of 2 signatures valid,"},
		{"claims at fault", func(r *TokenResult) {
			r.Hops[1].Claims = []entra.ClaimNote{{For: entra.Missing}, {For: entra.Unexpected}, {For: entra.Expected}}
		}, ToneWarn, "The token was issued, but a check failed", "1 claim missing, 1 unexpected."},
		{"refused", func(r *TokenResult) {
			r.Trace.Hops[1].State, r.Trace.Hops[1].Err = entra.HopRefused, &entra.Error{Code: "invalid_resource", AADSTS: 500011}
		}, ToneDanger, "Refused at TR: the resource is not known in this tenant", "Hop 2 of 2. "},
		{"no answer", func(r *TokenResult) {
			r.Trace.Hops[0].State, r.Trace.Hops[1].State = entra.HopFailed, entra.HopUnreached
		}, ToneDanger, "No answer at T1", "Hop 1 of 2. TR was not asked for. Not known whether a token was issued."},
		{"no connection", func(r *TokenResult) {
			r.Trace.Hops[0].State, r.Trace.Hops[0].Unsent, r.Trace.Hops[1].State = entra.HopFailed, true, entra.HopUnreached
		}, ToneDanger, "No answer at T1", "Hop 1 of 2. TR was not asked for. Nothing was issued."},
		{"first of three", func(r *TokenResult) {
			last := entra.Hop{Name: entra.HopTR, State: entra.HopUnreached}
			r.Trace.Hops, r.Hops = append(r.Trace.Hops, last), append(r.Hops, HopResult{Hop: last})
			r.Trace.Hops[0].State, r.Trace.Hops[0].Err = entra.HopRefused, &entra.Error{Code: "invalid_client", AADSTS: 7000215}
			r.Trace.Hops[1].Name, r.Trace.Hops[1].State = entra.HopT2, entra.HopUnreached
		}, ToneDanger, "Refused at T1: the client secret is wrong", "Hop 1 of 3. T2 and TR were not asked for. Nothing was issued."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := tokenTrace()
			tt.bend(&r)
			tone, title, counts := r.verdict()
			if tone != tt.tone || title != tt.title || !strings.Contains(counts, tt.counts) {
				t.Errorf("%s: %s | %s, want %s: %s | %s", tone, title, counts, tt.tone, tt.title, tt.counts)
			}
		})
	}
}

func TestHopCardWords(t *testing.T) {
	r := tokenTrace()
	r.Hops[0].Claims = []entra.ClaimNote{{For: entra.Missing}}
	if card := r.Hops[0].card(false); card.Signature != "Signature valid" || card.Warning != "1 claim missing, 0 unexpected" || card.Duration != "96 ms" {
		t.Errorf("card of T1: %+v", card)
	}
	if card := r.Hops[1].card(false); card.Duration != "under 1 ms" {
		t.Errorf("card of TR: %+v", card)
	}
	r.Hops[1].State = entra.HopUnreached
	if card := r.Hops[1].card(false); card.Note != "Not reached: it needs T1" || card.Status != "" {
		t.Errorf("card not reached: %+v", card)
	}
}

func TestSequenceOfTrace(t *testing.T) {
	s := tokenTrace().sequence(Page{User: &Person{Username: "admin@sandbox.example"}})
	if len(s.Rows) != 2 || s.Rows[0].Mark != "blueprint" || s.Rows[1].Mark != "agentIdentity" || s.Lanes[0].Note != "admin@" {
		t.Errorf("sequence %+v", s)
	}
	// How often it was called is not known: the last call only is held.
	for want, used := range map[string]*TokenUse{"not asked": nil, "called": {}} {
		r := tokenTrace()
		r.Used = used
		if got := r.sequence(Page{}).Lanes[2].Note; got != want {
			t.Errorf("the lane of the resource says %q, want %q", got, want)
		}
	}
	if s.Rows[0].Result != "200, T1 for 3600 s" || s.Rows[0].Share <= s.Rows[1].Share {
		t.Errorf("rows %+v", s.Rows)
	}
	if got := shorten(strings.Repeat("é", 40), 10); len([]rune(got)) != 10 {
		t.Errorf("shortened to %q", got)
	}
}

func TestSplitClaimsPutsFaultsFirst(t *testing.T) {
	first, rest := splitClaims([]entra.ClaimNote{{Name: "aio"}, {Name: "aud", Deciding: true}, {Name: "uti", For: entra.Missing, Text: entra.Absent}, {Name: "exp"}, {Name: "rh"}})
	if len(first) != 3 || len(rest) != 2 || first[1].Name != "uti" {
		t.Errorf("first %+v, rest %+v", first, rest)
	}
	if row := claimRow(first[1], true); row.Value != "" || row.For != "Missing" {
		t.Errorf("row %+v", row)
	}
}
