package handlers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
)

// listSpec is one list of directory objects: what it shows and can be asked.
type listSpec struct {
	kind    graph.Kind
	path    string
	thing   string // "blueprint"
	title   string
	lead    string
	search  string // label of the search field
	filters []string
	all     []listColumn
}

// The filters that some lists have and others not.
const (
	filterBlueprint = "blueprint"
	filterHome      = "home"
)

func (s *listSpec) has(filter string) bool { return slices.Contains(s.filters, filter) }

// listColumn is a column that a list may have. On a page it is a cell, in a file
// a text, and in order a key.
type listColumn struct {
	key, title string
	shown      bool // unless the address names others
	number     bool
	cell       func(listRow) views.ListCell
	text       func(listRow) string // nil: the text of the cell
	order      func(listRow) string // nil: the text, in small letters
}

// listRow is an object with what its cells are made from.
type listRow struct {
	item *provision.Item
	of   *provision.Snapshot
	now  time.Time
	app  func(appID string) string // what made an object, by its App ID
}

func (s *listSpec) column(key string) *listColumn {
	for i := range s.all {
		if s.all[i].key == key {
			return &s.all[i]
		}
	}
	return nil
}

// columns are those that the address names, in the order of the spec.
func (q listQuery) shownColumns() []listColumn {
	var shown []listColumn
	for _, c := range q.listSpec.all {
		if c.key == "name" || q.columns == nil && c.shown || slices.Contains(q.columns, c.key) {
			shown = append(shown, c)
		}
	}
	return shown
}

func (c *listColumn) textOf(r listRow) string {
	if c.text != nil {
		return c.text(r)
	}
	return c.cell(r).Text
}

func (c *listColumn) orderOf(r listRow) string {
	if c.order != nil {
		return c.order(r)
	}
	return strings.ToLower(c.textOf(r))
}

func blueprintsList() *listSpec {
	return &listSpec{
		kind: graph.KindBlueprint, path: "/blueprints", thing: "blueprint", title: "Blueprints", search: "Name, App ID or Object ID",
		lead: "A blueprint holds the credential and the permissions that its agent identities share.",
		all: []listColumn{
			nameColumn(), statusColumn(true), agentsColumn(true), usersColumn(), credentialColumn(), sponsorsColumn(true), ownersColumn(), createdColumn(),
			appIDColumn(true), objectIDColumn(false), createdByColumn(), descriptionColumn(), tagsColumn(),
		},
	}
}

func principalsList() *listSpec {
	return &listSpec{
		kind: graph.KindBlueprintPrincipal, path: "/principals", thing: "blueprint principal", title: "Blueprint principals", search: "Name, App ID or Object ID",
		lead:    "A blueprint principal stands for a blueprint in this tenant: it creates the agent identities and is given the permissions they inherit.",
		filters: []string{filterHome},
		all: []listColumn{
			nameColumn(), statusColumn(true), homeColumn(), agentsColumn(true), sponsorsColumn(false), ownersColumn(), createdColumn(),
			appIDColumn(true), objectIDColumn(false), createdByColumn(), tagsColumn(),
		},
	}
}

func agentsList() *listSpec {
	return &listSpec{
		kind: graph.KindAgentIdentity, path: "/agents", thing: "agent identity", title: "Agent identities", search: "Name or Object ID",
		lead:    "An agent identity is one agent in the directory. It gets its tokens through its blueprint.",
		filters: []string{filterBlueprint},
		all: []listColumn{
			nameColumn(), statusColumn(true), blueprintColumn(), agentUserColumn(), sponsorsColumn(true), ownersColumn(), createdColumn(),
			objectIDColumn(true), blueprintAppIDColumn(), createdByColumn(), tagsColumn(),
		},
	}
}

func agentUsersList() *listSpec {
	return &listSpec{
		kind: graph.KindAgentUser, path: "/agent-users", thing: "agent user", title: "Agent users", search: "Name, sign-in name or Object ID",
		lead:    "An agent user is the account that one agent identity signs in to, with a mailbox and a calendar where it has a licence.",
		filters: []string{filterBlueprint},
		all: []listColumn{
			nameColumn(), statusColumn(true), upnColumn(), parentColumn(), managerColumn(), sponsorsColumn(true), placeColumn(), createdColumn(),
			objectIDColumn(true), blueprintColumn(),
		},
	}
}

func nameColumn() listColumn {
	return listColumn{key: "name", title: "Name", shown: true, cell: func(r listRow) views.ListCell { return views.ListCell{Text: r.item.Name} }}
}

func statusColumn(shown bool) listColumn {
	return listColumn{key: "status", title: "Status", shown: shown, cell: func(r listRow) views.ListCell {
		enabled, known := r.of.Enabled(r.item)
		switch {
		case known:
			return views.ListCell{Text: enabledText(enabled), Tone: enabledTone(enabled)}
		case graph.Kind(r.item.Kind) == graph.KindBlueprint:
			return views.ListCell{Text: "No principal", Tone: views.ToneDanger}
		}
		return views.ListCell{Text: "Unknown", Tone: views.ToneWarn}
	}}
}

// figure is a cell with a count that leads to what was counted.
func figure(n int, href string) views.ListCell {
	cell := views.ListCell{Text: views.Count(n), Number: true}
	if n > 0 {
		cell.Href = href
	}
	return cell
}

// counted orders by a number.
func counted(n func(listRow) int) func(listRow) string {
	return func(r listRow) string { return fmt.Sprintf("%09d", n(r)) }
}

func agentsColumn(shown bool) listColumn {
	n := func(r listRow) int { return len(r.of.Agents(r.item.AppID)) }
	return listColumn{key: "agents", title: "Agents", number: true, shown: shown, order: counted(n), cell: func(r listRow) views.ListCell {
		return figure(n(r), "/agents?blueprint="+r.item.AppID)
	}}
}

func usersColumn() listColumn {
	n := func(r listRow) int { return r.of.UsersOfBlueprint(r.item.AppID) }
	return listColumn{key: "users", title: "Agent users", number: true, shown: true, order: counted(n), cell: func(r listRow) views.ListCell {
		return figure(n(r), "/agent-users?blueprint="+r.item.AppID)
	}}
}

func credentialColumn() listColumn {
	return listColumn{
		key: "credential", title: "Credential", shown: true,
		cell: func(r listRow) views.ListCell {
			state := credentialWords(r.item.Credentials, r.now)
			return views.ListCell{Text: state.Text, Tone: state.Tone}
		},
		order: func(r listRow) string {
			next, ended := provision.NextEnd(r.item.Credentials, r.now)
			switch {
			case ended:
				return "0"
			case next == nil:
				return "3"
			case next.Ends.IsZero():
				return "2"
			}
			return "1" + next.Ends.UTC().Format(time.RFC3339)
		},
	}
}

// personWords is what somebody is called in a list: the sign-in name, or the
// name of a group or program.
func personWords(item *provision.Item) string {
	switch {
	case item.Gone:
		return "Deleted: " + item.ID
	case item.UPN != "":
		return item.UPN
	}
	return views.Named(item.Name, item.ID)
}

// shortPerson leaves out the domain, which is the same for nearly all.
func shortPerson(item *provision.Item) string {
	if name, _, ok := strings.Cut(item.UPN, "@"); ok && !item.Gone {
		return name + "@"
	}
	return personWords(item)
}

// peopleCell names the first of some people, and counts the others.
func peopleCell(r listRow, ids []string, unread, wanted bool) views.ListCell {
	switch {
	case unread:
		return views.ListCell{Text: "Unknown", Tone: views.ToneWarn}
	case len(ids) == 0 && wanted:
		return views.ListCell{Text: "None", Tone: views.ToneWarn}
	case len(ids) == 0:
		return views.ListCell{Text: "None", Muted: true}
	}
	text := ids[0]
	if item := r.of.Item(ids[0]); item != nil {
		text = shortPerson(item)
	}
	if len(ids) > 1 {
		text += fmt.Sprintf(" +%d", len(ids)-1)
	}
	return views.ListCell{Text: text}
}

// peopleText names all of them, for a file.
func peopleText(r listRow, ids []string, unread bool) string {
	if unread {
		return "Unknown"
	}
	var names []string
	for _, id := range ids {
		name := id
		if item := r.of.Item(id); item != nil {
			name = personWords(item)
		}
		names = append(names, name)
	}
	return strings.Join(names, "; ")
}

func sponsorsColumn(shown bool) listColumn {
	return listColumn{
		key: "sponsors", title: "Sponsors", shown: shown,
		cell: func(r listRow) views.ListCell {
			wanted := graph.Kind(r.item.Kind) == graph.KindBlueprint || graph.Kind(r.item.Kind) == graph.KindAgentIdentity
			return peopleCell(r, r.item.Sponsors, r.item.SponsorsUnread, wanted)
		},
		text: func(r listRow) string { return peopleText(r, r.item.Sponsors, r.item.SponsorsUnread) },
	}
}

func ownersColumn() listColumn {
	return listColumn{
		key: "owners", title: "Owners",
		cell: func(r listRow) views.ListCell { return peopleCell(r, r.item.Owners, r.item.OwnersUnread, false) },
		text: func(r listRow) string { return peopleText(r, r.item.Owners, r.item.OwnersUnread) },
	}
}

func createdColumn() listColumn {
	return listColumn{
		key: "created", title: "Created (UTC)", shown: true,
		cell: func(r listRow) views.ListCell { return views.ListCell{Day: r.item.Created, IsDay: true} },
		text: func(r listRow) string { return csvTime(r.item.Created) },
	}
}

func idColumn(key, title string, shown bool, id func(listRow) string) listColumn {
	return listColumn{key: key, title: title, shown: shown, cell: func(r listRow) views.ListCell { return views.ListCell{Text: id(r), ID: true} }}
}

func appIDColumn(shown bool) listColumn {
	return idColumn("app", "App ID", shown, func(r listRow) string { return r.item.AppID })
}

func objectIDColumn(shown bool) listColumn {
	return idColumn("id", "Object ID", shown, func(r listRow) string { return r.item.ID })
}

func blueprintAppIDColumn() listColumn {
	return idColumn("blueprint-app", "Blueprint App ID", false, func(r listRow) string { return r.item.BlueprintAppID })
}

func createdByColumn() listColumn {
	return listColumn{key: "by", title: "Created by", cell: func(r listRow) views.ListCell {
		if name := r.app(r.item.CreatedByAppID); name != "" {
			return views.ListCell{Text: name}
		}
		return views.ListCell{Text: r.item.CreatedByAppID, ID: true}
	}}
}

func descriptionColumn() listColumn {
	return listColumn{key: "description", title: "Description", cell: func(r listRow) views.ListCell { return views.ListCell{Text: r.item.Description} }}
}

func tagsColumn() listColumn {
	return listColumn{key: "tags", title: "Tags", cell: func(r listRow) views.ListCell { return views.ListCell{Text: joinTags(r.item.Tags)} }}
}

func homeColumn() listColumn {
	return listColumn{key: "home", title: "Blueprint lives in", shown: true, cell: func(r listRow) views.ListCell {
		switch {
		case r.item.HomeID == "":
			return views.ListCell{Text: "Not said", Muted: true}
		case strings.EqualFold(r.item.HomeID, r.of.TID):
			return views.ListCell{Text: "This tenant"}
		case r.item.HomeName != "":
			return views.ListCell{Text: "Another tenant: " + r.item.HomeName, Tone: views.ToneInfo}
		}
		return views.ListCell{Text: "Another tenant", Tone: views.ToneInfo}
	}}
}

func blueprintColumn() listColumn {
	return listColumn{key: "blueprint", title: "Blueprint", shown: true, cell: func(r listRow) views.ListCell {
		appID := r.of.BlueprintOf(r.item)
		switch b := r.of.Blueprint(appID); {
		case appID == "":
			return views.ListCell{Text: "Not known", Muted: true}
		case b != nil:
			return views.ListCell{Text: views.Named(b.Name, b.ID), Href: "/blueprints/" + b.ID}
		}
		return views.ListCell{Text: appID, Href: "/blueprints/" + appID, ID: true}
	}}
}

func agentUserColumn() listColumn {
	return listColumn{key: "user", title: "Agent user", cell: func(r listRow) views.ListCell {
		for _, u := range r.of.Users(r.item.ID) {
			return views.ListCell{Text: u.UPN, Href: "/agent-users/" + u.ID}
		}
		return views.ListCell{Text: "None", Muted: true}
	}}
}

func upnColumn() listColumn {
	return listColumn{key: "upn", title: "Sign-in name", shown: true, cell: func(r listRow) views.ListCell { return views.ListCell{Text: r.item.UPN} }}
}

func parentColumn() listColumn {
	return listColumn{key: "parent", title: "Agent identity", shown: true, cell: func(r listRow) views.ListCell {
		if a := r.of.Item(r.item.ParentID); a != nil {
			return views.ListCell{Text: views.Named(a.Name, a.ID), Href: "/agents/" + a.ID}
		}
		return views.ListCell{Text: "Gone", Tone: views.ToneDanger}
	}}
}

func managerColumn() listColumn {
	return listColumn{
		key: "manager", title: "Manager", shown: true,
		cell: func(r listRow) views.ListCell {
			if r.item.ManagerID == "" {
				return views.ListCell{Text: "None", Muted: true}
			}
			return peopleCell(r, []string{r.item.ManagerID}, false, false)
		},
	}
}

func placeColumn() listColumn {
	return listColumn{key: "place", title: "Usage location", cell: func(r listRow) views.ListCell { return views.ListCell{Text: r.item.UsageLocation} }}
}
