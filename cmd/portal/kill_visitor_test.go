package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// visitor is a browser without scripts, for tests that need many pages fast.
type visitor struct {
	t      *testing.T
	client *http.Client
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, client: &http.Client{Jar: jar, Timeout: 20 * time.Second}}
}

// page is an answer after all redirects.
type page struct {
	*goquery.Document
	url *url.URL
}

func (v *visitor) open(address string) page {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.do(req)
}

func (v *visitor) do(req *http.Request) page {
	v.t.Helper()
	res, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return page{Document: doc, url: res.Request.URL}
}

// press sends the form of a button, found by its words, with some fields
// changed.
func (v *visitor) press(p page, words string, change url.Values) page {
	v.t.Helper()
	button := p.Find("button").FilterFunction(func(_ int, b *goquery.Selection) bool { return strings.Contains(b.Text(), words) }).First()
	form := button.Closest("form")
	if form.Length() == 0 {
		v.t.Fatalf("%s: no button %q in: %s", p.url, words, p.Find("main, body").First().Text())
	}
	fields := url.Values{}
	form.Find("input[name]").Each(func(_ int, in *goquery.Selection) {
		kind := in.AttrOr("type", "text")
		if _, checked := in.Attr("checked"); checked || kind != "radio" && kind != "checkbox" {
			fields.Set(in.AttrOr("name", ""), in.AttrOr("value", ""))
		}
	})
	form.Find("select[name]").Each(func(_ int, s *goquery.Selection) {
		fields.Set(s.AttrOr("name", ""), s.Find("option[selected]").AttrOr("value", ""))
	})
	if name := button.AttrOr("name", ""); name != "" {
		fields.Set(name, button.AttrOr("value", ""))
	}
	for name, values := range change {
		fields[name] = values
	}
	target, err := p.url.Parse(form.AttrOr("action", ""))
	if err != nil {
		v.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, target.String(), strings.NewReader(fields.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", target.Scheme+"://"+target.Host)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.do(req)
}

// review goes through the wizard for one agent as far as the review, whose path
// it returns.
func (v *visitor) review(base, name, runAs string) (path string) {
	v.t.Helper()
	p := v.open(base + "/blueprints/new")
	for _, step := range []url.Values{{"display_name": {name}}, nil, nil, nil, {"count": {"1"}, "run_as": {runAs}}} {
		p = v.press(p, "Continue", step)
	}
	if !strings.HasSuffix(p.url.Path, "/review") {
		v.t.Fatalf("the last Continue led to %s: %s", p.url, p.Find("main").Text())
	}
	return p.url.Path
}
