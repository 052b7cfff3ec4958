package entra_test

import (
	"testing"

	"agentidportal/entra"
)

// TestSandboxCrossTenant: T1 and T2 are this tenant's, TR is the other one's,
// verified with its keys and judged by its ids.
func TestSandboxCrossTenant(t *testing.T) {
	n := newTenant(t)
	mode := n.crossTenant()
	trace, err := n.client.Acquire(t.Context(), mode)
	if err != nil {
		t.Fatalf("%v: %+v", err, trace.Failed())
	}
	if len(trace.Hops) != 3 || trace.Hops[2].TenantID != mode.TenantID || len(trace.Links) == 0 {
		t.Fatalf("%d hops, %d links, TR of %s", len(trace.Hops), len(trace.Links), trace.Hops[2].TenantID)
	}
	for _, hop := range trace.Hops {
		x := n.agentContext("", "")
		x.Mode, x.Hop, x.ClientAppID = trace.Mode, hop.Name, mode.AppID
		if hop.Name == entra.HopTR {
			x.TenantID = mode.TenantID
		}
		if hop.Signature.State != entra.VerdictValid {
			t.Errorf("signature of %s: %+v", hop.Name, hop.Signature)
		}
		for _, note := range n.client.Explain(hop.JWT, x) {
			if note.For == entra.Missing || note.For == entra.Unexpected {
				t.Errorf("%s.%s = %s is %q: %s", hop.Name, note.Name, note.Text, note.For, note.Says)
			}
		}
	}
	for _, link := range trace.Links {
		if !link.Holds {
			t.Errorf("%s: %s", link.Text, link.Detail)
		}
	}
}

func TestSandboxCrossTenantRefusals(t *testing.T) {
	n := newTenant(t)
	for name, tt := range map[string]struct {
		bend func(*entra.CrossTenant)
		want int
		at   entra.HopName
	}{
		"an application that is not there": {func(m *entra.CrossTenant) { m.AppID = n.info.Client.ClientID }, 700016, entra.HopTR},
		"a tenant that is not there":       {func(m *entra.CrossTenant) { m.TenantID = "9b2d8e0e-6f3b-4f0e-9b51-0d6a7f2f0c11" }, 90002, entra.HopTR},
		"a wrong secret here":              {func(m *entra.CrossTenant) { m.Credential.Secret = entra.NewSecret("SANDBOX~no") }, 7000215, entra.HopT1},
		"a resource that is not there":     {func(m *entra.CrossTenant) { m.Scope = n.info.Echo.Scope }, 500011, entra.HopTR},
	} {
		mode := n.crossTenant()
		tt.bend(&mode)
		trace, err := n.client.Acquire(t.Context(), mode)
		failed := trace.Failed()
		if err == nil || failed == nil || failed.Name != tt.at || failed.Err == nil || failed.Err.AADSTS != tt.want {
			t.Errorf("%s: %v: %+v", name, err, failed)
		}
	}
}
