package graph

import (
	"fmt"
	"strings"

	"agentidportal/entra"
)

// shellVariable is what stands for an id that an earlier call brings.
func shellVariable(later string) string {
	switch later {
	case LaterBlueprintID:
		return `"$BLUEPRINT_ID"`
	case LaterBlueprintAppID:
		return `"$BLUEPRINT_APP_ID"`
	}
	return fmt.Sprintf(`"$CALL_%d_ID"`, laterNumber(later))
}

// snippetCURL writes a POSIX shell script in parentheses: pasted into a terminal, a refusal ends the script and not the
// terminal. Ids are picked with grep, because jq is not everywhere; the first "id" of an answer is the object's own.
func snippetCURL(base string, steps []snippetStep) string {
	var b strings.Builder
	b.WriteString("(\nset -eu\n")
	b.WriteString(`: "${TOKEN:?Set TOKEN to an access token for Graph.}"` + "\n")
	fmt.Fprintf(&b, "GRAPH=%s\n", entra.QuoteShell(base))
	b.WriteString(`pick() { printf '%s' "$ANSWER" | grep -o "\"$1\" *: *\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }` + "\n")
	for _, s := range steps {
		b.WriteString("\n# " + s.title() + "\n")
		token := "$TOKEN"
		if s.asBlueprint() {
			token = "$BLUEPRINT_TOKEN"
			b.WriteString(`if [ -z "${BLUEPRINT_TOKEN:-}" ]; then printf 'Access token of the blueprint: ' >&2; read -r BLUEPRINT_TOKEN; fi` + "\n")
		}
		b.WriteString("ANSWER=$(curl --silent --show-error --fail-with-body --globoff --request " + s.Method + " \\\n")
		for _, header := range s.headers() {
			b.WriteString("  --header " + entra.QuoteShell(header) + " \\\n")
		}
		b.WriteString(`  --header "Authorization: Bearer ` + token + `" ` + "\\\n")
		if s.hasBody {
			b.WriteString("  --data-raw " + join(s.body, entra.QuoteShell, shellVariable, "") + " \\\n")
		}
		b.WriteString(`  "$GRAPH"` + join(s.path, entra.QuoteShell, shellVariable, "") + ")\n")
		b.WriteString(`printf '%s\n' "$ANSWER"` + "\n")
		if s.makesBlueprint {
			b.WriteString("BLUEPRINT_ID=$(pick id)\nBLUEPRINT_APP_ID=$(pick appId)\n")
		}
		if s.brings {
			fmt.Fprintf(&b, "CALL_%d_ID=$(pick id)\n", s.number)
		}
	}
	b.WriteString(")\n")
	return b.String()
}

func (s snippetStep) headers() []string {
	headers := []string{"Accept: application/json", "OData-Version: 4.0"}
	if s.hasBody {
		headers = append(headers, "Content-Type: application/json")
	}
	if s.Eventual {
		headers = append(headers, "ConsistencyLevel: eventual")
	}
	return headers
}
