package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

// shapes name what a value looks like; the first that fits is its shape.
var shapes = []struct {
	name    string
	pattern *regexp.Regexp
}{
	{"GUID", regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)},
	{"v2 issuer", regexp.MustCompile(`^https?://[^/]+/[0-9a-f-]{36}/v2\.0$`)},
	{"v1 issuer", regexp.MustCompile(`^https?://[^/]+/[0-9a-f-]{36}/$`)},
	{"FMI path", regexp.MustCompile(`^/eid1/c/pub/t/[\w-]{22}/a/[\w-]{22}/[0-9a-f-]{36}$`)},
	{"rh", regexp.MustCompile(`^1\.[\w-]{54}\.$`)},
	{"version", regexp.MustCompile(`^[12]\.0$`)},
	{"digit", regexp.MustCompile(`^\d$`)},
	{"numbers", regexp.MustCompile(`^\d+( \d+)+$`)},
	{"uti", regexp.MustCompile(`^[\w-]{22}$`)},
	{"thumbprint", regexp.MustCompile(`^[\w-]{27}$`)},
	{"32 bytes", regexp.MustCompile(`^[\w-]{43}$`)},
	{"address", regexp.MustCompile(`^https://\S+$`)},
	{"protobuf", regexp.MustCompile(`^CAAQ\w+$`)},
	{"rd", regexp.MustCompile(`^0\.[\w-]+$`)},
	{"region", regexp.MustCompile(`^[A-Z]{2}$`)},
	{"key region", regexp.MustCompile(`^[\w-]{60,}$`)},
	{"opaque", regexp.MustCompile(`^[\w+/-]{30,}=*$`)},
	{"words", regexp.MustCompile(`.+`)},
}

// shape describes a value without its content. A facet claim may hold one number or several.
func shape(claim string, v any) string {
	switch v := v.(type) {
	case json.Number:
		return "number"
	case []any:
		inner := map[string]bool{}
		for _, item := range v {
			inner[shape("", item)] = true
		}
		return fmt.Sprint("list of ", slices.Sorted(maps.Keys(inner)))
	case string:
		for _, s := range shapes {
			if s.pattern.MatchString(v) {
				return s.name
			}
		}
	}
	return fmt.Sprintf("%T", v)
}

func shapesOf(claims map[string]any) map[string]string {
	out := map[string]string{}
	for name, v := range claims {
		out[name] = shape(name, v)
	}
	return out
}

// TestClaimsAreThoseOfRealTokens compares names and shapes, not values, with decoded tokens that
// people published.
func TestClaimsAreThoseOfRealTokens(t *testing.T) {
	text, err := os.ReadFile("testdata/tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	var real []struct {
		Name           string
		Header, Claims map[string]any
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&real); err != nil {
		t.Fatal(err)
	}
	l := newLab(t)
	l.withoutRights(t) // the published agent held none
	made := map[string]string{
		"T1": l.t1(t), "T2": access(t, l.tr(t, exchangeScope)), "TR": access(t, l.tr(t, "https://graph.microsoft.com/.default")),
	}
	for _, sample := range real {
		t.Run(sample.Name, func(t *testing.T) {
			header, claims := decode(t, made[sample.Name[:2]])
			if diff := cmp.Diff(shapesOf(sample.Claims), shapesOf(claims)); diff != "" {
				t.Errorf("claims (-real +sandbox):\n%s", diff)
			}
			if sample.Header == nil {
				return
			}
			if diff := cmp.Diff(shapesOf(sample.Header), shapesOf(header)); diff != "" {
				t.Errorf("header (-real +sandbox):\n%s", diff)
			}
		})
	}
}

func TestFacets(t *testing.T) {
	l := newLab(t)
	numbers := func(claims map[string]any, name string) (odd []int, even int) {
		text, _ := claims[name].(string)
		for f := range strings.FieldsSeq(text) {
			n, err := strconv.Atoi(f)
			if err != nil {
				t.Fatalf("%s: %q", name, text)
			}
			if n%2 == 0 {
				even++
			} else {
				odd = append(odd, n)
			}
		}
		slices.Sort(odd)
		return odd, even
	}
	for hop, want := range map[string]map[string][]int{
		"T1": {"xms_act_fct": {3, 9}, "xms_sub_fct": {3, 9}, "xms_idrel": {7}},
		"TR": {"xms_act_fct": {3, 9, 11}, "xms_sub_fct": {3, 9, 11}, "xms_idrel": {7}, "xms_tnt_fct": {3}},
	} {
		token := l.t1(t)
		if hop == "TR" {
			token = access(t, l.tr(t, "https://graph.microsoft.com/.default"))
		}
		_, claims := decode(t, token)
		for name, values := range want {
			odd, even := numbers(claims, name)
			if !slices.Equal(odd, values) || even != 1 {
				t.Errorf("%s %s = %v, want %v and one even number", hop, name, claims[name], values)
			}
		}
	}
}

func TestLifetimes(t *testing.T) {
	l := newLab(t)
	for _, token := range []string{l.t1(t), access(t, l.tr(t, "https://graph.microsoft.com/.default"))} {
		_, claims := decode(t, token)
		at := func(name string) int64 {
			n, err := claims[name].(json.Number).Int64()
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if at("exp")-at("iat") != 3900 || at("nbf") != at("iat") || at("exp")-l.clock.Now().Unix() != 3600 {
			t.Errorf("iat %d nbf %d exp %d at %d", at("iat"), at("nbf"), at("exp"), l.clock.Now().Unix())
		}
	}
}

// TestSignaturesFitTheKeys checks T1 with the published keys by a library that knows nothing of the
// sandbox, and that the same check fails for a Graph token until the nonce is hashed.
func TestSignaturesFitTheKeys(t *testing.T) {
	l := newLab(t)
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(l.get(t, "/"+l.info.TenantID+"/discovery/v2.0/keys").text, &keys); err != nil {
		t.Fatal(err)
	}
	verify := func(raw string) error {
		token, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			return err
		}
		found := keys.Key(token.Signatures[0].Header.KeyID)
		if len(found) != 1 {
			t.Fatalf("kid %q: %d keys", token.Signatures[0].Header.KeyID, len(found))
		}
		_, err = token.Verify(found[0])
		return err
	}
	t1, tr := l.t1(t), access(t, l.tr(t, "https://graph.microsoft.com/.default"))
	if err := verify(t1); err != nil {
		t.Errorf("T1: %v", err)
	}
	if verify(spoil(t1)) == nil {
		t.Error("a spoilt T1 verifies")
	}
	if verify(tr) == nil {
		t.Error("a Graph token verifies as it is; its nonce should prevent that")
	}
	header, _ := decode(t, tr)
	nonce, _ := header["nonce"].(string)
	parts := strings.Split(tr, ".")
	text, err := decodeSegment(parts[0])
	if err != nil {
		t.Fatal(err)
	}
	hashed := strings.Replace(string(text), nonce, hashNonce(nonce), 1)
	key, err := l.keys.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	signature, err := decodeSegment(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	head, err := segment(json.RawMessage(hashed))
	if err != nil {
		t.Fatal(err)
	}
	if !key.verify(head+"."+parts[1], signature) {
		t.Error("with the hashed nonce the Graph token does not verify")
	}
}

// TestFacetsChangeTheirOrder: a reader that relies on the order of one token fails at the next.
func TestFacetsChangeTheirOrder(t *testing.T) {
	orders := map[string]bool{}
	for range 200 {
		var odd []string
		for number := range strings.FieldsSeq(facets(facetTenant, facetApp, facetAgent)) {
			if n, err := strconv.Atoi(number); err == nil && n%2 == 1 {
				odd = append(odd, number)
			}
		}
		orders[strings.Join(odd, " ")] = true
	}
	if len(orders) != 6 {
		t.Errorf("three numbers come in %d orders, want 6", len(orders))
	}
}
