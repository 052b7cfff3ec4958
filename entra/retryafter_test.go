package entra

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)
	tests := []struct {
		header string
		want   time.Duration
	}{
		{"", 0},
		{"120", 2 * time.Minute},
		{"-5", 0},
		{"soon", 0},
		{now.Add(90 * time.Second).Format(http.TimeFormat), 90 * time.Second},
		{now.Add(-time.Hour).Format(http.TimeFormat), 0},
		{"9999999", 24 * time.Hour},
		{"99999999999999999999", 24 * time.Hour},
		{"-9223372036854775808", 0},
		{now.AddDate(1, 0, 0).Format(http.TimeFormat), 24 * time.Hour},
	}
	for _, tt := range tests {
		if got := RetryAfter(tt.header, now); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.header, got, tt.want)
		}
	}
}

func TestTransient(t *testing.T) {
	tests := []struct {
		name string
		err  Error
		want bool
	}{
		{"passing fault", Error{Status: 400, AADSTS: 90033}, true},
		{"same request too often", Error{Status: 400, AADSTS: 50196}, true},
		{"too many requests", Error{Status: 429}, true},
		{"server fault", Error{Status: 503}, true},
		{"by its OAuth error", Error{Status: 400, Code: "temporarily_unavailable"}, true},
		{"wrong secret", Error{Status: 401, AADSTS: 7000215, Code: "invalid_client"}, false},
	}
	for _, tt := range tests {
		if got := tt.err.Transient(); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
