package handlers

import (
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// showProfile is the page of one profile.
func (h *Handlers) showProfile(c echo.Context) error {
	p, err := h.profileOf(c, c.Param("id"))
	if err != nil {
		return err
	}
	d, err := h.profileData(c, p)
	if err != nil {
		return err
	}
	page := h.page(c, p.Name, "tokens")
	page.Lead = d.Row.Mode.Says
	page.Crumbs = profileCrumbs(p.Name)
	return web.Render(c, http.StatusOK, views.ProfilePage(page, d))
}

func (h *Handlers) profileData(c echo.Context, p *models.TokenProfile) (views.ProfileData, error) {
	known, err := h.knownOfProfiles(c, []models.TokenProfile{*p})
	if err != nil {
		return views.ProfileData{}, err
	}
	d := views.ProfileData{Row: h.profileRow(c, p, known)}
	d.Asked = h.asks(c, d.Row.Mode, p, known.kept[p.KeptSecretID])
	if d.Row.Mode.OtherTenant {
		there := h.otherTenant(p.Settings.OtherTenantID, p.Settings.OtherAppID, p.Settings.AgentID)
		d.There = &there
	}
	return d, nil
}

// shareProfile lets others of the tenant see a profile, or only its owner again.
func (h *Handlers) shareProfile(shared bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, err := web.Form(c); err != nil {
			return err
		}
		p, err := h.ownProfile(c)
		if err != nil {
			return err
		}
		if p.Shared == shared {
			return web.Redirect(c, profilePath(p.ID)) // pressed twice
		}
		p.Shared = shared
		err = h.recordWith(c, profileEvent(p, models.ActionProfileShare, map[string]any{"shared": shared}), func(ctx context.Context, tx *models.Store) error {
			return tx.PutTokenProfile(ctx, p)
		})
		if err != nil {
			return fmt.Errorf("share token profile: %w", err)
		}
		return web.Redirect(c, profilePath(p.ID))
	}
}

// deletableProfile is the profile of an address, for its owner and for Admins:
// somebody has to tidy up what others left behind.
func (h *Handlers) deletableProfile(c echo.Context) (*models.TokenProfile, error) {
	p, err := h.profileOf(c, c.Param("id"))
	if err != nil {
		return nil, err
	}
	if user := web.CurrentUser(c); p.OwnerOID != user.OID && !user.Has(web.Admin) {
		return nil, fmt.Errorf("delete token profile of somebody else: %w", models.ErrNotFound)
	}
	return p, nil
}

// askProfileDeletion asks before a profile is deleted.
func (h *Handlers) askProfileDeletion(c echo.Context) error {
	p, err := h.deletableProfile(c)
	if err != nil {
		return err
	}
	d, err := h.profileData(c, p)
	if err != nil {
		return err
	}
	page := h.page(c, "Delete this profile?", "tokens")
	page.Lead = "Its settings are deleted and cannot be brought back. A kept secret that it names stays kept."
	page.Crumbs = profileCrumbs(p.Name, "Delete")
	page.Crumbs[3].Href = profilePath(p.ID)
	return web.Render(c, http.StatusOK, views.DeleteProfilePage(page, d.Row))
}

// deleteProfile forgets a profile; nothing in the tenant changes.
func (h *Handlers) deleteProfile(c echo.Context) error {
	if _, err := web.Form(c); err != nil {
		return err
	}
	p, err := h.deletableProfile(c)
	if err != nil {
		return err
	}
	err = h.recordWith(c, profileEvent(p, models.ActionProfileDelete, map[string]any{}), func(ctx context.Context, tx *models.Store) error {
		return tx.DeleteTokenProfile(ctx, p.TID, p.ID)
	})
	if err != nil {
		return fmt.Errorf("delete token profile: %w", err)
	}
	return web.Redirect(c, profilesPath)
}
