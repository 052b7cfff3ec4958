package main

// credentialPages are the questions and forms about the credentials of a blueprint.
func (p *pageWalk) credentialPages() {
	b := "/blueprints/" + p.tenant.Seed.Blueprint.ObjectID
	p.visit(sight{b + "/credentials", 0, []string{"Rotate…", "Remove…", "Add certificate", "Add federated credential"}})
	href := func(end string) string {
		return eval[string](p.walker, `document.querySelector("main a[href$='`+end+`']").getAttribute("href")`)
	}
	rotate, remove := href("/rotate"), href("/remove")
	p.visit(
		sight{rotate, 0, []string{"Three steps", "Nothing is changed yet"}}, sight{b + "/secrets/" + nobodysID + "/rotate", 404, []string{"no such credential"}},
		sight{remove, 0, []string{"Nothing is removed yet"}},
		sight{b + "/certificates/new", 0, []string{"Upload the certificate"}}, sight{b + "/federated/new", 0, []string{"Show the subject"}},
	)
	p.post(sight{rotate, 422, []string{"Choose how long"}}, "life", "0")
	p.post(sight{b + "/certificates/new", 422, []string{"Upload the certificate"}}, "act", "add")
	p.post(sight{b + "/federated/new", 422, []string{"Write the issuer"}}, "act", "add", "fed_scenario", "other", "fed_issuer", "http://plain.example")
}
