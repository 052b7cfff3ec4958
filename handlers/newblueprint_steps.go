package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
)

// wizardStep is a page of the wizard that is filled in.
type wizardStep struct {
	key, name string
	fields    []wizardField
	lists     []string // of people
	read      func(*blueprintForm, url.Values)
}

// wizardField is what a step asks for: the name of the field, the name its
// faults come under in the spec, the label people see, and what it holds.
type wizardField struct {
	name, spec, label string
	held              func(blueprintForm) string
}

const reviewStep = "review"

// wizardSteps are the steps before the review, in their order.
func wizardSteps() []wizardStep {
	return []wizardStep{
		{key: "basics", name: "Basics", read: (*blueprintForm).readBasics, fields: []wizardField{
			{"display_name", "displayName", "Display name", func(f blueprintForm) string { return f.DisplayName }},
			{"description", "description", "Description", func(f blueprintForm) string { return f.Description }},
			{"audience", "signInAudience", "Who may use it", func(f blueprintForm) string { return f.Audience }},
			{"reason", "reason", "Reason", func(f blueprintForm) string { return f.Reason }},
		}},
		{key: "people", name: "Owners & sponsors", read: func(*blueprintForm, url.Values) {}, lists: []string{"owners", "sponsors"}, fields: []wizardField{
			{"owners", "owners", "Owners", func(f blueprintForm) string { return wordsOf(f.Owners) }},
			{"sponsors", "sponsors", "Sponsors", func(f blueprintForm) string { return wordsOf(f.Sponsors) }},
		}},
		{key: "credential", name: "Credential", read: (*blueprintForm).readCredential, fields: []wizardField{
			{"life", "secret", "Client secret", func(f blueprintForm) string { return f.Life }},
			{"keep_for_lab", "keepSecret", "Keep the secret for the token lab", func(f blueprintForm) string { return tickWords(f.KeepForLab) }},
		}},
		{key: "agents", name: "Agent identities", read: (*blueprintForm).readAgents, lists: []string{"agent_sponsors"}, fields: []wizardField{
			{"count", "count", "How many", func(f blueprintForm) string { return f.Count }},
			{"pattern", "namePattern", "Name pattern", func(f blueprintForm) string { return f.Pattern }},
			{"names", "names", "Names", func(f blueprintForm) string { return f.Names }},
			{"sponsored_by", "", "Who sponsors them", func(f blueprintForm) string { return f.SponsoredBy }},
			{"agent_sponsors", "agentSponsors", "Sponsors of the agent identities", func(f blueprintForm) string { return wordsOf(f.AgentSponsors) }},
			{"run_as", "runAs", "Create agent identities as", func(f blueprintForm) string { return f.RunAs }},
		}},
	}
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
			fields = append(fields, f.name)
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
	if len(provision.ParseNames(f.Names)) == 0 && numberOr(f.Count, -1) == -1 && f.Count != "-1" {
		found["count"] = "Write a whole number from 0 to 250."
	}
	if f.NamesTyped > 0 {
		found["names"] = fmt.Sprintf("Write at most %d names of 256 characters. You typed %s bytes; the first %s are kept here.",
			provision.MaxAgents, strconv.Itoa(f.NamesTyped), strconv.Itoa(len(f.Names)))
	}
	for _, field := range s.fields {
		if text := found[field.spec]; text != "" {
			faults[field.name] = text
		}
	}
	if s.key == "agents" && f.SponsoredBy != sponsorsSame && f.SponsoredBy != sponsorsChosen {
		faults["sponsored_by"] = "Choose who sponsors the agent identities."
	}
	return faults
}

// firstOpen is the first step that nobody has gone on from; the review when
// there is none left.
func (f blueprintForm) firstOpen() string {
	for _, s := range wizardSteps() {
		if !slices.Contains(f.Done, s.key) {
			return s.key
		}
	}
	return reviewStep
}

// firstFaulty is the first step with faults; empty when there is none.
func (f blueprintForm) firstFaulty() string {
	for _, s := range wizardSteps() {
		if len(s.faults(f)) > 0 {
			return s.key
		}
	}
	return ""
}

// reached says whether a step may be opened: all before it are done.
func (f blueprintForm) reached(key string) bool {
	for _, s := range wizardSteps() {
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
func neighbour(draftID, key string, by int) string {
	steps := wizardSteps()
	at := slices.IndexFunc(steps, func(s wizardStep) bool { return s.key == key }) + by
	switch {
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
