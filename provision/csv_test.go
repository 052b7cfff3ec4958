package provision

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

const (
	annID   = "11111111-1111-4111-8111-111111111111"
	groupID = "22222222-2222-4222-8222-222222222222"
	botID   = "33333333-3333-4333-8333-333333333333"
)

// directory is who the tables of these tests may name.
func directory(_ context.Context, words []string) (map[string]graph.Candidate, error) {
	ann := graph.Candidate{DirectoryObject: graph.DirectoryObject{ID: annID, Kind: graph.KindUser, DisplayName: "Ann", UPN: "ann@contoso.example"}}
	group := graph.Candidate{DirectoryObject: graph.DirectoryObject{ID: groupID, Kind: graph.KindGroup, DisplayName: "Sponsors"}, GroupTypes: []string{"Unified"}}
	bot := graph.Candidate{DirectoryObject: graph.DirectoryObject{ID: botID, Kind: graph.KindAgentUser, DisplayName: "Bot", UPN: "bot@contoso.example"}}
	all := map[string]graph.Candidate{"ann@contoso.example": ann, annID: ann, groupID: group, "bot@contoso.example": bot}
	found := map[string]graph.Candidate{}
	for _, word := range words {
		if c, ok := all[word]; ok {
			found[word] = c
		}
	}
	return found, nil
}

func rowContext() RowContext {
	return RowContext{
		Spec: BlueprintSpec{DisplayName: "Invoice helper"}, Domains: []string{"contoso.example", "contoso.test"}, People: directory, Left: MaxAgents,
		SKUs: []graph.SubscribedSKU{{SKUID: "6fd2c87f-b296-42f0-b197-1e91e994b900", PartNumber: "ENTERPRISEPACK"}},
	}
}

func parse(t *testing.T, text string, in RowContext) []RowResult {
	t.Helper()
	rows, err := ParseRows(t.Context(), strings.NewReader(text), in)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return rows
}

func utf16le(text string) string {
	b := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func utf16be(text string) string {
	b := []byte("\xfe\xff")
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return string(b)
}

func TestTablesAreReadAsSpreadsheetsWriteThem(t *testing.T) {
	plain := "name,sponsors,user,usage_location,license\r\nZoë “1”,ann@contoso.example|" + groupID + ",zoe@contoso.example,de,enterprisepack\r\n"
	tests := map[string]string{
		"plain":               plain,
		"mark":                "\ufeff" + plain,
		"UTF-16 LE":           utf16le(plain),
		"UTF-16 BE":           utf16be(plain),
		"line feeds":          strings.ReplaceAll(plain, "\r\n", "\n"),
		"semicolons":          strings.ReplaceAll(plain, ",", ";"),
		"tabs":                strings.ReplaceAll(plain, ",", "\t"),
		"says what separates": "sep=;\r\n" + strings.ReplaceAll(plain, ",", ";"),
		"quotes":              "\"Name\",\"SPONSORS\",\"user\",\"usage_location\",\"License\"\n\"Zoë “1”\",\" ann@contoso.example | " + strings.ToUpper(groupID) + "\",zoe@contoso.example,DE,6FD2C87F-b296-42f0-b197-1e91e994b900",
		"empty lines":         strings.ReplaceAll(plain, "\r\n", "\r\n\r\n") + ",,,,\r\n",
		"empty columns":       "name,sponsors,user,usage_location,license,,\r\nZoë “1”,ann@contoso.example|" + groupID + ",zoe@contoso.example,de,enterprisepack,,\r\n",
	}
	ann := Principal{ID: annID, Kind: graph.KindUser, Name: "Ann", Username: "ann@contoso.example"}
	want := []AgentRow{{
		Name: "Zoë “1”", Sponsors: []Principal{ann, {ID: groupID, Kind: graph.KindGroup, Name: "Sponsors"}},
		User: &UserRow{UPN: "zoe@contoso.example", UsageLocation: "DE", License: &LicenseRef{SKUID: "6fd2c87f-b296-42f0-b197-1e91e994b900", Name: "ENTERPRISEPACK"}},
	}}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			rows := parse(t, text, rowContext())
			for _, r := range rows {
				if len(r.Faults) > 0 {
					t.Errorf("line %d: %v", r.Number, r.Faults)
				}
			}
			if diff := cmp.Diff(want, Good(rows)); diff != "" {
				t.Error(diff)
			}
		})
	}
	spec := BlueprintSpec{Rows: Good(parse(t, plain, rowContext()))}
	if fault := spec.rowsFault(); fault != "" {
		t.Error(fault)
	}
}

// TestBadRows: every row says which field is wrong, why, and what to do.
func TestBadRows(t *testing.T) {
	const header = "name,sponsors,user,user_display_name,usage_location,license,manager,user_sponsors\n"
	long := strings.Repeat("x", 65)
	tests := []struct{ name, row, field, says string }{
		{"good", "A,ann@contoso.example,a@contoso.example,,DE,ENTERPRISEPACK,ann@contoso.example,ann@contoso.example", "", ""},
		{"good without agent user", "A,ann@contoso.example", "", ""},
		{"no name", ",ann@contoso.example", "name", "1 to 256 characters"},
		{"long name", strings.Repeat("ä", 257) + ",ann@contoso.example", "name", "This one has 257"},
		{"two lines", "\"A\nB\",ann@contoso.example", "name", "on one line"},
		{"turned round", "A\u202eB,ann@contoso.example", "name", "U+202E"},
		{"formula", "=cmd|' /C calc'!A0,ann@contoso.example", "name", "begins with “=”"},
		{"plus", "A,ann@contoso.example,+a@contoso.example", "user", "begins with “+”"},
		{"minus", "A,ann@contoso.example,a@contoso.example,-2+3", "user_display_name", "begins with “-”"},
		{"at", "@SUM(1),ann@contoso.example", "name", "begins with “@”"},
		{"tab", "\"\t=1\",ann@contoso.example", "name", "one cannot see"},
		{"carriage return", "\"\r=1\",ann@contoso.example", "name", "one cannot see"},
		{"formula after a blank", " =1+1,ann@contoso.example", "name", "begins with “=”"},
		{"formula after a blank that is hard to see", "\u00a0@SUM(1),ann@contoso.example", "name", "begins with “@”"},
		{"guarded formula", "'=1+1,ann@contoso.example", "name", "begins with “=”"},
		{"no sponsor", "A", "sponsors", "at least one sponsor"},
		{"unknown sponsor", "A,ghost@contoso.example", "sponsors", "“ghost@contoso.example” is not in the directory"},
		{"agent user as sponsor", "A,bot@contoso.example", "sponsors", "is an agent user"},
		{"agent user as manager", "A,ann@contoso.example,a@contoso.example,,,,bot@contoso.example", "manager", "is an agent user"},
		{"group as manager", "A,ann@contoso.example,a@contoso.example,,,," + groupID, "manager", "is a group"},
		{"two managers", "A,ann@contoso.example,a@contoso.example,,,," + annID + "|" + groupID, "manager", "a group"},
		{"agent user as sponsor of an agent user", "A,ann@contoso.example,a@contoso.example,,,,,bot@contoso.example", "user_sponsors", "is an agent user"},
		{"unverified domain", "A,ann@contoso.example,a@evil.example", "user", "“evil.example” is no verified domain of this tenant. Use contoso.example or contoso.test."},
		{"no domain", "A,ann@contoso.example,a", "user", "an @ and a verified domain"},
		{"two ats", "A,ann@contoso.example,a@b@contoso.example", "user", "an @ and a verified domain"},
		{"bad character", "A,ann@contoso.example,a b@contoso.example", "user", "not a blank"},
		{"letter of another script", "A,ann@contoso.example,jörg@contoso.example", "user", "not “ö”"},
		{"dot at the end", "A,ann@contoso.example,a.@contoso.example", "user", "no dot"},
		{"long before the @", "A,ann@contoso.example," + long + "@contoso.example", "user", "at most 64 characters"},
		{"long in all", "A,ann@contoso.example,a@" + long + long + ".example", "user", "at most 113 characters"},
		{"taken", "A,ann@contoso.example,bot@contoso.example", "user", "belongs to “Bot” already"},
		{"no country", "A,ann@contoso.example,a@contoso.example,,ZZ", "usage_location", "“ZZ” is no country code"},
		{"licence without a place", "A,ann@contoso.example,a@contoso.example,,,ENTERPRISEPACK", "usage_location", "no licence to a user without"},
		{"unknown licence", "A,ann@contoso.example,a@contoso.example,,DE,E7", "license", "no product “E7”. Write ENTERPRISEPACK."},
		{"given to nobody", "A,ann@contoso.example,,,DE", "usage_location", "no agent user"},
		{"too many cells", "A,ann@contoso.example,,,,,,,more", "name", "9 cells, and there are 8 columns"},
		{"long cell", "A," + strings.Repeat("ann@contoso.example|", 500), "sponsors", "The cell has 10000 characters"},
		{"quote within", "A\"B,ann@contoso.example", "name", "a quote in it is not closed"},
		{"open quote", "\"A,ann@contoso.example", "name", "a quote in it is not closed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows := parse(t, header+"Good,ann@contoso.example\n"+tt.row, rowContext())
			if len(rows) != 2 || len(rows[0].Faults) != 0 || rows[1].Number != 3 {
				t.Fatalf("rows %+v", rows)
			}
			faults := rows[1].Faults
			if tt.field == "" {
				if len(faults) != 0 {
					t.Errorf("faults %v", faults)
				}
				return
			}
			if len(faults) == 0 || faults[0].Field != tt.field || !strings.Contains(faults[0].Words(), tt.says) || faults[0].Problem == "" || faults[0].Fix == "" {
				t.Errorf("faults %q, want %s to say %q", faults, tt.field, tt.says)
			}
			if good := Good(rows); len(good) != 1 || good[0].Name != "Good" {
				t.Errorf("the good row does not stand alone: %+v", good)
			}
		})
	}
}

func TestRowsThatContradictEachOther(t *testing.T) {
	rows := parse(t, "name,sponsors,user\nA,ann@contoso.example,a@contoso.example\n\na,ann@contoso.example,b@contoso.example\nC,ann@contoso.example,A@Contoso.example\n", rowContext())
	if len(rows[0].Faults) != 0 {
		t.Errorf("the first of a pair is good: %v", rows[0].Faults)
	}
	for i, want := range map[int]string{1: "name: Rows 2 and 4 have the same name, “a”.", 2: "user: Rows 2 and 5 have the same agent user, A@Contoso.example."} {
		if len(rows[i].Faults) != 1 || !strings.HasPrefix(rows[i].Faults[0].Words(), want) {
			t.Errorf("row %d: %v, want %q", i, rows[i].Faults, want)
		}
	}
}

func TestFilesThatAreNoTables(t *testing.T) {
	many := func(n int) string { return "name\n" + strings.Repeat("A\n", n) }
	tests := []struct{ name, text, says string }{
		{"empty", "", "The file is empty"},
		{"header alone", "name,user\n", "no row"},
		{"no name", "user\na@contoso.example\n", "no column “name”"},
		{"unknown column", "name,Sponsor\nA,b\n", "“Sponsor” is not known"},
		{"column twice", "name,user,USER\nA,b,c\n", "“user” stands in the file twice"},
		{"1,001 rows", many(1001), "The file has 1001 rows. It may have 1000"},
		{"too large", "name\n" + strings.Repeat("x", MaxRowsLen), "larger than 2 MiB"},
		{"Latin-1", "name\nZo\xeb\n", "no text in UTF-8"},
		{"UTF-16 without a mark", utf16le("name\nA\n")[2:], "no text in UTF-8"},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00", "no text in UTF-8"},
		{"open quote in the header", "\"name,user\nA,b\n", "The first line cannot be read"},
	}
	for _, tt := range tests {
		_, err := ParseRows(t.Context(), strings.NewReader(tt.text), rowContext())
		var invalid *models.InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(invalid.Fields["rows"], tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
	if rows := parse(t, many(1000), rowContext()); len(rows) != 1000 {
		t.Errorf("%d rows of 1,000", len(rows))
	}
}

func TestMoreRowsThanFit(t *testing.T) {
	in := rowContext()
	in.Left = 2
	rows := parse(t, "name,sponsors\nA,ann@contoso.example\nB,ghost@contoso.example\nC,ann@contoso.example\nD,ann@contoso.example\n", in)
	if good := Good(rows); len(good) != 2 || good[1].Name != "C" {
		t.Errorf("good rows %+v", good)
	}
	if f := rows[3].Faults; len(f) != 1 || !strings.Contains(f[0].Problem, "2 more agent identities fit") {
		t.Errorf("faults %v", f)
	}
}

// TestRowsGetWhatAllHaveInCommon: what a row leaves empty is as the spec has it.
func TestRowsGetWhatAllHaveInCommon(t *testing.T) {
	in := rowContext()
	ann := Principal{ID: annID, Kind: graph.KindUser, Username: "ann@contoso.example"}
	in.Spec.Sponsors = []Principal{ann}
	in.Spec.Users = &UsersSpec{UPNPattern: "{agent}", Domain: "contoso.test", UsageLocation: "DE", Manager: &ann}
	rows := parse(t, "name,user,usage_location\nÄrger & Söhne,,\nB,bee,FR\nC,c@contoso.example,\n", in)
	var got []string
	for _, r := range rows {
		if len(r.Faults) > 0 {
			t.Errorf("%v", r.Faults)
		}
		u := r.Whole.User
		got = append(got, fmt.Sprintf("%s %s %s %s", u.UPN, u.DisplayName, u.UsageLocation, u.Manager.Username))
	}
	want := []string{"aerger-soehne@contoso.test Ärger & Söhne DE ann@contoso.example", "bee@contoso.test B FR ann@contoso.example", "c@contoso.example C DE ann@contoso.example"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if rows[0].Row.User != nil {
		t.Errorf("the row itself says nothing of a user: %+v", rows[0].Row.User)
	}
}

func TestTheTemplateIsATable(t *testing.T) {
	rows := parse(t, RowTemplate("contoso.example", "ann@contoso.example"), rowContext())
	if len(rows) != 1 || len(rows[0].Faults) != 0 || rows[0].Row.User == nil {
		t.Errorf("%+v", rows)
	}
}

// TestWrittenRowsAreReadAgain: what was wrong stays what it was, and runs nowhere.
func TestWrittenRowsAreReadAgain(t *testing.T) {
	first := parse(t, "name,sponsors,user\n=1+1,ann@contoso.example,a@contoso.example\n\"Q\"\", C\",ann@contoso.example|"+groupID+",q@contoso.example\n", rowContext())
	var b strings.Builder
	if err := WriteRows(&b, nil, []map[string]string{first[0].Cells, first[1].Cells}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "\n=") || !strings.Contains(b.String(), "\n'=1+1") {
		t.Errorf("a formula stands in the file:\n%s", b.String())
	}
	again := parse(t, b.String(), rowContext())
	if again[0].Cells[colName] != "=1+1" || len(again[0].Faults) != 1 {
		t.Errorf("%+v", again[0])
	}
	if diff := cmp.Diff(first[1].Row, again[1].Row); diff != "" {
		t.Error(diff)
	}
	b.Reset()
	if err := WriteRows(&b, []string{"problem"}, []map[string]string{{"name": "A", "problem": "It failed."}}); err != nil || !strings.Contains(b.String(), "A,,,,,,,,It failed.") {
		t.Errorf("%q, %v", b.String(), err)
	}
}

func TestPeopleThatCannotBeReadAreNoFaultOfTheFile(t *testing.T) {
	in := rowContext()
	down := errors.New("down")
	in.People = func(context.Context, []string) (map[string]graph.Candidate, error) { return nil, down }
	if _, err := ParseRows(t.Context(), strings.NewReader("name,sponsors\nA,ann@contoso.example\n"), in); !errors.Is(err, down) {
		t.Errorf("error %v", err)
	}
}

// FuzzParseRows: no file makes a row that could be used and is not whole.
func FuzzParseRows(f *testing.F) {
	f.Add([]byte("name,sponsors,user\nA,ann@contoso.example,a@contoso.example\n"))
	f.Add([]byte(utf16le("name;user\r\n\"x\";=1\r\n")))
	f.Add([]byte("sep=\t\nname\tsponsors\n'=a\t\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := ParseRows(t.Context(), strings.NewReader(string(data)), rowContext())
		if err != nil {
			var invalid *models.InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("%v", err)
			}
			return
		}
		spec := BlueprintSpec{Rows: Good(rows)}
		if fault := spec.rowsFault(); fault != "" {
			t.Errorf("a good row is none: %s", fault)
		}
		if len(rows) > MaxRows || len(spec.Rows) > MaxAgents {
			t.Errorf("%d rows, %d good", len(rows), len(spec.Rows))
		}
		for _, r := range rows {
			for _, fault := range r.Faults {
				if fault.Field == "" || fault.Problem == "" {
					t.Errorf("line %d: %+v", r.Number, fault)
				}
			}
		}
	})
}

// TestTablesThatNameTooManyPeople: each fifteen names are a request.
func TestTablesThatNameTooManyPeople(t *testing.T) {
	in, asked := rowContext(), 0
	in.People = func(_ context.Context, words []string) (map[string]graph.Candidate, error) {
		asked = len(words)
		return nil, nil
	}
	var text strings.Builder
	text.WriteString("name,sponsors\n")
	for i := range maxPeople/10 + 1 {
		fmt.Fprintf(&text, "Agent %d,", i)
		for j := range 10 {
			fmt.Fprintf(&text, "p%d@contoso.example|", i*10+j)
		}
		text.WriteString("\n")
	}
	var invalid *models.InvalidError
	if _, err := ParseRows(t.Context(), strings.NewReader(text.String()), in); !errors.As(err, &invalid) || !strings.Contains(invalid.Fields["rows"], "people") || asked > 0 {
		t.Errorf("%v after looking %d people up", err, asked)
	}
	long := strings.Repeat("x", maxUPN) + "@contoso.example"
	if rows := parse(t, "name,sponsors\nA,"+long+"|ann@contoso.example\n", in); asked != 1 || len(rows[0].Faults) == 0 {
		t.Errorf("%d people looked up, %+v", asked, rows)
	}
}
