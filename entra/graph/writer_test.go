package graph_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra"
	"agentidportal/entra/graph"
)

const opID = "0193a000-0000-7000-8000-000000000001"

func TestSendSendsOnceUnderItsOperation(t *testing.T) {
	f := newFake(t, answer(201, `{"id":"9a77","appId":"5d21","displayName":"Invoice helper"}`))
	w := graph.NewWriter(f.client()).With(bearer("token-of-bob"))
	var made graph.Blueprint
	call := graph.CreateBlueprintCall(f.URL, graph.NewBlueprint{DisplayName: "Invoice helper", Tags: []string{graph.OpTag(opID)}})
	res, err := w.Send(t.Context(), opID, call, &made)
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != 201 || res.ClientRequestID != opID || made.AppID != "5d21" {
		t.Errorf("response = %+v, blueprint = %+v", res, made)
	}
	r := f.seen[0]
	for name, want := range map[string]string{
		"client-request-id": opID, "Content-Type": "application/json", "Authorization": "Bearer token-of-bob", "OData-Version": "4.0",
	} {
		if r.Header.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, r.Header.Get(name), want)
		}
	}
	if want := `{"displayName":"Invoice helper","tags":["portal-op:` + opID + `"]}`; f.sent[0] != want {
		t.Errorf("body = %s, want %s", f.sent[0], want)
	}
}

func TestOutcomesOfASend(t *testing.T) {
	hangUp := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.Close()
		}
	}
	half := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "500")
		w.WriteHeader(201)
		w.Write([]byte(`{"id":"9a`))
		hangUp(w, r)
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		unknown bool
		status  int // of the *graph.Error, 0 for none
	}{
		{"refused", answer(403, `{"error":{"code":"Authorization_RequestDenied","message":"No."}}`), false, 403},
		{"throttled", answer(429, ``), false, 429},
		{"conflict", answer(409, ``), false, 409},
		{"redirected", answer(302, ``), false, 302},
		{"server fault", answer(500, ``), true, 500},
		{"gateway", answer(502, `<html>`), true, 502},
		{"unavailable", answer(503, ``), true, 503},
		{"somebody in between gave up waiting", answer(408, ``), true, 408},
		{"hung up after the request", hangUp, true, 0},
		{"half an answer", half, true, 0},
		{"an answer that is no JSON", answer(201, `<html>`), true, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t, tt.handler)
			var made graph.Blueprint
			_, err := graph.NewWriter(f.client()).Send(t.Context(), opID, graph.CreateBlueprintCall("", graph.NewBlueprint{DisplayName: "x"}), &made)
			if err == nil || graph.Unknown(err) != tt.unknown {
				t.Errorf("err = %v, unknown = %v, want %v", err, graph.Unknown(err), tt.unknown)
			}
			var refusal *graph.Error
			if got := errors.As(err, &refusal); got != (tt.status != 0) || got && refusal.Status != tt.status {
				t.Errorf("err = %v, want status %d", err, tt.status)
			}
			if f.count() != 1 || len(f.waits) != 0 {
				t.Errorf("%d requests, waits %v: a write is sent once", f.count(), f.waits)
			}
		})
	}
}

func TestAWriteThatNeverLeftIsNotUnknown(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name  string
		ctx   context.Context
		base  string
		token graph.TokenFunc
	}{
		{"nobody listens", t.Context(), closed.URL, bearer("t")},
		{"no token", t.Context(), "http://" + listener.Addr().String(), func(context.Context) (entra.Secret, error) {
			return entra.Secret{}, errors.New("sign in again")
		}},
		{"cancelled before", ended, "http://" + listener.Addr().String(), bearer("t")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := graph.NewWriter(graph.New(graph.Options{Base: tt.base, Token: tt.token}))
			_, err := w.Send(tt.ctx, opID, graph.CreateBlueprintPrincipalCall("5d21"), nil)
			if err == nil || graph.Unknown(err) {
				t.Errorf("err = %v, unknown = %v", err, graph.Unknown(err))
			}
		})
	}
}

func TestAWriteWithoutAnAnswerInTimeIsUnknown(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	f := newFake(t, func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	})
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	go func() {
		<-arrived
		cancel()
	}()
	_, err := graph.NewWriter(f.client()).Send(ctx, opID, graph.CreateBlueprintPrincipalCall("5d21"), nil)
	if !graph.Unknown(err) || !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, unknown = %v", err, graph.Unknown(err))
	}
}

func TestSendRefusesWhatIsNoFinishedWrite(t *testing.T) {
	f := newFake(t, answer(200, `{}`))
	tests := []struct {
		name, op string
		call     graph.Call
	}{
		{"a read", opID, graph.Call{Path: "/v1.0/me"}},
		{"no operation", " ", graph.CreateBlueprintPrincipalCall("5d21")},
		{"principal of a blueprint to come", opID, graph.CreateBlueprintPrincipalCall(graph.LaterBlueprintAppID)},
		{"agent of a blueprint to come", opID, graph.CreateAgentIdentityCall("", graph.NewAgentIdentity{BlueprintAppID: graph.LaterBlueprintAppID})},
		{"secret of a blueprint to come", opID, graph.AddPasswordCall(graph.LaterBlueprintID, "x", clock())},
	}
	for _, tt := range tests {
		if _, err := graph.NewWriter(f.client()).Send(t.Context(), tt.op, tt.call, nil); err == nil || graph.Unknown(err) {
			t.Errorf("%s: err = %v", tt.name, err)
		}
	}
	if f.count() != 0 {
		t.Errorf("requests = %v", f.uris())
	}
}

// The one write path: a page that could send a call itself would write without an audit intent. Tests may put the parts
// together as cmd does; they are no pages.
func TestOnlyTheRunEngineHoldsAWriter(t *testing.T) {
	allowed := []string{"entra/graph/", "provision/", "cmd/"}
	var offenders []string
	files := 0
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && rel != "." || rel == "tools" || rel == "data") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files++
		for _, prefix := range allowed {
			if strings.HasPrefix(filepath.ToSlash(rel), prefix) {
				return nil
			}
		}
		names, err := writerNames(path)
		for _, name := range names {
			offenders = append(offenders, rel+": "+name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Fatalf("read %d files: the walk does not reach the sources", files)
	}
	if diff := cmp.Diff([]string(nil), offenders); diff != "" {
		t.Errorf("graph.Writer is named outside the run engine (-want +got):\n%s", diff)
	}
}

// writerNames are the mentions of graph.Writer and its constructor in one file, under whatever name it imports graph.
func writerNames(path string) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	local := ""
	for _, spec := range file.Imports {
		if spec.Path.Value != `"agentidportal/entra/graph"` {
			continue
		}
		local = "graph"
		if spec.Name != nil {
			local = spec.Name.Name
		}
	}
	if local == "" {
		return nil, nil
	}
	if local == "." {
		return []string{"a dot import of graph"}, nil
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == local && (sel.Sel.Name == "Writer" || sel.Sel.Name == "NewWriter") {
			names = append(names, local+"."+sel.Sel.Name)
		}
		return true
	})
	return names, nil
}
