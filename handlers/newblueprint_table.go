package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"agentidportal/provision"
	"agentidportal/views"
)

// agentTable is a table of agent identities that was uploaded, after its dry
// run: the rows that can be made, and what is wrong with the others.
type agentTable struct {
	File      string               `json:"file"`
	Rows      []provision.AgentRow `json:"rows,omitempty"`
	Bad       []tableFault         `json:"bad,omitempty"`
	Total     int                  `json:"total"`
	GoodAlone bool                 `json:"goodAlone,omitempty"` // the rows with faults are left out
}

// tableFault is what is wrong with one field of a row.
type tableFault struct {
	Row     int    `json:"row"` // as the file counts them, the header being the first
	Field   string `json:"field"`
	Problem string `json:"problem"`
	Fix     string `json:"fix"`
}

// words tell one table from another.
func (t *agentTable) words() string {
	if t == nil {
		return ""
	}
	text, err := json.Marshal(t)
	if err != nil {
		return t.File // texts and numbers always encode
	}
	sum := sha256.Sum256(text)
	return fmt.Sprintf("%s, %d rows, %s", t.File, t.Total, hex.EncodeToString(sum[:4]))
}

// fault is what keeps the table from being made as it is. account says that
// the agents are to have users of their own.
func (t *agentTable) fault(account bool) string {
	switch {
	case t == nil:
		return ""
	case len(t.Rows) == 0:
		return "No row of the table can be made. Correct the file and upload it again, or use no table."
	case len(t.Bad) > 0 && !t.GoodAlone:
		return fmt.Sprintf("%s of the table cannot be made. Correct the file and upload it again, or go on with the %s.",
			views.Plural(t.Total-len(t.Rows), "row"), views.Plural(len(t.Rows), "good row"))
	case !account && t.users() > 0:
		return "The table has agent users, and the step Basics does not say that the agents act with their own user account. Tick that there, or leave the columns of the users out."
	}
	return ""
}

func (t *agentTable) users() int {
	n := 0
	for _, row := range t.Rows {
		if row.User != nil {
			n++
		}
	}
	return n
}

// mostFaults is how many faults of rows a page shows.
const mostFaults = 100

func (t *agentTable) view() *views.AgentTable {
	if t == nil {
		return nil
	}
	v := &views.AgentTable{File: t.File, Good: len(t.Rows), Users: t.users(), Total: t.Total, Offer: len(t.Bad) > 0 && len(t.Rows) > 0 && !t.GoodAlone, Settled: t.GoodAlone}
	for i, f := range t.Bad {
		if i == mostFaults {
			v.More = len(t.Bad) - i
			break
		}
		v.Bad = append(v.Bad, views.RowFault{Row: f.Row, Field: f.Field, Problem: f.Problem, Fix: f.Fix})
	}
	return v
}

// fileAct does what a button beside an uploaded file means; false when it is
// no such button.
func (f *blueprintForm) fileAct(verb string) bool {
	switch verb {
	case "drop-certificate":
		f.Certificate = nil
	case "drop-table":
		f.Table = nil
	case "good-rows":
		if f.Table != nil {
			table := *f.Table
			table.GoodAlone = true
			f.Table = &table
		}
	default:
		return false
	}
	return true
}

// fileMatters says whether a file that was chosen would be missed.
func (f blueprintForm) fileMatters(field string) bool {
	return field != "certificate" || f.Credential == string(provision.CredentialCertificate)
}
