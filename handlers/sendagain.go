package handlers

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/views"
	"agentidportal/web"
)

// secretWords mark the fields that are never written into a page.
var secretWords = []string{"secret", "password", "token", "assertion", "credential"}

func isSecretField(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(name, w) })
}

// sendAgain answers a form that came without a session: nothing was done,
// what was typed is kept in the page, and it can be sent after a new sign-in.
// It serves every form, so none has to care.
func (h *Handlers) sendAgain(c echo.Context) problem {
	v := views.Problem{
		Status: http.StatusUnauthorized, Tone: views.ToneWarn,
		Cause: "Your session is over, so the form was not carried out",
		Text:  []string{"Nothing was changed."},
	}
	form := web.PostedForm(c)
	again := &views.SendAgain{Action: c.Request().URL.RequestURI(), SignIn: signInLink("/signed-in"), Lost: form == nil}
	again.Fields, again.Left = keptFields(form, secretFieldsOf(c.Path()))
	v.Again = again
	if again.Lost {
		return problem{title: "Sign in and fill in the form again", view: v}
	}
	return problem{title: "Sign in and send the form again", view: v}
}

// secretFieldsOf are the fields of a page that hold a token and do not say so by
// their names.
func secretFieldsOf(path string) []string {
	if path == "/tokens/compare" {
		return []string{"first", "second"}
	}
	return nil
}

// keptFields sorts a form into what is written into the page and the names
// of what is not: secrets, by their names or because they are told to be.
func keptFields(form url.Values, secret []string) (kept []views.HiddenField, left []string) {
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if isSecretField(name) || slices.Contains(secret, name) {
			if strings.Join(form[name], "") != "" {
				left = append(left, fieldLabel(name))
			}
			continue
		}
		for _, value := range form[name] {
			kept = append(kept, views.HiddenField{Name: name, Value: value})
		}
	}
	return kept, left
}

// fieldLabel makes words of a field's name: client_secret is "client secret".
func fieldLabel(name string) string {
	return cut(strings.NewReplacer("_", " ", "-", " ").Replace(name), 40)
}
