package handlers

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// What the pages have in common that change the credentials of a blueprint.

// keysPath is the tab Credentials of a blueprint, and the start of what leads on
// from there.
func keysPath(blueprintID string) string { return "/blueprints/" + blueprintID + "/credentials" }

func newCertificatePath(blueprintID string) string {
	return "/blueprints/" + blueprintID + "/certificates/new"
}

func newFederatedPath(blueprintID string) string {
	return "/blueprints/" + blueprintID + "/federated/new"
}

func rotatePath(blueprintID, keyID string) string {
	return "/blueprints/" + blueprintID + "/secrets/" + url.PathEscape(keyID) + "/rotate"
}

func removeKeyPath(blueprintID, keyID string) string {
	return keysPath(blueprintID) + "/" + url.PathEscape(keyID) + "/remove"
}

// ownsKeys says who may change the credentials of a blueprint: its owners among
// those who may make blueprints, and Admins.
func ownsKeys(u *web.User, owners []graph.PrincipalRef) bool {
	return u.Has(web.Admin) || u.Has(web.Operator) &&
		slices.ContainsFunc(owners, func(o graph.PrincipalRef) bool { return o.ID == u.OID })
}

// offerKeyActs fills in where the tab Credentials leads to.
func offerKeyActs(blueprintID string, d *views.BlueprintCredentials) {
	d.AddHref, d.AddCertificateHref, d.AddFederatedHref = newSecretPath(blueprintID), newCertificatePath(blueprintID), newFederatedPath(blueprintID)
	for i := range d.Rows {
		row := &d.Rows[i]
		if row.KeyID == "" {
			continue // a line about what could not be read
		}
		row.RemoveHref = removeKeyPath(blueprintID, row.KeyID)
		if row.Kind == kindSecret {
			row.RotateHref = rotatePath(blueprintID, row.KeyID)
		}
	}
}

// mayChangeKeys is errNotKeyOwner for those who may not.
func (h *Handlers) mayChangeKeys(c echo.Context, b *graph.Blueprint) error {
	if web.CurrentUser(c).Has(web.Admin) {
		return nil
	}
	owners, err := h.graph(c).Owners(c.Request().Context(), graph.KindBlueprint, b.ID)
	if err != nil {
		return fmt.Errorf("read owners of the blueprint: %w", err)
	}
	if !ownsKeys(web.CurrentUser(c), owners) {
		return errNotKeyOwner
	}
	return nil
}

// openKeys reads the blueprint of an address for those who may change its
// credentials. Without an object the request is answered, or failed.
func (h *Handlers) openKeys(c echo.Context) (*graph.Blueprint, *object, error) {
	b, o, err := h.openBlueprint(c)
	if o == nil {
		return nil, nil, err
	}
	if err := h.mayChangeKeys(c, b); err != nil {
		return nil, nil, err
	}
	return b, o, nil
}

// keyPage is a page that leads back to the tab Credentials.
func (h *Handlers) keyPage(c echo.Context, o *object, title, lead string) views.Page {
	p := h.objectPage(c, o, "credentials")
	p.Title, p.Lead = title, lead
	p.Crumbs[len(p.Crumbs)-1].Href = keysPath(o.id)
	p.Crumbs = append(p.Crumbs, views.Crumb{Text: strings.TrimSuffix(title, "?")})
	return p
}

// keyAct is a credential that an act is about.
type keyAct struct {
	b     *graph.Blueprint
	o     *object
	row   views.CredentialRow
	proof views.CredentialProof
	run   *models.Run // that made it; nil: none of this portal
	// others are the credentials beside it that work; unread says why the federated
	// ones are not known, which do not count then.
	others int
	unread string
}

// keyAt reads the credential that an address names. Without an act the request is
// answered, or failed.
func (h *Handlers) keyAt(c echo.Context) (*keyAct, error) {
	b, o, err := h.openKeys(c)
	if o == nil {
		return nil, err
	}
	a := &keyAct{b: b, o: o}
	ctx, key := c.Request().Context(), c.Param("key")
	if b.Federated, err = h.graph(c).FederatedCredentials(ctx, b.ID); part(err, &a.unread) != nil {
		return nil, err
	}
	rows := credentialRows(b, h.Now())
	i := slices.IndexFunc(rows, func(r views.CredentialRow) bool { return r.KeyID != "" && strings.EqualFold(r.KeyID, key) })
	switch {
	case i < 0 && a.unread != "":
		return nil, err // it may be one of those that were not read
	case i < 0:
		return nil, &noCredentialError{blueprintID: b.ID}
	}
	if err := h.nameSecrets(c, b.ID, rows[i:i+1]); err != nil {
		return nil, err
	}
	a.row = rows[i]
	a.proof = views.ProofOf(a.row, credentialProofs(b))
	for n, r := range rows {
		if n != i && works(r, h.Now()) {
			a.others++
		}
	}
	if a.run, err = h.runOfSecret(ctx, b.ID, &a.row); err != nil {
		return nil, err
	}
	return a, nil
}

// works says whether somebody can sign in with a credential now.
func works(r views.CredentialRow, now time.Time) bool {
	return (r.Starts.IsZero() || !r.Starts.After(now)) && (r.Ends.IsZero() || r.Ends.After(now))
}

// words name the credential in a sentence.
func (a *keyAct) words() string {
	kind := strings.ToLower(a.row.Kind)
	if _, marked := provision.SecretOp(a.row.Name); a.row.Name != "" && !marked {
		return kind + " “" + views.Visible(a.row.Name) + "”"
	}
	return kind
}

// keptCopy says whether a sealed copy of the secret is kept for the token lab.
func (h *Handlers) keptCopy(c echo.Context, a *keyAct) (bool, error) {
	kept, err := h.Store.KeptSecrets(c.Request().Context(), h.Tenant.ID)
	if err != nil {
		return false, fmt.Errorf("look for kept secrets: %w", err)
	}
	return slices.ContainsFunc(kept, func(k models.KeptSecret) bool { return k.KeyID == a.row.KeyID && k.BlueprintID == a.b.ID }), nil
}

// agentsWith says how many agent identities get their tokens by a blueprint.
func (h *Handlers) agentsWith(c echo.Context, b *graph.Blueprint) (words string, err error) {
	agents, err := firstAgents(c.Request().Context(), h.graph(c), b.AppID, pageSize)
	if err := part(err, &agents.Fault); err != nil {
		return "", err
	}
	n, more := len(agents.Rows), agents.More && agents.Total == nil
	if agents.Total != nil {
		n = *agents.Total
	}
	switch {
	case agents.Fault != "":
		return "How many agent identities get their tokens by this blueprint could not be read. " + agents.Fault + ".", nil
	case n == 0 && !more:
		return "The blueprint has no agent identities.", nil
	}
	return atLeast(more) + views.Plural(n, "agent identity") + verb(n, " gets its", " get their") + " tokens by this blueprint.", nil
}
