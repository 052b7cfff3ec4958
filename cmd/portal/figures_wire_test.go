package main

import (
	"compress/gzip"
	"io"
	"net/http"
)

// countingTransport asks for gzip as a browser does, counts the bytes of the
// body on the wire and hands on the text.
type countingTransport struct{ read int64 }

func (t *countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Accept-Encoding", "gzip")
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	counted := &countedBody{ReadCloser: response.Body, to: &t.read}
	response.Body = counted
	if response.Header.Get("Content-Encoding") == "gzip" {
		response.Body = &gunzipBody{source: counted}
	}
	return response, nil
}

type countedBody struct {
	io.ReadCloser
	to *int64
}

func (c *countedBody) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	*c.to += int64(n)
	return n, err
}

// gunzipBody opens the stream at the first read, when its head has come.
type gunzipBody struct {
	source *countedBody
	reader *gzip.Reader
}

func (g *gunzipBody) Read(p []byte) (int, error) {
	if g.reader == nil {
		reader, err := gzip.NewReader(g.source)
		if err != nil {
			return 0, err
		}
		g.reader = reader
	}
	return g.reader.Read(p)
}

func (g *gunzipBody) Close() error { return g.source.Close() }
