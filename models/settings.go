package models

import (
	"context"

	"gorm.io/gorm/clause"
)

type settingRow struct {
	Key   string `gorm:"primaryKey"`
	Value string
}

// TableName is for gorm.
func (settingRow) TableName() string { return "settings" }

// Setting returns a small value kept by the portal, or ErrNotFound.
func (s *Store) Setting(ctx context.Context, key string) (string, error) {
	row, err := take[settingRow](s.read(ctx), "read setting", "key = ?", key)
	if err != nil {
		return "", err
	}
	return row.Value, nil
}

// SetSetting writes a small value.
func (s *Store) SetSetting(ctx context.Context, key, value string) error {
	err := s.write(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&settingRow{Key: key, Value: value}).Error
	return found(err, "write setting")
}
