package web

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func TestHost(t *testing.T) {
	ts := newTestServer(t, nil)
	tests := []struct {
		method, host, path string
		status             int
		location           string
	}{
		{"GET", "localhost:8080", "/open", 200, ""},
		{"GET", "LOCALHOST:8080", "/open", 200, ""},
		{"GET", "127.0.0.1:8080", "/open?a=b", 307, "http://localhost:8080/open?a=b"},
		{"GET", "[::1]:8080", "/open", 307, "http://localhost:8080/open"},
		{"GET", "localhost:9999", "/open", 307, "http://localhost:8080/open"},
		{"HEAD", "127.0.0.1:8080", "/open", 307, "http://localhost:8080/open"},
		{"GET", "127.0.0.1:8080", "//evil.example/x", 307, "http://localhost:8080//evil.example/x"},
		{"POST", "127.0.0.1:8080", "/form", 421, ""},
		{"GET", "evil.example", "/open", 421, ""},
		{"GET", "localhost.evil.example:8080", "/open", 421, ""},
		{"GET", "localhost:8080.evil.example", "/open", 421, ""},
		{"GET", "", "/open", 421, ""},
		{"GET", "169.254.169.254", "/open", 421, ""},
		{"GET", "127.0.0.1", "/healthz", 200, ""},
		{"GET", "evil.example", "/healthz", 421, ""},
	}
	for _, tt := range tests {
		rec := ts.ask(tt.method, tt.path, "", func(r *http.Request) {
			r.Host = tt.host
			r.Header.Set("X-Forwarded-Host", "localhost:8080")
			if tt.method == "POST" {
				r.Header.Set("Origin", "http://"+tt.host)
			}
		})
		if rec.Code != tt.status || rec.Header().Get("Location") != tt.location {
			t.Errorf("%s %s at %q: %d %s, want %d %s", tt.method, tt.path, tt.host, rec.Code, rec.Header().Get("Location"), tt.status, tt.location)
		}
	}
}

func TestCrossSite(t *testing.T) {
	ts := newTestServer(t, nil)
	tests := []struct {
		name, method, site, origin string
		status                     int
	}{
		{"own page", "POST", "same-origin", "http://localhost:8080", 200},
		{"own page, old browser", "POST", "", "http://localhost:8080", 200},
		{"typed by a person", "POST", "none", "", 200},
		{"another site", "POST", "cross-site", "http://evil.example", 403},
		{"a neighbour", "POST", "same-site", "http://localhost:9000", 403},
		{"another port, old browser", "POST", "", "http://localhost:9000", 403},
		{"a sandboxed frame", "POST", "", "null", 403},
		{"an unreadable origin", "POST", "", "::::", 403},
		{"neither header", "POST", "", "", 403},
		{"neither header, PUT", "PUT", "", "", 403},
		{"neither header, DELETE", "DELETE", "", "", 403},
		{"a strange method", "BREW", "", "", 403},
		{"reading from anywhere", "GET", "cross-site", "http://evil.example", 405},
		{"TRACE", "TRACE", "", "", 405},
		{"CONNECT", "CONNECT", "", "", 405},
	}
	for _, tt := range tests {
		rec := ts.ask(tt.method, "/form", "name=x", func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Del("Sec-Fetch-Site")
			if tt.site != "" {
				r.Header.Set("Sec-Fetch-Site", tt.site)
			}
			if tt.origin != "" {
				r.Header.Set("Origin", tt.origin)
			}
		})
		if rec.Code != tt.status {
			t.Errorf("%s: %d, want %d", tt.name, rec.Code, tt.status)
		}
	}
}

func TestMethodCannotBeDisguised(t *testing.T) {
	ts := newTestServer(t, nil)
	rec := ts.ask("POST", "/form?_method=GET", "name=x", func(r *http.Request) {
		r.Header.Set("X-HTTP-Method-Override", "GET")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	})
	if rec.Code != http.StatusForbidden {
		t.Errorf("status %d, want 403", rec.Code)
	}
}

func TestHeadersOnEveryAnswer(t *testing.T) {
	want := map[string]string{
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "same-origin",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Content-Security-Policy":      policy,
	}
	for _, public := range []string{"http://localhost:8080", "https://portal.example"} {
		ts := newTestServer(t, func(o *Options) { o.PublicURL = public })
		host := strings.TrimPrefix(strings.TrimPrefix(public, "http://"), "https://")
		for _, path := range []string{"/open", "/", "/nowhere", "/panic", "/audit"} {
			rec := ts.ask("GET", path, "", func(r *http.Request) { r.Host = host })
			for name, value := range want {
				if got := rec.Header().Get(name); got != value {
					t.Errorf("%s%s (%d): %s is %q, want %q", public, path, rec.Code, name, got, value)
				}
			}
			if hsts := rec.Header().Get("Strict-Transport-Security"); (hsts != "") != strings.HasPrefix(public, "https") {
				t.Errorf("%s%s: Strict-Transport-Security %q", public, path, hsts)
			}
			if rec.Header().Get("X-Request-Id") == "" {
				t.Errorf("%s%s has no request id", public, path)
			}
		}
	}
	for _, forbidden := range []string{"unsafe", "nonce", "http:", "*"} {
		if strings.Contains(policy, forbidden) {
			t.Errorf("the policy has %q: %s", forbidden, policy)
		}
	}
}

func TestLongQuery(t *testing.T) {
	ts := newTestServer(t, nil)
	if rec := ts.ask("GET", "/open?q="+strings.Repeat("a", 12_001), "", nil); rec.Code != http.StatusRequestURITooLong {
		t.Errorf("status %d, want 414", rec.Code)
	}
}

// TestDefaultPorts: browsers leave the scheme's own port out, people and
// proxies do not always.
func TestDefaultPorts(t *testing.T) {
	tests := []struct {
		public, host string
		status       int
	}{
		{"https://portal.example:443", "portal.example", 200},
		{"https://portal.example:443", "portal.example:443", 200},
		{"https://portal.example", "portal.example:443", 200},
		{"https://Portal.Example", "portal.example", 200},
		{"https://portal.example/", "portal.example", 200},
		{"https://portal.example", "portal.example:80", 421},
		{"http://portal.example:80", "portal.example", 200},
		{"http://portal.example", "portal.example:443", 421},
		{"https://portal.example:8443", "portal.example", 421},
		{"https://[2001:db8::1]:443", "[2001:db8::1]", 200},
	}
	for _, tt := range tests {
		ts := newTestServer(t, func(o *Options) { o.PublicURL = tt.public })
		if rec := ts.ask("GET", "/open", "", func(r *http.Request) { r.Host = tt.host }); rec.Code != tt.status {
			t.Errorf("%s asked as %s: %d, want %d", tt.public, tt.host, rec.Code, tt.status)
		}
		if strings.HasSuffix(ts.URL("/x"), ":443/x") {
			t.Errorf("%s: links lead to %s", tt.public, ts.URL("/x"))
		}
	}
}

// TestClientAddress: what a stranger writes into X-Forwarded-For counts for
// nothing; what a trusted proxy appends does.
func TestClientAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/28"), netip.MustParsePrefix("2001:db8:5::/48")}
	tests := []struct {
		name      string
		trusted   []netip.Prefix
		peer      string
		forwarded []string
		want      string
	}{
		{"no proxy", nil, "192.0.2.1:5", []string{"198.51.100.7"}, "192.0.2.1"},
		{"no proxy, from this machine", nil, "127.0.0.1:5", []string{"198.51.100.7"}, "127.0.0.1"},
		{"a proxy", proxies, "192.0.2.1:5", []string{"198.51.100.7"}, "198.51.100.7"},
		{"a proxy over IPv6", proxies, "[2001:db8:5::9]:5", []string{"2001:db8:9::1"}, "2001:db8:9::1"},
		{"a client who writes one himself", proxies, "192.0.2.1:5", []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		{"two headers", proxies, "192.0.2.1:5", []string{"203.0.113.9", "198.51.100.7"}, "198.51.100.7"},
		{"two proxies", proxies, "192.0.2.1:5", []string{"198.51.100.7, 192.0.2.2"}, "198.51.100.7"},
		{"a stranger", proxies, "203.0.113.5:5", []string{"198.51.100.7"}, "203.0.113.5"},
		{"a private network is no proxy by itself", proxies, "10.0.0.5:5", []string{"198.51.100.7"}, "10.0.0.5"},
		{"nor is this machine", proxies, "127.0.0.1:5", []string{"198.51.100.7"}, "127.0.0.1"},
		{"a proxy that says nothing", proxies, "192.0.2.1:5", nil, "192.0.2.1"},
		{"nonsense", proxies, "192.0.2.1:5", []string{"<script>"}, "192.0.2.1"},
	}
	for _, tt := range tests {
		ts := newTestServer(t, func(o *Options) { o.TrustedProxies = tt.trusted })
		ts.ask("GET", "/open", "", func(r *http.Request) {
			r.RemoteAddr = tt.peer
			r.Header["X-Forwarded-For"] = tt.forwarded
			r.Header.Set("X-Real-Ip", "203.0.113.77")
			r.Header.Set("Forwarded", "for=203.0.113.78")
		})
		if line := ts.log.String(); !strings.Contains(line, " ip="+tt.want+" ") && !strings.Contains(line, " ip=\""+tt.want) {
			t.Errorf("%s: %s", tt.name, line)
		}
	}
}
