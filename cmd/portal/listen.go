package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"syscall"

	"agentidportal/web"
)

// listen opens a TCP address; the error says which setting to change.
func listen(ctx context.Context, addr, setting, flagName string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program; stop that program, or choose another address with %s or --%s", addr, setting, flagName)
	}
	if errors.Is(err, syscall.EACCES) {
		return nil, fmt.Errorf("this user may not listen on %s; choose a port above 1023 with %s or --%s", addr, setting, flagName)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s (%s): %w", addr, setting, err)
	}
	return l, nil
}

// origin is the address people type for a listener: localhost and its port.
func origin(scheme string, l net.Listener) string {
	port := 0
	if a, ok := l.Addr().(*net.TCPAddr); ok {
		port = a.Port
	}
	typed := scheme + "://" + net.JoinHostPort("localhost", strconv.Itoa(port))
	if plain, err := web.Origin(typed); err == nil {
		return plain
	}
	return typed
}

// hostOf returns the host name within an origin, for certificates.
func hostOf(originURL string) string {
	u, err := url.Parse(originURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
