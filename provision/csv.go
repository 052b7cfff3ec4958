package provision

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// Limits of a table of agent identities.
const (
	MaxRows    = 1000
	MaxRowsLen = 2 << 20 // bytes
	maxPeople  = 3000    // different ones that are looked up
)

// RowContext is what the rows of a table are checked against. Spec holds what
// all rows have in common; Rows, Names and Count of it do not matter.
type RowContext struct {
	Spec    BlueprintSpec
	Domains []string              // verified ones of the tenant
	SKUs    []graph.SubscribedSKU // products the tenant has licences of
	People  FindPeople
	Left    int // how many agent identities the blueprint may still get
}

// RowResult is one row of a table, and what is wrong with it.
type RowResult struct {
	Number int               // line of the file; the header is line 1
	Cells  map[string]string // as read, by column
	Row    AgentRow          // what the row says itself, for BlueprintSpec.Rows
	Whole  AgentRow          // with what all rows have in common
	Faults []RowFault
}

// Good are the rows without a fault, for BlueprintSpec.Rows.
func Good(rows []RowResult) []AgentRow {
	var good []AgentRow
	for _, r := range rows {
		if len(r.Faults) == 0 {
			good = append(good, r.Row)
		}
	}
	return good
}

// ParseRows reads a table of agent identities and checks every row of it; it
// changes nothing. The file is CSV with a header, separated by commas,
// semicolons or tabs, in UTF-8 or with the mark of UTF-16. A file that cannot be
// read as a table gives *models.InvalidError with the field "rows"; any other
// error comes from in.People.
// https://www.rfc-editor.org/rfc/rfc4180
func ParseRows(ctx context.Context, r io.Reader, in RowContext) ([]RowResult, error) {
	text, err := tableText(r)
	if err != nil {
		return nil, err
	}
	t, err := newTable(text)
	if err != nil {
		return nil, err
	}
	rows, err := t.read()
	if err != nil {
		return nil, err
	}
	found, err := in.people(ctx, rows)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		in.build(&rows[i], found)
	}
	in.compare(rows)
	return rows, nil
}

func badTable(format string, args ...any) error {
	return &models.InvalidError{Fields: map[string]string{"rows": fmt.Sprintf(format, args...)}}
}

// table is a CSV file after its header.
type table struct {
	csv     *csv.Reader
	skipped int // lines before the header
	columns []string
}

func newTable(text string) (*table, error) {
	t := &table{}
	first, rest, _ := strings.Cut(text, "\n")
	if comma, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(first)), "sep="); ok && len(comma) <= 1 {
		text, t.skipped = rest, 1 // spreadsheets write it for each other
	}
	t.csv = csv.NewReader(strings.NewReader(text))
	t.csv.Comma, t.csv.FieldsPerRecord, t.csv.ReuseRecord = separator(text), -1, true
	header, err := t.csv.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, badTable("The file is empty. Begin it with a line of column names: %s.", strings.Join(RowColumns(), ", "))
	case err != nil:
		return nil, badTable("The first line cannot be read as column names: a quote in it is not closed, or stands within a word.")
	}
	for _, cell := range header {
		name := strings.ToLower(strings.TrimSpace(cell))
		switch {
		case name == "" && len(t.columns) > 0:
		case !slices.Contains(RowColumns(), name):
			return nil, badTable("The column “%s” is not known. Known are %s.", shorten(cell), strings.Join(RowColumns(), ", "))
		case slices.Contains(t.columns, name):
			return nil, badTable("The column “%s” stands in the file twice. Remove one of them.", name)
		}
		t.columns = append(t.columns, name)
	}
	if !slices.Contains(t.columns, colName) {
		return nil, badTable("The file has no column “%s”, which every agent identity needs.", colName)
	}
	return t, nil
}

// separator is what separates the names in the header, where no name has one.
func separator(text string) rune {
	header, _, _ := strings.Cut(text, "\n")
	best, most := ',', strings.Count(header, ",")
	for _, sep := range ";\t" {
		if n := strings.Count(header, string(sep)); n > most {
			best, most = sep, n
		}
	}
	return best
}

// read reads all rows. A row that is no CSV has that as its fault.
func (t *table) read() ([]RowResult, error) {
	var rows []RowResult
	for count := 0; ; {
		cells, err := t.csv.Read()
		if errors.Is(err, io.EOF) {
			if count > MaxRows {
				return nil, badTable("The file has %d rows. It may have %d; split it.", count, MaxRows)
			}
			if count == 0 {
				return nil, badTable("The file has column names and no row.")
			}
			return rows, nil
		}
		if err == nil && !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			continue // spreadsheets leave such lines behind
		}
		if count++; count > MaxRows {
			continue // counted to say how many there are
		}
		row := RowResult{Cells: map[string]string{}}
		if err != nil {
			row.Number = t.skipped + lineOf(err)
			row.Faults = []RowFault{{colName, "The row cannot be read: a quote in it is not closed, or stands within a word.", "Put the whole cell in quotes, and double a quote within it. What follows an open quote was not read."}}
			rows = append(rows, row)
			continue
		}
		line, _ := t.csv.FieldPos(0)
		row.Number = t.skipped + line
		t.cells(&row, cells)
		rows = append(rows, row)
	}
}

func lineOf(err error) int {
	var fault *csv.ParseError
	if errors.As(err, &fault) {
		return fault.StartLine
	}
	return 0
}

// maxCell bounds what is kept of a cell; the longest good one lists sponsors.
const maxCell = 8000

// cells puts the cells of a row under their columns.
func (t *table) cells(row *RowResult, cells []string) {
	for i, cell := range cells {
		if i >= len(t.columns) || t.columns[i] == "" {
			if strings.TrimSpace(cell) != "" {
				row.Faults = append(row.Faults, RowFault{colName, fmt.Sprintf("The row has %d cells, and there are %d columns.", len(cells), len(t.columns)), "Put a cell that holds the separator in quotes."})
				return
			}
			continue
		}
		column := t.columns[i]
		if fault, ok := formulaFault(column, cell); ok {
			row.Faults = append(row.Faults, fault)
		}
		if len(cell) > maxCell {
			row.Faults = append(row.Faults, RowFault{column, fmt.Sprintf("The cell has %d characters.", utf8.RuneCountInString(cell)), "Shorten it."})
			cell = strings.ToValidUTF8(cell[:maxCell], "")
		}
		row.Cells[column] = unguarded(strings.TrimSpace(unguarded(cell)))
	}
}

// formulas begin what a spreadsheet would run, not show.
// https://owasp.org/www-community/attacks/CSV_Injection
const formulas = "=+-@\t\r"

// formulaFault refuses cells that are data here and would be formulas wherever
// the list is opened next. Blanks before one go away with the rest of its blanks.
func formulaFault(column, cell string) (RowFault, bool) {
	if cell = unguarded(cell); cell != "" && !strings.ContainsRune(formulas, rune(cell[0])) {
		cell = unguarded(strings.TrimSpace(cell))
	}
	if cell == "" || !strings.ContainsRune(formulas, rune(cell[0])) {
		return RowFault{}, false
	}
	begins := "“" + cell[:1] + "”"
	if cell[0] == '\t' || cell[0] == '\r' {
		begins = "a character one cannot see"
	}
	return RowFault{column, fmt.Sprintf("The cell begins with %s, which a spreadsheet takes for a formula. It was not run.", begins), "Begin it with a letter or a digit."}, true
}

// unguarded takes away the quote that WriteRows put before a formula.
func unguarded(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune(formulas+"\n", rune(cell[1])) {
		return cell[1:]
	}
	return cell
}

// shorten makes a text of a file fit for a sentence.
func shorten(text string) string {
	text = strings.Map(func(r rune) rune {
		if graph.Hidden(r) || r < ' ' {
			return '·'
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return text
}

// tableText reads a file as text: UTF-8 with a mark or without, UTF-16 with one.
func tableText(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxRowsLen+1))
	if err != nil {
		return "", fmt.Errorf("read table: %w", err)
	}
	if len(data) > MaxRowsLen {
		return "", badTable("The file is larger than 2 MiB. Split it.")
	}
	text := ""
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		text = fromUTF16(data[2:], func(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 })
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		text = fromUTF16(data[2:], func(b []byte) uint16 { return uint16(b[1]) | uint16(b[0])<<8 })
	default:
		text = strings.TrimPrefix(string(data), "\ufeff")
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", badTable("The file is no text in UTF-8. In a spreadsheet, save it as “CSV UTF-8”.")
	}
	return text, nil
}
