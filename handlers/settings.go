package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/views"
	"agentidportal/web"
)

// cookieAge is how long a browser keeps the reader's taste: a year.
const cookieAge = 365 * 24 * 60 * 60

// showSettings is the page about how the portal looks to this browser.
func (h *Handlers) showSettings(c echo.Context) error {
	s := views.Settings{Theme: themeOf(c), Zone: zoneOf(c).String(), Saved: c.QueryParam("saved") == "1", Components: h.Development}
	return web.Render(c, http.StatusOK, views.SettingsPage(h.settingsChrome(c), s))
}

// saveSettings keeps theme and zone in cookies: they are the taste of a
// reader, not a setting of the portal.
func (h *Handlers) saveSettings(c echo.Context) error {
	form, err := web.Form(c, "theme", "zone")
	if err != nil {
		return err
	}
	s := views.Settings{Theme: oneOf(form.Get("theme"), []string{"light", "dark"}), Zone: strings.TrimSpace(form.Get("zone")), Components: h.Development}
	if s.Zone == "" {
		s.Zone = "UTC"
	}
	zone, err := loadZone(s.Zone)
	if err != nil {
		s.ZoneError = "Write the name of a time zone, like Europe/London, Asia/Kolkata or UTC. This one is not known."
		s.Zone = cut(s.Zone, 100)
		p := h.settingsChrome(c)
		p.HasError = true
		return web.Render(c, http.StatusUnprocessableEntity, views.SettingsPage(p, s))
	}
	h.setTaste(c, themeCookie, s.Theme)
	h.setTaste(c, zoneCookie, zone.String())
	return web.Redirect(c, "/settings?saved=1")
}

// switchTheme is the button in the head of every page, signed in or not.
func (h *Handlers) switchTheme(c echo.Context) error {
	form, err := web.Form(c, "theme", "back")
	if err != nil {
		return err
	}
	h.setTaste(c, themeCookie, oneOf(form.Get("theme"), []string{"light", "dark"}))
	return web.Redirect(c, h.web.ReturnPath(form.Get("back")))
}

// setTaste writes a cookie, or takes it away when there is nothing to keep.
func (h *Handlers) setTaste(c echo.Context, name, value string) {
	cookie := &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: cookieAge, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(h.PublicURL, "https://"),
	}
	if value == "" {
		cookie.MaxAge = -1
	}
	c.SetCookie(cookie)
}

func (h *Handlers) settingsChrome(c echo.Context) views.Page {
	p := h.page(c, "Settings", "settings")
	p.Lead = "How the portal looks in this browser."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Settings"}}
	return p
}
