package entra

import (
	"strconv"
	"strings"
)

// Names come from strangers, and scripts are copied into terminals. Each
// language a name goes to has one function here; entra/graph has those for
// addresses and queries.

// QuoteShell is one word for a POSIX shell. Single quotes switch everything
// off, so only they need care.
func QuoteShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// QuotePowerShell is one string for PowerShell. It takes typographic quotes for
// single quotes too, so they are doubled as well.
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
func QuotePowerShell(s string) string {
	return "'" + strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛").Replace(s) + "'"
}

// QuoteGo is a string literal for Go.
func QuoteGo(s string) string { return strconv.Quote(s) }
