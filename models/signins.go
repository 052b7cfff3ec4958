package models

import (
	"context"
	"time"
)

// SignIn is one sign-in of a person at the portal: the delegated rights that
// pages and runs act with. It outlives the browser session while a run of
// the person is unfinished.
type SignIn struct {
	ID              string
	TID, OID        string
	Name, Username  string
	Roles           []string // display names
	RoleTemplateIDs []string
	AuthTime        time.Time
	RefreshSealed   []byte // AAD sign_ins:<id>:<tid>:<oid>
	Scopes          string // blank-separated
	ExpiresAt       time.Time
	SeenAt          time.Time
	CreatedAt       time.Time
}

// SaveSignIn inserts or replaces a sign-in.
func (s *Store) SaveSignIn(ctx context.Context, in *SignIn) error { return nil }

// SignIn returns a sign-in that has not expired, or ErrNotFound.
func (s *Store) SignIn(ctx context.Context, id string) (*SignIn, error) { return nil, ErrNotFound }

// LatestSignIn returns the newest unexpired sign-in of a person, or ErrNotFound.
func (s *Store) LatestSignIn(ctx context.Context, tid, oid string) (*SignIn, error) {
	return nil, ErrNotFound
}

// DeleteSignIn removes a sign-in; it is no error when there is none.
func (s *Store) DeleteSignIn(ctx context.Context, id string) error { return nil }

// ReplaceRefresh stores the refresh token that replaced the former one.
func (s *Store) ReplaceRefresh(ctx context.Context, id string, sealed []byte) error { return nil }

// TouchSignIn notes that the person was seen, at most once a minute.
func (s *Store) TouchSignIn(ctx context.Context, id string) error { return nil }

// UpdateRoles replaces the directory roles of a sign-in.
func (s *Store) UpdateRoles(ctx context.Context, id string, names, templateIDs []string) error {
	return nil
}

// DeleteExpiredSignIns removes sign-ins and sessions that are over.
func (s *Store) DeleteExpiredSignIns(ctx context.Context) error { return nil }
