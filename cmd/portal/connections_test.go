package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// askOn asks for a sign of life on a connection, and leaves it open.
func askOn(conn net.Conn) (line string, err error) {
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		return "", err
	}
	return bufio.NewReader(conn).ReadString('\n')
}

// TestConnectionsAreLimited: one too many is not answered until another ends.
func TestConnectionsAreLimited(t *testing.T) {
	a := startApp(t, Config{}, Wiring{})
	open := make([]net.Conn, maxConnections+1)
	for i := range open {
		conn, err := net.Dial("tcp", a.listen.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		open[i] = conn
		if i == maxConnections {
			break
		}
		if line, err := askOn(conn); err != nil || !strings.Contains(line, " 200 ") {
			t.Fatalf("connection %d: %q %v", i+1, line, err)
		}
	}
	last := open[maxConnections]
	if err := last.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if line, err := askOn(last); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("one connection too many: %q %v", line, err)
	}
	if err := errors.Join(open[0].Close(), last.SetReadDeadline(time.Time{})); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(last).ReadString('\n'); err != nil || !strings.Contains(line, " 200 ") {
		t.Errorf("after another has ended: %q %v", line, err)
	}
}
