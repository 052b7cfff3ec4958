package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// serveFile names the tenant file for a child process that serves it until it is killed.
const serveFile = "SANDBOX_TEST_SERVE_FILE"

// served is what the child prints once it listens.
type served struct{ URL, Token string }

// serveUntilKilled is the child: a sandbox behind a real listener, and a token of an administrator.
func serveUntilKilled(path string) {
	fail := func(err error) {
		fmt.Println("error", err)
		os.Exit(1)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	s, err := Open(context.Background(), Options{DataFile: path})
	if err != nil {
		fail(err)
	}
	key, err := s.keys.get(context.Background())
	if err != nil {
		fail(err)
	}
	c := s.newClaims(time.Now())
	c.Audience, c.Issuer, c.Version = graphResource, s.v1Issuer(), "1.0"
	c.IDType, c.ObjectID, c.AppID, c.Scopes = "user", seedID("user agent-admin"), seedID("app portal"), strings.Join(allScopes(), " ")
	token, err := key.seal(c)
	if err != nil {
		fail(err)
	}
	line, err := json.Marshal(served{"http://" + listener.Addr().String(), token})
	if err != nil {
		fail(err)
	}
	fmt.Println(string(line))
	fail(http.Serve(listener, s)) //nolint:gosec // a test's own server, dead in a second
}

// writer changes blueprints of its own and remembers what was acknowledged.
type writer struct {
	name   string
	made   int
	known  map[string]string // object id -> name as acknowledged
	gone   map[string]bool   // deleted, as acknowledged
	asked  map[string]string // object id -> name of a change without an answer, "" for a deletion
	noted  map[string]int    // client-request-id -> status as acknowledged
	client http.Client
}

func newWriter(n int) *writer {
	return &writer{
		name: fmt.Sprint("writer ", n), known: map[string]string{}, gone: map[string]bool{}, asked: map[string]string{}, noted: map[string]int{},
		client: http.Client{Timeout: 30 * time.Second},
	}
}

// send makes one request; ok is false when there was no whole answer, which is the kill.
func (w *writer) send(at served, method, path, body string) (status int, id string, ok bool) {
	r, err := http.NewRequest(method, at.URL+path, strings.NewReader(body))
	if err != nil {
		return 0, "", false
	}
	request := newID()
	r.Header.Set("Authorization", "Bearer "+at.Token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("client-request-id", request)
	res, err := w.client.Do(r)
	if err != nil {
		return 0, "", false
	}
	defer res.Body.Close()
	var answer struct{ ID string }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil && res.StatusCode != http.StatusNoContent {
		return 0, "", false
	}
	w.noted[request] = res.StatusCode
	return res.StatusCode, answer.ID, true
}

// write creates, renames and deletes until the child is gone; acknowledged counts over all writers.
func (w *writer) write(at served, acknowledged *atomic.Int64) error {
	for {
		w.made++
		name := fmt.Sprintf("%s blueprint %d", w.name, w.made)
		status, id, ok := w.send(at, "POST", blueprints, quoted(map[string]any{"displayName": name, "sponsors@odata.bind": []string{userLink("sponsor")}}))
		if !ok {
			return nil
		}
		if status != http.StatusCreated {
			return fmt.Errorf("create: %d", status)
		}
		w.known[id] = name
		acknowledged.Add(1)
		for _, next := range []string{name + " renamed", ""}[:w.made%3] {
			method, body, want := "PATCH", quoted(map[string]any{"displayName": next}), http.StatusNoContent
			if next == "" {
				method, body = "DELETE", ""
			}
			w.asked[id] = next
			if status, _, ok = w.send(at, method, "/v1.0/applications/"+id, body); !ok {
				return nil
			}
			if status != want {
				return fmt.Errorf("%s: %d", method, status)
			}
			delete(w.asked, id)
			acknowledged.Add(1)
			if w.known[id] = next; next == "" {
				delete(w.known, id)
				w.gone[id] = true
			}
		}
	}
}

// check compares what was acknowledged with the tenant and its journal, and takes over what a change
// without an answer has come to.
func (w *writer) check(t *testing.T, st *state, journalled map[string]int) {
	t.Helper()
	for id, name := range w.known {
		next, open := w.asked[id]
		switch a := st.apps.get(id); {
		case a == nil && open && next == "":
			delete(w.known, id)
			w.gone[id] = true
		case a != nil && open && a.DisplayName == next:
			w.known[id] = next
		case a == nil || a.DisplayName != name:
			t.Errorf("blueprint %s %q is lost: %+v", id, name, a)
		}
	}
	for id := range w.gone {
		if st.apps.get(id) != nil {
			t.Errorf("blueprint %s was deleted and is back", id)
		}
	}
	for request, status := range w.noted {
		if journalled[request] != status {
			t.Errorf("the journal says %d of a request that was answered with %d", journalled[request], status)
		}
	}
	clear(w.asked)
}

// killRounds is 10 in the ordinary test and 100 where the long suites run.
func killRounds() int {
	if os.Getenv("PORTAL_SOAK") == "1" {
		return 100
	}
	return 10
}

// TestKillUnderWriteLoad kills a sandbox again and again while six clients write to it over HTTP, and
// wants every acknowledged write, with its journal entry, after each.
func TestKillUnderWriteLoad(t *testing.T) {
	path, rounds := tenantFile(t), killRounds()
	writers := []*writer{}
	for n := range 6 {
		writers = append(writers, newWriter(n))
	}
	var total int64
	for round := range rounds {
		total += killOnce(t, path, writers, 5+rand.Int64N(80))
		checkRound(t, path, writers)
		if t.Failed() {
			t.Fatalf("after kill %d", round+1)
		}
	}
	fmt.Printf("FIGURE sandbox_kills_survived %d times limit >=%d %s\n", rounds, rounds, verdict(total >= int64(rounds*5)))
}

// killOnce serves the file in a child, lets the writers write and kills the child once enough writes
// were acknowledged, in the middle of others.
func killOnce(t *testing.T, path string, writers []*writer, enough int64) int64 {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), serveFile+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	var at served
	if err := json.Unmarshal(lines.Bytes(), &at); err != nil {
		t.Fatalf("the child says %q", lines.Text())
	}
	var acknowledged atomic.Int64
	var all sync.WaitGroup
	for _, w := range writers {
		all.Go(func() {
			if err := w.write(at, &acknowledged); err != nil {
				t.Errorf("%s: %v", w.name, err)
			}
			w.client.CloseIdleConnections()
		})
	}
	for acknowledged.Load() < enough && !t.Failed() {
		time.Sleep(time.Millisecond)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	all.Wait()
	_ = cmd.Wait()
	return acknowledged.Load()
}

// checkRound opens the file that the dead child has left.
func checkRound(t *testing.T, path string, writers []*writer) {
	t.Helper()
	s, err := Open(t.Context(), Options{DataFile: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, _, err := s.store.entriesAfter(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	journalled, numbers := map[string]int{}, map[int64]bool{}
	for _, text := range list {
		var e journalEntry
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		if numbers[e.N] {
			t.Errorf("two entries have the number %d", e.N)
		}
		numbers[e.N], journalled[e.ClientRequestID] = true, e.Status
	}
	_ = s.tenant.read(func(st *state) error {
		for _, w := range writers {
			w.check(t, st, journalled)
		}
		return nil
	})
}
