package graph

import (
	"fmt"
	"strings"

	"agentidportal/entra"
)

// powerShellVariable is what stands for an id that an earlier call brings.
func powerShellVariable(later string) string {
	switch later {
	case LaterBlueprintID:
		return "$blueprintId"
	case LaterBlueprintAppID:
		return "$blueprintAppId"
	}
	return fmt.Sprintf("$call%dId", laterNumber(later))
}

// snippetPowerShell writes a script for PowerShell 5.1 and 7. The body goes out as bytes: 5.1 would send other letters
// than ASCII in Latin-1.
func snippetPowerShell(base string, steps []snippetStep) string {
	var b strings.Builder
	b.WriteString("$ErrorActionPreference = 'Stop'\n")
	b.WriteString("$token = if ($env:TOKEN) { $env:TOKEN } else { Read-Host 'Access token for Graph' }\n")
	fmt.Fprintf(&b, "$graph = %s\n", entra.QuotePowerShell(base))
	for _, s := range steps {
		b.WriteString("\n# " + s.title() + "\n")
		token := "$token"
		if s.asBlueprint() {
			token = "$blueprintToken"
			b.WriteString("if (-not $blueprintToken) { $blueprintToken = Read-Host 'Access token of the blueprint' }\n")
		}
		fmt.Fprintf(&b, "$headers = @{ Authorization = \"Bearer %s\"; Accept = 'application/json'; 'OData-Version' = '4.0'", token)
		if s.Eventual {
			b.WriteString("; ConsistencyLevel = 'eventual'")
		}
		b.WriteString(" }\n")
		fmt.Fprintf(&b, "$uri = $graph + %s\n", join(s.path, entra.QuotePowerShell, powerShellVariable, " + "))
		send := "$answer = Invoke-RestMethod -Method " + s.Method + " -Uri $uri -Headers $headers"
		if s.hasBody {
			fmt.Fprintf(&b, "$body = %s\n", join(s.body, entra.QuotePowerShell, powerShellVariable, " + "))
			send += " -ContentType 'application/json' -Body ([Text.Encoding]::UTF8.GetBytes($body))"
		}
		b.WriteString(send + "\n$answer\n")
		if s.makesBlueprint {
			b.WriteString("$blueprintId = $answer.id\n$blueprintAppId = $answer.appId\n")
		}
		if s.brings {
			fmt.Fprintf(&b, "$call%dId = $answer.id\n", s.number)
		}
	}
	return b.String()
}
