& {
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

  $clientSecret = Read-Secret 'CLIENT_SECRET' 'Client secret'

  # T1: the blueprint asks for an exchange token for the agent identity
  $t1 = Send-Form 'http://localhost:8081/237098ae-0798-4cf9-a3a5-208374d2dcfd/oauth2/v2.0/token' @{
    client_id = '9471f355-173a-4466-b142-3d4acf848b03'
    grant_type = 'client_credentials'
    scope = 'api://AzureADTokenExchange/.default'
    fmi_path = '‘‘; Remove-Item x; ’’ $(x) `y` it''s "@
''@
'
    client_secret = $clientSecret
  }

  # T2: the agent identity exchanges T1 for an assertion of its own
  $t2 = Send-Form 'http://localhost:8081/237098ae-0798-4cf9-a3a5-208374d2dcfd/oauth2/v2.0/token' @{
    client_id = '‘‘; Remove-Item x; ’’ $(x) `y` it''s "@
''@
'
    grant_type = 'client_credentials'
    scope = 'api://AzureADTokenExchange/.default'
    client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    client_assertion = $t1.access_token
  }

  # TR: the token for the resource as the agent user
  $tr = Send-Form 'http://localhost:8081/237098ae-0798-4cf9-a3a5-208374d2dcfd/oauth2/v2.0/token' @{
    client_id = '‘‘; Remove-Item x; ’’ $(x) `y` it''s "@
''@
'
    grant_type = 'user_fic'
    scope = 'api://‘‘; Remove-Item x; ’’ $(x) `y` it''s "@ ''@ /.default'
    username = '‘‘; Remove-Item x; ’’ $(x) `y` it''s "@
''@
'
    client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    client_assertion = $t1.access_token
    user_federated_identity_credential = $t2.access_token
    requested_token_use = 'on_behalf_of'
  }

  'The token expires at {0:u}.' -f [DateTimeOffset]::UtcNow.AddSeconds($tr.expires_in)

  $answer = Invoke-RestMethod -Uri 'https://graph.microsoft.com/v1.0/me' -Headers @{ Authorization = "Bearer $($tr.access_token)" } -SkipHttpErrorCheck -StatusCodeVariable status
  if ($status -ge 400) { throw ($answer | ConvertTo-Json -Depth 10) }
  $answer | ConvertTo-Json -Depth 10
}
