package views

// FindingsList is the page "/findings".
type FindingsList struct {
	Chips      []Chip
	Total      string
	Kinds      []FindingKindRow
	Kind       string
	Blueprint  string
	Blueprints []Option
	Rows       []FindingRow
	Paging     Paging
	Export     string
	Snapshot   SnapshotOf
	Filtered   bool
}

// FindingKindRow counts the findings of a kind.
type FindingKindRow struct {
	Kind, Title, What, Href string
	Tone                    Tone
	Count                   int
}

// FindingRow is one finding. Fix is empty for those who may not mend it.
type FindingRow struct {
	Title                    string
	Tone                     Tone
	Mark, Name, Href, ID     string
	Thing, Why, Fix, FixHref string
}

// kindOptions are the kinds to narrow to.
func (l FindingsList) kindOptions() []Option {
	options := []Option{{Label: "Every finding"}}
	for _, k := range l.Kinds {
		options = append(options, Option{Value: k.Kind, Label: k.Title})
	}
	return options
}

// found are the kinds that there are findings of.
func (l FindingsList) found() []FindingKindRow {
	var rows []FindingKindRow
	for _, k := range l.Kinds {
		if k.Count > 0 {
			rows = append(rows, k)
		}
	}
	return rows
}

// clear names the kinds that there are no findings of.
func (l FindingsList) clear() []FindingKindRow {
	var rows []FindingKindRow
	for _, k := range l.Kinds {
		if k.Count == 0 {
			rows = append(rows, k)
		}
	}
	return rows
}
