package models

import (
	"context"
	"strings"
)

// RunsNamed lists the runs of a tenant whose title holds the words, newest
// first, at most limit. Capitals make no difference in ASCII letters; % and _
// mean themselves.
func (s *Store) RunsNamed(ctx context.Context, tid, words string, limit int) ([]Run, error) {
	pattern := "%" + likeEscape(strings.ToLower(words)) + "%"
	var runs []Run
	err := s.read(ctx).Order("id DESC").Limit(limit).
		Where("tid = ? AND lower(title) LIKE ? ESCAPE '!'", tid, pattern).Find(&runs).Error
	return runs, found(err, "search runs")
}
