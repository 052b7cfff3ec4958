package main

import (
	"runtime/debug"
	"testing"
)

func TestReleasesAreToldFromDevelopmentBuilds(t *testing.T) {
	for version, want := range map[string]bool{
		"":                                   true,
		"(devel)":                            true,
		"v0.0.0-20261121081419-6610eeb0a1b2": true,
		"v0.0.0-20261121081419-6610eeb0a1b2+dirty":  true,
		"v0.2.1-0.20261121081419-6610eeb0a1b2":      true,
		"v0.2.1-rc.1.0.20261121081419-6610eeb0a1b2": true,
		"v0.2.0+dirty":        true,
		"v0.2.0":              false,
		"v0.2.0-rc.1":         false,
		"v1.20261121081419.0": false,
	} {
		if got := isDevelopment(&debug.BuildInfo{Main: debug.Module{Version: version}}, true); got != want {
			t.Errorf("version %q: development = %v, want %v", version, got, want)
		}
	}
	if !isDevelopment(nil, false) {
		t.Error("a binary without build information passes for a release")
	}
}
