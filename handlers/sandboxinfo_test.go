package handlers

import "testing"

// TestSandboxInfoNamesTheAPIs: what the portal reads of a running sandbox says where a token can be used.
func TestSandboxInfoNamesTheAPIs(t *testing.T) {
	p := newTestPortal(t)
	info, err := ReadSandboxInfo(t.Context(), nil, p.tenant)
	if err != nil {
		t.Fatal(err)
	}
	api := "api://" + info.Echo.AppID
	want := EchoAPI{info.Authority + "/echo", info.Echo.AppID, api + "/.default", "Echo.Read.All", api + "/Echo.Read"}
	if info.Echo != want || info.Echo.AppID == "" || info.Management != info.Authority {
		t.Errorf("echo %+v, want %+v; management %q", info.Echo, want, info.Management)
	}
	if info.Partner == nil || info.Partner.AgentID != info.Seed.Agent.ID || info.Partner.App.AppID == "" || info.Partner.Authority != info.Authority {
		t.Errorf("partner %+v", info.Partner)
	}
	if _, err := ReadSandboxInfo(t.Context(), nil, p.tenant+"/nowhere"); err == nil {
		t.Error("info where there is none")
	}
}
