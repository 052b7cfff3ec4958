package entra

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a token can do depends on who signed it before it depends on its times.
func TestStanding(t *testing.T) {
	s := newIssuer(t)
	good := s.sign(plainHead, s.t1Claims())
	head, rest, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	changed := encodePart(with(s.t1Claims(), "azp", testAgent))
	foreign := s.sign(plainHead, with(s.t1Claims(), "iss", "https://evil.example/v2.0"))
	now := testNow.Unix()
	tests := []struct {
		name, token string
		want        Standing
	}{
		{"genuine", good, StandingLive},
		{"expired", s.sign(plainHead, with(s.t1Claims(), "exp", now-1)), StandingOver},
		{"not yet", s.sign(plainHead, with(with(s.t1Claims(), "nbf", now+600), "exp", now+900)), StandingEarly},
		{"alg none", encodePart(with(plainHead, "alg", "none")) + "." + payload + ".", StandingUnsigned},
		{"alg none with a signature", encodePart(with(plainHead, "alg", "NONE")) + "." + payload + "." + signature, StandingUnsigned},
		{"alg none of two parts", encodePart(with(plainHead, "alg", "none")) + "." + payload, StandingUnsigned},
		{"no signature", head + "." + payload + ".", StandingUnsigned},
		{"changed", head + "." + changed + "." + signature, StandingForged},
		{"changed and expired", head + "." + encodePart(with(s.t1Claims(), "exp", 1)) + "." + signature, StandingForged},
		{"half a signature", head + "." + payload + "." + signature[:100], StandingCutOff},
		{"without its last character", good[:len(good)-1], StandingCutOff},
		{"without its last five characters", good[:len(good)-5], StandingCutOff},
		{"foreign issuer, without its last character", foreign[:len(foreign)-1], StandingCutOff},
		{"foreign issuer", foreign, StandingUnproven},
		{"cut before the signature", head + "." + payload, StandingCutOff},
		{"cut in the claims", head + "." + payload[:len(payload)/2], StandingCutOff},
		{"damaged", head + ".e." + signature, StandingUnreadable},
		{"encrypted", head + ".a.a.a.a", StandingUnreadable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, err := Decode(tt.token)
			if err != nil {
				t.Fatal(err)
			}
			verdict := s.client().Verify(t.Context(), j)
			got := j.Standing(verdict, testNow)
			if got != tt.want || got.Genuine() != (verdict.State == VerdictValid) {
				t.Errorf("standing is %q, genuine %v, with %+v; want %q", got, got.Genuine(), verdict, tt.want)
			}
		})
	}
	j, err := Decode(head + "." + payload + "." + signature[:100])
	if err != nil {
		t.Fatal(err)
	}
	if got := s.client().Verify(t.Context(), j); !strings.Contains(got.Reason, "75 of 256 bytes") {
		t.Errorf("a signature that was cut is told as %q", got.Reason)
	}
}

func TestUnprovenTakesBackOnlyPraise(t *testing.T) {
	notes := Unproven([]ClaimNote{{For: Expected}, {For: Present}, {For: Missing}, {For: Unexpected}, {}})
	var got []Expectation
	for _, n := range notes {
		got = append(got, n.For)
	}
	if diff := cmp.Diff([]Expectation{Unsure, Unsure, Missing, Unexpected, ""}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeTellsOfOtherTokens(t *testing.T) {
	one, two := compact(plainHeader, `{"aud":"a"}`), compact(plainHeader, `{"aud":"b"}`)
	tests := []struct {
		name, pasted string
		want         []string
	}{
		{"one token", one, nil},
		{"one token twice", one + " " + one, nil},
		{"an answer", `{"token_type":"Bearer","access_token":"` + one + `","id_token":"` + two + `"}`, []string{"id_token"}},
		{"a form", "id_token=" + two + "&access_token=" + one, []string{"id_token"}},
		{"two lines", one + "\n" + two, []string{""}},
		{"many", strings.Repeat(one+" ", 2) + two + " " + two + "x " + two + "y " + two + "z", []string{"", "", "", ""}},
		{"too many", one + strings.Repeat(" "+one+"x", 1) + many(two, 20), []string{"", "", "", "", "", "", ""}},
		{"one that cannot be read first", `{"access_token":"eyJhbGciOi.x.y","id_token":"` + one + `","id_token":"` + two + `"}`, []string{"id_token"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, err := Decode(tt.pasted)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, other := range j.Others {
				names = append(names, other.Name)
				if other.Token.Equal(j.Raw) {
					t.Error("the token itself is told as another one")
				}
			}
			if diff := cmp.Diff(tt.want, names); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// many are n tokens that differ at their end.
func many(token string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("\n" + token + strings.Repeat("x", i+1))
	}
	return b.String()
}
