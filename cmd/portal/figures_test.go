package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// figure prints one measured value beside its limit. Figures are read by
// people and programs; they never fail a test, because a busy machine is no
// fault of the program.
func figure(b *testing.B, name string, value float64, unit string, limit float64) {
	b.Helper()
	verdict := "ok"
	if value > limit {
		verdict = "short"
	}
	fmt.Printf("FIGURE %s %.1f %s limit <=%g %s\n", name, value, unit, limit, verdict)
}

// BenchmarkStart measures a stripped binary as a new user meets it: its size,
// the time from start to the first page on an empty folder, and its memory at
// rest.
func BenchmarkStart(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "portal")
	build := exec.CommandContext(b.Context(), "go", "build", "-ldflags=-s -w", "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build: %v: %s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	var starts, memory []float64
	for range 7 {
		ms, mb := startOnce(b, binary)
		starts, memory = append(starts, ms), append(memory, mb)
	}
	slices.Sort(starts)
	slices.Sort(memory)
	figure(b, "binary_stripped", float64(info.Size())/(1<<20), "MB", 25)
	figure(b, "start_to_first_page", starts[len(starts)/2], "ms", 200)
	figure(b, "rss_idle", memory[len(memory)/2], "MB", 45)
}

// startOnce runs the binary on an empty folder and asks for the first page as
// soon as its address is known. It returns milliseconds and megabytes.
func startOnce(b *testing.B, binary string) (float64, float64) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	process := exec.CommandContext(ctx, binary)
	process.Env = append(os.Environ(), "PORTAL_DATA_DIR="+b.TempDir(), "PORTAL_ADDR=127.0.0.1:0", "PORTAL_SANDBOX_ADDR=127.0.0.1:0", "PORTAL_LOG=error")
	process.Stderr = os.Stderr
	out, err := process.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := process.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	address := ""
	for address == "" && lines.Scan() {
		address = regexp.MustCompile(`http://localhost:\d+`).FindString(lines.Text())
	}
	if status, _ := fetch(b, address+"/"); status != http.StatusOK {
		b.Fatalf("first page: status %d", status)
	}
	took := time.Since(began)
	time.Sleep(1500 * time.Millisecond) // the signing keys are made in the background
	memory := residentMB(b, process.Process.Pid)
	cancel()
	_ = process.Wait() // it was told to stop
	return float64(took.Microseconds()) / 1000, memory
}

// residentMB reads the resident memory of a process; Linux only, as the figure
// is.
func residentMB(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatalf("read the memory of the process: %v", err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb / 1024
		}
	}
	b.Fatal("the process has no VmRSS line")
	return 0
}

// BenchmarkFirstLoad counts what a browser with an empty cache fetches for the
// first page: requests, and bytes as they cross the wire.
func BenchmarkFirstLoad(b *testing.B) {
	a := startApp(b, Config{}, Wiring{})
	requests, bytes := 1, 0
	page, wire := fetchCompressed(b, a.URL()+"/")
	bytes += wire
	seen := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`).FindAllStringSubmatch(page, -1) {
		if seen[match[1]] {
			continue
		}
		seen[match[1]] = true
		_, wire := fetchCompressed(b, a.URL()+match[1])
		requests++
		bytes += wire
	}
	figure(b, "first_load", float64(bytes)/1024, "KB", 80)
	figure(b, "first_load_requests", float64(requests), "requests", 6)
}

// fetchCompressed gets a page as browsers do and returns its text and the
// length of the body on the wire.
func fetchCompressed(b *testing.B, url string) (string, int) {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	counter := &countingTransport{}
	response, err := (&http.Client{Transport: counter}).Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	return string(body), int(counter.read)
}
