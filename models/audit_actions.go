package models

// The actions of the audit, a closed list: AppendAudit refuses others.
const (
	ActionChainStart               = "chain.start"
	ActionSignIn                   = "sign-in"
	ActionSignInFailed             = "sign-in.failed"
	ActionSignOut                  = "sign-out"
	ActionAccessDenied             = "access.denied"
	ActionRunStart                 = "run.start"
	ActionRunFinish                = "run.finish"
	ActionRunTakeOver              = "run.take-over"
	ActionRunRetry                 = "run.retry"
	ActionRunAsBlueprint           = "run.as-blueprint"
	ActionBlueprintCreate          = "blueprint.create"
	ActionBlueprintPrincipalCreate = "blueprint-principal.create"
	ActionAgentIdentityCreate      = "agent-identity.create"
	ActionCredentialAdd            = "credential.add"
	ActionCredentialRemove         = "credential.remove"
	ActionSecretShow               = "secret.show"
	ActionSecretSaved              = "secret.saved"
	ActionSecretKeep               = "secret.keep"
	ActionSecretForget             = "secret.forget"
	ActionSecretUse                = "secret.use"
	ActionTokenTest                = "token.test"
	ActionSettingsChange           = "settings.change"
	ActionSandboxReset             = "sandbox.reset"
	ActionSandboxKnobs             = "sandbox.knobs"
)

// The results of an outcome, and of events that can fail.
const (
	ResultSucceeded = "succeeded"
	ResultFailed    = "failed"
	ResultAdopted   = "adopted"
	ResultRepeated  = "repeated"
	ResultAbandoned = "abandoned"
	ResultDenied    = "denied"
)
