package handlers

import (
	"context"
	"errors"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// askKeyRemoval asks before a credential of a blueprint is removed.
func (h *Handlers) askKeyRemoval(c echo.Context) error {
	ch, err := h.keyRemoval(c)
	if ch == nil {
		return err
	}
	return h.askChange(c, ch)
}

// removeKey removes it, as a run of one step that is done at once.
func (h *Handlers) removeKey(c echo.Context) error {
	posted, err := web.Form(c, changeFields()...)
	if err != nil {
		return err
	}
	ch, err := h.keyRemoval(c)
	var gone *noCredentialError
	if errors.As(err, &gone) {
		return h.orFormer(c, err, func(ctx context.Context, by models.Actor) (*models.Run, error) {
			return h.Engine.ChangeOf(ctx, by, posted.Get("request"))
		})
	}
	if ch == nil {
		return err
	}
	return h.makeChange(c, ch, posted)
}

// removalKinds are the acts that remove each kind of credential.
var removalKinds = map[string]string{
	kindSecret: provision.KindRemoval, kindCertificate: provision.KindCertificateRemove, kindFederated: provision.KindFederatedRemove,
}

// keyRemoval is the question about the credential that an address names. Without
// one the request is answered, or failed.
func (h *Handlers) keyRemoval(c echo.Context) (*change, error) {
	a, err := h.keyAt(c)
	if a == nil || err != nil {
		return nil, err
	}
	if err := h.unneeded(c, a); err != nil {
		return nil, err
	}
	act := provision.Act{
		Kind: removalKinds[a.row.Kind], Of: provision.Target{Kind: graph.KindBlueprint, ID: a.b.ID, Name: a.o.name}, KeyID: a.row.KeyID, KeyName: a.row.Name,
	}
	if act.Kind == provision.KindCertificateRemove {
		act.Stay = without(a.b.KeyCredentials, a.row.KeyID)
	}
	ch := &change{
		spec: provision.ChangeSpec{BlueprintID: a.b.ID, BlueprintAppID: a.b.AppID, Acts: []provision.Act{act}},
		page: h.keyPage(c, a.o, "Remove the "+a.words()+" of "+a.o.name+"?", "Nothing is removed yet."),
		view: views.ChangeView{Action: removeKeyPath(a.b.ID, a.row.KeyID), Act: "Remove", Keep: "Keep it", KeepHref: keysPath(a.b.ID), Busy: "Removing…", Destroys: true},
	}
	ch.fields = views.KeyFacts(views.CredentialFacts{Row: a.row, Proof: a.proof})
	if err := h.removalMeans(c, a, &ch.view); err != nil {
		return nil, err
	}
	return ch, nil
}

// removalMeans says what the removal of a credential does, to whom. The last one
// that works takes every token with it: the name of the blueprint has to be typed.
func (h *Handlers) removalMeans(c echo.Context, a *keyAct, v *views.ChangeView) error {
	kept, err := h.keptCopy(c, a)
	if err != nil {
		return err
	}
	switch ended := !a.row.Ends.IsZero() && !a.row.Ends.After(h.Now()); {
	case ended:
		v.Consequences = append(v.Consequences, "It has ended, and nobody signs in with it any more. Removing it changes nothing for anybody.")
	default:
		agents, err := h.agentsWith(c, a.b)
		if err != nil {
			return err
		}
		v.Grave = true
		v.Consequences = append(v.Consequences, a.lossWords()+" "+agents)
		if a.others == 0 {
			v.Typed, v.TypeWhat = a.o.name, "to remove its last credential that works"
		}
		if !works(a.row, h.Now()) && a.others > 0 {
			v.Grave, v.Consequences = false, []string{"It is not valid yet, so nobody signs in with it. The blueprint goes on with the others. " + agents}
		}
		v.Consequences = append(v.Consequences, "Tokens that were given out already stay valid until they end.")
		v.Milder, v.MilderHref = a.milder()
	}
	if kept {
		v.Consequences = append(v.Consequences, "The sealed copy of it that is kept for the token lab is deleted with it.")
	}
	v.Consequences = append(v.Consequences, "What is removed cannot be brought back. Another one can be added.")
	return nil
}

// lossWords say who loses what with a credential that works.
func (a *keyAct) lossWords() string {
	unread := ""
	if a.unread != "" {
		unread = " Its federated credentials could not be read, and do not count here. " + a.unread + "."
	}
	switch {
	case a.others == 0 && a.unread == "":
		return "This is the last credential of the blueprint that works. Without it no agent identity of the blueprint gets a token any more, until another one is added."
	case a.others == 0:
		return "No other credential of the blueprint is known to work. Without one no agent identity of the blueprint gets a token any more, until another one is added." + unread
	}
	return "Whoever signs in with it gets no more tokens. " + views.Plural(a.others, "other credential") + " of the blueprint " + verb(a.others, "goes", "go") + " on." + unread
}

// milder is the way that lets the agents go on.
func (a *keyAct) milder() (words, href string) {
	switch a.row.Kind {
	case kindSecret:
		return "Rotate it instead", rotatePath(a.b.ID, a.row.KeyID)
	case kindCertificate:
		return "Add another certificate first", newCertificatePath(a.b.ID)
	}
	return "Add another federated credential first", newFederatedPath(a.b.ID)
}

// without are the certificates that stay.
func without(keys []graph.KeyCredential, keyID string) []graph.KeyCredential {
	var stay []graph.KeyCredential
	for _, k := range keys {
		if k.KeyID != keyID {
			stay = append(stay, k)
		}
	}
	return stay
}
