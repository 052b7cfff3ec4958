// Package static holds the files a browser loads, at addresses that change
// with their content, so that they may be kept for ever.
//
// Only the files named in served are reachable, each under its exact hashed
// name: no folder is opened, no path is joined, nothing else can be asked for.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed app.css app.js mark.svg vendor/htmx.min.js vendor/sse.min.js
var files embed.FS

// Prefix is where the files are served.
const Prefix = "/static/"

// asset is a file as it is sent.
type asset struct {
	url, contentType string
	plain, zipped    []byte
}

type assets struct{ byName, byURL map[string]asset }

// load reads and compresses the files once, when the first is asked for.
var load = sync.OnceValue(func() assets {
	all := assets{byName: map[string]asset{}, byURL: map[string]asset{}}
	for name, contentType := range map[string]string{
		"app.css":            "text/css; charset=utf-8",
		"app.js":             "text/javascript; charset=utf-8",
		"mark.svg":           "image/svg+xml",
		"vendor/htmx.min.js": "text/javascript; charset=utf-8",
		"vendor/sse.min.js":  "text/javascript; charset=utf-8",
	} {
		a := newAsset(name, contentType)
		all.byName[name], all.byURL[a.url] = a, a
	}
	return all
})

// newAsset panics when a file is missing, which only a broken build can cause.
func newAsset(name, contentType string) asset {
	plain, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("static: %v", err))
	}
	sum := sha256.Sum256(plain)
	base := path.Base(name)
	ext := path.Ext(base)
	url := Prefix + strings.TrimSuffix(base, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	return asset{url: url, contentType: contentType, plain: plain, zipped: compress(plain)}
}

func compress(plain []byte) []byte {
	var buf bytes.Buffer
	w, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression) // the level is a valid constant
	_, _ = w.Write(plain)                                   // a bytes.Buffer does not fail
	_ = w.Close()
	return buf.Bytes()
}

// URL is the address of a file by its name in this folder, with a hash of its
// content. An unknown name is a fault of the program and panics: a page that
// names one cannot be rendered, so every test of that page finds it.
func URL(name string) string {
	a, ok := load().byName[name]
	if !ok {
		panic("static: there is no file " + name)
	}
	return a.url
}

// Handler answers GET and HEAD for the files below Prefix, compressed where
// the client can read that; anything else is 404 or 405.
func Handler() http.Handler { return http.HandlerFunc(serve) }

func serve(w http.ResponseWriter, r *http.Request) {
	a, ok := load().byURL[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Use GET.", http.StatusMethodNotAllowed)
		return
	}
	body := a.plain
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body = a.zipped
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // a client that left is no fault of ours
	}
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3): gzip counts unless its
// weight is zero.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		q, found := strings.CutPrefix(strings.TrimSpace(weight), "q=")
		value, err := strconv.ParseFloat(q, 64)
		return !found || (err == nil && value > 0)
	}
	return false
}
