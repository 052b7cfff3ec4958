package entra

import (
	"slices"
	"strings"
)

// Asker is whose request a hop is: the same code has other causes, and is
// mended in other places, for each.
type Asker string

// The askers. A partner is the application of another tenant.
const (
	AskerBlueprint   Asker = "blueprint"
	AskerAgent       Asker = "agent"
	AskerApplication Asker = "application"
	AskerPartner     Asker = "partner"
)

// AskerOf tells whose request a hop of a mode is.
func AskerOf(mode ModeName, hop HopName) Asker {
	switch {
	case hop == HopT1 || mode == ModeBlueprint:
		return AskerBlueprint
	case hop == HopT2:
		return AskerAgent
	case mode == ModeCrossTenant:
		return AskerPartner
	case slices.Contains([]ModeName{ModeAutonomous, ModeOnBehalfOf, ModeAgentUser}, mode) && hop != HopTc:
		return AskerAgent
	}
	return AskerApplication
}

// ExplainAt explains a refusal for the place where it was met; where no more
// is known of the place than of the code, it is Error.Explain. The hop has to
// be a refused one.
func ExplainAt(mode ModeName, hop *Hop) Explanation {
	asker := AskerOf(mode, hop.Name)
	for _, at := range hop.sent() {
		if found, ok := placedRefusals()[asker][at][hop.Err.AADSTS]; ok {
			return found
		}
	}
	return hop.Err.Explain()
}

// sending is what of a request decides what a code means.
type sending string

const (
	sentAnything    sending = ""
	sentFederated   sending = "federated"
	sentCertificate sending = "certificate"
	sentAgentUser   sending = "user_fic"
	sentUserToken   sending = "on behalf of"
	sentRefresh     sending = "refresh_token"
	sentPassword    sending = "password"
	sentDevice      sending = "device"
)

// sent tells what the request was made of, the most particular first.
func (h *Hop) sent() []sending {
	var all []sending
	for _, f := range h.Request {
		switch {
		case f.Name == "client_assertion" && f.From == "" && strings.Contains(f.Note, "federated"):
			all = append(all, sentFederated)
		case f.Name == "client_assertion" && f.From == "":
			all = append(all, sentCertificate)
		case f.Name != "grant_type":
		case f.Value == jwtBearerGrant:
			all = append(all, sentUserToken)
		case f.Value == deviceGrant:
			all = append(all, sentDevice)
		default:
			all = append(all, sending(f.Value))
		}
	}
	if h.Name == HopDevice {
		all = append(all, sentDevice)
	}
	return append(all, sentAnything)
}
