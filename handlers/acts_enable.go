package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// askEnabled asks before an object is disabled or enabled.
func (h *Handlers) askEnabled(kind graph.Kind, enable bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		ch, err := h.enabling(c, kind, enable)
		if ch == nil {
			return err
		}
		return h.askChange(c, ch)
	}
}

// setEnabled disables or enables it. What is so already is left alone, and the
// page says so.
func (h *Handlers) setEnabled(kind graph.Kind, enable bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		posted, err := web.Form(c, changeFields()...)
		if err != nil {
			return err
		}
		ch, err := h.enabling(c, kind, enable)
		if ch == nil {
			return err
		}
		if ch.view.Act == "" {
			return h.showChange(c, http.StatusOK, ch)
		}
		return h.makeChange(c, ch, posted)
	}
}

// enabling builds the question. Without one the request is answered, or failed.
func (h *Handlers) enabling(c echo.Context, kind graph.Kind, enable bool) (*change, error) {
	o, err := h.openObject(c, kind)
	if o == nil {
		return nil, err
	}
	broken, err := h.impactOf(c, o)
	if err != nil {
		return nil, err
	}
	verb, word := "Disable", "disable"
	if enable {
		verb, word = "Enable", "enable"
	}
	ch := &change{of: o, page: h.actPage(c, o, verb+" "+o.name+"?", verb), done: o.path(), tell: true}
	ch.view = views.ChangeView{Action: o.path() + "/" + word, KeepHref: o.path()}
	of, enabled := o.target(), o.enabled
	if kind == graph.KindBlueprint {
		if broken.principal == nil {
			return withoutPrincipal(ch, o, broken.faultOf(partPrincipal)), nil
		}
		p := broken.principal
		of, enabled = provision.Target{Kind: graph.KindBlueprintPrincipal, ID: p.ID, Name: views.Named(p.DisplayName, p.ID)}, p.AccountEnabled
		ch.view.Left = []views.ChangeObject{{Mark: string(o.kind), Name: o.name, Href: o.path(), ID: o.id, Note: "A blueprint has no state of its own"}}
	}
	if enabled == enable {
		return alreadySo(ch, of, enabled), nil
	}
	act := provision.KindDisable
	if enable {
		act = provision.KindEnable
	}
	ch.spec.Acts = []provision.Act{{Kind: act, Of: of, Before: map[string]any{"accountEnabled": enabled}}}
	folder, _, _ := folderOf(of.Kind)
	ch.view.Objects = []views.ChangeObject{{Mark: string(of.Kind), Name: of.Name, Href: folder + "/" + of.ID, ID: of.ID, Note: "Is " + enabledIn(enabled) + ", becomes " + enabledIn(enable)}}
	ch.view.Act, ch.view.Keep, ch.view.Grave = verb, "Keep it "+enabledIn(enabled), !enable
	if kind == graph.KindBlueprint {
		ch.view.Consequences = append(ch.view.Consequences, "A blueprint has no state of its own: this acts on its principal in this tenant, “"+of.Name+"”.")
	}
	if enable {
		ch.view.Consequences = append(ch.view.Consequences, enableWords(o, &broken)...)
		if err := h.stillOff(c, o, &ch.view); err != nil {
			return nil, err
		}
	} else {
		ch.view.Consequences = append(ch.view.Consequences, disableWords(o, &broken)...)
	}
	return ch, h.inRunsOf(c, o, &ch.spec)
}

func enabledIn(enabled bool) string {
	if enabled {
		return "enabled"
	}
	return "disabled"
}

// alreadySo is the page about an act that would change nothing.
func alreadySo(ch *change, of provision.Target, enabled bool) *change {
	folder, _, thing := folderOf(of.Kind)
	ch.page.Title, ch.page.Lead = of.Name+" is "+enabledIn(enabled)+" already", "Nothing was sent, and nothing is changed."
	ch.view = views.ChangeView{
		Findings: []views.Finding{{
			Tone: views.ToneInfo, Title: "This " + thing + " is " + enabledIn(enabled),
			Detail: "Somebody was here before, or the page you came from was read earlier.",
		}},
		Keep: "Open the " + thing, KeepHref: folder + "/" + of.ID,
	}
	return ch
}

// withoutPrincipal is the page about a blueprint that has nothing to disable.
func withoutPrincipal(ch *change, o *object, fault string) *change {
	f := views.Finding{
		Tone: views.ToneWarn, Title: "The blueprint has no principal in this tenant",
		Detail: "A blueprint has no state of its own: it is disabled and enabled by way of its principal. Without one it gets no tokens anyhow.",
		Act:    "Set-up", ActHref: o.path() + "/setup",
	}
	if fault != "" {
		f = views.Finding{
			Tone: views.ToneWarn, Title: "The principal of the blueprint could not be read",
			Detail: fault + ". A blueprint is disabled and enabled by way of its principal, so the portal has to know it.",
		}
	}
	ch.page.Lead = "Nothing was sent, and nothing is changed."
	ch.view = views.ChangeView{Findings: []views.Finding{f}, Keep: "Open the blueprint", KeepHref: o.path()}
	return ch
}

// disableWords are what stops when an object is disabled, and what does not.
func disableWords(o *object, i *impact) []string {
	var words []string
	switch o.kind {
	case graph.KindBlueprint, graph.KindBlueprintPrincipal:
		words = append(words, i.stopping())
	case graph.KindAgentIdentity:
		words = append(words, "It gets no new tokens from now on, neither for itself nor for people. Its blueprint and the other agent identities go on.")
		if len(i.users) > 0 {
			words = append(words, "Its agent user "+i.users[0].UserPrincipalName+" stays as it is, and nobody can sign in as it meanwhile.")
		}
	case graph.KindAgentUser:
		words = append(words, "Its agent identity gets no new tokens for this account from now on. What it does for itself and for people goes on.")
	}
	return append(words, "Tokens that were given out already stay valid until they end.", "Nothing is deleted, and it can be enabled again at any time.")
}

// stopping counts the agents that get their tokens by a principal.
func (i *impact) stopping() string {
	if why := i.faultOf(partAgents); why != "" {
		return "Its agent identities get no new tokens from now on. How many those are is not known: " + why + "."
	}
	n, more := i.agents.count()
	if n == 0 && !more {
		return "It has no agent identities, so no agent stops."
	}
	words := atLeast(more) + views.Plural(n, "agent identity") + verb(n, " gets", " get") + " no new tokens from now on, neither for " + verb(n, "itself", "themselves") + " nor for people"
	if u := len(i.users); u > 0 {
		words += "; nobody can sign in as their " + views.Plural(u, "agent user")
	}
	return words + "."
}

// enableWords are what comes back.
func enableWords(o *object, i *impact) []string {
	switch o.kind {
	case graph.KindAgentIdentity:
		return []string{"It gets tokens again, with the permissions it has."}
	case graph.KindAgentUser:
		return []string{"Its agent identity gets tokens for this account again."}
	}
	n, more := i.agents.count()
	if i.faultOf(partAgents) != "" || n == 0 {
		return []string{"Its agent identities get tokens again, with the permissions they have."}
	}
	off := 0
	for _, a := range i.agents.list {
		if !a.AccountEnabled {
			off++
		}
	}
	words := []string{atLeast(more) + views.Plural(n, "agent identity") + " can get tokens again, with the permissions " + verb(n, "it has", "they have") + "."}
	if off > 0 {
		words = append(words, views.Count(off)+" of them "+verb(off, "is disabled itself and stays so.", "are disabled themselves and stay so."))
	}
	return words
}

// stillOff warns that what is above the object is disabled too, so that enabling
// the object alone brings no tokens.
func (h *Handlers) stillOff(c echo.Context, o *object, v *views.ChangeView) error {
	ctx, g := c.Request().Context(), h.graph(c)
	var fault string
	warn := func(title, href, act string) {
		v.Findings = append(v.Findings, views.Finding{Tone: views.ToneWarn, Title: title, Detail: "It gets no tokens until that is enabled too.", Act: act, ActHref: href})
	}
	switch o.kind {
	case graph.KindAgentIdentity:
		var p *graph.BlueprintPrincipal
		if err := readPrincipalOf(ctx, g, o.blueprint, &p, &fault); err != nil {
			return err
		}
		if p != nil && !p.AccountEnabled {
			warn("The blueprint principal is disabled", "/principals/"+p.ID, "Open the principal")
		}
	case graph.KindAgentUser:
		a, err := g.AgentIdentity(ctx, o.parent)
		if err != nil {
			return part(err, &fault)
		}
		if !a.AccountEnabled {
			warn("Its agent identity is disabled", "/agents/"+a.ID, "Open the agent identity")
		}
	}
	return nil
}
