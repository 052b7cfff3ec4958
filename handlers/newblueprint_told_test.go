package handlers

import (
	"net/url"
	"strings"
	"testing"
)

// TestABlueprintAloneHasItsCredential makes a blueprint with a federated
// credential and no agent identity: its run says nothing of a missing one.
func TestABlueprintAloneHasItsCredential(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := p.runOf(url.Values{
		"count": {"0"}, "credential": {"federated"}, "fed_name": {"ci-main"}, "fed_scenario": {"other"}, "fed_issuer": {"https://issuer.contoso.example"}, "fed_subject": {"job-7"},
	})
	said := p.waitRun(path, "Done").text("main")
	if strings.Contains(said, "until it has a credential") || !strings.Contains(said, "signs in with what its agents have") {
		t.Errorf("the run says %s", said)
	}
}

// TestLicencesNeedARoleOfTheirOwn reviews licences as somebody whom Graph will
// not let assign them.
func TestLicencesNeedARoleOfTheirOwn(t *testing.T) {
	for who, want := range map[string]string{
		"agent-admin": "takes that from License Administrator, User Administrator or Global Administrator only", "global-admin": "You may assign licences: Global Administrator",
	} {
		p := newTestPortal(t)
		p.signIn(who)
		page := p.submit(p.get("/agents/new?blueprint="+p.info.Seed.Blueprint.ObjectID), "Continue", url.Values{"does": {"account"}})
		page = p.submit(page, "Continue", url.Values{"names": {"With licence"}})
		licence := page.Find("[name='license'] option:contains('ENTERPRISEPACK')").AttrOr("value", "")
		review := p.submit(page, "Continue", url.Values{"usage_location": {"DE"}, "license": {licence}})
		if !strings.Contains(review.text("main"), want) {
			t.Errorf("%s at %s reads %s", who, review.url, review.text("main"))
		}
		if !strings.Contains(review.text("main"), "Licences: 1 of 25 free ones of ENTERPRISEPACK") {
			t.Errorf("%s is not told how many licences are left: %s", who, review.text("main"))
		}
	}
}
