package handlers

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
)

// upload chooses a file in a field of a page and presses the button of its
// form that sends files; more are fields that were typed.
func (p *testPortal) upload(page *answer, field, name string, data []byte, more url.Values) *answer {
	p.t.Helper()
	form := page.Find("input[type=file][name=" + field + "]").Closest("form")
	address := form.AttrOr("action", "")
	fields := formFields(form)
	form.Find("button[formaction]").Each(func(_ int, b *goquery.Selection) {
		address = b.AttrOr("formaction", "")
		fields.Set("act", b.AttrOr("value", ""))
	})
	fields.Del(field)
	for key, values := range more {
		fields[key] = values
	}
	target, err := page.url.Parse(address)
	if err != nil || form.Length() != 1 {
		p.t.Fatalf("%s takes no file %s: %v", page.url, field, err)
	}
	body, kind := p.multipart(fields, field, name, data)
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, target.String(), body)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Origin", p.url)
	return p.do(req)
}

func (p *testPortal) multipart(fields url.Values, field, name string, data []byte) (*bytes.Buffer, string) {
	p.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for key, values := range fields {
		for _, value := range values {
			if err := form.WriteField(key, value); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	part, err := form.CreateFormFile(field, name)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := part.Write(data); err != nil {
		p.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		p.t.Fatal(err)
	}
	return &body, form.FormDataContentType()
}

// certificate makes a certificate for a name, and its key, both as PEM.
func (p *testPortal) certificate(name string) (cert, key []byte) {
	p.t.Helper()
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		p.t.Fatal(err)
	}
	now := p.clock.now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &pair.PublicKey, pair)
	if err != nil {
		p.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(pair)
	if err != nil {
		p.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
}

func TestCertificateIsUploadedAndKept(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	cert, key := p.certificate("invoice-helper")
	page := p.walkTo("credential", nil)
	draft := draftOf(page)

	for name, data := range map[string][]byte{"both": append(bytes.Clone(cert), key...), "key": key, "header alone": []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")} {
		refused := p.upload(page, "certificate", "both.pem", data, url.Values{"keep_for_lab": {"on"}})
		if refused.status != http.StatusUnprocessableEntity || !strings.Contains(refused.text("#error-summary a[href='#f-certificate']"), "regard it as exposed") {
			t.Fatalf("%s: %d %s", name, refused.status, refused.text("#error-summary"))
		}
		saved, err := p.store.Draft(t.Context(), p.info.TenantID, p.persona("agent-admin").ObjectID, draft)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(saved.Body, []byte("PRIVATE KEY")) || bytes.Contains(saved.Body, []byte(`"certificate":`)) {
			t.Errorf("%s: something of the file was kept: %s", name, saved.Body)
		}
		if strings.Contains(refused.body, "PRIVATE KEY") || strings.Contains(p.log.String(), "PRIVATE KEY") {
			t.Errorf("%s: something of the file is written back", name)
		}
		page = p.get(stepPath(draft, "credential"))
		if page.Find("#f-keep_for_lab[checked]").Length() != 1 {
			t.Errorf("%s: what was typed beside the file is lost", name)
		}
		page = p.pressing(page, "show", url.Values{"keep_for_lab": nil})
	}

	none := p.upload(page, "certificate", "", nil, nil)
	if none.status != http.StatusUnprocessableEntity || !strings.Contains(none.text("#error-summary"), "Choose a file first") {
		t.Errorf("no file: %d %s", none.status, none.text("#error-summary"))
	}
	kept := p.upload(page, "certificate", "helper.pem", cert, nil)
	if kept.status != http.StatusOK || kept.url.Path != stepPath(draft, "credential") || kept.Find("[name=credential][value=certificate][checked]").Length() != 1 {
		t.Fatalf("%d at %s: %s", kept.status, kept.url, kept.text("#error-summary"))
	}
	if said := kept.text("#certificate-kept"); !strings.Contains(said, "invoice-helper") || !strings.Contains(said, "Thumbprint") {
		t.Errorf("the page says %q", said)
	}
	chosen := p.submit(kept, "Continue", url.Values{"certificate": {"other.pem"}})
	if chosen.status != http.StatusUnprocessableEntity || !strings.Contains(chosen.text("#error-summary"), "“other.pem” was chosen but not sent") {
		t.Errorf("Continue with a file: %d %s", chosen.status, chosen.text("#error-summary"))
	}
	gone := p.pressing(p.get(kept.url.Path), "drop-certificate", nil)
	if gone.Find("#certificate-kept").Length() != 0 {
		t.Error("Remove leaves the certificate")
	}
	again := p.upload(gone, "certificate", "helper.pem", cert, nil)
	page = p.submit(p.submit(again, "Continue", nil), "Continue", nil)
	review := p.submit(page, "Continue", nil)
	if said := review.text(".facts"); !strings.Contains(said, "Certificate invoice-helper") || strings.Contains(said, "Client secret") {
		t.Errorf("the review says %s", said)
	}
	p.waitRun(p.submit(review, "Create", nil).url.Path, "Done")
	if n := len(p.audit(models.ActionCertificateAdd)); n != 2 {
		t.Errorf("%d records of the certificate, want an intent and an outcome", n)
	}
}

func TestSubjectIsShown(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.walkTo("credential", nil)
	for _, tt := range []struct {
		fields url.Values
		want   []string
	}{
		{url.Values{"fed_scenario": {"github"}, "fed_org": {"contoso"}, "fed_repo": {"billing"}, "fed_entity": {"branch"}, "fed_entity_name": {"main"}}, []string{"token.actions.githubusercontent.com", "repo:contoso/billing:ref:refs/heads/main"}},
		{url.Values{"fed_scenario": {"kubernetes"}, "fed_issuer": {"https://oidc.contoso.example/c1"}, "fed_namespace": {"prod"}, "fed_account": {"helper"}}, []string{"https://oidc.contoso.example/c1", "system:serviceaccount:prod:helper"}},
		{url.Values{"fed_scenario": {"other"}, "fed_issuer": {"https://issuer.contoso.example"}, "fed_subject": {"job-7"}}, []string{"https://issuer.contoso.example", "job-7", "api://AzureADTokenExchange"}},
		{url.Values{"fed_scenario": {"managed-identity"}, "fed_identity": {nowhere}}, []string{p.info.TenantID + "/v2.0", nowhere}},
	} {
		tt.fields["credential"], tt.fields["fed_name"] = []string{"federated"}, []string{"helper-runs"}
		page = p.pressing(page, "show", tt.fields)
		for _, want := range tt.want {
			if page.status != http.StatusOK || !strings.Contains(page.text("#federated-shown"), want) {
				t.Errorf("%s: %d %s", want, page.status, page.text("#federated-shown"))
			}
		}
	}
	faulty := p.pressing(page, "show", url.Values{"fed_scenario": {"other"}, "fed_issuer": {"http://issuer.contoso.example"}})
	if faulty.status != http.StatusUnprocessableEntity || faulty.Find("#error-summary a[href='#f-fed_issuer']").Length() != 1 || faulty.Find("#federated-shown code").Length() != 0 {
		t.Errorf("an issuer in the clear: %d %s", faulty.status, faulty.text("#error-summary"))
	}
}

func TestTableHasADryRun(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.walkTo("agents", url.Values{"does": {"alone", "account"}})
	template := p.get(page.Find("a[href$='rows.csv']").AttrOr("href", ""))
	if template.status != http.StatusOK || !strings.HasPrefix(template.header.Get("Content-Type"), "text/csv") || !strings.HasPrefix(template.body, "name,sponsors,user") {
		t.Fatalf("template: %d %.100s", template.status, template.body)
	}
	table := "name;sponsors;user\r\nOne;;one\r\n=2+2;;two\r\nThree;nobody@" + p.info.Domain + ";three\r\nFour;;four@elsewhere.example\r\nFive;;one\r\n\"Six; of them\";;six\r\nSeven;;\r\n"
	before := p.audit(models.ActionRunStart)
	checked := p.upload(page, "table", "agents.csv", []byte("\uFEFF"+table), url.Values{"run_as": {"me"}})
	if checked.status != http.StatusUnprocessableEntity || stepAt(checked) != "agents" {
		t.Fatalf("%d at %s: %s", checked.status, checked.url, checked.text("#error-summary"))
	}
	for row, want := range map[string]string{"3": "name", "4": "sponsors", "5": "user"} {
		found := checked.Find("#table tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.TrimSpace(s.Find("td").First().Text()) == row })
		if !strings.Contains(found.Text(), want) || found.Find("td").Length() < 4 {
			t.Errorf("row %s: %q, want a fault of %s", row, found.Text(), want)
		}
	}
	if held := p.submit(checked, "Continue", nil); held.status != http.StatusUnprocessableEntity || stepAt(held) != "agents" {
		t.Errorf("Continue with faulty rows: %d at %s", held.status, held.url)
	}
	good := p.pressing(checked, "good-rows", nil)
	if good.status != http.StatusOK || !strings.Contains(good.text("#table"), "left out") {
		t.Fatalf("%d %s", good.status, good.text("#table"))
	}
	users := p.submit(good, "Continue", nil)
	if stepAt(users) != "users" {
		t.Fatalf("the good rows lead to %s: %s", users.url, users.text("#error-summary"))
	}
	review := p.submit(users, "Continue", url.Values{"domain": {p.info.Domain}})
	if said := review.text(".facts"); !strings.Contains(said, "from a table") || !strings.Contains(said, "one@"+p.info.Domain) || !strings.Contains(said, "seven@"+p.info.Domain) {
		t.Errorf("the review says %s", said)
	}
	if after := p.audit(models.ActionRunStart); len(after) != len(before) {
		t.Error("the dry run started a run")
	}
	back := p.pressing(p.get(good.url.Path), "drop-table", nil)
	if back.Find("#table").Length() != 0 || back.Find("#f-count").AttrOr("value", "") != "1" {
		t.Errorf("without a table: %s", back.text("main form"))
	}
	for what, text := range map[string]string{"unknown": "name,colour\nOne,red\n", "many": "name\n" + strings.Repeat("One\n", 1001), "empty": ""} {
		if refused := p.upload(back, "table", "x.csv", []byte(text), nil); refused.status != http.StatusUnprocessableEntity || refused.Find("#error-summary a[href='#f-table']").Length() != 1 {
			t.Errorf("%s: %d %s", what, refused.status, refused.text("main"))
		}
	}
	stays := p.get(back.url.Path + "/file")
	if stays.url.Path != back.url.Path {
		t.Errorf("the address of a refused file leads to %s", stays.url)
	}
}

// A table with users for agents that are to have none is no plan.
func TestTableFitsWhatTheAgentsDo(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.walkTo("agents", nil)
	checked := p.upload(page, "table", "agents.csv", []byte("name,user\nOne,one@"+p.info.Domain+"\n"), nil)
	if checked.status != http.StatusUnprocessableEntity || !strings.Contains(checked.text("#error-summary"), "with their own user account") {
		t.Errorf("%d %s", checked.status, checked.text("#error-summary"))
	}
}

func TestSpecGoesOutAndIn(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	review := p.toReview(url.Values{"does": {"alone", "users"}, "names": {"North\nSouth"}})
	file := p.get(review.Find("a[href$='/spec.json']").AttrOr("href", ""))
	if file.status != http.StatusOK || file.header.Get("Content-Type") != "application/json" || !strings.Contains(file.header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%d %v", file.status, file.header)
	}
	var spec provision.BlueprintSpec
	if err := json.Unmarshal([]byte(file.body), &spec); err != nil || spec.Expose == nil || len(spec.Names) != 2 {
		t.Fatalf("%v: %s", err, file.body)
	}
	begun := p.upload(p.get("/blueprints/new"), "spec", "blueprint.json", []byte(file.body), nil)
	if stepAt(begun) != "basics" || begun.Find("#f-display_name").AttrOr("value", "") != "Invoice reader" || draftOf(begun) == draftOf(review) {
		t.Fatalf("%d at %s: %s", begun.status, begun.url, begun.text("#error-summary"))
	}
	page := begun
	for range 6 {
		page = p.submit(page, "Continue", nil)
	}
	if page.url.Path != stepPath(draftOf(begun), reviewStep) || page.text(".facts") != review.text(".facts") {
		t.Errorf("at %s: %s\nwant %s", page.url, page.text(".facts"), review.text(".facts"))
	}
}

func TestSpecFilesAreNotBelieved(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	sponsor := p.persona("sponsor").ObjectID
	for _, tt := range []struct{ name, file, says string }{
		{"no file", "", "no JSON"},
		{"no JSON", "name,user\n", "no JSON"},
		{"a field of its own", `{"displayName":"A","colour":"red"}`, "the field colour"},
		{"a nested field of its own", `{"displayName":"A","expose":{"scopes":"x"}}`, "the field scopes"},
		{"a wrong kind", `{"displayName":["A"]}`, "field displayName"},
		{"two objects", `{"displayName":"A"}{}`, "more behind"},
		{"a spec for what exists", `{"displayName":"A","into":{"blueprintId":"` + nowhere + `","blueprintAppId":"` + nowhere + `"}}`, "adds to a blueprint that exists"},
		{"a foreign certificate", `{"displayName":"A","credential":"certificate","certificate":{"name":"x","der":"MTIz","thumbprint":"00"}}`, "certificate in the file"},
		{"a permission that is none", `{"displayName":"A","roles":[{"resource":{"appId":"` + graph.GraphAppID + `"},"value":"No.Such"}]}`, "No.Such"},
	} {
		page := p.upload(p.get("/blueprints/new"), "spec", "x.json", []byte(tt.file), nil)
		if page.status != http.StatusUnprocessableEntity || !strings.Contains(page.text("#error-summary a[href='#f-spec']"), tt.says) {
			t.Errorf("%s: %d %s", tt.name, page.status, page.text("#error-summary"))
		}
	}
	lying := `{"displayName":"A","owners":[],"sponsors":[{"id":"` + sponsor + `","kind":"user","name":"The Boss","username":"boss@contoso.example"},{"id":"` + nowhere + `","kind":"user","name":"Nobody"}],"runAs":"me","namePattern":"{n}"}`
	page := p.upload(p.get("/blueprints/new"), "spec", "x.json", []byte(lying), nil)
	people := p.submit(page, "Continue", nil)
	if said := people.text("main form"); !strings.Contains(said, p.persona("sponsor").UPN) || strings.Contains(said, "The Boss") || rowOf(people, "Nobody").Length() != 0 || !strings.Contains(said, nowhere) {
		t.Errorf("the sponsors are %s", said)
	}
	if leads := p.get("/blueprints/new/file"); leads.url.Path != "/blueprints/new" {
		t.Errorf("the address of the file leads to %s", leads.url)
	}
}
