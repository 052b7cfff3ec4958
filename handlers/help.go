package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/views"
	"agentidportal/web"
)

// helpTopics are the pages that explain, in the order one meets their matters.
// One that the route table does not have is left out.
func helpTopics() []views.HelpTopic {
	return []views.HelpTopic{
		{Title: "Who may do what", Href: "/help/permissions", Says: "Which role and which permission each act needs, and why a call in a person's name can be refused where the blueprint's own succeeds."},
		{Title: "Claims", Href: "/help/claims", Says: "What each claim and each header parameter of a token means, what its values look like, and which tokens carry it."},
		{Title: "Error codes", Href: "/help/codes", Says: "The codes of Entra ID (AADSTS) and of Microsoft Graph, with cause and fix."},
	}
}

// showHelp lists the pages that explain.
func (h *Handlers) showHelp(c echo.Context) error {
	var topics []views.HelpTopic
	for _, t := range helpTopics() {
		if h.may(c, t.Href) {
			topics = append(topics, t)
		}
	}
	p := h.page(c, "Help", "help")
	p.Lead = "What the portal's words mean. None of it is about this tenant."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Help"}}
	return web.Render(c, http.StatusOK, views.HelpPage(p, topics))
}

// showClaims is the dictionary of claims, or what of it matches ?q=.
func (h *Handlers) showClaims(c echo.Context) error {
	query := strings.TrimSpace(cut(c.QueryParam("q"), 120))
	all := views.ClaimsHelp{Claims: entra.Dictionary(), Header: entra.HeaderDictionary(), Numbers: entra.FacetNumbers()}
	found := views.ClaimsHelp{Query: query, Total: len(all.Claims) + len(all.Header) + len(all.Numbers)}
	words := strings.Fields(strings.ToLower(query))
	for _, e := range all.Claims {
		if matches(words, append(kindTexts(e.In), e.Name, e.Means, string(e.Shape))...) {
			found.Claims = append(found.Claims, e)
		}
	}
	for _, e := range all.Header {
		if matches(words, e.Name, e.Means, "header") {
			found.Header = append(found.Header, e)
		}
	}
	for _, n := range all.Numbers {
		if matches(words, append(n.In, n.Means, "facet")...) {
			found.Numbers = append(found.Numbers, n)
		}
	}
	p := h.page(c, "Claims", "help")
	p.Lead = "What the claims of Entra ID's tokens say, as far as documents or tokens that were seen tell."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Help", Href: "/help"}, {Text: "Claims"}}
	return web.Render(c, http.StatusOK, views.ClaimsHelpPage(p, found))
}

func kindTexts(kinds []entra.TokenKind) []string {
	texts := make([]string, len(kinds))
	for i, kind := range kinds {
		texts[i] = string(kind)
	}
	return texts
}

// matches says whether every word stands in one of the texts, whatever its case.
func matches(words []string, texts ...string) bool {
	all := strings.ToLower(strings.Join(texts, "\n"))
	for _, word := range words {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}
