package handlers

import "testing"

func TestSignInWalksThePicker(t *testing.T) {
	p := newTestPortal(t)
	page := p.signIn("agent-admin")
	t.Log(page.status, page.url, page.text("body"))
}
