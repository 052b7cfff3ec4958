package sandbox

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
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
	verdict := "ok"
	if rate < 500 {
		verdict = "short"
	}
	b.Logf("FIGURE sandbox_token_rate %.0f per_s limit >=500 %s", rate, verdict)
}
