package entra

import (
	"fmt"
	"strings"
)

// powerShellHead is what every PowerShell script starts with. It is one block:
// pasted line by line, a refusal would not end it. A refusal has no exception
// here, so that its body can be shown.
const powerShellHead = `& {
  $ErrorActionPreference = 'Stop'
  if ($PSVersionTable.PSVersion.Major -lt 7) { throw 'This script needs PowerShell 7.' }

  function Read-Secret([string] $Name, [string] $What) {
    $value = [Environment]::GetEnvironmentVariable($Name)
    if (-not $value) { $value = Read-Host $What -AsSecureString | ConvertFrom-SecureString -AsPlainText }
    $value
  }

  function Send-Form([string] $Uri, [hashtable] $Body, [int] $Pause = 0) {
    do {
      if ($Pause) { Start-Sleep -Seconds $Pause }
      $answer = Invoke-RestMethod -Method Post -Uri $Uri -Body $Body -SkipHttpErrorCheck -StatusCodeVariable status
      if ($answer.error -eq 'slow_down') { $Pause += 5 }
    } while ($Pause -and $answer.error -in 'authorization_pending', 'slow_down')
    if ($status -ne 200) { throw ($answer | ConvertTo-Json -Depth 10) }
    $answer
  }
`

func scriptPowerShell(steps []scriptStep, lastCall string) string {
	var b strings.Builder
	b.WriteString(powerShellHead + "\n")
	for _, v := range variables(steps) {
		fmt.Fprintf(&b, "  %s = Read-Secret %s %s\n", powerShellName(v.name), QuotePowerShell(v.name), QuotePowerShell(v.words))
	}
	for _, s := range steps {
		b.WriteString("\n  # " + s.title() + "\n" + s.powerShell())
	}
	last := powerShellName(string(steps[len(steps)-1].name))
	fmt.Fprintf(&b, "\n  'The token expires at {0:u}.' -f [DateTimeOffset]::UtcNow.AddSeconds(%s.expires_in)\n", last)
	if lastCall != "" {
		fmt.Fprintf(&b, `
  $answer = Invoke-RestMethod -Uri %s -Headers @{ Authorization = "Bearer $(%s.access_token)" } -SkipHttpErrorCheck -StatusCodeVariable status
  if ($status -ge 400) { throw ($answer | ConvertTo-Json -Depth 10) }
  $answer | ConvertTo-Json -Depth 10
`, QuotePowerShell(lastCall), last)
	}
	b.WriteString("}\n")
	return b.String()
}

func (s scriptStep) powerShell() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %s = Send-Form %s @{\n", powerShellName(string(s.name)), QuotePowerShell(s.endpoint))
	for _, f := range s.fields {
		value := QuotePowerShell(f.value)
		switch {
		case f.from == HopDevice:
			value = "$device.device_code"
		case f.from != "":
			value = powerShellName(string(f.from)) + ".access_token"
		case f.secret.name != "":
			value = powerShellName(f.secret.name)
		}
		fmt.Fprintf(&b, "    %s = %s\n", f.name, value)
	}
	b.WriteString("  }")
	if s.polls() {
		b.WriteString(" -Pause ([Math]::Max(1, $device.interval))")
	}
	b.WriteString("\n")
	if s.name == HopDevice {
		b.WriteString("  Write-Host \"Open $($device.verification_uri) and type $($device.user_code).\"\n")
	}
	return b.String()
}

// powerShellName makes a variable of a hop's name, or of an environment
// variable's: CLIENT_SECRET is $clientSecret.
func powerShellName(name string) string {
	first, rest, _ := strings.Cut(strings.ToLower(name), "_")
	var b strings.Builder
	b.WriteString("$" + first)
	for _, word := range strings.Split(rest, "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}
