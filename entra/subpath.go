package entra

import (
	"encoding/base64"
	"encoding/binary"
	"strings"

	"github.com/google/uuid"
)

// SubjectPath is the subject of a T1: which application of which tenant asked,
// and for what.
type SubjectPath struct {
	TenantID string
	AppID    string
	Rest     string // the fmi_path as sent: for agents the agent identity's id
}

// ParseSubjectPath reads /eid1/c/pub/t/{tenant}/a/{app}/{rest}. The two ids
// are base64url of the GUID's bytes with the first three groups little-endian.
func ParseSubjectPath(sub string) (SubjectPath, bool) {
	parts := strings.SplitN(sub, "/", 9)
	if len(parts) != 9 || parts[0] != "" || parts[1] != "eid1" || parts[2] != "c" || parts[4] != "t" || parts[6] != "a" {
		return SubjectPath{}, false
	}
	tenant, okTenant := littleEndianGUID(parts[5])
	app, okApp := littleEndianGUID(parts[7])
	return SubjectPath{TenantID: tenant, AppID: app, Rest: parts[8]}, okTenant && okApp
}

func littleEndianGUID(text string) (string, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != 16 {
		return "", false
	}
	var id uuid.UUID
	binary.BigEndian.PutUint32(id[0:], binary.LittleEndian.Uint32(raw[0:]))
	binary.BigEndian.PutUint16(id[4:], binary.LittleEndian.Uint16(raw[4:]))
	binary.BigEndian.PutUint16(id[6:], binary.LittleEndian.Uint16(raw[6:]))
	copy(id[8:], raw[8:])
	return id.String(), true
}
