package handlers

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// uploadedTo gives a blueprint a certificate by the page, and returns its key.
func (p *testPortal) uploadedTo(b *graph.Blueprint) (keyID string) {
	p.t.Helper()
	cert, _ := p.certificate("night-desk")
	shown := p.upload(p.get(newCertificatePath(b.ID)), "certificate", "night-desk.cer", cert, nil)
	run := p.submit(shown, "Add certificate", nil)
	if run.text("#run-badge") != "Done" {
		p.t.Fatalf("%s: %s", run.url, run.text("main"))
	}
	keys := p.credentialsOf(b.ID).KeyCredentials
	return keys[len(keys)-1].KeyID
}

func TestACertificateIsAdded(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Night desk", true)
	path := newCertificatePath(b.ID)
	cert, key := p.certificate("night-desk")
	page := p.get(path)
	if page.status != http.StatusOK || page.text("h1") != "Add certificate" || page.Find("input[type=file]").Length() != 1 || strings.Contains(page.text("form"), "Add certificate") {
		t.Fatalf("%d %s", page.status, page.text("main"))
	}
	for name, file := range map[string]struct {
		data []byte
		want string
	}{
		"with its key": {append(bytes.Clone(cert), key...), "regard it as exposed"},
		"no file":      {[]byte("nothing"), "no X.509 certificate"},
		"empty":        {nil, "The file is empty"},
	} {
		refused := p.upload(page, "certificate", "x.pem", file.data, url.Values{"reason": {"CHG-9"}})
		if refused.status != http.StatusUnprocessableEntity || !strings.Contains(refused.text("#error-summary a[href='#f-certificate']"), file.want) || refused.Find("#f-reason").AttrOr("value", "") != "CHG-9" {
			t.Errorf("%s: %d %s", name, refused.status, refused.text("#error-summary"))
		}
		if strings.Contains(refused.body, "PRIVATE KEY") || strings.Contains(p.log.String(), "PRIVATE KEY") {
			t.Errorf("%s: something of the file is written back", name)
		}
	}
	if none := p.post(path, url.Values{"act": {"enter"}, "certificate": {"x.cer"}}); none.status != http.StatusUnprocessableEntity || !strings.Contains(none.text("#error-summary"), "was chosen but not sent") {
		t.Errorf("a file that was not sent: %d %s", none.status, none.text("#error-summary"))
	}
	if none := p.post(path, url.Values{"act": {"add"}}); none.status != http.StatusUnprocessableEntity || !strings.Contains(none.text("#error-summary"), "Upload the certificate") {
		t.Errorf("no file: %d %s", none.status, none.text("#error-summary"))
	}

	shown := p.upload(page, "certificate", "night-desk.cer", cert, url.Values{"reason": {"CHG-9"}})
	if shown.status != http.StatusOK || !strings.Contains(shown.text("#certificate-kept"), "night-desk") || shown.Find("#f-reason").AttrOr("value", "") != "CHG-9" {
		t.Fatalf("%d %s", shown.status, shown.text("main"))
	}
	if back := p.get(path + "/file"); back.url.Path != path {
		t.Errorf("a reload leads to %s", back.url)
	}
	if dropped := p.submit(shown, "Remove the certificate", nil); dropped.status != http.StatusOK || dropped.Find("#certificate-kept").Length() != 0 || dropped.Find("#f-reason").AttrOr("value", "") != "CHG-9" {
		t.Errorf("dropped: %d %s", dropped.status, dropped.text("main"))
	}
	if n := len(p.audit(models.ActionCertificateAdd)); n != 0 {
		t.Errorf("%d records before it was said", n)
	}
	run := p.submit(shown, "Add certificate", nil)
	if run.text("#run-badge") != "Done" || !strings.Contains(run.text("main"), "The certificate “night-desk” is added") || strings.Contains(run.text("main"), "Show secret") {
		t.Fatalf("%s: %s", run.url, run.text("main"))
	}
	if again := p.submit(shown, "Add certificate", nil); again.url.Path != run.url.Path {
		t.Errorf("the second press led to %s with %d: %s", again.url, again.status, again.text("#error-summary"))
	}
	if twice := p.upload(p.get(path), "certificate", "night-desk.cer", cert, nil); twice.status != http.StatusUnprocessableEntity || !strings.Contains(twice.text("#error-summary"), "this very certificate already") {
		t.Errorf("the same twice: %d %s", twice.status, twice.text("#error-summary"))
	}
	if rows := p.get(keysPath(b.ID)).text("tbody"); !strings.Contains(rows, "Certificate: night-desk") || !strings.Contains(rows, "Thumbprint") {
		t.Errorf("the tab: %s", rows)
	}
}

func TestAFederatedCredentialIsAdded(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Night desk", true)
	page := p.get(newFederatedPath(b.ID))
	if page.status != http.StatusOK || page.text("h1") != "Add federated credential" || page.Find("[name=fed_scenario]").Length() != 4 {
		t.Fatalf("%d %s", page.status, page.text("main"))
	}
	typed := url.Values{
		"fed_scenario": {"github"}, "fed_org": {"contoso"}, "fed_repo": {"agents"}, "fed_entity": {"branch"}, "fed_entity_name": {"main"}, "fed_name": {"build"}, "reason": {"CHG-9"},
	}
	faulty := p.submit(page, "Add federated credential", url.Values{"fed_scenario": {"github"}, "fed_org": {"contoso"}, "fed_repo": {"contoso/agents"}, "reason": {"CHG-9"}})
	if faulty.status != http.StatusUnprocessableEntity || faulty.Find("#error-summary a[href='#f-fed_repo']").Length() != 1 || faulty.Find("#f-fed_repo-error").Length() != 1 ||
		faulty.Find("#f-fed_repo").AttrOr("value", "") != "contoso/agents" || faulty.Find("#f-reason").AttrOr("value", "") != "CHG-9" {
		t.Errorf("%d %s", faulty.status, faulty.text("main"))
	}
	shown := p.submit(faulty, "Show the subject", typed)
	if shown.status != http.StatusOK || !strings.Contains(shown.text("#federated-shown"), "repo:contoso/agents:ref:refs/heads/main") || len(p.credentialsOf(b.ID).Federated) != 0 {
		t.Fatalf("%d %s", shown.status, shown.text("main"))
	}
	run := p.submit(shown, "Add federated credential", nil)
	if run.text("#run-badge") != "Done" || !strings.Contains(run.text("main"), "The federated credential “build” is added") {
		t.Fatalf("%s: %s", run.url, run.text("main"))
	}
	if again := p.submit(shown, "Add federated credential", nil); again.url.Path != run.url.Path {
		t.Errorf("the second press led to %s with %d", again.url, again.status)
	}
	for field, change := range map[string]url.Values{
		"fed_entity_name": {"fed_name": {"other"}}, "fed_name": {"fed_entity_name": {"dev"}},
	} {
		for name, values := range typed {
			if change[name] == nil {
				change[name] = values
			}
		}
		if twice := p.submit(p.get(newFederatedPath(b.ID)), "Add federated credential", change); twice.status != http.StatusUnprocessableEntity || twice.Find("#error-summary li").Length() != 1 || twice.Find("#f-"+field+"-error").Length() != 1 {
			t.Errorf("%s twice: %d %s", field, twice.status, twice.text("#error-summary"))
		}
	}
	if all := p.credentialsOf(b.ID).Federated; len(all) != 1 || all[0].Subject != "repo:contoso/agents:ref:refs/heads/main" {
		t.Errorf("federated credentials %+v", all)
	}
}
