package sandbox

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
)

// kids are the ids of the announced keys, the signing one first.
func (l *lab) kids(t testing.TB) []string {
	t.Helper()
	var set struct{ Keys []jwk }
	if err := json.Unmarshal(l.get(t, "/"+l.info.TenantID+"/discovery/v2.0/keys").text, &set); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, k := range set.Keys {
		ids = append(ids, k.KeyID)
	}
	return ids
}

// TestKeysRoll: the new key signs, the old one goes on being announced and its tokens being good.
func TestKeysRoll(t *testing.T) {
	path := tenantFile(t)
	l := openLab(t, Options{DataFile: path})
	f := newFamily(t, l)
	f.consent(t, f.agents[0], "", "User.Read")
	fields, graph := f.onBehalf(t), access(t, l.tr(t, graphDefault))
	before := l.kids(t)
	answer := l.send(t, http.MethodPost, "/_sandbox/keys/rotate", "{}").json(t)
	after := l.kids(t)
	if len(before) != 1 || len(after) != 2 || after[1] != before[0] || after[0] == before[0] || answer["kid"] != after[0] {
		t.Fatalf("keys %v became %v, answer %v", before, after, answer)
	}
	access(t, l.token(t, fields...)) // T1 and Tc are signed with the old key
	r := request(t, http.MethodGet, l.url+"/v1.0/me", nil)
	r.Header.Set("Authorization", "Bearer "+graph)
	if a := l.do(t, r); a.StatusCode == http.StatusUnauthorized {
		t.Errorf("a Graph token of the old key: %s", a.text)
	}
	if header, _ := decode(t, l.t1(t)); header["kid"] != after[0] {
		t.Errorf("kid %v, want the new key %s", header["kid"], after[0])
	}
}

// TestOldKeysRetire: four old keys are announced, not more, and a restart changes none of it.
func TestOldKeysRetire(t *testing.T) {
	path := tenantFile(t)
	var kids []string
	s, err := Open(t.Context(), Options{DataFile: path})
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.keys.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	old, err := first.sealed(jwtHeader{Type: "JWT", Algorithm: "RS256", KeyID: first.id}, claims{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxRetired + 1 {
		if good, err := s.keys.verifies(t.Context(), old); !good || err != nil {
			t.Errorf("after %d new keys the first is forgotten: %v", i, err)
		}
		key, err := s.keys.rotate(t.Context(), s.tokenNow())
		if err != nil {
			t.Fatal(err)
		}
		kids = append([]string{key.id}, kids...)
	}
	if good, _ := s.keys.verifies(t.Context(), old); good {
		t.Error("the first key is still good")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := openLab(t, Options{DataFile: path})
	got := again.kids(t)
	if len(got) != maxRetired+1 {
		t.Fatalf("%d keys after a restart", len(got))
	}
	for i := range got {
		if got[i] != kids[i] {
			t.Errorf("key %d is %s, was %s", i, got[i], kids[i])
		}
	}
	access(t, again.tr(t, graphDefault))
}

// TestKeysOfATenantClosedAtOnce: the keys of a new tenant are still being made
// when it is closed, and are in its file after that.
func TestKeysOfATenantClosedAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tenant.db")
	s, err := Open(t.Context(), Options{DataFile: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := openStore(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.close()
	if text, err := file.setting(t.Context(), "signing keys"); err != nil || text == "" {
		t.Errorf("the file has %d bytes of keys, %v", len(text), err)
	}
}
