package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"agentidportal/entra/graph"
)

// FindPeople finds people and groups by user principal names and object ids, each
// in small letters; what is unknown is absent from the answer.
type FindPeople func(ctx context.Context, words []string) (map[string]graph.Candidate, error)

// PeopleOf finds people in the directory, as the reader's caller sees it.
func PeopleOf(reader *graph.Client) FindPeople {
	return func(ctx context.Context, words []string) (map[string]graph.Candidate, error) {
		var ids, names []string
		for _, word := range words {
			if id, err := graph.ParseGUID(word); err == nil {
				ids = append(ids, id)
			} else if strings.Contains(word, "@") {
				names = append(names, word)
			}
		}
		found := map[string]graph.Candidate{}
		for chunk := range slices.Chunk(ids, 1000) {
			some, err := reader.Candidates(ctx, chunk)
			if err != nil {
				return nil, err
			}
			for _, c := range some {
				found[strings.ToLower(c.ID)] = c
			}
		}
		some, err := reader.UsersNamed(ctx, names)
		if err != nil {
			return nil, err
		}
		for _, c := range some {
			found[strings.ToLower(c.UPN)] = c
		}
		return found, nil
	}
}

// people finds everybody the rows name, and the users that have a name already
// which a row wants.
func (in RowContext) people(ctx context.Context, rows []RowResult) (map[string]graph.Candidate, error) {
	var words []string
	seen := map[string]bool{}
	for _, row := range rows {
		named := []string{in.whole(row.Cells[colUser])}
		for _, column := range []string{colSponsors, colManager, colUserSponsors} {
			named = append(named, listed(row.Cells[column])...)
		}
		for _, word := range named {
			if word = strings.ToLower(word); word != "" && len(word) <= maxUPN && !seen[word] {
				words, seen[word] = append(words, word), true
			}
		}
	}
	if len(words) == 0 || in.People == nil {
		return nil, nil
	}
	if len(words) > maxPeople {
		return nil, badTable("The file names %d people and agent users, and %d can be looked up at once. Split it.", len(words), maxPeople)
	}
	return in.People(ctx, words)
}

// whole is a sign-in name with the domain that all share where it has none.
func (in RowContext) whole(upn string) string {
	if upn != "" && !strings.Contains(upn, "@") && in.Spec.Users != nil && in.Spec.Users.Domain != "" {
		return upn + "@" + in.Spec.Users.Domain
	}
	return upn
}

// listed takes a list of people apart.
func listed(cell string) []string {
	var words []string
	for word := range strings.SplitSeq(cell, "|") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// build makes a row of its cells. Its own faults come first, then those of what
// it becomes with all that the rows have in common.
func (in RowContext) build(r *RowResult, found map[string]graph.Candidate) {
	c := r.Cells
	if len(c) == 0 {
		return // it could not be read
	}
	add := func(f ...RowFault) { r.Faults = append(r.Faults, f...) }
	r.Row.Name = c[colName]
	var faults []RowFault
	r.Row.Sponsors, faults = chosen(colSponsors, c[colSponsors], found, SponsorRefusal)
	add(faults...)
	var u UserRow
	u.UPN, u.DisplayName, u.UsageLocation = in.whole(c[colUser]), c[colUserName], strings.ToUpper(c[colLocation])
	u.Sponsors, faults = chosen(colUserSponsors, c[colUserSponsors], found, SponsorRefusal)
	add(faults...)
	managers, faults := chosen(colManager, c[colManager], found, managerRefusal)
	add(faults...)
	if len(managers) > 1 {
		add(RowFault{colManager, "A user has one manager.", "Name one person."})
	}
	if len(managers) > 0 {
		u.Manager = &managers[0]
	}
	u.License, faults = in.license(c[colLicense])
	add(faults...)
	if in.Spec.Users == nil && u.UPN == "" {
		if column := firstFilled(c, colUserName, colLocation, colLicense, colManager, colUserSponsors); column != "" {
			add(RowFault{column, "The row has no agent user to give this to.", "Write its sign-in name in the column “user”, or empty this cell."})
		}
	} else if firstFilled(c, colUser, colUserName, colLocation, colLicense, colManager, colUserSponsors) != "" {
		r.Row.User = &u
	}
	if holder, taken := found[strings.ToLower(u.UPN)]; taken && u.UPN != "" {
		add(RowFault{colUser, fmt.Sprintf("The sign-in name belongs to “%s” already.", shorten(holder.DisplayName)), "Choose another one."})
	}
}

func firstFilled(cells map[string]string, columns ...string) string {
	for _, column := range columns {
		if cells[column] != "" {
			return column
		}
	}
	return ""
}

// compare checks the rows with all that they get, beside each other and against
// what is left of the quota.
func (in RowContext) compare(rows []RowResult) {
	spec := in.Spec
	all := make([]AgentRow, len(rows))
	for i, r := range rows {
		all[i] = r.Row
	}
	spec.filled(all)
	pairs := twins(all, func(i int) int { return rows[i].Number })
	fit := 0
	for i := range rows {
		r := &rows[i]
		if len(r.Cells) == 0 {
			continue
		}
		for _, f := range append(rowFaults(all[i], in.Domains), pairs[i]...) {
			if !slices.ContainsFunc(r.Faults, func(have RowFault) bool { return have.Field == f.Field }) {
				r.Faults = append(r.Faults, f)
			}
		}
		r.Whole = all[i]
		if len(r.Faults) > 0 {
			continue
		}
		if fit++; fit > in.Left {
			r.Faults = []RowFault{{colName, fmt.Sprintf("The quota is used up: %d more agent identities fit into the blueprint, and the rows before use them.", max(in.Left, 0)), "Put this row into another file, for a second blueprint."}}
		}
	}
}

// chosen are the people of a cell. refusal says why somebody cannot be chosen.
func chosen(column, cell string, found map[string]graph.Candidate, refusal func(graph.Candidate) string) (people []Principal, faults []RowFault) {
	seen := map[string]bool{}
	for _, word := range listed(cell) {
		c, known := found[strings.ToLower(word)]
		switch {
		case !known:
			faults = append(faults, RowFault{column, fmt.Sprintf("“%s” is not in the directory.", shorten(word)), "Write the user principal name or the object id, several with | between them."})
		case refusal(c) != "":
			faults = append(faults, RowFault{column, fmt.Sprintf("“%s” is %s.", shorten(word), refusal(c)), "Name a person instead."})
		case !seen[c.ID]:
			people, seen[c.ID] = append(people, PrincipalOf(c)), true
		}
	}
	return people, faults
}

// managerRefusal says why a candidate cannot be a manager; empty when it can.
// https://learn.microsoft.com/graph/api/user-post-manager
func managerRefusal(c graph.Candidate) string {
	if c.Kind == graph.KindUser {
		return ""
	}
	return kindWords(c.Kind)
}

// license finds a product by its part number or id.
func (in RowContext) license(cell string) (*LicenseRef, []RowFault) {
	if cell == "" {
		return nil, nil
	}
	var parts []string
	for _, sku := range in.SKUs {
		if strings.EqualFold(sku.PartNumber, cell) || strings.EqualFold(sku.SKUID, cell) {
			return &LicenseRef{SKUID: sku.SKUID, Name: sku.PartNumber}, nil
		}
		parts = append(parts, sku.PartNumber)
	}
	fix := "Empty the cell: the tenant has no licences."
	if len(parts) > 0 {
		fix = "Write " + either(parts) + "."
	}
	return nil, []RowFault{{colLicense, fmt.Sprintf("The tenant has no product “%s”.", shorten(cell)), fix}}
}
