package handlers

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// maxProfileName keeps names readable in a list, in characters.
const maxProfileName = 80

// profileForm is the form of a profile: the lab's own fields, without those for
// secrets and people.
type profileForm struct {
	labForm
	Name   string
	Shared bool
	// Version is the state of the profile that the form was made from; empty for
	// a new one.
	Version string
	fill    bool // its button asks for the ids of the tenant that the sandbox plays
	lost    bool // the result it was to be made of is not held any more
}

var profileFields = []string{
	"name", "version", "shared", "mode", "agent", "scope", "kept", "blueprint", "app_id", "username", "other_tenant", "other_app_id", "reuse", "act",
}

func readProfileForm(c echo.Context) (profileForm, error) {
	posted, err := web.Form(c, profileFields...)
	if err != nil {
		return profileForm{}, err
	}
	text := func(name string) string { return strings.TrimSpace(posted.Get(name)) }
	return profileForm{Name: text("name"), Version: text("version"), Shared: posted.Get("shared") == "on", fill: posted.Get("act") == "fill", labForm: labForm{
		Mode: posted.Get("mode"), Agent: text("agent"), Scope: text("scope"), Kept: posted.Get("kept"), Blueprint: text("blueprint"),
		AppID: text("app_id"), Username: text("username"), OtherTenant: text("other_tenant"), Other: text("other_app_id"),
		Reuse: posted.Get("reuse") == "on", check: posted.Get("act") == "check",
	}}, nil
}

// mode is that of the form, the first one where it names none.
func (f profileForm) mode() views.TokenMode {
	mode, ok := views.TokenModeOf(entra.ModeName(f.Mode))
	if !ok {
		mode, _ = views.TokenModeOf(entra.ModeAutonomous)
	}
	return mode
}

// validate finds what is wrong with the fields themselves.
func (f profileForm) validate() map[string]string {
	faults := map[string]string{}
	if _, ok := views.TokenModeOf(entra.ModeName(f.Mode)); !ok {
		faults["mode"] = "Choose one of the modes in the list."
	}
	mode := f.mode()
	kept := mode
	kept.Person, kept.Refresh = false, false // asked at every run
	f.validateParties(kept, faults)
	f.validateScope(mode, faults)
	if faults["scope"] == "" && !isScope(f.Scope) {
		faults["scope"] = "This does not read as a scope, and a profile keeps nothing else: write a resource and /.default, or names such as User.Read."
	}
	switch n := utf8.RuneCountInString(f.Name); {
	case n == 0 || n > maxProfileName:
		faults["name"] = fmt.Sprintf("Write a name of 1 to %d characters. This one has %d.", maxProfileName, n)
	case strings.ContainsFunc(f.Name, unicode.IsControl):
		faults["name"] = "Write the name in one line."
	case secretTyped(f.Name) != "":
		faults["name"] = "This reads as a " + secretTyped(f.Name) + ". It was not kept. Write a name."
	}
	return faults
}

// isScope is stricter than the lab, which sends any text to see it refused: what
// stands here is kept.
func isScope(scope string) bool {
	for _, one := range strings.Fields(scope) {
		if !keptScope.MatchString(one) || entra.LooksSecret(one) {
			return false
		}
	}
	return true
}

// keptScope is a resource, by address or App ID, and a value, or a value alone.
var keptScope = regexp.MustCompile(`^(((https?|api|spn)://[A-Za-z0-9._:/-]{1,200}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})/)?(\.default|[A-Za-z][A-Za-z0-9._-]{1,60})$`)

// shown is the form as it may be written into a page: a secret in the wrong box
// is not among it.
func (f profileForm) shown() profileForm {
	for _, field := range []*string{&f.Name, &f.Scope, &f.Username} {
		if secretTyped(*field) != "" {
			*field = ""
		}
	}
	return f
}

// withPartner is the form with the ids of the tenant that the sandbox plays; the
// rest stays as it was typed.
func (h *Handlers) withPartner(f profileForm) profileForm {
	if h.Sandbox == nil || h.Sandbox.Partner == nil {
		return f
	}
	partner := h.Sandbox.Partner
	f.Mode = string(entra.ModeCrossTenant)
	f.Agent, f.OtherTenant, f.Other = partner.AgentID, partner.TenantID, partner.App.AppID
	return f
}

// newProfile is the form of a new profile, empty or filled from a result.
func (h *Handlers) newProfile(c echo.Context) error {
	form := profileForm{labForm: labForm{
		Mode: c.QueryParam("mode"), Agent: c.QueryParam("agent"), Blueprint: c.QueryParam("blueprint"), Scope: cut(c.QueryParam("scope"), maxScope),
		AppID: c.QueryParam("app"), OtherTenant: c.QueryParam("other_tenant"), Other: c.QueryParam("other_app_id"),
	}}
	if id := c.QueryParam("from"); id != "" {
		var err error
		if form, err = h.profileFromResult(c, id); err != nil {
			return err
		}
	}
	if form.Mode = string(form.mode().Name); form.Scope == "" {
		form.Scope = entra.GraphDefaultScope
	}
	return h.renderProfileForm(c, http.StatusOK, nil, form, nil)
}

// profileFromResult fills the form with what a result was asked for.
func (h *Handlers) profileFromResult(c echo.Context, id string) (profileForm, error) {
	r := h.lab.result(web.CurrentUser(c).SignInID, id, h.Now())
	if r == nil {
		return profileForm{lost: true}, nil
	}
	f := r.try.form.withoutSecrets()
	f.Profile, f.From, f.Agent = "", "", r.try.agentID()
	if f.Blueprint = ""; r.try.mode.Blueprint {
		f.Blueprint = r.try.blueprintAppID()
	}
	if r.try.mode.Person || r.try.mode.AgentUser && r.try.userID == "" {
		f.Username = "" // a person, or nobody known
	}
	if r.try.keptNow {
		usable, err := h.usableSecrets(c)
		if err != nil {
			return profileForm{}, err
		}
		f.Kept = h.newestKept(usable, r.try.blueprintAppID()).ID
	}
	return profileForm{labForm: f, Name: proposedName(r.try, maxProfileName)}, nil
}

// editProfile is the form of a profile of one's own.
func (h *Handlers) editProfile(c echo.Context) error {
	p, err := h.ownProfile(c)
	if err != nil {
		return err
	}
	lab, _, err := h.formOfProfile(c, p)
	if err != nil {
		return err
	}
	lab.Kept, lab.Profile = p.KeptSecretID, ""
	return h.renderProfileForm(c, http.StatusOK, p, profileForm{labForm: lab, Name: p.Name, Shared: p.Shared, Version: versionOfProfile(p)}, nil)
}

// renderProfileForm shows the form with what was typed; was is nil for a new one.
func (h *Handlers) renderProfileForm(c echo.Context, status int, was *models.TokenProfile, form profileForm, faults map[string]string) error {
	form = form.shown()
	agents, err := h.agentsToTest(c, form.Agent)
	if err != nil {
		return err
	}
	kept, err := h.usableSecrets(c)
	if err != nil {
		return err
	}
	mode := form.mode()
	f := views.ProfileForm{TokenForm: h.labView(c, form.labForm, mode, agents), Name: form.Name, Shared: form.Shared, Lost: form.lost}
	f.Kept, f.Chosen, f.Faults = h.keptRows(kept), form.Kept, faults
	p := h.page(c, "New profile", "tokens")
	p.Lead = "What the lab shall ask for, under a name. Secrets and people are never part of it."
	p.Crumbs = profileCrumbs("New profile")
	if was != nil {
		f.ID, f.Version, p.Title = was.ID, form.Version, "Edit "+was.Name
		if f.Changed = status == http.StatusConflict; f.Changed {
			f.Version = versionOfProfile(was)
		}
		p.Crumbs = profileCrumbs(was.Name, "Edit")
		p.Crumbs[3].Href = profilePath(was.ID)
	}
	if h.Sandbox != nil && h.Sandbox.Partner != nil && mode.OtherTenant {
		partner := h.Sandbox.Partner
		f.Partner = &views.SandboxPartner{Name: partner.Name, TenantID: partner.TenantID, AppName: partner.App.Name, AppID: partner.App.AppID, AgentID: partner.AgentID}
	}
	p.HasError = len(faults) > 0
	return web.Render(c, status, views.ProfileFormPage(p, f))
}
