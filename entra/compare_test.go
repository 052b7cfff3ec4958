package entra

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// compared decodes two payloads and compares them.
func compared(t *testing.T, first, second string) Comparison {
	t.Helper()
	return live().Compare(decoded(t, plainHeader, first), decoded(t, plainHeader, second), namedContext(""))
}

func decoded(t *testing.T, header, claims string) *JWT {
	t.Helper()
	j, err := Decode(compact(header, claims))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func differenceOf(t *testing.T, list []Difference, name string) Difference {
	t.Helper()
	for _, d := range list {
		if d.Name == name {
			return d
		}
	}
	t.Fatalf("no %s in %+v", name, list)
	return Difference{}
}

// Each way in which one claim may differ, and what only seems to.
func TestCompareAClaim(t *testing.T) {
	tests := []struct {
		name, first, second string
		claim               string
		how                 Differs
		added, removed      string
		says                string
	}{
		{"same", `{"aud":"a"}`, `{"aud":"a"}`, "aud", DiffersNot, "", "", ""},
		{"changed", `{"aud":"a"}`, `{"aud":"b"}`, "aud", DiffersValue, "", "", ""},
		{"only in the first", `{"aud":"a","x":1}`, `{"aud":"a"}`, "x", DiffersFirst, "", "", ""},
		{"only in the second", `{"aud":"a"}`, `{"aud":"a","x":1}`, "x", DiffersSecond, "", "", ""},
		{"roles added and removed", `{"roles":["A","B"]}`, `{"roles":["B","C"]}`, "roles", DiffersValue, "C", "A", ""},
		{"roles in another order", `{"roles":["A","B"]}`, `{"roles":["B","A"]}`, "roles", DiffersNot, "", "", "another order"},
		{"no roles", `{"roles":["A"]}`, `{}`, "roles", DiffersFirst, "", "A", ""},
		{"roles only in the second", `{}`, `{"roles":["A"]}`, "roles", DiffersSecond, "A", "", ""},
		{"scopes", `{"scp":"openid User.Read"}`, `{"scp":"User.Read Mail.Send openid"}`, "scp", DiffersValue, "Mail.Send", "", ""},
		{"noise of facets", `{"xms_act_fct":"9 3 11 4"}`, `{"xms_act_fct":"11 9 3 26"}`, "xms_act_fct", DiffersNot, "", "", "even numbers"},
		{"facets", `{"xms_sub_fct":"3 12"}`, `{"xms_sub_fct":"3 13 12"}`, "xms_sub_fct", DiffersValue, "13", "", ""},
		{"an id in another case", `{"oid":"9471F355-173A-4466-B142-3D4ACF848B03"}`, `{"oid":"` + testBlueprint + `"}`, "oid", DiffersNot, "", "", "another case"},
		{"text and number", `{"ver":"1"}`, `{"ver":1}`, "ver", DiffersValue, "", "", "text in the first and a number in the second"},
		{"an object in another order", `{"xms_st":{"a":1,"b":2}}`, `{"xms_st":{"b":2,"a":1}}`, "xms_st", DiffersNot, "", "", ""},
		{"a list nobody knows", `{"x":["a","b"]}`, `{"x":["b"]}`, "x", DiffersValue, "", "a", ""},
		{"audience as a list", `{"aud":["a"]}`, `{"aud":"a"}`, "aud", DiffersNot, "", "", "One has it as a list"},
		{"times", `{"exp":1000}`, `{"exp":4600}`, "exp", DiffersValue, "", "", "60 min later"},
		{"times back", `{"exp":4600}`, `{"exp":4000}`, "exp", DiffersValue, "", "", "10 min earlier"},
		{"no time", `{"exp":"soon"}`, `{"exp":4000}`, "exp", DiffersValue, "", "", ""},
		{"the client by its other name", `{"appid":"a","aud":"x"}`, `{"azp":"a","aud":"x"}`, "appid", DiffersFirst, "", "", "The second calls it azp, with the same value."},
		{"and the other way round", `{"appid":"a","aud":"x"}`, `{"azp":"b","aud":"x"}`, "azp", DiffersSecond, "", "", "The first calls it appid, with another value."},
		{"twice: the last counts", `{"aud":"a","aud":"b"}`, `{"aud":"b"}`, "aud", DiffersNot, "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := differenceOf(t, compared(t, tt.first, tt.second).Claims, tt.claim)
			if got.How != tt.how || strings.Join(got.Added, " ") != tt.added || strings.Join(got.Removed, " ") != tt.removed {
				t.Errorf("%+v", got)
			}
			if !strings.Contains(strings.ReplaceAll(got.Says, "1 h 0 min", "60 min"), tt.says) || tt.says == "" && got.Says != "" {
				t.Errorf("says %q, want %q", got.Says, tt.says)
			}
		})
	}
}

// What the differences come to is said of the claims that decide.
func TestCompareSaysWhatItMeans(t *testing.T) {
	s := newIssuer(t)
	user := "5e7d8166-7876-4755-a1a4-b476d4a344f6"
	onBehalf := with(with(with(s.trClaims(), "idtyp", "user"), "oid", user), "scp", "openid User.Read")
	tests := []struct {
		name          string
		first, second map[string]any
		says          []string
		silent        []string
	}{
		{"of another mode", s.trClaims(), onBehalf, []string{
			"They are of different kinds.", "Another sort of subject: an application that acts for itself in the first, a user in the second.",
			"the second about " + user, "Delegated permissions only in the second: openid, User.Read.",
		}, []string{"Another client", "Another tenant", "Another audience"}},
		{"TR and T1", s.trClaims(), s.t1Claims(), []string{"They belong together: the exchange token (T1) is made out to Invoice helper 01"}, nil},
		{"TR of another agent and T1", with(s.trClaims(), "appid", user), s.t1Claims(), nil, []string{"They belong together"}},
		{"T1 and TR", s.t1Claims(), s.trClaims(), []string{
			"They belong together: the exchange token (T1) is made out to Invoice helper 01",
			"They are of different kinds.", "Another client: Invoice helper asked for the first, Invoice helper 01 for the second.",
			"Only the second is an agent identity's token, of the blueprint Invoice helper.", "may accept the first only, Microsoft Graph the second only", "Another version of the format: 2.0 and 1.0.",
			"by a client secret for the first, by a signed assertion for the second",
		}, nil},
		{"of another blueprint", s.trClaims(), with(s.trClaims(), "xms_par_app_azp", user), []string{"Another blueprint: Invoice helper in the first, " + user + " in the second."}, nil},
		{"of another tenant", s.trClaims(), with(s.trClaims(), "tid", user), []string{"Another tenant: " + testTenant}, []string{"Another issuer"}},
		{"for an ordinary application", s.trClaims(), with(s.trClaims(), "xms_par_app_azp", ""), []string{"Only the first is an agent identity's token"}, nil},
		{"with a role more", s.trClaims(), with(s.trClaims(), "roles", []string{"Mail.Send"}), []string{"Application permissions only in the second: Mail.Send."}, []string{"Another client"}},
		{"of another moment", with(s.trClaims(), "uti", "a"), with(with(s.trClaims(), "uti", "b"), "exp", testNow.Unix()+9000), []string{"later."}, []string{"different kinds"}},
		{"with the same id", s.trClaims(), with(s.trClaims(), "aud", "x"), []string{"Both have the same id (uti)", "may accept the first only"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, err := Decode(s.sign(plainHead, tt.first))
			if err != nil {
				t.Fatal(err)
			}
			other, err := Decode(s.sign(plainHead, tt.second))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(s.client().Compare(j, other, namedContext("")).Means, " ")
			for _, want := range tt.says {
				if !strings.Contains(got, want) {
					t.Errorf("lacks %q: %s", want, got)
				}
			}
			for _, no := range tt.silent {
				if strings.Contains(got, no) {
					t.Errorf("says %q: %s", no, got)
				}
			}
		})
	}
}

// What differs stands first, and of that what decides; the rest keeps its order.
func TestCompareOrder(t *testing.T) {
	got := compared(t, `{"aio":"1","tid":"t","aud":"a","uti":"x"}`, `{"aio":"2","tid":"t","aud":"b","uti":"x","scp":"s"}`)
	var names []string
	for _, d := range got.Claims {
		names = append(names, d.Name)
	}
	if diff := cmp.Diff([]string{"aud", "scp", "aio", "tid", "uti"}, names); diff != "" {
		t.Error(diff)
	}
	if n := CountDiffers(got.Claims, DiffersNot); n != 2 {
		t.Errorf("%d are the same", n)
	}
}

// Claims that cannot be read are not compared, and one token is told as one.
func TestCompareWhatCannotBeRead(t *testing.T) {
	c, plain := live(), decoded(t, plainHeader, `{"aud":"a"}`)
	encrypted, err := Decode("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a2V5.aXY.Y2lwaGVy.dGFn")
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]*JWT{"encrypted": encrypted, "damaged": decoded(t, plainHeader, "no JSON")} {
		got := c.Compare(plain, other, Context{})
		if got.Readable || got.Claims != nil || got.Means != nil || len(got.Header) == 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if d := differenceOf(t, c.Compare(plain, encrypted, Context{}).Header, "enc"); d.How != DiffersSecond || d.Second != "A256GCM" {
		t.Errorf("enc: %+v", d)
	}
	same := c.Compare(plain, plain, Context{})
	if diff := cmp.Diff([]string{"They are one and the same token."}, same.Means); !same.Identical || diff != "" {
		t.Error(diff)
	}
}

// The published tokens of one tenant, T1 and the TR that came of it.
func TestComparePublishedTokens(t *testing.T) {
	tokens := published(t)
	got := live().Compare(tokens[0], tokens[1], namedContext(""))
	if d := differenceOf(t, got.Claims, "sub"); !strings.HasPrefix(d.FirstSays, "this tenant, then Invoice helper") || d.SecondSays != "Invoice helper 01" {
		t.Errorf("sub: %+v", d)
	}
	if d := differenceOf(t, got.Claims, "tid"); d.How != DiffersNot {
		t.Errorf("tid: %+v", d)
	}
	if d := differenceOf(t, got.Claims, "wids"); d.How != DiffersSecond || len(d.Added) != 1 || d.SecondSays == "" {
		t.Errorf("wids: %+v", d)
	}
}
