package models

import "context"

// Setting returns a small value kept by the portal, or ErrNotFound.
func (s *Store) Setting(ctx context.Context, key string) (string, error) { return "", ErrNotFound }

// SetSetting writes a small value.
func (s *Store) SetSetting(ctx context.Context, key, value string) error { return nil }
