package provision

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// partFault is what goes wrong with one part of a batch.
type partFault struct {
	silent bool // Graph does it, and its answer leaves the part out
	missed bool // Graph neither does it nor answers it
	status int  // answered in Graph's place; done: and it does it
	done   bool
	code   string

	message string // "No." unless set
	after   string // Retry-After
}

// playParts has Graph carry a batch out, but for the parts that are struck.
func playParts(r *http.Request, struck map[int]partFault) (*http.Response, error) {
	var sent struct {
		Requests []json.RawMessage `json:"requests"`
	}
	text, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(text, &sent) != nil {
		return nil, fmt.Errorf("no batch: %s", text)
	}
	var through []json.RawMessage
	var played []map[string]any
	silent := map[string]bool{}
	for i, part := range sent.Requests {
		f, hit := struck[i+1]
		id := strconv.Itoa(i + 1)
		if !hit || f.silent || f.done {
			through = append(through, part)
		}
		if !hit {
			continue
		}
		silent[id] = true
		if f.message == "" {
			f.message = "No."
		}
		if f.status != 0 {
			played = append(played, map[string]any{
				"id": id, "status": f.status, "headers": map[string]string{"retry-after": f.after, "Request-Id": "played"},
				"body": map[string]any{"error": map[string]any{"code": f.code, "message": f.message}},
			})
		}
	}
	body, _ := json.Marshal(map[string]any{"requests": through})
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res := &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r, ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader([]byte(`{"responses":[]}`))),
	}
	if len(through) > 0 {
		if res, err = http.DefaultTransport.RoundTrip(r); err != nil {
			return nil, err
		}
	}
	defer res.Body.Close()
	var got struct {
		Responses []map[string]any `json:"responses"`
	}
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		return nil, err
	}
	for _, answer := range got.Responses {
		if !silent[answer["id"].(string)] {
			played = append(played, answer)
		}
	}
	body, _ = json.Marshal(map[string]any{"responses": played})
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return res, nil
}
