package provision

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// fromUTF16 decodes text of two bytes a unit; what is none becomes U+FFFD, and a
// last byte alone is dropped.
func fromUTF16(data []byte, unit func([]byte) uint16) string {
	units := make([]uint16, 0, len(data)/2)
	for i := 0; i+1 < len(data); i += 2 {
		units = append(units, unit(data[i:]))
	}
	return string(utf16.Decode(units))
}

// RowTemplate is a table of agent identities with one row as an example. The
// domain is one of the tenant; the sponsor is named by user principal name.
func RowTemplate(domain, sponsor string) string {
	var b strings.Builder
	_ = WriteRows(&b, nil, []map[string]string{{ // a builder takes everything
		colName: "Invoice helper 01", colSponsors: sponsor, colUser: "invoice-helper-01@" + domain, colUserName: "Invoice helper 01",
		colLocation: "DE", colManager: sponsor, colUserSponsors: sponsor,
	}})
	return b.String()
}

// WriteRows writes a table of agent identities with the columns that ParseRows
// reads and more ones behind them. What a spreadsheet would take for a formula
// gets a quote before it, which ParseRows takes away.
// https://owasp.org/www-community/attacks/CSV_Injection
func WriteRows(w io.Writer, more []string, rows []map[string]string) error {
	columns := append(RowColumns(), more...)
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(columns); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	for _, row := range rows {
		cells := make([]string, len(columns))
		for i, column := range columns {
			cells[i] = guarded(row[column])
		}
		if err := out.Write(cells); err != nil {
			return fmt.Errorf("write table: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

func guarded(cell string) string {
	if cell != "" && strings.ContainsRune(formulas+"\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
