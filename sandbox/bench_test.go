package sandbox

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// BenchmarkToken asks for tokens by client secret, several at a time, without a network between.
func BenchmarkToken(b *testing.B) {
	l := newLab(b)
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {l.info.Seed.Blueprint.AppID}, "client_secret": {l.info.Seed.Blueprint.ClientSecret},
		"scope": {exchangeScope}, "fmi_path": {l.info.Seed.Agent.ID},
	}.Encode()
	l.t1(b) // the key is there
	ask := func() {
		r := httptest.NewRequest(http.MethodPost, l.url+"/"+tenantID+"/oauth2/v2.0/token", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		l.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Errorf("status %d: %s", w.Code, w.Body)
		}
	}
	jobs := make(chan struct{})
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for range jobs {
				ask()
			}
		})
	}
	for b.Loop() {
		jobs <- struct{}{}
	}
	close(jobs)
	workers.Wait()
	rate := float64(b.N) / b.Elapsed().Seconds()
	fmt.Printf("FIGURE sandbox_token_rate %.0f per_s limit >=500 %s\n", rate, verdict(rate >= 500))
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
