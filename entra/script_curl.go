package entra

import (
	"fmt"
	"strings"
)

// curlHead is what every shell script starts with. It stands in parentheses:
// pasted into a terminal, a refusal ends the script and not the terminal. There
// are no comments, which zsh takes for commands when it is typed to. Secrets
// reach curl by standard input, as a list of processes shows arguments; fields
// are picked with grep, because jq is not everywhere.
const curlHead = `(
set -eu
ask() {
  eval "[ -z \"\${$1:-}\" ]" || return 0
  printf '%s: ' "$2" >&2
  if [ -t 0 ]; then stty -echo; trap 'stty echo; exit 130' INT; fi
  IFS= read -r "$1" || { echo "$1 is not set." >&2; exit 1; }
  if [ -t 0 ]; then stty echo; trap - INT; echo >&2; fi
}
secret() { printf 'data-urlencode = "%s=%s"\n' "$1" "$(printf '%s' "$2" | tr -d '\r\n' | sed 's/[\\"]/\\&/g')"; }
pick() { printf '%s' "$ANSWER" | grep -o "\"$1\" *: *\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4 | grep .; }
count() { printf '%s' "$ANSWER" | grep -o "\"$1\" *: *\"*[0-9]*" | head -n 1 | grep -o '[0-9]*$'; }
refused() { printf '%s\n' "${ANSWER:-There is no answer.}" >&2; exit 1; }
`

const curlExpiry = `
LIFE=$(count expires_in) || refused
ENDS=$(($(date +%s) + LIFE))
printf 'The token expires at %s.\n' "$(date -u -d "@$ENDS" '+%Y-%m-%dT%H:%M:%SZ' 2>/dev/null || date -u -r "$ENDS" '+%Y-%m-%dT%H:%M:%SZ')"
`

func scriptCURL(steps []scriptStep, lastCall string) string {
	var b strings.Builder
	b.WriteString(curlHead)
	for _, v := range variables(steps) {
		fmt.Fprintf(&b, "ask %s %s\n", v.name, QuoteShell(v.words))
	}
	for _, s := range steps {
		b.WriteString("\necho " + QuoteShell(s.title()) + " >&2\n" + s.curl())
	}
	b.WriteString(curlExpiry)
	if lastCall != "" {
		fmt.Fprintf(&b, `
printf 'header = "Authorization: Bearer %%s"\n' "$%s" | curl --silent --show-error --fail-with-body --globoff --config - \
  %s
echo
`, shellName(steps[len(steps)-1].name), QuoteShell(lastCall))
	}
	b.WriteString(")\n")
	return b.String()
}

// curl is the request of a step and what is picked from its answer.
func (s scriptStep) curl() string {
	name := shellName(s.name)
	switch {
	case s.name == HopDevice:
		return "ANSWER=$(" + s.curlRequest("--silent --show-error") + ") || refused\n" +
			name + "=$(pick device_code) || refused\n" +
			"PAUSE=$(count interval) || PAUSE=5\n" +
			`printf 'Open %s and type %s.\n' "$(pick verification_uri)" "$(pick user_code)" >&2` + "\n"
	case s.polls():
		return "while sleep \"$PAUSE\"; do\n" +
			"ANSWER=$(" + s.curlRequest("--silent") + ") && break\n" +
			"case $ANSWER in\n" +
			"  *authorization_pending*) ;;\n" +
			"  *slow_down*) PAUSE=$((PAUSE + 5)) ;;\n" +
			"  *) refused ;;\n" +
			"esac\ndone\n" +
			name + "=$(pick access_token) || refused\n"
	}
	return "ANSWER=$(" + s.curlRequest("--silent --show-error") + ") || refused\n" + name + "=$(pick access_token) || refused\n"
}

func (s scriptStep) curlRequest(how string) string {
	var secrets []string
	var lines strings.Builder
	for _, f := range s.fields {
		switch {
		case f.from != "":
			secrets = append(secrets, "secret "+f.name+` "$`+shellName(f.from)+`"`)
		case f.secret.name != "":
			secrets = append(secrets, "secret "+f.name+` "$`+f.secret.name+`"`)
		default:
			lines.WriteString("  --data-urlencode " + QuoteShell(f.name+"="+f.value) + " \\\n")
		}
	}
	how = "curl " + how + " --fail-with-body --globoff"
	switch len(secrets) {
	case 0:
	case 1:
		how = secrets[0] + " | " + how + " --config -"
	default:
		how = "{ " + strings.Join(secrets, "; ") + "; } | " + how + " --config -"
	}
	return how + " \\\n" + lines.String() + "  " + QuoteShell(s.endpoint)
}

// shellName is the variable that holds what a step brings.
func shellName(name HopName) string {
	if name == HopDevice {
		return "DEVICE_CODE"
	}
	return strings.ToUpper(string(name))
}
