package provision

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// certificateAsk is a certificate to add to those that are there.
type certificateAsk struct {
	Name       string                `json:"name"`
	DER        []byte                `json:"der"`
	Thumbprint string                `json:"thumbprint"`
	Ends       time.Time             `json:"ends,omitzero"`
	Found      []graph.KeyCredential `json:"found,omitempty"` // stay: Graph replaces the list
}

func certificateKind() stepKind {
	return stepKind{
		name: KindCertificate, target: graph.KindBlueprint, changes: ofBlueprint, done: "Added",
		ask: func(k known) any {
			c := k.spec.Certificate
			if c == nil {
				return certificateAsk{}
			}
			return certificateAsk{Name: c.Name, DER: c.DER, Thumbprint: c.Thumbprint, Ends: c.NotAfter}
		},
		look: lookAtBlueprint(func(ask certificateAsk, b *graph.Blueprint) certificateAsk {
			ask.Found = b.KeyCredentials
			return ask
		}),
		call: asking(setCertificates),
		what: func(k known, p planned) string {
			ask, _ := p.askOf(k).(certificateAsk)
			return fmt.Sprintf("Add certificate “%s”, thumbprint %s, ends %s", ask.Name, ask.Thumbprint, ask.Ends.Format("2 Jan 2006"))
		},
		find:    findCertificate,
		lagNote: noteBlueprintNew,
		left: func(run *models.Run, s *models.Step) string {
			return fmt.Sprintf("a certificate “%s” at the blueprint %s", s.ObjectName, run.BlueprintID)
		},
	}
}

// setCertificates gives the certificate the operation's id, by which it is
// found again where Graph shows no thumbprint.
func setCertificates(k known, ask certificateAsk, _, opID string) graph.Call {
	stay := slices.DeleteFunc(slices.Clone(ask.Found), func(c graph.KeyCredential) bool {
		return opID != "" && strings.EqualFold(c.KeyID, opID) || thumbprintOf(c) == ask.Thumbprint
	})
	return graph.SetCertificatesCall(k.blueprintID, stay, graph.NewCertificate{KeyID: opID, DisplayName: ask.Name, DER: ask.DER})
}

func findCertificate(ctx context.Context, m *mover, _ bool) ([]object, error) {
	b, err := m.blueprintNow(ctx)
	if err != nil {
		return nil, err
	}
	ask, err := askedOf[certificateAsk](m)
	if err != nil {
		return nil, err
	}
	for _, c := range b.KeyCredentials {
		if strings.EqualFold(c.KeyID, m.step.OpID) || thumbprintOf(c) == ask.Thumbprint {
			return []object{{id: c.KeyID, name: c.DisplayName}}, nil
		}
	}
	return nil, nil
}

// thumbprintOf reads the identifier that Graph gives a certificate: the SHA-1
// thumbprint, in hex or as the 20 bytes themselves. Empty for any other.
func thumbprintOf(c graph.KeyCredential) string {
	for _, decode := range []func(string) ([]byte, error){hex.DecodeString, base64.StdEncoding.DecodeString} {
		if sum, err := decode(c.CustomKeyID); err == nil && len(sum) == 20 {
			return strings.ToUpper(hex.EncodeToString(sum))
		}
	}
	return ""
}
