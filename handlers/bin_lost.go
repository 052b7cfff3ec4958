package handlers

import (
	"maps"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// Why an object of the bin can never come back, after "Cannot be restored: ".
const (
	lostBlueprint = "its blueprint is purged"
	lostAgent     = "its agent identity is purged"
)

// readGone finds out which of those that some objects cannot be without are neither
// in the bin nor in the tenant. What cannot be read counts as there.
func (h *Handlers) readGone(c echo.Context, b *bin, objects []*graph.DeletedObject) {
	wanted := map[graph.Named]bool{}
	for _, d := range objects {
		b.parents(d, wanted)
	}
	asked := slices.SortedFunc(maps.Keys(wanted), func(x, y graph.Named) int { return strings.Compare(x.Key, y.Key) })
	b.gone = h.graph(c).Gone(c.Request().Context(), asked)
}

// parents gathers what an object cannot be without and is not in the bin.
func (b *bin) parents(d *graph.DeletedObject, wanted map[graph.Named]bool) {
	switch d.Kind {
	case graph.KindBlueprintPrincipal:
		if b.blueprint(d.AppID) == nil {
			wanted[named(graph.KindBlueprint, d.AppID)] = true
		}
	case graph.KindAgentIdentity:
		if p := b.principal(d.BlueprintAppID); p != nil {
			b.parents(p, wanted)
			return
		}
		wanted[named(graph.KindBlueprintPrincipal, d.BlueprintAppID)] = true
		if b.blueprint(d.BlueprintAppID) == nil {
			wanted[named(graph.KindBlueprint, d.BlueprintAppID)] = true
		}
	case graph.KindAgentUser:
		if a := b.item(d.ParentID); a != nil {
			b.parents(a, wanted)
			return
		}
		wanted[named(graph.KindAgentIdentity, d.ParentID)] = true
	}
}

func named(kind graph.Kind, key string) graph.Named {
	return graph.Named{Kind: kind, Key: strings.ToLower(key)}
}

// lost says why an object can never be restored, once others of the bin are purged
// too, by their ids; empty where it can, or where that is not known. A principal
// whose blueprint lives in another tenant does not depend on this one.
func (b *bin) lost(d *graph.DeletedObject, purged map[string]bool) string {
	switch d.Kind {
	case graph.KindBlueprintPrincipal:
		if strings.EqualFold(d.OwnerTenantID, b.tenantID) && b.blueprintGone(d.AppID, purged) {
			return lostBlueprint
		}
	case graph.KindAgentIdentity:
		if p := b.principal(d.BlueprintAppID); p != nil {
			return b.lost(p, purged)
		}
		if b.gone[named(graph.KindBlueprintPrincipal, d.BlueprintAppID)] && b.blueprintGone(d.BlueprintAppID, purged) {
			return lostBlueprint
		}
	case graph.KindAgentUser:
		a := b.item(d.ParentID)
		switch {
		case a == nil && b.gone[named(graph.KindAgentIdentity, d.ParentID)], a != nil && purged[a.ID]:
			return lostAgent
		case a != nil:
			return b.lost(a, purged)
		}
	}
	return ""
}

func (b *bin) blueprintGone(appID string, purged map[string]bool) bool {
	if deleted := b.blueprint(appID); deleted != nil {
		return purged[deleted.ID]
	}
	return b.gone[named(graph.KindBlueprint, appID)]
}

// below are the objects of the bin that belong to some of them, those not among them.
func (b *bin) below(objects []*graph.DeletedObject) []*graph.DeletedObject {
	apps, ids := map[string]bool{}, map[string]bool{}
	for _, d := range objects {
		ids[strings.ToLower(d.ID)] = true
		if d.Kind == graph.KindBlueprint {
			apps[strings.ToLower(d.AppID)] = true
		}
	}
	ofApp := func(d *graph.DeletedObject) bool {
		return d.Kind == graph.KindBlueprintPrincipal && apps[strings.ToLower(d.AppID)] || d.Kind == graph.KindAgentIdentity && apps[strings.ToLower(d.BlueprintAppID)]
	}
	return b.where(func(d *graph.DeletedObject) bool {
		if ids[strings.ToLower(d.ID)] {
			return false
		}
		if d.Kind != graph.KindAgentUser {
			return ofApp(d)
		}
		agent := b.item(d.ParentID)
		return ids[strings.ToLower(d.ParentID)] || agent != nil && ofApp(agent)
	})
}

// stranded are the objects that can be restored now, and not any more once the
// chosen ones are purged.
func (h *Handlers) stranded(c echo.Context, b *bin, chosen []*graph.DeletedObject) []*graph.DeletedObject {
	below := b.below(chosen)
	h.readGone(c, b, below)
	purged := map[string]bool{}
	for _, d := range chosen {
		purged[d.ID] = d.Kind != graph.KindBlueprintPrincipal // it leaves by time alone
	}
	return slices.DeleteFunc(below, func(d *graph.DeletedObject) bool { return b.lost(d, nil) != "" || b.lost(d, purged) == "" })
}

// strandedWords counts by kind what can never come back once so many are purged.
func strandedWords(objects []*graph.DeletedObject, chosen int) string {
	var parts []string
	for _, kind := range []graph.Kind{graph.KindBlueprintPrincipal, graph.KindAgentIdentity, graph.KindAgentUser} {
		n := 0
		for _, d := range objects {
			if d.Kind == kind {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, views.Plural(n, map[graph.Kind]string{graph.KindBlueprintPrincipal: "blueprint principal", graph.KindAgentIdentity: "agent identity", graph.KindAgentUser: "agent user"}[kind]))
		}
	}
	return views.Plural(len(objects), "object") + " below " + map[bool]string{true: "it", false: "them"}[chosen == 1] + " can never be restored any more: " + strings.Join(parts, ", ") + "."
}
