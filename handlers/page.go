package handlers

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// Cookies of the reader's taste. They hold no secret and no identity.
const (
	themeCookie = "portal_theme" // light, dark
	zoneCookie  = "portal_zone"  // IANA name
)

// page builds what surrounds a page's content: navigation by role, tenant,
// account, theme, zone. Handlers set Lead, Crumbs and Refresh on what they get.
func (h *Handlers) page(c echo.Context, title, section string) views.Page {
	p := views.Page{
		Title:     title,
		Section:   section,
		Tenant:    views.TenantBadge{Domain: h.domain(), Sandbox: h.Tenant.Sandbox},
		Theme:     themeOf(c),
		Zone:      zoneOf(c),
		Now:       h.Now(),
		RequestID: web.RequestID(c),
		Path:      c.Request().URL.Path,
	}
	if h.Sandbox != nil {
		p.Trouble = knobsInWords(h.knobsNow(c))
	}
	u := web.CurrentUser(c)
	if u != nil {
		p.User = &views.Person{Name: u.Name, Username: u.Username, Role: roleWords(u)}
	}
	p.Nav = h.navigation(c, u)
	p.MaySearch = h.may(c, "/search")
	return p
}

// roleWords names the directory roles that count, or the portal's own word
// for none of them.
func roleWords(u *web.User) string {
	if u.Role == web.Member {
		return noRoleCounts
	}
	return RoleNames(u.Roles, noRoleCounts)
}

const noRoleCounts = "No Agent ID role"

// RoleNames writes directory roles by their display names, with commas, in the
// order the directory gave; none is what stands for an empty list.
func RoleNames(roles []string, none string) string {
	if len(roles) == 0 {
		return none
	}
	return strings.Join(roles, ", ")
}

// navigation keeps the places the person may open. The guards of the route
// table decide, so navigation and policy cannot disagree.
func (h *Handlers) navigation(c echo.Context, u *web.User) []views.NavGroup {
	var groups []views.NavGroup
	counts := h.inventoryCounts(c, u)
	for _, g := range views.DefaultNav() {
		kept := g.Items[:0]
		for _, item := range g.Items {
			if !h.guards[item.Href].Allows(u) {
				continue
			}
			if item.Key == "runs" {
				item.Count, item.Attention = h.waitingRuns(c)
			}
			if n, known := counts[item.Href]; known {
				item.Count = views.Count(n)
			}
			kept = append(kept, item)
		}
		if g.Items = kept; len(kept) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// inventoryCounts are the objects of each list, by its address: those that the
// list itself shows. Without a snapshot there are none.
func (h *Handlers) inventoryCounts(c echo.Context, u *web.User) map[string]int {
	if u == nil || !h.guards["/agents"].Allows(u) {
		return nil
	}
	s, err := h.Engine.Inventory().Snapshot(c.Request().Context())
	if err != nil || s == nil {
		return nil // counts are no reason to refuse a page
	}
	counts := map[string]int{}
	for _, kind := range fourKinds {
		folder, _, _ := folderOf(kind)
		counts[folder] = len(s.Of(kind))
	}
	return counts
}

// waitingRuns says how many runs wait; attention when they wait for a person.
// A count that cannot be read is left out: it is no reason to refuse a page.
func (h *Handlers) waitingRuns(c echo.Context) (count string, attention bool) {
	counts, err := h.Store.RunCounts(c.Request().Context())
	if err != nil {
		h.Log.Warn("count runs", "error", err, "request_id", web.RequestID(c))
		return "", false
	}
	n := counts[models.RunWaiting] + counts[models.RunWaitingSignIn]
	if n == 0 {
		return "", false
	}
	return strconv.Itoa(n) + " waiting", counts[models.RunWaitingSignIn] > 0
}

func themeOf(c echo.Context) string {
	if cookie, err := c.Cookie(themeCookie); err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		return cookie.Value
	}
	return ""
}

func zoneOf(c echo.Context) *time.Location {
	cookie, err := c.Cookie(zoneCookie)
	if err != nil {
		return time.UTC
	}
	zone, err := loadZone(cookie.Value)
	if err != nil {
		return time.UTC
	}
	return zone
}

// loadZone reads an IANA zone by name. "Local" is refused: it would be the
// server's zone, which says nothing to the reader.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" || len(name) > 64 {
		return nil, errors.New("no such time zone")
	}
	return time.LoadLocation(name)
}
