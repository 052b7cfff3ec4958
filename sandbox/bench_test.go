package sandbox

import (
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// tokenBatch is how many requests a round of BenchmarkToken sends, as many at once as there are cores.
const tokenBatch = 100

// BenchmarkToken measures each grant without a network between. Grants that use something up get it
// made before the clock runs.
func BenchmarkToken(b *testing.B) {
	l := newLab(b)
	f := newFamily(b, l)
	f.consent(b, f.agents[0], "", "User.Read")
	key, cert := certificate()
	l.write(b, func(tx *txn) {
		a := clone(tx.app(f.blueprint))
		a.KeyCredentials = certificateOf(cert)
		a.Federated = []*federatedCredential{{Name: "vm", Issuer: l.v2Issuer(), Subject: seedID("managed identity"), Audiences: []string{exchangeResource}}}
		tx.put(a)
	})
	asBlueprint := []string{"grant_type", "client_credentials", "client_id", f.blueprint, "scope", exchangeScope, "fmi_path", f.agents[0]}
	managed, _ := l.managedIdentity(b, exchangeQuery).json(b)["access_token"].(string)
	signed := certificateAssertion(b, key, cert, f.blueprint, l.url+"/"+l.info.TenantID+"/oauth2/v2.0/token")
	byAssertion := func(text string) []string {
		return append(slices.Clone(asBlueprint), "client_assertion_type", assertionType, "client_assertion", text)
	}
	refresh, _ := l.token(b, f.asUser(b, "scope", "User.Read offline_access")...).json(b)["refresh_token"].(string)
	for _, grant := range []struct {
		name  string
		limit float64
		make  func() [][]string // the forms of one round
	}{
		{"client_credentials", 500, always(append(slices.Clone(asBlueprint), "client_secret", f.secret))},
		{"certificate", 100, always(byAssertion(signed))},
		{"federated", 100, always(byAssertion(managed))},
		{"resource_token", 100, always(f.as(b, "client_credentials", "scope", graphDefault))},
		{"on_behalf_of", 100, always(f.onBehalf(b))},
		{"user_fic", 100, always(f.asUser(b))},
		{"refresh_token", 100, always(f.as(b, "refresh_token", "refresh_token", refresh))},
		{"password", 100, always(l.password("user", "User.Read"))},
		{"authorization_code", 100, func() [][]string { return l.approvedCodes(b) }},
		{"device_code", 100, func() [][]string { return l.approvedDevices(b) }},
	} {
		b.Run(grant.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				forms := grant.make()
				b.StartTimer()
				l.askAll(b, forms)
			}
			rate := float64(tokenBatch*b.N) / b.Elapsed().Seconds()
			fmt.Printf("FIGURE sandbox_token_rate_%s %.0f per_s limit >=%.0f %s\n", grant.name, rate, grant.limit, verdict(rate >= grant.limit))
		})
	}
}

// always repeats one form.
func always(fields []string) func() [][]string {
	return func() [][]string { return slices.Repeat([][]string{fields}, tokenBatch) }
}

// askAll sends the forms, several at a time; each must be answered with a token.
func (l *lab) askAll(b *testing.B, forms [][]string) {
	jobs := make(chan []string)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for fields := range jobs {
				form := url.Values{}
				for i := 0; i < len(fields); i += 2 {
					form.Add(fields[i], fields[i+1])
				}
				r := httptest.NewRequest(http.MethodPost, l.url+"/"+tenantID+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				w := httptest.NewRecorder()
				l.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Errorf("status %d: %s", w.Code, w.Body)
				}
			}
		})
	}
	for _, fields := range forms {
		jobs <- fields
	}
	close(jobs)
	workers.Wait()
}

// certificateAssertion signs as a client with a certificate does.
func certificateAssertion(b *testing.B, key *rsa.PrivateKey, cert *x509.Certificate, clientID, audience string) string {
	b.Helper()
	signer := &signingKey{private: key, public: &key.PublicKey}
	now := time.Now().Unix()
	text, err := signer.sealed(jwtHeader{Type: "JWT", Algorithm: "RS256", Thumbprint: thumbprint(cert.Raw)},
		map[string]any{"iss": clientID, "sub": clientID, "aud": audience, "nbf": now, "exp": now + 86400})
	if err != nil {
		b.Fatal(err)
	}
	return text
}

// approvedCodes puts a round of authorization codes into the tenant.
func (l *lab) approvedCodes(b *testing.B) (forms [][]string) {
	b.Helper()
	l.write(b, func(tx *txn) {
		for range tokenBatch {
			code := newID()
			tx.put(&authCode{
				meta: meta{ID: hashSecret(code)}, ClientID: l.info.Client.ClientID, UserID: l.info.Personas[6].ObjectID, RedirectURI: clientReply,
				Scopes: []string{"User.Read"}, Session: newID(), AuthTime: tx.now, ExpiresAt: tx.now.Add(codeLife),
			})
			forms = append(forms, []string{
				"grant_type", "authorization_code", "client_id", l.info.Client.ClientID, "client_secret", l.info.Client.ClientSecret, "code", code, "redirect_uri", clientReply,
			})
		}
	})
	return forms
}

// approvedDevices puts a round of approved device codes into the tenant.
func (l *lab) approvedDevices(b *testing.B) (forms [][]string) {
	b.Helper()
	l.write(b, func(tx *txn) {
		for range tokenBatch {
			code := newID()
			tx.put(&deviceCode{
				meta: meta{ID: hashSecret(code)}, UserCode: newUserCode(), ClientID: l.info.Client.ClientID, UserID: l.info.Personas[6].ObjectID,
				Scopes: []string{"User.Read"}, State: deviceApproved, Session: newID(), AuthTime: tx.now, ExpiresAt: tx.now.Add(deviceLife),
			})
			forms = append(forms, []string{"grant_type", grantDevice, "client_id", l.info.Client.ClientID, "device_code", code})
		}
	})
	return forms
}

// BenchmarkWrite compares a write in a fresh tenant with one in a tenant of 20,000 agent identities.
func BenchmarkWrite(b *testing.B) {
	l := newLab(b)
	add := func(n int) time.Duration {
		start := time.Now()
		for range n {
			if err := l.tenant.write(b.Context(), func(tx *txn) error {
				tx.put(&servicePrincipal{meta: meta{ID: newID()}, Type: agentIdentity, BlueprintAppID: l.info.Seed.Blueprint.AppID, DisplayName: "Agent"})
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(start)
	}
	add(200) // warm
	small := add(500) / 500
	if err := l.tenant.write(b.Context(), func(tx *txn) error {
		for range 20_000 {
			tx.put(&servicePrincipal{meta: meta{ID: newID()}, Type: agentIdentity, BlueprintAppID: l.info.Seed.Blueprint.AppID, DisplayName: "Agent"})
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	large := add(500) / 500
	for b.Loop() {
		add(1)
	}
	ratio := large.Seconds() / small.Seconds()
	fmt.Printf("FIGURE sandbox_write_growth %.2f times limit <=2 %s\n", ratio, verdict(ratio <= 2))
}

func verdict(holds bool) string {
	if holds {
		return "ok"
	}
	return "short"
}

// BenchmarkOpen measures how long a new and an existing tenant take to open.
func BenchmarkOpen(b *testing.B) {
	for name, path := range map[string]func() string{
		"new":      func() string { return filepath.Join(b.TempDir(), "tenant.db") },
		"existing": func() string { return tenantFile(b) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				file := path()
				b.StartTimer()
				s, err := Open(b.Context(), Options{DataFile: file})
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}
