package handlers

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
)

// bin is what the recycle bin holds, with what its objects belong to.
type bin struct {
	all  []graph.DeletedObject
	byID map[string]*graph.DeletedObject
	now  time.Time // of the directory

	tenantID string
	// gone are parents that are neither here nor in the tenant, as far as they were
	// asked for.
	gone map[graph.Named]bool
}

// readBin reads the whole bin: Graph can neither narrow it to agents nor search
// it. An object that was deleted a moment ago comes first.
func (h *Handlers) readBin(c echo.Context) (*bin, error) {
	b := &bin{byID: map[string]*graph.DeletedObject{}, now: h.directoryNow(c), tenantID: h.Tenant.ID}
	for d, err := range h.graph(c).AllDeleted(c.Request().Context()) {
		if err != nil {
			return nil, err
		}
		b.all = append(b.all, d)
	}
	slices.SortStableFunc(b.all, func(x, y graph.DeletedObject) int {
		return cmp.Or(y.DeletedAt.Compare(x.DeletedAt), strings.Compare(strings.ToLower(x.DisplayName), strings.ToLower(y.DisplayName)))
	})
	for i := range b.all {
		b.byID[strings.ToLower(b.all[i].ID)] = &b.all[i]
	}
	return b, nil
}

// directoryNow is the directory's clock: that of the sandbox can be moved.
func (h *Handlers) directoryNow(c echo.Context) time.Time {
	k := h.knobsNow(c)
	if k == nil {
		return h.Now()
	}
	return h.Now().Add(time.Duration(k.ClockOffsetSec) * time.Second)
}

func (b *bin) item(id string) *graph.DeletedObject { return b.byID[strings.ToLower(id)] }

// blueprint is the deleted blueprint with an App ID; nil when it is not in the bin.
func (b *bin) blueprint(appID string) *graph.DeletedObject { return b.app(graph.KindBlueprint, appID) }

// principal is the deleted principal of a blueprint, by App ID; nil when it is not
// in the bin.
func (b *bin) principal(appID string) *graph.DeletedObject {
	return b.app(graph.KindBlueprintPrincipal, appID)
}

func (b *bin) app(kind graph.Kind, appID string) *graph.DeletedObject {
	for i := range b.all {
		if b.all[i].Kind == kind && strings.EqualFold(b.all[i].AppID, appID) {
			return &b.all[i]
		}
	}
	return nil
}

// agents are the deleted agent identities of a blueprint, by App ID.
func (b *bin) agents(appID string) []*graph.DeletedObject {
	return b.where(func(d *graph.DeletedObject) bool {
		return d.Kind == graph.KindAgentIdentity && strings.EqualFold(d.BlueprintAppID, appID)
	})
}

// users are the deleted agent users of an agent identity, by its object id.
func (b *bin) users(agentID string) []*graph.DeletedObject {
	return b.where(func(d *graph.DeletedObject) bool {
		return d.Kind == graph.KindAgentUser && strings.EqualFold(d.ParentID, agentID)
	})
}

func (b *bin) where(takes func(*graph.DeletedObject) bool) []*graph.DeletedObject {
	var found []*graph.DeletedObject
	for i := range b.all {
		if takes(&b.all[i]) {
			found = append(found, &b.all[i])
		}
	}
	return found
}
