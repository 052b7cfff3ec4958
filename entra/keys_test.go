package entra

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// keySource plays the tenant's key set.
type keySource struct {
	asked atomic.Int32
	gate  chan struct{} // an answer waits for it
	err   error
	set   jose.JSONWebKeySet
}

func (s *keySource) fetch(ctx context.Context) (jose.JSONWebKeySet, error) {
	s.asked.Add(1)
	select {
	case <-s.gate:
	case <-ctx.Done():
		return s.set, ctx.Err()
	}
	return s.set, s.err
}

func newKeySource(t *testing.T) *keySource {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, minKeyBits)
	if err != nil {
		t.Fatal(err)
	}
	s := &keySource{gate: make(chan struct{})}
	s.set.Keys = []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k1"}}
	return s
}

// TestKeysAreReadOnceForAll: callers wait for one reading, and one that gives
// up takes nothing from the others.
func TestKeysAreReadOnceForAll(t *testing.T) {
	source := newKeySource(t)
	synctest.Test(t, func(t *testing.T) {
		source.gate = make(chan struct{})
		k := &keyCache{fetch: source.fetch, now: time.Now}
		impatient, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := k.key(impatient, "i", "k1"); !errors.Is(err, context.Canceled) {
				t.Errorf("who has left got %v", err)
			}
		})
		synctest.Wait()
		for range 20 {
			all.Go(func() {
				if _, err := k.key(t.Context(), "i", "k1"); err != nil {
					t.Errorf("key: %v", err)
				}
			})
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		close(source.gate)
		all.Wait()
		if n := source.asked.Load(); n != 1 {
			t.Errorf("read %d times, want once", n)
		}
	})
}

// TestFailedReadingIsRemembered for a moment, and then forgotten.
func TestFailedReadingIsRemembered(t *testing.T) {
	source := newKeySource(t)
	close(source.gate)
	now := time.Unix(1_800_000_000, 0)
	k := &keyCache{fetch: source.fetch, now: func() time.Time { return now }}
	source.err = errors.New("no answer")
	for range 3 {
		if _, err := k.key(t.Context(), "i", "k1"); !errors.Is(err, source.err) {
			t.Errorf("error %v", err)
		}
	}
	if n := source.asked.Load(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
	now = now.Add(refetchPause)
	source.err = nil
	if _, err := k.key(t.Context(), "i", "k1"); err != nil {
		t.Errorf("after the pause: %v", err)
	}
}

// TestInventedNamesAreLookedForSeldom, and a service that fails meanwhile takes
// no key away that is known.
func TestInventedNamesAreLookedForSeldom(t *testing.T) {
	source := newKeySource(t)
	close(source.gate)
	now := time.Unix(1_800_000_000, 0)
	k := &keyCache{fetch: source.fetch, now: func() time.Time { return now }}
	for _, kid := range []string{"k1", "x1", "x2", "x3"} {
		if _, err := k.key(t.Context(), "i", kid); (kid == "k1") != (err == nil) {
			t.Errorf("%s: %v", kid, err)
		}
	}
	if n := source.asked.Load(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
	now = now.Add(refetchPause)
	source.err = errors.New("no answer")
	if _, err := k.key(t.Context(), "i", "x4"); !errors.Is(err, source.err) {
		t.Errorf("x4: %v", err)
	}
	if _, err := k.key(t.Context(), "i", "k1"); err != nil {
		t.Errorf("a known key is gone: %v", err)
	}
	if n := source.asked.Load(); n != 2 {
		t.Errorf("asked %d times, want twice", n)
	}
}
