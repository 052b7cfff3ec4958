package main

import (
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"

	"agentidportal/migrations"
)

// version prints what a bug report needs. The commit is known when the binary
// was built inside its repository.
func (p program) version() {
	release, commit := "development", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" && info.Main.Version != "(devel)" {
			release = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	fmt.Fprintf(p.stdout, "portal %s\ncommit %s\ngo     %s %s/%s\nschema %d\n", release, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH, migrations.Latest())
}

// pseudoVersion is the end of a version that Go made up for a commit without a
// tag. A tag with changes that were not committed ends in "+dirty".
// https://go.dev/ref/mod#pseudo-versions
var pseudoVersion = regexp.MustCompile(`[-.]\d{14}-[0-9a-f]{12}(\+.*)?$|\+dirty$`)

// isDevelopment is true of a binary that is no release: its version is unknown,
// "(devel)", or made up for a commit.
func isDevelopment(info *debug.BuildInfo, ok bool) bool {
	if !ok {
		return true
	}
	v := info.Main.Version
	return v == "" || v == "(devel)" || pseudoVersion.MatchString(v)
}
