package static

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method, url, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, url, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestURLCarriesHashOfContent(t *testing.T) {
	shape := regexp.MustCompile(`^/static/[a-z.]+\.[0-9a-f]{12}\.(css|js|svg)$`)
	for name := range load().byName {
		if !shape.MatchString(URL(name)) {
			t.Errorf("URL(%q) = %q, want a name, 12 hex digits and the ending", name, URL(name))
		}
	}
}

func TestURLOfUnknownFilePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("URL of a file that is not there did not panic")
		}
	}()
	URL("app.scss")
}

func TestHandlerServesEachFileBothWays(t *testing.T) {
	for name, a := range load().byName {
		t.Run(name, func(t *testing.T) {
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			plain := get(t, http.MethodGet, a.url, "identity")
			body, _ := io.ReadAll(plain.Body)
			if string(body) != string(want) || plain.Header.Get("Content-Encoding") != "" {
				t.Errorf("plain answer differs from the file (%d bytes, want %d)", len(body), len(want))
			}
			if cc := plain.Header.Get("Cache-Control"); !strings.Contains(cc, "immutable") {
				t.Errorf("Cache-Control = %q, want immutable", cc)
			}
			zipped := get(t, http.MethodGet, a.url, "br, gzip")
			if zipped.Header.Get("Content-Encoding") != "gzip" {
				t.Fatal("a client that takes gzip got none")
			}
			r, err := gzip.NewReader(zipped.Body)
			if err != nil {
				t.Fatal(err)
			}
			if body, _ = io.ReadAll(r); string(body) != string(want) {
				t.Error("compressed answer differs from the file")
			}
		})
	}
}

func TestHandlerServesNothingElse(t *testing.T) {
	for _, path := range []string{
		"/static/", "/static/app.css", "/static/static.go", "/static/vendor/htmx.min.js",
		"/static/package-lock.json", "/static/../go.mod", "/static/app.000000000000.css",
	} {
		if res := get(t, http.MethodGet, path, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s = %d, want 404", path, res.StatusCode)
		}
	}
	if res := get(t, http.MethodPost, URL("app.css"), ""); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST = %d, want 405", res.StatusCode)
	}
	res := get(t, http.MethodHead, URL("app.css"), "")
	if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK || len(body) != 0 || res.ContentLength == 0 {
		t.Errorf("HEAD = %d with %d bytes, want 200 without a body and with a length", res.StatusCode, len(body))
	}
}

func TestAcceptsGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"": false, "gzip": true, "GZip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false,
		"deflate, br": false, "xgzip": false, "gzip;q=x": false,
	} {
		if got := acceptsGzip(header); got != want {
			t.Errorf("acceptsGzip(%q) = %v, want %v", header, got, want)
		}
	}
}

// The scripts by others are those of the lock file: their sums were written
// when they were fetched, and CI fetches them again and compares.
func TestVendoredFilesMatchTheirSums(t *testing.T) {
	for _, folder := range []string{"vendor", "../views/testdata"} {
		list, err := os.Open(filepath.Join(folder, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		defer list.Close()
		lines := 0
		for s := bufio.NewScanner(list); s.Scan(); lines++ {
			want, name, ok := strings.Cut(s.Text(), "  ")
			if !ok {
				t.Fatalf("line %q is no sum and name", s.Text())
			}
			data, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Error(err)
				continue
			}
			if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != want {
				t.Errorf("%s/%s is not what was fetched", folder, name)
			}
		}
		if lines == 0 {
			t.Errorf("%s/SHA256SUMS names nothing", folder)
		}
	}
}

func TestLockFileNamesNoRegistry(t *testing.T) {
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(lock), "://") {
		t.Error("package-lock.json names a host: the files come from whatever registry a machine uses")
	}
}

// What a browser loads beside the page stays well below the 80 kB that a
// first load may take.
func TestWeightOverTheWire(t *testing.T) {
	total := 0
	for _, a := range load().byName {
		total += len(a.zipped)
	}
	t.Logf("all files together: %d bytes compressed", total)
	const limit = 60 << 10
	if total > limit {
		t.Errorf("all files together are %d bytes compressed, want at most %d", total, limit)
	}
}

// Colour is named once, in the tokens; every other line refers to a token.
func TestStylesheetNamesColoursInTokensOnly(t *testing.T) {
	css, err := os.ReadFile("app.css")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(css), "@layer base {")
	if !found {
		t.Fatal("app.css has no base layer")
	}
	byValue := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(`)
	for line := range strings.Lines(after) {
		if byValue.MatchString(line) {
			t.Errorf("a colour by value below the tokens: %s", strings.TrimSpace(line))
		}
	}
}
