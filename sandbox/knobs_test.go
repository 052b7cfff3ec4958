package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

const knobDefaults = `{"lagMs":{"blueprint":0,"principal":0,"agentIdentity":0,"agentUser":0,"grant":0},"latencyMs":0,"faults":[],"clockOffsetSec":0,"tokenClock":false,"agentFields":true,"cascadeAgentUsers":false,"delegatedCreate":true,"userConsent":true,"agentConsent":true}`

func TestKnobs(t *testing.T) {
	l := newLab(t)
	if got := string(l.get(t, "/_sandbox/knobs").text); got != knobDefaults {
		t.Errorf("got %s, want %s", got, knobDefaults)
	}
	for name, tc := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"lag":             {`{"lagMs":{"blueprint":1500,"agentIdentity":20,"agentUser":3,"grant":4}}`, 200, `"blueprint":1500`},
		"defaults":        {knobDefaults, 200, `"blueprint":0`},
		"switch":          {`{"delegatedCreate":false}`, 200, `"delegatedCreate":false`},
		"cascade":         {`{"cascadeAgentUsers":true}`, 200, `"cascadeAgentUsers":true`},
		"consent":         {`{"userConsent":false}`, 200, `"userConsent":false`},
		"fault":           {`{"faults":[{"kind":"429","path":"/v1.0/**","retryAfterSec":2,"count":3}]}`, 200, `"count":3,"hits":0`},
		"negative":        {`{"latencyMs":-1}`, 400, "The value of latencyMs must be 0 to"},
		"two at once":     {`{"latencyMs":-1,"lagMs":{"grant":-2}}`, 400, "The value of lagMs.grant must be 0 to 600000 milliseconds, not -2. The value of latencyMs"},
		"far off":         {`{"clockOffsetSec":999999999}`, 400, "The value of clockOffsetSec must be"},
		"kind of fault":   {`{"faults":[{"kind":"404","path":"/x"}]}`, 400, `Fault 1: the kind \"404\" is none of`},
		"path of fault":   {`{"faults":[{"kind":"500"}]}`, 400, `Fault 1: the path \"\" must start with a slash`},
		"own address":     {`{"faults":[{"kind":"500","path":"/_sandbox/knobs"}]}`, 400, "the sandbox's own addresses take no faults"},
		"method of fault": {`{"faults":[{"kind":"500","path":"/x","method":"post"}]}`, 400, `the method \"post\" is none of`},
		"count of fault":  {`{"faults":[{"kind":"500","path":"/x","count":-1}]}`, 400, "the value of count must be 0 to 1000000, not -1"},
		"retry after":     {`{"faults":[{"kind":"500","path":"/x","retryAfterSec":1}]}`, 400, "retryAfterSec belongs to 429 and 503"},
		"hold":            {`{"faults":[{"kind":"500","path":"/x","holdMs":1}]}`, 400, "holdMs belongs to timeout-before and timeout-after"},
		"many faults":     {`{"faults":[` + strings.Repeat(`{"kind":"500","path":"/x"},`, 50) + `{"kind":"500","path":"/x"}]}`, 400, "There may be 50 faults at once, not 51."},
		"unknown":         {`{"lag":1}`, 400, "unknown field"},
		"no JSON":         {`lag=1`, 400, "no set of knobs"},
		"two bodies":      {`{}{}`, 400, "no set of knobs"},
		"wrong type":      {`{"latencyMs":"soon"}`, 400, "no set of knobs"},
		"agentFields off": {`{"agentFields":false}`, 400, "The knob agentFields has no effect"},
	} {
		t.Run(name, func(t *testing.T) {
			before := l.knobValues()
			a := l.send(t, http.MethodPut, "/_sandbox/knobs", tc.body)
			if a.StatusCode != tc.status || !strings.Contains(string(a.text), tc.says) {
				t.Errorf("status %d: %s", a.StatusCode, a.text)
			}
			if after := l.knobValues(); tc.status != 200 && len(after.Faults) != len(before.Faults) {
				t.Errorf("refused, and yet %+v became %+v", before, after)
			}
		})
	}
}

// TestKnobsSurviveARestart: a portal and its sandbox that start again together must not find the
// trouble gone that somebody ordered; a reset ends it.
func TestKnobsSurviveARestart(t *testing.T) {
	path := tenantFile(t)
	ctx := t.Context()
	s, err := Open(ctx, Options{DataFile: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.tenant.write(ctx, func(tx *txn) error {
		values := tx.knobs.knobValues
		values.ClockOffsetSec, values.Faults = 3600, []fault{{Kind: faultServer, Path: "/**", Count: 3, Hits: 1}}
		tx.put(newKnobs(values))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	if s, err = Open(ctx, Options{DataFile: path, Now: func() time.Time { return now }}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	k := s.knobValues()
	if len(k.Faults) != 1 || k.Faults[0].Hits != 1 || !k.UserConsent {
		t.Errorf("knobs %+v", k)
	}
	if got := s.directoryNow().Sub(now); got != time.Hour {
		t.Errorf("the directory's clock is %v ahead", got)
	}
}

func TestPathFits(t *testing.T) {
	for _, tc := range []struct {
		pattern, path string
		want          bool
	}{
		{"/**", "/v1.0/me", true},
		{"/v1.0/applications", "/v1.0/Applications/", true},
		{"/v1.0/applications", "/v1.0/applications/1", false},
		{"/v1.0/applications/*", "/v1.0/applications/1", true},
		{"/v1.0/applications/*", "/v1.0/applications", false},
		{"/v1.0/applications/*", "/v1.0/applications/1/owners", false},
		{"/v1.0/**/addPassword", "/v1.0/applications/1/addPassword", true},
		{"/v1.0/**/addPassword", "/v1.0/applications/1/removePassword", false},
		{"/*/oauth2/v2.0/token", "/" + tenantID + "/oauth2/v2.0/token", true},
		{"/**/a/**/b", "/a/a/x/b/b", true},
		{"/**/a/**/b", "/x/b/a", false},
		{"/**/**", "/", true},
		{"/" + strings.Repeat("**/a/", 40) + "b", "/" + strings.Repeat("a/", 400), false},
	} {
		if got := pathFits(tc.pattern, tc.path); got != tc.want {
			t.Errorf("%q and %q: %v", tc.pattern, tc.path, got)
		}
	}
}
