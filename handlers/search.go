package handlers

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

const (
	// searchRows is how many of each kind the page shows.
	searchRows = 5
	// searchLetters is how much of a long text is searched.
	searchLetters = 120
	// searchTime is how long the directory may take for all kinds together.
	searchTime = 10 * time.Second
)

// showSearch finds objects by name, id or UPN. An id, or a name that only one
// thing has, leads straight to the page of its object.
func (h *Handlers) showSearch(c echo.Context) error {
	text := typedWords(c.QueryParam("q"))
	if what := secretTyped(text); what != "" {
		// The next address does not hold it.
		return web.Redirect(c, "/search?not="+url.QueryEscape(what))
	}
	s := views.SearchPage{Query: text, Secret: oneOf(c.QueryParam("not"), secretKinds())}
	if id, err := graph.ParseGUID(strings.Trim(text, "{}()")); err == nil {
		return h.searchID(c, s, id)
	}
	if utf8.RuneCountInString(text) > searchLetters {
		s.Query, s.Cut = string([]rune(text)[:searchLetters]), searchLetters
	}
	if h.may(c, "/audit") {
		s.AuditHref = "/audit"
	}
	_, s.ByStart = idStart(s.Query)
	if s.Query != "" {
		groups, err := h.searchNames(c, s.Query)
		if err != nil {
			return err
		}
		s.Groups = groups
	}
	if href := onlyHit(s); href != "" {
		return web.Redirect(c, href)
	}
	return h.renderSearch(c, s)
}

// typedWords is a text as typed, without what no keyboard writes.
func typedWords(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " ")))
}

// tokenInside is the shape of a JWT anywhere in a text.
var tokenInside = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}\.`)

// secretKinds are the answers of secretTyped, as addresses hold them.
func secretKinds() []string { return []string{"token", "secret"} }

// secretTyped says what was typed into the search that belongs in no address:
// a "token", or another "secret"; empty for neither.
func secretTyped(text string) string {
	if tokenInside.MatchString(text) {
		return "token"
	}
	if entra.LooksSecret(text) {
		return "secret"
	}
	return ""
}

// onlyHit is the page of the one thing that was found, when it is called
// exactly as was typed. A blueprint and its own principal are one thing.
func onlyHit(s views.SearchPage) string {
	var only *views.SearchRow
	for _, g := range s.Groups {
		if g.Fault != "" || g.MoreText != "" {
			return ""
		}
		for i, r := range g.Rows {
			shadow := only != nil && only.Kind == "Blueprint" && r.Kind == "Blueprint principal" && r.Value == only.Value
			switch {
			case shadow:
			case only != nil:
				return ""
			default:
				only = &g.Rows[i]
			}
		}
	}
	if only == nil || !strings.EqualFold(only.Name, s.Query) && !strings.EqualFold(only.Value, s.Query) {
		return ""
	}
	return only.Href
}

// searchNames asks for every kind at the same time. A kind that cannot be read
// says so in its group; only when a sign-in is needed the page as a whole fails.
func (h *Handlers) searchNames(c echo.Context, text string) ([]views.SearchGroup, error) {
	ctx, cancel := context.WithTimeout(c.Request().Context(), searchTime)
	defer cancel()
	finders := h.searcher(c).finders()
	groups, errs := make([]views.SearchGroup, len(finders)), make([]error, len(finders))
	var all sync.WaitGroup
	for i, f := range finders {
		all.Go(func() {
			rows, err := f.find(ctx, text)
			groups[i] = views.SearchGroup{Title: f.title, Rows: rows, Mixed: f.mixed}
			errs[i] = part(err, &groups[i].Fault)
		})
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, err
		}
		h.shorten(c, &groups[i], finders[i].list, text)
	}
	return groups, nil
}

// shorten keeps the first rows of a group, and links the list with the rest.
func (h *Handlers) shorten(c echo.Context, g *views.SearchGroup, list, text string) {
	if len(g.Rows) <= searchRows {
		return
	}
	g.Rows = g.Rows[:searchRows]
	g.MoreText = "More " + strings.ToLower(g.Title[:1]) + g.Title[1:]
	if list != "" && h.may(c, list) {
		g.MoreHref = list + "?" + url.Values{"q": {text}}.Encode()
	}
}

func (h *Handlers) renderSearch(c echo.Context, s views.SearchPage) error {
	p := h.page(c, "Search", "search")
	p.Lead = "Looks through the tenant with your rights, and through the portal's runs."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Search"}}
	p.Searched = s.Query
	return web.Render(c, http.StatusOK, views.SearchResults(p, s))
}
