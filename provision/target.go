package provision

import (
	"encoding/json"
	"fmt"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// Target is an object that a change is about.
type Target struct {
	Kind graph.Kind `json:"kind"`
	ID   string     `json:"id"` // object id
	Name string     `json:"name,omitempty"`
}

// words name the object in a sentence: agent identity “Invoice helper 01”.
func (t Target) words() string {
	thing := map[graph.Kind]string{
		graph.KindBlueprint: "blueprint", graph.KindBlueprintPrincipal: "blueprint principal", graph.KindAgentIdentity: "agent identity",
		graph.KindAgentUser: "agent user", graph.KindGroup: "group",
	}[t.Kind]
	if t.Name == "" {
		return thing + " " + t.ID
	}
	return fmt.Sprintf("%s “%s”", thing, t.Name)
}

// aimed is what steps were asked for that are about one object of its own.
type aimed interface{ target() Target }

// ofTarget is stepKind.changes of what changes one object of its own.
func ofTarget[T aimed](_ known, raw json.RawMessage) (graph.Kind, string) {
	of := askIn[T](raw).target()
	return of.Kind, of.ID
}

// byTarget is stepKind.alike of what people may do to some objects and not to
// others, since they own those: a refusal says nothing of the next object.
func byTarget[T aimed](raw json.RawMessage) string { return askIn[T](raw).target().ID }

// TargetOf is the object that a step of a change is about; ok is false for steps
// of other runs.
func TargetOf(s *models.Step) (of Target, ok bool) {
	switch s.Kind {
	case KindDisable, KindEnable, KindUpdate, KindDelete, KindRestore, KindPurge, KindOwner, KindOwnerRemove, KindSponsor, KindSponsorRemove,
		KindMember, KindMemberRemove:
		ask, err := askedBy[struct {
			Of Target `json:"of"`
		}](s)
		return ask.Of, err == nil && ask.Of.ID != ""
	case KindAgentUserLicense, KindAgentUserLicenseRemove, KindAgentUserManager, KindAgentUserManagerRemove:
		ask, err := askedBy[licenseAsk](s)
		return Target{Kind: graph.KindAgentUser, ID: ask.User.ID, Name: s.ObjectName}, err == nil && ask.User.ID != ""
	}
	return Target{}, false
}

// isGone says in a sentence's title and text that the directory knows an object no longer.
func isGone(of Target) Advice {
	return Advice{
		Title: "The directory does not know " + of.words(),
		Text: "Somebody has deleted it since the page was shown. It may lie in the recycle bin, from where it can be restored for 30 days. " +
			"After that, retry.",
		Fixes: []Fix{FixRetry},
	}
}
