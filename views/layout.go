package views

import "github.com/a-h/templ"

// htmxConfig keeps htmx within the content security policy: no inline style,
// no eval, requests to our own address only. Errors are swapped in like pages.
const htmxConfig = `{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,"historyCacheSize":0,"scrollBehavior":"auto",` +
	`"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"[45]..","swap":true,"error":true}]}`

// Layout is everything around the content of a page, which are its children.
func Layout(p Page) templ.Component { return seen(layout(p)) }

// documentTitle is the title of the window; a fault is heard first.
func documentTitle(p Page) string {
	title := p.Title + " · Agent ID Portal"
	if p.Tenant.Sandbox {
		title += " (sandbox)"
	}
	if p.HasError {
		return "Error: " + title
	}
	return title
}

func tenantWord(t TenantBadge) string {
	if t.Sandbox {
		return "SANDBOX"
	}
	return "TENANT"
}

func tenantClass(t TenantBadge) string {
	if t.Sandbox {
		return "in-sandbox"
	}
	return "in-tenant"
}

// themeOf writes the chosen theme on the root element; without one the
// system's holds.
func themeOf(p Page) templ.Attributes {
	if p.Theme != "light" && p.Theme != "dark" {
		return nil
	}
	return templ.Attributes{"data-theme": p.Theme}
}
