package provision

import (
	"context"
	"time"
)

// untilStop is a context that ends with ctx, and when the engine stops.
func (e *Engine) untilStop(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	forget := context.AfterFunc(e.stopping, cancel)
	return ctx, func() { forget(); cancel() }
}

// outlive is a context for what should not be cut off: it ends Options.Grace
// after ctx. A call that is cut off all the same counts as lost.
func (e *Engine) outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	forget := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(e.o.Grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-longer.Done():
		}
	})
	return longer, func() { forget(); cancel() }
}
