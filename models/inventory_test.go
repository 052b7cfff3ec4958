package models

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestInventoryIsReplacedPatchedAndForgotten(t *testing.T) {
	store, ctx := openStore(t, testOptions(t)), t.Context()
	if _, err := store.Inventory(ctx, "t1"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("a snapshot before the first reading: %v", err)
	}
	off := false
	v := &Inventory{TID: "t1", ReadAt: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC), ReadBy: "agent-admin@x", Took: time.Second, Calls: 3, Unread: []string{"groups"}}
	for n := range 2500 {
		v.Items = append(v.Items, InventoryItem{ID: fmt.Sprintf("id-%04d", n), Kind: "agentIdentity", Name: "Agent", Enabled: &off, Sponsors: []string{"p"}})
	}
	v.Items[7].Credentials = []Credential{{Kind: CredentialSecret, KeyID: "k", Ends: v.ReadAt}}
	if err := store.ReplaceInventory(ctx, v); err != nil {
		t.Fatal(err)
	}
	if err := store.ReplaceInventory(ctx, &Inventory{TID: "t2", ReadAt: v.ReadAt}); err != nil {
		t.Fatal(err)
	}
	byID := cmpopts.SortSlices(func(a, b InventoryItem) bool { return a.ID < b.ID })
	got, err := store.Inventory(ctx, "t1")
	if diff := cmp.Diff(v, got, byID); err != nil || diff != "" {
		t.Fatalf("%v (-want +got):\n%s", err, diff)
	}
	changed := v.Items[0]
	changed.Name = "Renamed"
	if err := store.PatchInventory(ctx, "t1", []InventoryItem{changed, {ID: "new", Kind: "blueprint"}}, []string{"id-0001", "unknown"}); err != nil {
		t.Fatal(err)
	}
	want := *v
	want.Items = append([]InventoryItem{changed, {ID: "new", Kind: "blueprint"}}, v.Items[2:]...)
	if got, err = store.Inventory(ctx, "t1"); err != nil || cmp.Diff(&want, got, byID) != "" {
		t.Fatalf("%v (-want +got):\n%s", err, cmp.Diff(&want, got, byID))
	}
	if err := store.ForgetInventory(ctx, "t1"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Inventory(ctx, "t1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("forgotten: %v", err)
	}
	if other, err := store.Inventory(ctx, "t2"); err != nil || len(other.Items) != 0 {
		t.Errorf("that of another tenant: %+v, %v", other, err)
	}
}
