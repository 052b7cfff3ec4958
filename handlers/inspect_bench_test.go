package handlers

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"agentidportal/entra"
	"agentidportal/views"
)

// BenchmarkInspect4KB is what the portal adds to a pasted token of 4 KB: decode,
// explain, render. Keys and names are read elsewhere.
func BenchmarkInspect4KB(b *testing.B) {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	h := &Handlers{Entra: entra.New(entra.Options{Cloud: entra.GlobalCloud(), TenantID: "237098ae-0798-4cf9-a3a5-208374d2dcfd", Now: func() time.Time { return now }})}
	groups := make([]string, 66)
	for i := range groups {
		groups[i] = fmt.Sprintf(`"%08d-0000-4000-8000-000000000000"`, i)
	}
	token := unsigned(`{"typ":"JWT","alg":"RS256","kid":"k"}`, `{"aud":"https://graph.microsoft.com","iss":"https://sts.windows.net/237098ae-0798-4cf9-a3a5-208374d2dcfd/",
		"iat":1795249480,"nbf":1795249480,"exp":1795253380,"appid":"cd77c677-16ea-4f9d-b5b1-0aab1841694c","appidacr":"2","idtyp":"user","oid":"cd77c677-16ea-4f9d-b5b1-0aab1841694c",
		"scp":"openid profile User.Read","tid":"237098ae-0798-4cf9-a3a5-208374d2dcfd","ver":"1.0","xms_act_fct":"3 11 9","xms_sub_fct":"3 13","xms_idrel":"1 24",
		"xms_par_app_azp":"9471f355-173a-4466-b142-3d4acf848b03","groups":[`+strings.Join(groups, ",")+`]}`)
	if n := len(token); n < 4<<10 || n > 4400 {
		b.Fatalf("the token has %d bytes", n)
	}
	pasted := "Authorization: Bearer " + token
	page := views.Page{Title: "Inspector", Section: "inspect", Nav: views.DefaultNav(), Now: now, Path: "/tokens/inspect"}
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		j, err := entra.Decode(pasted)
		if err != nil {
			b.Fatal(err)
		}
		read := h.explained(j, lookedUp{}, entra.Verdict{State: entra.VerdictUnchecked}, now)
		if err := views.InspectPage(page, views.Inspection{Token: &read}).Render(b.Context(), io.Discard); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	p99 := float64(took[len(took)*99/100].Microseconds()) / 1000
	verdict := "ok"
	if p99 > 5 {
		verdict = "short"
	}
	fmt.Printf("FIGURE inspect_4kb_p99 %.2f ms limit <=5 %s\n", p99, verdict)
}
