package main

import (
	"path/filepath"
	"strings"
	"testing"

	"agentidportal/sandbox"
)

// TestSandboxSeed: the flag chooses what a new tenant starts with, an existing one is kept, and a
// start that asks for another seed says how to get it.
func TestSandboxSeed(t *testing.T) {
	folder := t.TempDir()
	start := func(args ...string) sandbox.Info {
		t.Helper()
		return runSandboxUntilInfo(t, append([]string{"sandbox", "--print-info", "--addr", "127.0.0.1:0", "--data-dir", folder}, args...))
	}
	if info := start("--seed", "empty"); info.Seed.Name != "empty" || info.Seed.Blueprint != nil || len(info.Personas) == 0 {
		t.Errorf("empty: %+v", info.Seed)
	}
	if info := start(); info.Seed.Name != "empty" {
		t.Errorf("started again: %+v", info.Seed)
	}
	got := command(t, folder, nil, "sandbox", "--seed", "small")
	for _, part := range []string{filepath.Join(folder, "sandbox", "tenant.db"), "seed empty, not small", "POST /_sandbox/reset"} {
		if got.code != 1 || !strings.Contains(got.report, part) {
			t.Errorf("another seed: exit %d, no %q in %s", got.code, part, got.report)
		}
	}
	if got = command(t, folder, nil, "sandbox", "--seed", "huge"); got.code == 0 || !strings.Contains(got.report, `"huge" is none of small, large, empty`) {
		t.Errorf("unknown seed: exit %d: %s", got.code, got.report)
	}
	folder = t.TempDir()
	if info := start(); info.Seed.Name != "small" || info.Seed.AgentUser == nil {
		t.Errorf("no seed named: %+v", info.Seed)
	}
}
