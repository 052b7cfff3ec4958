package main

import (
	"fmt"
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
