package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
)

// steps are those that the choices of a form need, in their order.
func (f blueprintForm) steps() []wizardStep {
	var steps []wizardStep
	for _, s := range wizardSteps() {
		if s.needed == nil || s.needed(f) {
			steps = append(steps, s)
		}
	}
	return steps
}

// wizardFields are the fields of all steps, in their order.
func wizardFields() []wizardField {
	var fields []wizardField
	for _, s := range wizardSteps() {
		fields = append(fields, s.fields...)
	}
	return fields
}

func wordsOf(people []provision.Principal) string {
	words := make([]string, len(people))
	for i, p := range people {
		words[i] = p.Words()
	}
	return strings.Join(words, ", ")
}

func tickWords(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}

// stepNamed finds a step; every other word in its place names no page.
func stepNamed(key string) (wizardStep, error) {
	for _, s := range wizardSteps() {
		if s.key == key {
			return s, nil
		}
	}
	return wizardStep{}, fmt.Errorf("step %s of the wizard: %w", key, models.ErrNotFound)
}

// posted are the fields that the form of a step may have.
func (s wizardStep) posted() []string {
	fields := []string{"act", "version", "asked"}
	for _, f := range s.fields {
		if !slices.Contains(s.lists, f.name) {
			fields = append(fields, f.posted())
		}
	}
	for _, list := range s.lists {
		fields = append(fields, "find_"+list)
	}
	return fields
}

// version tells the states of a step's fields apart, each by itself: 32 bits
// are enough to see that another window changed one.
func (s wizardStep) version(f blueprintForm) string {
	parts := make([]string, len(s.fields))
	for i, field := range s.fields {
		sum := sha256.Sum256([]byte(field.held(f)))
		parts[i] = hex.EncodeToString(sum[:4])
	}
	return strings.Join(parts, ".")
}

// changed are the fields that were changed elsewhere since the page with this
// version was made, and that saving what was typed would change back. Lists of
// people are not typed: any change of them counts.
func (s wizardStep) changed(version string, saved, typed blueprintForm) []wizardField {
	then, now := strings.Split(version, "."), strings.Split(s.version(saved), ".")
	if version == "" || len(then) != len(now) {
		return nil
	}
	var changed []wizardField
	for i, field := range s.fields {
		same := field.held(saved) == field.held(typed) && !slices.Contains(s.lists, field.name)
		if then[i] != now[i] && !same {
			changed = append(changed, field)
		}
	}
	return changed
}

// faults are what is wrong with a step, by the names of its fields.
func (s wizardStep) faults(f blueprintForm) map[string]string {
	found, faults := f.spec().Validate(), map[string]string{}
	if fault := provision.ReasonFault(f.Reason, f.house.requireReason); fault != "" {
		found["reason"] = fault
	}
	if fault := f.Table.fault(f.will(provision.ActsAsUser)); fault != "" {
		found["rows"] = fault
	}
	if f.Table == nil && len(provision.ParseNames(f.Names)) == 0 && numberOr(f.Count, -1) == -1 && f.Count != "-1" {
		least := 0
		if f.Into != nil {
			least = 1
		}
		found["count"] = fmt.Sprintf("Write a whole number from %d to %d.", least, provision.MaxAgents)
	}
	if f.Into != nil && f.Table == nil && numberOr(f.First, 0) < 1 {
		faults["first"] = "Write a whole number from 1 on."
	}
	if f.NamesTyped > 0 {
		found["names"] = fmt.Sprintf("Write at most %d names of 256 characters. You typed %s bytes; the first %s are kept here.",
			provision.MaxAgents, strconv.Itoa(f.NamesTyped), strconv.Itoa(len(f.Names)))
	}
	for _, field := range s.fields {
		if text := found[field.spec]; text != "" && field.spec != "" {
			faults[field.name] = text
		}
	}
	if s.key == "agents" && f.SponsoredBy != sponsorsSame && f.SponsoredBy != sponsorsChosen {
		faults["sponsored_by"] = "Choose who sponsors the agent identities."
	}
	if s.key == "agents" && f.Into != nil && f.SponsoredBy == sponsorsSame && faults["agent_sponsors"] != "" {
		faults["sponsored_by"] = "The blueprint has no sponsor that its agents could share. Choose others below."
		delete(faults, "agent_sponsors")
	}
	if s.key != "agents" {
		delete(faults, "first")
	}
	return faults
}

// firstOpen is the first step that nobody has gone on from; the review when
// there is none left.
func (f blueprintForm) firstOpen() string {
	for _, s := range f.steps() {
		if !slices.Contains(f.Done, s.key) {
			return s.key
		}
	}
	return reviewStep
}

// firstFaulty is the first step with faults; empty when there is none.
func (f blueprintForm) firstFaulty() string {
	for _, s := range f.steps() {
		if len(s.faults(f)) > 0 {
			return s.key
		}
	}
	return ""
}

// reached says whether a step may be opened: it is needed, and all before it
// are done.
func (f blueprintForm) reached(key string) bool {
	for _, s := range f.steps() {
		if s.key == key {
			return true
		}
		if !slices.Contains(f.Done, s.key) {
			return false
		}
	}
	return key == reviewStep
}

// neighbour is the address one step away: the list of blueprints before the
// first, the review after the last.
func (f blueprintForm) neighbour(draftID, key string, by int) string {
	steps := f.steps()
	at := slices.IndexFunc(steps, func(s wizardStep) bool { return s.key == key })
	if key == reviewStep {
		at = len(steps)
	}
	at += by
	switch {
	case at < 0 && f.Agent != nil:
		return "/agents/" + f.Agent.AgentID
	case at < 0 && f.Into != nil:
		return "/blueprints/" + f.Into.BlueprintID + "/identities"
	case at < 0:
		return "/blueprints"
	case at >= len(steps):
		return stepPath(draftID, reviewStep)
	}
	return stepPath(draftID, steps[at].key)
}

func stepPath(draftID, key string) string { return "/blueprints/new/" + draftID + "/" + key }

// stepOf reads the step of an address.
func stepOf(c echo.Context) (wizardStep, error) { return stepNamed(c.Param("step")) }
