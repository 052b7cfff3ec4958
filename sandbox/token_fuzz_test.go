package sandbox

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// mutations is how many variants of good input each parser gets in an ordinary test; make fuzz tries
// millions.
const mutations = 20_000

// mutant changes a good text in a few places: bits, bytes, pieces cut out or doubled, and the
// characters that mean something to the parser.
func mutant(random *rand.Rand, text, special string) string {
	out := []byte(text)
	for range 1 + random.IntN(4) {
		if len(out) == 0 {
			return ""
		}
		at := random.IntN(len(out))
		switch random.IntN(5) {
		case 0:
			out[at] ^= 1 << random.IntN(8)
		case 1:
			out[at] = special[random.IntN(len(special))]
		case 2:
			out = slices.Delete(out, at, min(len(out), at+1+random.IntN(20)))
		case 3:
			out = slices.Insert(out, at, special[random.IntN(len(special))])
		case 4:
			out = append(out, out[at:]...)
		}
	}
	return string(out)
}

// goodForms are request bodies of every grant, with a Tc, T1 and T2 in them.
func goodForms(t testing.TB, l *lab) []string {
	t.Helper()
	f := newFamily(t, l)
	f.consent(t, f.agents[0], "", "User.Read offline_access")
	asUser := f.asUser(t)
	refresh, _ := l.token(t, asUser...).json(t)["refresh_token"].(string)
	var bodies []string
	for _, fields := range [][]string{
		l.basics(), f.onBehalf(t), asUser, f.as(t, "refresh_token", "refresh_token", refresh), f.as(t, "client_credentials", "scope", graphDefault),
		l.password("user", "User.Read"),
		{"grant_type", grantDevice, "client_id", l.info.Client.ClientID, "device_code", "Sxyz"},
		{"grant_type", "authorization_code", "client_id", l.info.Portal.ClientID, "client_secret", l.info.Portal.ClientSecret, "code", "x", "redirect_uri", l.info.Portal.RedirectURI},
	} {
		form := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			form.Add(fields[i], fields[i+1])
		}
		bodies = append(bodies, form.Encode())
	}
	return bodies
}

// checkForm reads a body as the token endpoint does: the parser gives a request or a refusal, never
// both, and a request has what every grant needs.
func checkForm(t *testing.T, body string) (good bool) {
	t.Helper()
	form, err := url.ParseQuery(body)
	if err != nil {
		return false
	}
	q, refused := readTokenForm(form, "", "", false)
	if (q == nil) == (refused == nil) {
		t.Fatalf("%.80q: request %v, refusal %v", body, q, refused)
	}
	if refused != nil {
		if refused.Status != http.StatusBadRequest || refused.AADSTS == 0 {
			t.Fatalf("%.80q: refused with %d %d", body, refused.Status, refused.AADSTS)
		}
		return false
	}
	if q.grant == "" || q.clientID == "" || (q.hasFMIPath && q.fmiPath == "") || (q.secret != "" && q.assertion != "") {
		t.Fatalf("%.80q was accepted", body)
	}
	return true
}

// TestTokenFormMutations changes good bodies in 20,000 seeded ways; one in ten goes the whole way
// through the endpoint.
func TestTokenFormMutations(t *testing.T) {
	l := newLab(t)
	bodies, random, taken := goodForms(t, l), rand.New(rand.NewPCG(3, 1)), 0 //nolint:gosec // a repeatable test
	for i := range mutations {
		body := mutant(random, bodies[i%len(bodies)], "&=%+;. \x00/:_-")
		if checkForm(t, body) {
			taken++
		}
		if i%10 != 0 {
			continue
		}
		r := httptest.NewRequest(http.MethodPost, l.url+"/"+tenantID+"/oauth2/v2.0/token", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		wantHarmless(t, l, r, "token", body)
	}
	if taken < mutations/10 {
		t.Errorf("only %d mutations were requests: they test too little", taken)
	}
}

// checkAssertionText reads a text as client assertion and as user assertion; only the text that was
// signed may verify, up to bits of its last characters that mean nothing.
func checkAssertionText(t *testing.T, key *signingKey, good, text string) (readable bool) {
	t.Helper()
	claims, refused := readAssertion(text)
	if (claims == nil) == (refused == nil) {
		t.Fatalf("%.80q: claims %v, refusal %v", text, claims, refused)
	}
	_, _ = readAssertionHeader(text)
	var asUser userAssertion
	readClaims(text, &asUser)
	if key.verifyJWT(text) && !sameSigned(good, text) {
		t.Fatalf("%q verifies", text)
	}
	_, cert := certificate()
	if refused == nil && (signedBy(cert, "RS256", text) || signedBy(cert, "PS256", text)) {
		t.Fatalf("%q is signed by a key that never signed", text)
	}
	return refused == nil
}

// sameSigned compares two JWTs by what is signed and by the bytes of the signature.
func sameSigned(a, b string) bool {
	headA, signA, _ := cutLast(a)
	headB, signB, ok := cutLast(b)
	bytesA, errA := decodeSegment(signA)
	bytesB, errB := decodeSegment(signB)
	return ok && headA == headB && errA == nil && errB == nil && slices.Equal(bytesA, bytesB)
}

func cutLast(text string) (before, after string, found bool) {
	i := strings.LastIndexByte(text, '.')
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

// TestAssertionMutations changes a good T1 in 20,000 seeded ways.
func TestAssertionMutations(t *testing.T) {
	l := newLab(t)
	t1 := l.t1(t)
	key, err := l.keys.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	random, readable := rand.New(rand.NewPCG(3, 2)), 0 //nolint:gosec // a repeatable test
	for range mutations {
		if checkAssertionText(t, key, t1, mutant(random, t1, ".=-_+/\"{}eyJ")) {
			readable++
		}
	}
	if readable < mutations/20 {
		t.Errorf("only %d mutations were readable: they test too little", readable)
	}
}

// FuzzTokenForm is the native target of the parser of the token form.
func FuzzTokenForm(f *testing.F) {
	l := newLab(f)
	for _, body := range goodForms(f, l) {
		f.Add(body)
	}
	f.Add("grant_type=client_credentials&client_id=x&fmi_path=")
	f.Add("grant_type=%00&client_id=%ff&scope=+++&client_secret=a&client_assertion=b")
	f.Fuzz(func(t *testing.T, body string) { checkForm(t, body) })
}

// FuzzAssertion is the native target of the parser of JWT assertions.
func FuzzAssertion(f *testing.F) {
	l := newLab(f)
	t1 := l.t1(f)
	key, err := l.keys.get(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(t1)
	f.Add("e30.e30.e30")
	f.Add("....")
	f.Add("eyJhbGciOiJub25lIn0.eyJhdWQiOltdfQ.")
	f.Add(`eyJhdWQiOlsxLHt9XX0.eyJhdWQiOnt9LCJleHAiOjFlNDAwfQ.x`)
	f.Fuzz(func(t *testing.T, text string) { checkAssertionText(t, key, t1, text) })
}
