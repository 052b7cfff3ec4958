package sandbox

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"
)

// largeTenant is a file with the large seed.
func largeTenant(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "tenant.db")
	start := time.Now()
	s, err := Open(b.Context(), Options{DataFile: path, Seed: seedLarge})
	if err != nil {
		b.Fatal(err)
	}
	fmt.Printf("FIGURE sandbox_seed_10000 %.2f s limit <=5 %s\n", time.Since(start).Seconds(), verdict(time.Since(start) <= 5*time.Second))
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkStart10000 opens a tenant with 10,000 agents and asks it for its keys; the figure is the
// slowest start.
func BenchmarkStart10000(b *testing.B) {
	path := largeTenant(b)
	var slowest time.Duration
	for b.Loop() {
		start := time.Now()
		s, err := Open(b.Context(), Options{DataFile: path})
		if err != nil {
			b.Fatal(err)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost:8081/"+tenantID+"/discovery/v2.0/keys", nil))
		slowest = max(slowest, time.Since(start))
		if w.Code != http.StatusOK {
			b.Fatalf("%d %s", w.Code, w.Body)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	fmt.Printf("FIGURE sandbox_start_10000 %.2f s limit <=1 %s\n", slowest.Seconds(), verdict(slowest <= time.Second))
}

// BenchmarkMemory10000 measures what a tenant with 10,000 agents keeps alive.
func BenchmarkMemory10000(b *testing.B) {
	path := largeTenant(b)
	var megabytes float64
	for b.Loop() {
		before := aliveBytes()
		s, err := Open(b.Context(), Options{DataFile: path})
		if err != nil {
			b.Fatal(err)
		}
		<-s.keys.ready
		megabytes = float64(aliveBytes()-before) / 1e6
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	fmt.Printf("FIGURE sandbox_memory_10000 %.1f MB limit <=100 %s\n", megabytes, verdict(megabytes <= 100))
}

func aliveBytes() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkExport10000 exports a large tenant; the figure is the middle of all exports.
func BenchmarkExport10000(b *testing.B) {
	s, err := Open(b.Context(), Options{DataFile: largeTenant(b)})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost:8081/_sandbox/export", nil))
		took = append(took, time.Since(start))
		if w.Code != http.StatusOK || w.Body.Len() > maxImport {
			b.Fatalf("%d, %d bytes", w.Code, w.Body.Len())
		}
	}
	slices.Sort(took)
	middle := took[len(took)/2]
	fmt.Printf("FIGURE sandbox_export_10000 %.2f s limit <=2 %s\n", middle.Seconds(), verdict(middle <= 2*time.Second))
}
