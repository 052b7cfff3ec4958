package provision

import (
	"fmt"
	"slices"
	"strings"

	"agentidportal/entra/graph"
)

// step is the act as a step.
func (act Act) step() planned {
	p := planned{kind: act.Kind, name: act.Of.Name, needs: act.Needs}
	if p.name == "" {
		p.name = act.Of.ID
	}
	user := objectRef{ID: act.Of.ID}
	switch act.Kind {
	case KindDisable, KindEnable, KindUpdate:
		p.ask, p.title = act.setting(), map[string]string{KindDisable: "Disable ", KindEnable: "Enable ", KindUpdate: "Change "}[act.Kind]+p.name
	case KindDelete, KindRestore, KindPurge:
		p.ask, p.title = binAsk{act.Of}, map[string]string{KindDelete: "Delete ", KindRestore: "Restore ", KindPurge: "Purge "}[act.Kind]+p.name
	case KindOwner, KindSponsor:
		p.ask, p.title = relationAsk{Of: act.Of, Person: act.Person}, map[string]string{KindOwner: "Add owner to ", KindSponsor: "Add sponsor to "}[act.Kind]+p.name
	case KindOwnerRemove, KindSponsorRemove:
		p.ask, p.title = relationAsk{Of: act.Of, Person: act.Person}, map[string]string{KindOwnerRemove: "Remove owner from ", KindSponsorRemove: "Remove sponsor from "}[act.Kind]+p.name
	case KindMember:
		p.ask, p.title = memberAsk{Of: act.Of, Group: act.Group}, "Add "+p.name+" to "+act.Group.Name
	case KindMemberRemove:
		p.ask, p.title = memberAsk{Of: act.Of, Group: act.Group}, "Remove "+p.name+" from "+act.Group.Name
	case KindAgentUserManager:
		p.ask, p.title = managerAsk{User: user, Manager: act.Person}, "Set manager of "+p.name
	case KindAgentUserManagerRemove:
		p.ask, p.title = managerAsk{User: user, Manager: act.Person}, "Remove manager of "+p.name
	case KindAgentUserLicense:
		p.ask, p.title = licenseAsk{User: user, License: act.License}, "Assign "+act.License.words()+" to "+p.name
	case KindAgentUserLicenseRemove:
		p.ask, p.title = licenseAsk{User: user, License: act.License}, "Take "+act.License.words()+" from "+p.name
	case KindRemoval:
		p.ask, p.title = removalAsk{KeyID: act.KeyID, Name: act.KeyName}, "Remove client secret of "+p.name
	case KindCertificateRemove:
		p.ask, p.title = keyAsk{KeyID: act.KeyID, Name: act.KeyName, Stay: act.Stay}, "Remove certificate of "+p.name
	case KindFederatedRemove:
		p.ask, p.title = keyAsk{KeyID: act.KeyID, Name: act.KeyName}, "Remove federated credential of "+p.name
	}
	return p
}

// setting is what properties become and were. Where nobody has said what the
// account was, it was the opposite: pages offer nothing else.
func (act Act) setting() setAsk {
	ask := setAsk{Of: act.Of, Set: act.Set, Before: act.Before}
	if act.Kind == KindUpdate {
		return ask
	}
	enabled := act.Kind == KindEnable
	ask.Set = map[string]any{accountEnabled: enabled}
	if _, told := act.Before[accountEnabled]; !told {
		ask.Before = map[string]any{accountEnabled: !enabled}
	}
	return ask
}

// agentKinds are what acts may be about.
var agentKinds = []graph.Kind{graph.KindBlueprint, graph.KindBlueprintPrincipal, graph.KindAgentIdentity, graph.KindAgentUser}

// faults are what is wrong with an act, by field.
func (act Act) faults(blueprintID string) map[string]string {
	faults := map[string]string{}
	if fault := act.targetFault(blueprintID); fault != "" {
		faults["acts"] = fault
	}
	switch act.Kind {
	case KindUpdate:
		act.fieldFaults(faults)
	case KindOwner:
		faults["person"] = ownersFault([]Principal{act.Person})
	case KindSponsor:
		faults["person"] = sponsorsFault([]Principal{act.Person}, "object")
	case KindAgentUserManager:
		faults["person"] = managerFault(&act.Person)
	}
	needsPerson := slices.Contains([]string{KindOwner, KindOwnerRemove, KindSponsor, KindSponsorRemove, KindAgentUserManager}, act.Kind)
	if needsPerson && act.Person.ID == "" {
		faults["person"] = "Choose a person or a group."
	}
	if (act.Kind == KindMember || act.Kind == KindMemberRemove) && act.Group.ID == "" {
		faults["group"] = "Choose a group."
	}
	if (act.Kind == KindAgentUserLicense || act.Kind == KindAgentUserLicenseRemove) && act.License.SKUID == "" {
		faults["license"] = "Choose a licence."
	}
	return faults
}

// targetFault holds acts to the kinds of objects that they are possible with.
func (act Act) targetFault(blueprintID string) string {
	kinds := agentKinds
	switch act.Kind {
	case KindUpdate, KindDelete, KindRestore, KindPurge, KindSponsor, KindSponsorRemove:
	case KindDisable, KindEnable:
		kinds = slices.DeleteFunc(slices.Clone(agentKinds), func(k graph.Kind) bool { return !graph.CanDisable(k) })
	case KindOwner, KindOwnerRemove:
		kinds = []graph.Kind{graph.KindBlueprint, graph.KindBlueprintPrincipal, graph.KindAgentIdentity}
	case KindMember, KindMemberRemove, KindAgentUserManager, KindAgentUserManagerRemove, KindAgentUserLicense, KindAgentUserLicenseRemove:
		kinds = []graph.Kind{graph.KindAgentUser}
	case KindRemoval, KindCertificateRemove, KindFederatedRemove:
		if act.KeyID == "" || !strings.EqualFold(act.Of.ID, blueprintID) {
			return "Choose a credential of the blueprint."
		}
		kinds = []graph.Kind{graph.KindBlueprint}
	default:
		return fmt.Sprintf("There is no change “%s”.", act.Kind)
	}
	switch {
	case act.Of.ID == "":
		return "Choose an object."
	case !slices.Contains(kinds, act.Of.Kind):
		return fmt.Sprintf("“%s” is %s. This change is not made to such.", act.Of.Name, kindWords(act.Of.Kind))
	}
	return ""
}
