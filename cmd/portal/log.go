package main

import (
	"fmt"
	"io"
	"log/slog"
)

// parseLevel reads PORTAL_LOG.
func parseLevel(name string) (slog.Level, error) {
	var level slog.Level
	switch name {
	case "debug", "info", "warn", "error":
		err := level.UnmarshalText([]byte(name))
		return level, err
	}
	return level, fmt.Errorf("%q is no log level", name)
}

// newLog writes one JSON object a line, so that nothing a stranger named can
// break a line in two. Logs go to standard error; standard output is for the
// addresses and for programs.
func newLog(w io.Writer, name string) *slog.Logger {
	level, err := parseLevel(name)
	if err != nil {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}
