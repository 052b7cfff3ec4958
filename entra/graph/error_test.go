package graph_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentidportal/entra/graph"
)

func TestErrorsKeepWhatGraphSaid(t *testing.T) {
	const header = "9d7d0000-0000-4000-8000-000000000001"
	tests := []struct {
		name, body string
		want       graph.Error
	}{
		{
			"in full",
			`{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges.","innerError":{"date":"2026-11-02T08:11:12","request-id":"a","client-request-id":"b"}}}`,
			graph.Error{Code: "Authorization_RequestDenied", Message: "Insufficient privileges.", Date: "2026-11-02T08:11:12"},
		},
		{
			"the old spelling",
			`{"error":{"code":"X","message":"Y","innererror":{"date":"2026-11-02T08:11:13"}}}`,
			graph.Error{Code: "X", Message: "Y", Date: "2026-11-02T08:11:13"},
		},
		{"no code", `{"error":{"code":"","message":"Y"}}`, graph.Error{Message: "Y"}},
		{"no body", ``, graph.Error{Message: "The answer has no body."}},
		{
			"a proxy's page", "<html><head><style>p{}</style></head><body><h1>502</h1>\n<script>x()</script> Bad gateway</body></html>",
			graph.Error{Message: "The answer is a web page, not Graph's error object: 502 Bad gateway"},
		},
		{"text", "upstream timed out", graph.Error{Message: "The answer is not Graph's error object: upstream timed out"}},
		{"another object", `{"error":"x"}`, graph.Error{Message: `The answer is not Graph's error object: {"error":"x"}`}},
		{
			"control characters and a token",
			`{"error":{"code":"A\nB","message":"one\r\ntwo\u0000 eyJhbGciOi.eyJhdWQi.c2ln three"}}`,
			graph.Error{Code: "A B", Message: "one two [token removed] three"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t, answer(403, tt.body))
			err := readMe(t.Context(), f.client())
			var got *graph.Error
			if !errors.As(err, &got) {
				t.Fatalf("err = %v", err)
			}
			tt.want.Status, tt.want.Method, tt.want.Path, tt.want.RequestID = 403, "GET", "/v1.0/me", header
			tt.want.Needs = "User.Read"
			if diff := cmp.Diff(&tt.want, got, cmpopts.IgnoreFields(graph.Error{}, "ClientRequestID")); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if !graph.IsForbidden(err) || graph.Unknown(err) {
				t.Errorf("forbidden = %v, unknown = %v", graph.IsForbidden(err), graph.Unknown(err))
			}
		})
	}
}

func TestAnErrorsTextHoldsNoDirectoryTextAndNoQuery(t *testing.T) {
	f := newFake(t, answer(400, `{"error":{"code":"Request_BadRequest","message":"Ann's secret plan"}}`))
	_, err := f.client().SearchUsers(t.Context(), "ann")
	if want := "search users: GET /v1.0/users: Graph answered 400 Request_BadRequest"; err == nil || err.Error() != want {
		t.Errorf("err = %v, want %s", err, want)
	}
}

func TestHelpersLookThroughWrapping(t *testing.T) {
	wrap := func(status int, code, message string) error {
		return fmt.Errorf("a: %w", fmt.Errorf("b: %w", &graph.Error{Status: status, Code: code, Message: message}))
	}
	lag := func(err error) bool {
		var refused *graph.Error
		return errors.As(err, &refused) && refused.Lag()
	}
	tests := []struct {
		name string
		is   func(error) bool
		yes  []error
		no   []error
	}{
		{"not found", graph.IsNotFound, []error{wrap(404, "", "")}, []error{wrap(400, "", ""), nil, errors.New("x")}},
		{"forbidden", graph.IsForbidden, []error{wrap(403, "", "")}, []error{wrap(401, "", "")}},
		{"lag", lag, []error{
			wrap(404, "Request_ResourceNotFound", "Resource 'x' does not exist or one of its queried reference-property objects are not present."),
			wrap(400, "Request_BadRequest", "Object with id 5d21 not found."),
			wrap(400, "AgentIdentity_AgentBlueprintPrincipalDoesNotExist", "No principal."),
			wrap(403, "AgentIdentity_AgentBlueprintPrincipalDoesNotExist", ""),
			wrap(400, "NoBackingApplicationObject", ""),
			wrap(400, "Request_BadRequest", "The appId '5d21' of the service principal does not reference a valid application object."),
		}, []error{
			wrap(400, "Request_BadRequest", "Invalid value specified for property 'displayName'."),
			wrap(403, "Authorization_RequestDenied", "Insufficient privileges."),
			wrap(500, "", "not found"), nil,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, err := range tt.yes {
				if !tt.is(err) {
					t.Errorf("no for %#v", err)
				}
			}
			for _, err := range tt.no {
				if tt.is(err) {
					t.Errorf("yes for %#v", err)
				}
			}
		})
	}
}

func FuzzErrorBody(f *testing.F) {
	for _, seed := range []string{``, `{}`, `{"error":null}`, `<html>`, `{"error":{"code":7}}`, "\xff\xfe", strings.Repeat(`{"error":`, 50)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		e := graph.ReadError(403, []byte(body))
		if e == nil || e.Status != 403 || len([]rune(e.Message)) > 1100 || strings.ContainsFunc(e.Code+e.Message, unicode.IsControl) {
			t.Errorf("%q gave %+v", body, e)
		}
	})
}
