package models

import "slices"

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
	ActionRunAsMe                  = "run.as-me"
	ActionRunGiveUp                = "run.give-up"
	ActionRunCancel                = "run.cancel"
	ActionRunResume                = "run.resume"
	ActionBlueprintCreate          = "blueprint.create"
	ActionBlueprintPrincipalCreate = "blueprint-principal.create"
	ActionAgentIdentityCreate      = "agent-identity.create"
	ActionAgentUserCreate          = "agent-user.create"
	ActionAgentUserLicense         = "agent-user.license"
	ActionAgentUserManager         = "agent-user.manager"
	ActionAgentUserSponsor         = "agent-user.sponsor"
	ActionCredentialAdd            = "credential.add"
	ActionCredentialRemove         = "credential.remove"
	ActionSponsorAdd               = "sponsor.add"
	ActionFederatedCredentialAdd   = "federated-credential.add"
	ActionCertificateAdd           = "certificate.add"
	ActionBlueprintExpose          = "blueprint.expose"
	ActionBlueprintPreauthorize    = "blueprint.preauthorize"
	ActionRoleGrant                = "app-role.grant"
	ActionRoleRemove               = "app-role.remove"
	ActionConsentGrant             = "consent.grant"
	ActionConsentRemove            = "consent.remove"
	ActionInheritAdd               = "inheritable-permission.add"
	ActionInheritRemove            = "inheritable-permission.remove"
	ActionObjectDisable            = "object.disable"
	ActionObjectEnable             = "object.enable"
	ActionObjectUpdate             = "object.update"
	ActionObjectDelete             = "object.delete"
	ActionObjectRestore            = "object.restore"
	ActionObjectPurge              = "object.purge"
	ActionOwnerAdd                 = "owner.add"
	ActionOwnerRemove              = "owner.remove"
	ActionSponsorRemove            = "sponsor.remove"
	ActionCredentialProve          = "credential.prove"
	ActionCertificateRemove        = "certificate.remove"
	ActionFederatedRemove          = "federated-credential.remove"
	ActionAgentUserManagerRemove   = "agent-user.manager-remove"
	ActionAgentUserLicenseRemove   = "agent-user.license-remove"
	ActionGroupMemberAdd           = "group-member.add"
	ActionGroupMemberRemove        = "group-member.remove"
	ActionSecretShow               = "secret.show"
	ActionSecretSaved              = "secret.saved"
	ActionSecretKeep               = "secret.keep"
	ActionSecretForget             = "secret.forget"
	ActionSecretUse                = "secret.use"
	ActionTokenTest                = "token.test"
	ActionTokenUse                 = "token.use"
	ActionProfileSave              = "token-profile.save"
	ActionProfileDelete            = "token-profile.delete"
	ActionProfileShare             = "token-profile.share"
	ActionTokenCheckSave           = "token-check.save"
	ActionTokenCheckDelete         = "token-check.delete"
	ActionTokenCheckRun            = "token-check.run"
	ActionListExport               = "list.export"
	ActionSandboxReset             = "sandbox.reset"
	ActionSandboxImport            = "sandbox.import"
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

// AuditActions lists every action, in the order a filter shows them.
func AuditActions() []string {
	return []string{
		ActionSignIn, ActionSignInFailed, ActionSignOut, ActionAccessDenied,
		ActionRunStart, ActionRunFinish, ActionRunTakeOver, ActionRunRetry, ActionRunAsBlueprint, ActionRunAsMe, ActionRunGiveUp,
		ActionRunCancel, ActionRunResume,
		ActionBlueprintCreate, ActionBlueprintPrincipalCreate, ActionAgentIdentityCreate,
		ActionAgentUserCreate, ActionAgentUserLicense, ActionAgentUserManager, ActionAgentUserSponsor,
		ActionAgentUserManagerRemove, ActionAgentUserLicenseRemove, ActionGroupMemberAdd, ActionGroupMemberRemove,
		ActionObjectUpdate, ActionObjectDisable, ActionObjectEnable, ActionObjectDelete, ActionObjectRestore, ActionObjectPurge,
		ActionOwnerAdd, ActionOwnerRemove, ActionSponsorAdd, ActionSponsorRemove,
		ActionCredentialAdd, ActionCredentialProve, ActionCredentialRemove,
		ActionFederatedCredentialAdd, ActionFederatedRemove, ActionCertificateAdd, ActionCertificateRemove, ActionBlueprintExpose, ActionBlueprintPreauthorize,
		ActionRoleGrant, ActionRoleRemove, ActionConsentGrant, ActionConsentRemove, ActionInheritAdd, ActionInheritRemove,
		ActionSecretShow, ActionSecretSaved, ActionSecretKeep, ActionSecretForget, ActionSecretUse,
		ActionTokenTest, ActionTokenUse, ActionProfileSave, ActionProfileDelete, ActionProfileShare, ActionTokenCheckSave, ActionTokenCheckDelete, ActionTokenCheckRun, ActionListExport, ActionSandboxReset, ActionSandboxImport, ActionSandboxKnobs, ActionChainStart,
	}
}

// AuditResults lists every result, in the order a filter shows them.
func AuditResults() []string {
	return []string{ResultSucceeded, ResultFailed, ResultAdopted, ResultRepeated, ResultAbandoned, ResultDenied}
}

func knownAction(action string) bool { return slices.Contains(AuditActions(), action) }

// knownResult says whether a record of this kind may have this result: an
// intent none, an outcome one of five, an event any or none.
func knownResult(kind AuditKind, result string) bool {
	switch kind {
	case AuditIntent:
		return result == ""
	case AuditOutcome:
		return result != ResultDenied && slices.Contains(AuditResults(), result)
	case AuditEvent:
		return result == "" || slices.Contains(AuditResults(), result)
	}
	return false
}
