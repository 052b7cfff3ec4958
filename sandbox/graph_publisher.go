package sandbox

import "encoding/json"

// setPublisher answers POST .../setVerifiedPublisher: people alone may, and any id is taken, as there is
// no partner programme here. https://learn.microsoft.com/graph/api/application-setverifiedpublisher
func setPublisher(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.publishedBlueprint(tx.state)
	if fault != nil {
		return nil, fault
	}
	var id string
	if fault := g.body.text("verifiedPublisherId", "Application", 64, &id); fault != nil {
		return nil, fault
	}
	if id == "" {
		return nil, missingValue("verifiedPublisherId", "Application")
	}
	return publish(tx, old, entity{"verifiedPublisherId": id, "displayName": tenantName, "addedDateTime": jsonTime(tx.now)})
}

// unsetPublisher answers POST .../unsetVerifiedPublisher, which has no body.
func unsetPublisher(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.publishedBlueprint(tx.state)
	if fault != nil {
		return nil, fault
	}
	return publish(tx, old, entity{"verifiedPublisherId": nil, "displayName": nil, "addedDateTime": nil})
}

func (g *graphCall) publishedBlueprint(st *state) (*application, *graphError) {
	a, fault := g.application(st)
	if fault != nil {
		return nil, fault
	}
	if g.caller.App || !a.Blueprint {
		return nil, denied()
	}
	return a, g.mayChange(st, a.OwnerIDs, "Application.ReadWrite.All", "AgentIdentityBlueprint.ReadWrite.All")
}

func publish(tx *txn, old *application, publisher entity) (*reply, *graphError) {
	text, err := json.Marshal(publisher)
	if err != nil {
		return nil, invalidValue("verifiedPublisherId", "Application")
	}
	a := clone(old)
	a.Extra = map[string]json.RawMessage{"verifiedPublisher": text}
	for name, value := range old.Extra {
		if name != "verifiedPublisher" {
			a.Extra[name] = value
		}
	}
	tx.put(a)
	return changed(a.ID), nil
}
