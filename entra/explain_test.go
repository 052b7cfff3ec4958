package entra

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// publishedToken is one of the real tokens of testdata, with invented header
// where none was published.
type publishedToken struct {
	Name   string          `json:"name"`
	Header json.RawMessage `json:"header"`
	Claims json.RawMessage `json:"claims"`
}

func published(t *testing.T) []*JWT {
	t.Helper()
	data, err := os.ReadFile("testdata/tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	var tokens []publishedToken
	if err := json.Unmarshal(data, &tokens); err != nil {
		t.Fatal(err)
	}
	var out []*JWT
	for _, token := range tokens {
		header := token.Header
		if string(header) == "null" {
			header = json.RawMessage(`{"typ":"JWT","alg":"RS256"}`)
		}
		j, err := Decode(compact(string(header), string(token.Claims)))
		if err != nil {
			t.Fatalf("%s: %v", token.Name, err)
		}
		out = append(out, j)
	}
	return out
}

func live() *Client {
	return New(Options{Cloud: GlobalCloud(), TenantID: testTenant, Now: func() time.Time { return testNow }})
}

func namedContext(hop HopName) Context {
	return Context{
		Mode: ModeAutonomous, Hop: hop, BlueprintAppID: testBlueprint, AgentID: testAgent,
		Names: map[string]string{testBlueprint: "Invoice helper", testAgent: "Invoice helper 01"},
	}
}

func byName(notes []ClaimNote) map[string]ClaimNote {
	out := map[string]ClaimNote{}
	for _, n := range notes {
		out[n.Name] = n
	}
	return out
}

func TestExplainPublishedT1(t *testing.T) {
	notes := live().Explain(published(t)[0], namedContext(HopT1))
	found := byName(notes)
	says := map[string]string{
		"aud":         "Here: the token exchange",
		"azp":         "Here: Invoice helper.",
		"azpacr":      "1: a client secret.",
		"iss":         "in the form of version 2 tokens",
		"sub":         "Here a path: this tenant, then Invoice helper which asked, then Invoice helper 01 for whom.",
		"tid":         "the tenant of this portal",
		"xms_act_fct": "9 = application (observed); 3 = a class of tenant (observed).",
		"xms_idrel":   "Here: 7 = service principal.",
		"iat":         "2 Feb 2026 13:56:11 UTC",
	}
	for claim, want := range says {
		if !strings.Contains(found[claim].Says, want) {
			t.Errorf("%s says %q, want %q", claim, found[claim].Says, want)
		}
	}
	checkNothingOdd(t, notes)
}

func TestExplainPublishedTR(t *testing.T) {
	notes := live().Explain(published(t)[1], namedContext(HopTR))
	found := byName(notes)
	says := map[string]string{
		"aud":             "Here: Microsoft Graph.",
		"appid":           "Here: Invoice helper 01.",
		"appidacr":        "2: a signed assertion",
		"iss":             "in the form of version 1 tokens",
		"sub":             "Here: Invoice helper 01.",
		"xms_par_app_azp": "Here: Invoice helper.",
		"xms_sub_fct":     "11 = agent identity",
		"wids":            "the value every app-only token carries",
		"xms_tdbr":        "region",
	}
	for claim, want := range says {
		if !strings.Contains(found[claim].Says, want) {
			t.Errorf("%s says %q, want %q", claim, found[claim].Says, want)
		}
	}
	for _, claim := range []string{"appid", "oid", "xms_par_app_azp", "aud", "idtyp", "xms_act_fct"} {
		if found[claim].For != Expected || !found[claim].Deciding {
			t.Errorf("%s is %q, deciding %v", claim, found[claim].For, found[claim].Deciding)
		}
	}
	checkNothingOdd(t, notes)
}

func checkNothingOdd(t *testing.T, notes []ClaimNote) {
	t.Helper()
	for _, n := range notes {
		if n.For == Missing || n.For == Unexpected {
			t.Errorf("%s is %s: %s", n.Name, n.For, n.Says)
		}
	}
}

// Every claim and header of the four published tokens is explained.
func TestExplainKnowsEveryPublishedClaim(t *testing.T) {
	for _, j := range published(t) {
		for _, n := range append(live().Explain(j, Context{}), live().ExplainHeader(j)...) {
			if n.Says == "" || strings.Contains(n.Says, "Not described") {
				t.Errorf("%s is not explained: %q", n.Name, n.Says)
			}
			if n.For != "" && n.For != Missing {
				t.Errorf("%s is %s without a context", n.Name, n.For)
			}
		}
	}
}

func TestExplainFindsFaults(t *testing.T) {
	s := newIssuer(t)
	c := s.client()
	without := func(claims map[string]any, name string) map[string]any {
		out := with(claims, name, nil)
		delete(out, name)
		return out
	}
	other := "ef403b6c-5f3e-40ac-8685-28eed2922ad5"
	tests := []struct {
		name   string
		hop    HopName
		claims map[string]any
		claim  string
		want   Expectation
		says   string
	}{
		{"T1 for Graph", HopT1, with(s.t1Claims(), "aud", GraphAudience), "aud", Unexpected, "T1 should be for the token exchange."},
		{"T1 of another blueprint", HopT1, with(s.t1Claims(), "azp", other), "azp", Unexpected, "It should be the blueprint."},
		{"T1 without fmi_path", HopT1, with(s.t1Claims(), "sub", testBlueprint), "sub", Unexpected, "ends in the agent identity"},
		{"T1 for another agent", HopT1, with(s.t1Claims(), "sub", strings.Replace(testSub, testAgent, other, 1)), "sub", Unexpected, "ends in the agent identity"},
		{"T1 without subject", HopT1, without(s.t1Claims(), "sub"), "sub", Missing, "ends in the agent identity"},
		{"T1 with a parent", HopT1, with(s.t1Claims(), "xms_par_app_azp", other), "xms_par_app_azp", Unexpected, "T1 is the blueprint's own"},
		{"T1 of a public client", HopT1, with(s.t1Claims(), "azpacr", "0"), "azpacr", Unexpected, "0: a public client"},
		{"TR of another agent", HopTR, with(s.trClaims(), "oid", other), "oid", Unexpected, "It should be the agent identity."},
		{"TR without parent", HopTR, without(s.trClaims(), "xms_par_app_azp"), "xms_par_app_azp", Missing, "It should be the blueprint."},
		{"TR with a user", HopTR, with(s.trClaims(), "idtyp", "user"), "idtyp", Unexpected, "No user takes part"},
		{"TR with scopes", HopTR, with(s.trClaims(), "scp", "User.Read"), "scp", Unexpected, "no delegated permissions"},
		{"TR by secret", HopTR, with(s.trClaims(), "appidacr", "1"), "appidacr", Unexpected, "proves itself with T1"},
		{"TR without facet", HopTR, with(s.trClaims(), "xms_act_fct", "3 9 111"), "xms_act_fct", Unexpected, "should be an agent identity (11)"},
		{"TR of another tenant", HopTR, with(s.trClaims(), "tid", other), "tid", Unexpected, "tenant of this portal"},
		{"TR for another resource", HopTR, with(s.trClaims(), "aud", "https://management.azure.com"), "aud", Unexpected, "the resource that the scope names"},
		{"TR without expiry", HopTR, without(s.trClaims(), "exp"), "exp", Missing, "Every token of Entra ID has it."},
		{"TR that has expired", HopTR, with(s.trClaims(), "exp", testNow.Unix()-1), "exp", Unexpected, "The token does not count any more."},
		{"TR that is too new", HopTR, with(s.trClaims(), "nbf", testNow.Unix()+61), "nbf", Unexpected, "The token does not count yet."},
		{"TR without id", HopTR, without(s.trClaims(), "uti"), "uti", Missing, "Every token of Entra ID has it."},
		{"TR with roles", HopTR, with(s.trClaims(), "roles", []string{"User.Read.All"}), "roles", "", "App roles"},
		{"an unknown claim", HopTR, with(s.trClaims(), "xms_new", "x"), "xms_new", "", "Not described"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, err := Decode(s.sign(plainHead, tt.claims))
			if err != nil {
				t.Fatal(err)
			}
			x := namedContext(tt.hop)
			x.Scope = GraphDefaultScope
			got := byName(c.Explain(j, x))[tt.claim]
			if got.For != tt.want || !strings.Contains(got.Says, tt.says) {
				t.Errorf("%+v, want %q: %s", got, tt.want, tt.says)
			}
			if tt.want == Missing && got.Text != Absent {
				t.Errorf("a missing claim shows %q", got.Text)
			}
		})
	}
}

func TestExplainVersionTwoResource(t *testing.T) {
	s := newIssuer(t)
	claims := with(with(s.trClaims(), "ver", "2.0"), "iss", s.URL+"/"+testTenant+"/v2.0")
	claims["azp"], claims["azpacr"], claims["aud"] = claims["appid"], claims["appidacr"], "ef403b6c-5f3e-40ac-8685-28eed2922ad5"
	delete(claims, "appid")
	delete(claims, "appidacr")
	j, err := Decode(s.sign(plainHead, claims))
	if err != nil {
		t.Fatal(err)
	}
	for _, scope := range []string{"api://ef403b6c-5f3e-40ac-8685-28eed2922ad5/.default", "https://api.example.org/.default"} {
		x := namedContext(HopTR)
		x.Scope = scope
		checkNothingOdd(t, s.client().Explain(j, x))
	}
}

func TestExplainBlueprintToken(t *testing.T) {
	s := newIssuer(t)
	claims := s.trClaims()
	claims["appid"], claims["oid"], claims["appidacr"] = testBlueprint, "bf31e1f8-803f-4e95-bcc4-6d1008c09f0c", "1"
	delete(claims, "xms_par_app_azp")
	x := Context{Mode: ModeBlueprint, Hop: HopTR, BlueprintAppID: testBlueprint}
	j, err := Decode(s.sign(plainHead, claims))
	if err != nil {
		t.Fatal(err)
	}
	if got := byName(s.client().Explain(j, x))["roles"]; got.For != Missing {
		t.Errorf("roles without AgentIdentity.CreateAsManager: %+v", got)
	}
	j, err = Decode(s.sign(plainHead, with(claims, "roles", []string{"x", "AgentIdentity.CreateAsManager"})))
	if err != nil {
		t.Fatal(err)
	}
	checkNothingOdd(t, s.client().Explain(j, x))
}

func TestWhoActs(t *testing.T) {
	s := newIssuer(t)
	x := namedContext("")
	agent, blueprint := "Invoice helper 01", "Invoice helper"
	user := "5e7d8166-7876-4755-a1a4-b476d4a344f6"
	person := with(with(with(s.trClaims(), "idtyp", "user"), "oid", user), "xms_sub_fct", "3 12")
	tests := []struct {
		name   string
		claims map[string]any
		want   string
	}{
		{"T1", s.t1Claims(), "The application " + blueprint + " stands for " + agent + " at the token exchange. The token is of use there only."},
		{"TR", s.trClaims(), "The agent identity " + agent + " acts for itself, through the blueprint " + blueprint + "."},
		{"T2", with(s.trClaims(), "aud", ExchangeAppID), "The agent identity " + agent + " proves itself at the token exchange, through the blueprint " + blueprint + "."},
		{"on behalf of", person, "The agent identity " + agent + " acts on behalf of the user " + user + ", through the blueprint " + blueprint + "."},
		{"agent user", with(person, "xms_sub_fct", "3 13 4"), "The agent identity " + agent + " acts as its agent user " + user + ", through the blueprint " + blueprint + "."},
		{"spoilt facet", with(person, "xms_sub_fct", "3 13 x"), "The agent identity " + agent + " acts on behalf of the user " + user + ", through the blueprint " + blueprint + "."},
		{"ordinary application", map[string]any{"appid": user, "idtyp": "app"}, "The application " + user + " acts for itself. It is no agent identity."},
		{"ordinary user", map[string]any{"appid": testBlueprint, "oid": user}, "The application " + blueprint + " acts for the user " + user + ". No agent is involved."},
		{"nothing known", map[string]any{"a": 1}, ""},
	}
	for _, tt := range tests {
		j, err := Decode(s.sign(plainHead, tt.claims))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, s.client().WhoActs(j, x)); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
	}
}

// The values were decoded from published tokens.
func TestParseSubjectPath(t *testing.T) {
	tests := []struct {
		sub  string
		want SubjectPath
		ok   bool
	}{
		{testSub, SubjectPath{testTenant, testBlueprint, testAgent}, true},
		{"/eid1/c/pub/t/XKNpU6VGd0aP-S5lWHZU5w/a/MswXnRvJaEOElBspzLDbzw/x", SubjectPath{"5369a35c-46a5-4677-8ff9-2e65587654e7", "9d17cc32-c91b-4368-8494-1b29ccb0dbcf", "x"}, true},
		{"/eid1/c/pub/t/PwFflyR_6Een06vEdSvzRg/a/bDtA7z5frECGhSju0pIq1Q/workspaces/1/users/2", SubjectPath{"975f013f-7f24-47e8-a7d3-abc4752bf346", "ef403b6c-5f3e-40ac-8685-28eed2922ad5", "workspaces/1/users/2"}, true},
		{testAgent, SubjectPath{}, false},
		{"/eid1/c/pub/t/short/a/MswXnRvJaEOElBspzLDbzw/x", SubjectPath{"", "9d17cc32-c91b-4368-8494-1b29ccb0dbcf", "x"}, false},
		{"/eid2/c/pub/t/XKNpU6VGd0aP-S5lWHZU5w/a/MswXnRvJaEOElBspzLDbzw/x", SubjectPath{}, false},
		{"", SubjectPath{}, false},
	}
	for _, tt := range tests {
		got, ok := ParseSubjectPath(tt.sub)
		if diff := cmp.Diff(tt.want, got); diff != "" || ok != tt.ok {
			t.Errorf("%s: ok %v\n%s", tt.sub, ok, diff)
		}
	}
}

func TestExplainAADSTS(t *testing.T) {
	// Codes the flows of this portal can meet.
	codes := []int{
		82001, 82002, 82014, 82018, 50013, 500131, 700211, 700212, 700213, 70021, 70025, 700222, 700227, 700229,
		700024, 700027, 50000, 65001, 7000215, 7000222, 7000216, 7000218, 9002324, 700025, 700016, 7000112, 70001, 7000114,
		90002, 900023, 500011, 70011, 700022, 28002, 1002012, 70003, 900144, 50034, 50126, 50056, 50057, 50053,
		50076, 50079, 53003, 50173, 700082, 70043, 70000, 50089, 54005, 501481, 50147, 50011, 70005, 700054, 50058,
		70016, 70019, 70018, 9001023, 50194, 50049,
	}
	seen := map[string]int{}
	for _, code := range codes {
		e := ExplainAADSTS(code, "")
		if strings.Contains(e.Meaning, "does not know") || !strings.HasSuffix(e.Meaning, ".") || !strings.HasSuffix(e.Fix, ".") {
			t.Errorf("%d: %+v", code, e)
		}
		seen[e.Meaning]++
	}
	for meaning, n := range seen {
		if n > 1 {
			t.Errorf("%d codes share the meaning %q", n, meaning)
		}
	}
	if got := ExplainAADSTS(7000215, "").Fix; !strings.HasPrefix(got, "Type the secret's value") {
		t.Errorf("7000215: %s", got)
	}
	if got := ExplainAADSTS(1, "invalid_scope"); got != oauthRefusals["invalid_scope"] {
		t.Errorf("an unknown code falls back on %+v", got)
	}
	if got := ExplainAADSTS(1, "new_error"); got.Meaning == "" || got.Fix == "" {
		t.Errorf("an unknown error is left alone: %+v", got)
	}
}
