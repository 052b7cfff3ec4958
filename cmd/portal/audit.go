package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"

	"agentidportal/models"
)

// audit carries out "audit verify [FILE]". The exit code is the verdict: 0
// sound, 1 tampered with, 2 cannot be checked (or not asked properly).
func (p program) audit(ctx context.Context, args []string) int {
	if len(args) == 0 || args[0] != "verify" {
		fmt.Fprintf(p.stderr, "portal: audit knows one act in this version: portal audit verify [--json] [FILE]\n")
		return 2
	}
	var asJSON bool
	c, files, err := loadConfig(commandLine{
		command:  "audit verify",
		names:    map[string]string{"PORTAL_DATA_DIR": "data-dir", "PORTAL_DATABASE_URL": "database-url", "PORTAL_TENANT_ID": "tenant-id", "PORTAL_CLIENT_ID": "client-id"},
		switches: map[string]*bool{"json": &asJSON},
		help:     map[string]string{"json": "print the report as JSON"},
		check:    checkAudited,
	}, args[1:], p.environ, p.stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		p.exit(err)
		return 2
	}
	if len(files) > 1 {
		fmt.Fprintln(p.stderr, "portal: audit verify takes one file, a database or an export; without one it is the configured database")
		return 2
	}
	path := c.database()
	if len(files) == 1 {
		path = files[0]
	}
	report, err := models.VerifyAudit(ctx, path)
	if err != nil {
		fmt.Fprintf(p.stderr, "portal: %s cannot be checked: %v\n", path, err)
		if len(report.Faults) == 0 {
			return 2
		}
		// What was found before the end of what can be read still counts.
	}
	if asJSON {
		if err := json.NewEncoder(p.stdout).Encode(report); err != nil {
			return 2
		}
		return report.ExitCode()
	}
	printReport(p.stdout, path, report)
	return report.ExitCode()
}

// checkAudited checks what names the database, and nothing when a file does.
func checkAudited(c Config, files []string) error {
	if len(files) > 0 {
		return nil
	}
	return broken(c.databaseRules())
}

// printReport says in words what VerifyAudit found.
func printReport(w io.Writer, path string, r models.VerifyReport) {
	fmt.Fprintf(w, "%s: %d records, the last one has the hash %s\n", path, r.Records, r.Head)
	for _, fault := range r.Faults {
		fmt.Fprintf(w, "  %s\n", fault.What)
	}
	for _, open := range r.OpenIntents {
		fmt.Fprintf(w, "  record %d: intent %s has no outcome yet\n", open.Seq, open.OpID)
	}
	switch r.ExitCode() {
	case 0:
		fmt.Fprintln(w, "The chain is whole: no record was changed, removed, put in or moved.")
	case 1:
		if first := r.FirstBad(); first > 0 {
			fmt.Fprintf(w, "The first bad record is %d.\n", first)
		}
		fmt.Fprintln(w, "The history shows tampering. Keep this file as it is and compare it with a backup.")
	default:
		fmt.Fprintln(w, "The history cannot be checked to its end.")
	}
}
