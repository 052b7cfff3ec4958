package web

import (
	"context"
	"time"

	"github.com/alexedwards/scs/v2"
)

// countingSessions is a real store whose writes are counted.
type countingSessions struct {
	scs.CtxStore
	commits int
}

func (s *countingSessions) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	s.commits++
	return s.CtxStore.CommitCtx(ctx, token, b, expiry)
}
