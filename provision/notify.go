package provision

// Subscribe returns a channel that gets a value whenever a run has changed, and
// a function that ends the subscription. A value means "read again": changes
// that come faster than they are read fold into one.
func (e *Engine) Subscribe(runID int64) (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.watched[runID] == nil {
		e.watched[runID] = map[chan struct{}]struct{}{}
	}
	e.watched[runID][ch] = struct{}{}
	return ch, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.watched[runID], ch)
		if len(e.watched[runID]) == 0 {
			delete(e.watched, runID)
		}
	}
}

// changed tells everyone who watches a run. It never waits for a slow reader.
func (e *Engine) changed(runID int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for ch := range e.watched[runID] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}
