package views

import "agentidportal/entra/graph"

// LicenceFields choose a licence among those of the tenant.
type LicenceFields struct {
	Value, Fault string // Value is a SKU id
	Offers       []LicenceOffer
}

// LicenceOffer is a product of the tenant. Refusal is why it cannot be assigned;
// empty when it can.
type LicenceOffer struct {
	SKUID, Name   string
	Free, Enabled int
	Plans         []graph.ServicePlan
	Refusal       string
}

func (f LicenceFields) options() []Option {
	options := []Option{{Label: "Choose…"}}
	for _, o := range f.Offers {
		if o.Refusal == "" {
			options = append(options, Option{Value: o.SKUID, Label: o.Name + ": " + o.counts()})
		}
	}
	return options
}

func (o LicenceOffer) counts() string { return Count(o.Free) + " of " + Count(o.Enabled) + " free" }
