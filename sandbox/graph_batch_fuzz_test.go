package sandbox

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// batchBodies are what the mutations of the batch parser start from.
func batchBodies() []string {
	return []string{
		`{"requests":[{"id":"1","method":"GET","url":"/me"},{"id":"2","method":"POST","url":"groups","headers":{"Content-Type":"application/json"},"body":{"a":[1]},"dependsOn":["1"]}]}`,
		`{"requests":[{"id":"a","method":"DELETE","url":"/users/x?$select=id"},{"id":"b","method":"PATCH","url":"/users/x","headers":{"content-type":"application/json"},"body":{}}]}`,
		`{"requests":[{"id":"é","method":"get","url":"/applications(appId='x')/owners/$count","headers":{"ConsistencyLevel":"eventual"},"body":null}]}`,
	}
}

// readAnyBatch is the parser with what stands before it: JSON that is an object.
func readAnyBatch(text []byte) ([]batchPart, *graphError) {
	var body jsonObject
	if json.Unmarshal(text, &body) != nil || body == nil {
		return nil, badRequest("no JSON object")
	}
	return readBatch(body)
}

// TestBatchMutations: 20,000 seeded mutations of good batches: parts that are safe to run, or a 400.
func TestBatchMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	pieces := []string{`"`, `{`, `}`, `[`, `]`, `,`, `:`, `null`, `7`, `"id":"1"`, `"method":"GET"`, `/$batch`, `https://`, `//`, `..`, "\x00", "%", `\u0000`, `"dependsOn":["1"]`, strings.Repeat("[", 200)}
	taken := 0
	for range 20_000 {
		good := batchBodies()
		text := []byte(good[r.IntN(len(good))])
		for range 1 + r.IntN(3) {
			at := r.IntN(len(text) + 1)
			switch r.IntN(3) {
			case 0:
				text = slices.Insert(text, at, []byte(pieces[r.IntN(len(pieces))])...)
			case 1:
				text = slices.Delete(text, at, min(len(text), at+r.IntN(5)))
			default:
				if at < len(text) {
					text[at] = byte(32 + r.IntN(96))
				}
			}
		}
		if checkBatch(t, text) {
			taken++
		}
	}
	if taken == 0 {
		t.Error("no mutation was a good batch: the mutations test nothing")
	}
}

// checkBatch holds one input to the parser's promises.
func checkBatch(t *testing.T, text []byte) bool {
	t.Helper()
	parts, fault := readAnyBatch(text)
	if fault != nil {
		if fault.Status != 400 || fault.Code == "" || fault.Message == "" {
			t.Fatalf("%q: %+v", text, fault)
		}
		return false
	}
	seen := map[string]bool{}
	for _, p := range parts {
		id := strings.ToLower(p.ID)
		u, err := url.Parse(p.URL)
		if err != nil || id == "" || seen[id] || strings.Contains(strings.ToLower(u.Path), "$batch") || len(parts) > maxBatch {
			t.Fatalf("%q was taken: %+v", text, p)
		}
		seen[id] = true
	}
	return true
}

// FuzzBatch is the native target of the same parser.
func FuzzBatch(f *testing.F) {
	for _, body := range batchBodies() {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, text []byte) { checkBatch(t, text) })
}
