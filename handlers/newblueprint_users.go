package handlers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// users is the step Agent users without what the tenant offers.
func (w *wizardView) users(form blueprintForm, me string) {
	u := &w.Users
	u.UPNPattern, u.Domain, u.UsageLocation, u.License = form.Users.UPNPattern, form.Users.Domain, form.Users.UsageLocation, form.Users.License
	u.Manager, u.Sponsors = picker("manager", form.Users.Manager, me), picker("user_sponsors", form.Users.Sponsors, me)
	spec := form.spec()
	if faults := spec.Validate(); faults["users.upnPattern"] != "" || faults["users.domain"] != "" {
		return
	}
	for _, row := range spec.AgentRows() {
		u.Given = append(u.Given, row.User.UPN)
	}
}

// offers adds what the tenant has for agent users: its verified domains, and
// its licences with the units that are left. What cannot be read is said, and
// can be typed.
func (h *Handlers) offers(c echo.Context, u *views.UserFields) error {
	domains, fault, err := h.domains(c)
	if err != nil {
		return err
	}
	if fault != "" {
		u.Fault = "Its domains could not be read. " + fault + ". Write the domain."
	}
	u.Domains = domainOptions(domains, u.Domain)
	skus, fault, err := h.licences(c)
	if err != nil {
		return err
	}
	if fault != "" {
		u.Fault = strings.TrimSpace(u.Fault + " Its licences could not be read. " + fault + ".")
	}
	u.Licenses, u.Plans = licenceOptions(skus, u.License)
	return nil
}

// domainOptions are domains to choose from. A chosen one that is none of them
// stays a choice, so that nothing is changed unseen; without any it is typed.
func domainOptions(domains []string, chosen string) (options []views.Option) {
	if len(domains) > 0 && chosen != "" && !slices.ContainsFunc(domains, func(d string) bool { return strings.EqualFold(d, chosen) }) {
		options = []views.Option{{Value: chosen, Label: chosen + ", not a domain of the tenant"}}
	}
	for _, d := range domains {
		options = append(options, views.Option{Value: d, Label: d})
	}
	return options
}

// domains are the verified domains of the tenant, the default one first.
func (h *Handlers) domains(c echo.Context) (domains []string, fault string, err error) {
	tenant, err := h.graph(c).Organization(c.Request().Context())
	if err != nil {
		err = part(err, &fault)
		return nil, fault, err
	}
	return tenant.Domains(), "", nil
}

func (h *Handlers) licences(c echo.Context) (skus []graph.SubscribedSKU, fault string, err error) {
	skus, err = h.graph(c).SubscribedSKUs(c.Request().Context())
	if err != nil {
		err = part(err, &fault)
		return nil, fault, err
	}
	return skus, "", nil
}

// licenceOptions are the products that users can have, and the services of the
// chosen one. A chosen one that the tenant has no more stays a choice, so that
// nothing is changed unseen.
func licenceOptions(skus []graph.SubscribedSKU, chosen string) (options []views.Option, plans []views.LicensePlan) {
	id, name, _ := strings.Cut(chosen, " ")
	known := id == ""
	for _, sku := range skus {
		if strings.EqualFold(sku.SKUID, id) {
			known, plans = true, planRows(sku.Plans)
		} else if !sku.Assignable() {
			continue
		}
		options = append(options, views.Option{Value: sku.SKUID + " " + sku.PartNumber, Label: licenceWords(sku)})
	}
	if !known {
		options = append(options, views.Option{Value: chosen, Label: name + ", not among the licences of the tenant"})
	}
	if len(options) > 0 {
		options = append([]views.Option{{Label: "None"}}, options...)
	}
	return options, plans
}

func licenceWords(sku graph.SubscribedSKU) string {
	off := 0
	for _, p := range sku.Plans {
		if p.State != "Success" {
			off++
		}
	}
	words := fmt.Sprintf("%s: %d of %d free", sku.PartNumber, sku.Free(), sku.Enabled)
	if off > 0 {
		words += fmt.Sprintf(", %d of %s not ready", off, views.Plural(len(sku.Plans), "service"))
	}
	return words
}

func planRows(plans []graph.ServicePlan) []views.LicensePlan {
	var rows []views.LicensePlan
	for _, p := range plans {
		row := views.LicensePlan{Name: p.Name, State: "Ready", Tone: views.ToneOK}
		switch p.State {
		case "Success":
		case "PendingProvisioning", "PendingActivation", "PendingInput":
			row.State, row.Tone = "Not ready yet", views.ToneWarn
		default:
			row.State, row.Tone = "Off: "+p.State, views.ToneMuted
		}
		rows = append(rows, row)
	}
	return rows
}
