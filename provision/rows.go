package provision

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// AgentRow is one agent identity of a run, with its agent user if it gets one. What is empty is as the run has it for
// all.
type AgentRow struct {
	Name     string      `json:"name"`
	AgentID  string      `json:"agentId,omitempty"` // object id of an agent identity that exists and gets an agent user
	Sponsors []Principal `json:"sponsors,omitempty"`
	User     *UserRow    `json:"user,omitempty"`
}

// AgentRows returns the agent identities of the spec in order, each with all that it gets: those of the table if there is
// one, else the names that were typed or that the pattern gives. Without a good number of them there are none.
func (b BlueprintSpec) AgentRows() []AgentRow {
	rows := slices.Clone(b.Rows)
	if len(rows) == 0 {
		for _, name := range b.AgentNames() {
			rows = append(rows, AgentRow{Name: name})
		}
	}
	if len(rows) > MaxAgents {
		return nil
	}
	return b.filled(rows)
}

// filled gives rows what the spec has for all of them.
func (b BlueprintSpec) filled(rows []AgentRow) []AgentRow {
	for i := range rows {
		row := &rows[i]
		row.Name = strings.TrimSpace(row.Name)
		if len(row.Sponsors) == 0 {
			row.Sponsors = b.SponsorsOfAgents()
		}
		if row.User != nil || b.Users != nil {
			row.User = b.userOf(*row, i+b.firstNumber(), len(rows))
		}
	}
	return rows
}

// userOf is the agent user of the row with a number among so many.
func (b BlueprintSpec) userOf(row AgentRow, number, of int) *UserRow {
	var u UserRow
	var all UsersSpec
	if row.User != nil {
		u = *row.User
	}
	if b.Users != nil {
		all = *b.Users
	}
	if u.UPN == "" && all.Domain != "" {
		u.UPN = localPart(all.UPNPattern, row.Name, b.DisplayName, number, of) + "@" + all.Domain
	}
	if u.DisplayName == "" {
		u.DisplayName = row.Name
	}
	if u.UsageLocation == "" {
		u.UsageLocation = all.UsageLocation
	}
	u.UsageLocation = strings.ToUpper(u.UsageLocation)
	if u.License == nil {
		u.License = all.License
	}
	if u.Manager == nil {
		u.Manager = all.Manager
	}
	if len(u.Sponsors) == 0 {
		u.Sponsors = all.Sponsors
	}
	return &u
}

// localPart fills a pattern of sign-in names in.
func localPart(pattern, agent, blueprint string, number, of int) string {
	width := numberWidth(max(of, number))
	return strings.NewReplacer(
		"{agent}", slug(agent), "{name}", slug(blueprint),
		"{nn}", fmt.Sprintf("%0*d", width, number), "{n}", strconv.Itoa(number),
	).Replace(strings.TrimSpace(pattern))
}

// folds are letters that a sign-in name cannot have, and what people write in their place.
var folds = strings.NewReplacer(
	"ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "æ", "ae", "ø", "o", "å", "a", "œ", "oe", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i",
	"á", "a", "à", "a", "â", "a", "ã", "a", "ā", "a", "ă", "a", "ą", "a", "ç", "c", "ć", "c", "č", "c", "ď", "d",
	"é", "e", "è", "e", "ê", "e", "ë", "e", "ē", "e", "ė", "e", "ę", "e", "ě", "e", "ğ", "g", "í", "i", "ì", "i", "î", "i", "ï", "i", "ī", "i",
	"ñ", "n", "ń", "n", "ň", "n", "ó", "o", "ò", "o", "ô", "o", "õ", "o", "ő", "o", "ř", "r", "ś", "s", "š", "s", "ş", "s", "ș", "s",
	"ť", "t", "ţ", "t", "ț", "t", "ú", "u", "ù", "u", "û", "u", "ů", "u", "ű", "u", "ū", "u", "ý", "y", "ÿ", "y", "ź", "z", "ż", "z", "ž", "z",
)

// slug writes a name with small letters, digits and hyphens: "Zürich helper 01" is zuerich-helper-01. Letters of other
// scripts are left out.
func slug(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range folds.Replace(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case r == '\'', r == '’':
		default:
			gap = true
		}
	}
	return b.String()
}

// RowFault is what is wrong with one row: the column, in the words of the file's header, what is wrong and what to do.
type RowFault struct{ Field, Problem, Fix string }

// Words are a fault as a sentence or two.
func (f RowFault) Words() string { return f.Field + ": " + f.text() }

func (f RowFault) text() string { return strings.TrimSpace(f.Problem + " " + f.Fix) }

// rowFaults checks a row that has all it gets. domains are the tenant's verified ones; nil when they are not known here.
func rowFaults(row AgentRow, domains []string) []RowFault {
	var faults []RowFault
	add := func(field, fault string) {
		if fault != "" {
			faults = append(faults, asRowFault(field, fault))
		}
	}
	add(colName, nameFault(row.Name))
	if row.AgentID == "" {
		add(colSponsors, sponsorsFault(row.Sponsors, "agent identity"))
	}
	return append(faults, userFaults(row.User, domains)...)
}

// userFaults checks the agent user of a row; nil is none.
func userFaults(u *UserRow, domains []string) []RowFault {
	if u == nil {
		return nil
	}
	var faults []RowFault
	add := func(field, fault string) {
		if fault != "" {
			faults = append(faults, asRowFault(field, fault))
		}
	}
	add(colUser, upnFault(u.UPN))
	if _, domain, _ := strings.Cut(u.UPN, "@"); domain != "" && len(domains) > 0 {
		add(colUser, DomainFault(domain, domains))
	}
	add(colUserName, nameFault(u.DisplayName))
	add(colLocation, locationFault(u.UsageLocation))
	if u.License != nil && u.UsageLocation == "" {
		add(colLocation, "There is none. Graph gives no licence to a user without a usage location. Write the two letters of a country, as DE or US.")
	}
	add(colManager, managerFault(u.Manager))
	if len(u.Sponsors) > 0 {
		add(colUserSponsors, sponsorsFault(u.Sponsors, "agent user"))
	}
	return faults
}

// asRowFault parts the words of a fault: what begins with a verb that asks for something is its fix.
func asRowFault(field, fault string) RowFault {
	f := RowFault{Field: field}
	for sentence := range strings.SplitAfterSeq(fault, ". ") {
		first, _, _ := strings.Cut(sentence, " ")
		into := &f.Problem
		if slices.Contains([]string{"Write", "Use", "Name", "Choose", "Change", "Put", "Remove", "Save"}, first) {
			into = &f.Fix
		}
		*into += sentence
	}
	f.Problem, f.Fix = strings.TrimSpace(f.Problem), strings.TrimSpace(f.Fix)
	if f.Problem == "" {
		f.Problem = "This cannot be used."
	}
	return f
}

// twins are pairs of rows that have something in common which must differ: the later row by its index, and its fault.
// number gives the number of a row that people know it by.
func twins(rows []AgentRow, number func(i int) int) map[int][]RowFault {
	faults, names, upns := map[int][]RowFault{}, map[string]int{}, map[string]int{}
	for i, row := range rows {
		if key := strings.ToLower(row.Name); key != "" {
			if at, twice := names[key]; twice {
				faults[i] = append(faults[i], RowFault{colName, fmt.Sprintf("Rows %d and %d have the same name, “%s”.", number(at), number(i), row.Name), "Change one, so that the agents can be told apart."})
			} else {
				names[key] = i
			}
		}
		if row.User == nil || row.User.UPN == "" {
			continue
		}
		key := strings.ToLower(row.User.UPN)
		if at, twice := upns[key]; twice {
			faults[i] = append(faults[i], RowFault{colUser, fmt.Sprintf("Rows %d and %d have the same agent user, %s.", number(at), number(i), row.User.UPN), "Change one: a sign-in name is unique in the tenant."})
		} else {
			upns[key] = i
		}
	}
	return faults
}

// rowsFault is the first fault of a table of rows, with its number; the page of the table shows all.
func (b BlueprintSpec) rowsFault() string {
	if len(b.Rows) == 0 {
		return ""
	}
	if n := len(b.Rows); n > MaxAgents {
		return fmt.Sprintf("Use at most %d rows. These are %d. A blueprint may have %d agent identities, and Graph refuses the next one; make a second blueprint for more.", MaxAgents, n, MaxAgents)
	}
	rows := b.AgentRows()
	pairs := twins(rows, func(i int) int { return i + 1 })
	for i, row := range rows {
		if row.AgentID != "" && b.Into == nil {
			return fmt.Sprintf("Row %d names an agent identity that exists already, %s. A new blueprint makes its own. Remove its id, or add to its blueprint.", i+1, row.AgentID)
		}
		if faults := append(b.ownFaults(i, rowFaults(row, nil)), pairs[i]...); len(faults) > 0 {
			return fmt.Sprintf("Row %d, %s", i+1, faults[0].Words())
		}
	}
	return ""
}

// ownFaults leaves out, of the faults of a row, those of what all agent users have in common: usersFaults tells them,
// where they can be mended.
func (b BlueprintSpec) ownFaults(i int, faults []RowFault) []RowFault {
	if b.Users == nil {
		return faults
	}
	var own UserRow
	if b.Rows[i].User != nil {
		own = *b.Rows[i].User
	}
	return slices.DeleteFunc(faults, func(f RowFault) bool {
		switch f.Field {
		case colUser:
			return own.UPN == ""
		case colLocation:
			return own.UsageLocation == ""
		case colManager:
			return own.Manager == nil
		case colUserSponsors:
			return len(own.Sponsors) == 0
		}
		return false
	})
}
