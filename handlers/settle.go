package handlers

import (
	"context"
	"net/http"
	"time"

	"agentidportal/provision"
)

// SandboxSettle returns how long a write may stay invisible to reads in the
// sandbox at base: its longest lag and a second. A sandbox that does not answer
// is taken for as slow as a real tenant.
func SandboxSettle(ctx context.Context, client *http.Client, base string) time.Duration {
	k, err := readKnobs(ctx, client, base)
	if err != nil {
		return provision.LiveSettle
	}
	longest := 0
	for _, ms := range k.LagMS {
		longest = max(longest, ms)
	}
	return time.Duration(longest)*time.Millisecond + time.Second
}
