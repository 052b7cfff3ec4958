package handlers

import (
	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// maxActs is how many acts Overview lists.
const maxActs = 8

// fillActs adds the last acts and, for those who see all of them, the size of
// the chain.
func (h *Handlers) fillActs(c echo.Context, o *views.Overview) error {
	filter := models.AuditFilter{Limit: 4 * maxActs}
	o.ActsNote = "of everybody"
	if !seesAllActs(web.CurrentUser(c)) {
		filter.Actor, o.ActsNote = h.actor(c).String(), "yours"
	}
	records, err := h.Store.Audit(c.Request().Context(), filter)
	if err != nil {
		return err
	}
	if len(records) > 0 && filter.Actor == "" {
		o.Chain = &views.ChainFacts{Records: records[0].Seq, Last: records[0].At}
	}
	for _, r := range records {
		// An intent says what was about to happen; its outcome, what did.
		if r.Kind == models.AuditIntent || len(o.Acts) == maxActs {
			continue
		}
		o.Acts = append(o.Acts, actRow(r))
	}
	return nil
}

func actRow(r models.AuditRecord) views.ActRow {
	row := views.ActRow{Seq: r.Seq, At: r.At, Who: actorWords(r), What: actionWords(r.Action)}
	row.Result, row.Tone = resultWords(r)
	if row.Target = bodyName(r); row.Target == "" {
		row.Target = r.Words.TargetName
	}
	if r.Action == models.ActionAccessDenied {
		row.Target = deniedAddress(r)
	}
	switch graph.Kind(r.TargetKind) {
	case graph.KindBlueprint:
		row.TargetHref = targetHref("/blueprints/", r.TargetID)
	case graph.KindAgentIdentity:
		row.TargetHref = targetHref("/agents/", r.TargetID)
	case graph.KindBlueprintPrincipal:
		row.TargetHref = targetHref("/principals/", r.TargetID)
	case graph.KindAgentUser:
		row.TargetHref = targetHref("/agent-users/", r.TargetID)
	case "run":
		row.TargetHref = "/runs/" + r.TargetID
	case targetTokenCheck:
		row.TargetHref = targetHref("/tokens/checks/", r.TargetID)
	}
	if row.Target == "" && row.TargetHref != "" {
		row.Target = r.TargetID
	}
	return row
}

// deniedAddress is the page that was asked for: its address, and for a form
// the method too. Older records have the pattern of the address alone.
func deniedAddress(r models.AuditRecord) string {
	facts := factsOf(r)
	address := facts.text("address")
	if address == "" {
		address = r.TargetID
	}
	if method := facts.text("method"); method != "GET" && method != "HEAD" && method != "" {
		return address + " (" + method + ")"
	}
	return address
}

func targetHref(folder, id string) string {
	if _, err := graph.ParseGUID(id); err != nil {
		return ""
	}
	return folder + id
}

func resultWords(r models.AuditRecord) (string, views.Tone) {
	switch r.Result {
	case models.ResultSucceeded:
		return "Succeeded", views.ToneOK
	case models.ResultFailed:
		return "Failed", views.ToneDanger
	case models.ResultDenied:
		return "Denied", views.ToneDanger
	case models.ResultAdopted:
		return "Adopted", views.ToneOK
	case models.ResultRepeated:
		return "Repeated", views.ToneOK
	case models.ResultAbandoned:
		return "Abandoned", views.ToneWarn
	case "":
		return "Recorded", views.ToneMuted
	default:
		return r.Result, views.ToneMuted
	}
}

// actionWords is an act in a sentence; the object's name follows it.
func actionWords(action string) string {
	words := map[string]string{
		models.ActionChainStart:               "Begin the audit",
		models.ActionSignIn:                   "Sign in",
		models.ActionSignInFailed:             "Fail to sign in",
		models.ActionSignOut:                  "Sign out",
		models.ActionAccessDenied:             "Try to open",
		models.ActionRunStart:                 "Start run",
		models.ActionRunFinish:                "Finish run",
		models.ActionRunTakeOver:              "Take over run",
		models.ActionRunRetry:                 "Retry run",
		models.ActionRunAsBlueprint:           "Go on as the blueprint in run",
		models.ActionRunAsMe:                  "Go on as oneself in run",
		models.ActionRunGiveUp:                "Give up a step of run",
		models.ActionRunCancel:                "Cancel run",
		models.ActionRunResume:                "Resume run",
		models.ActionBlueprintCreate:          "Create blueprint",
		models.ActionBlueprintPrincipalCreate: "Create blueprint principal",
		models.ActionAgentIdentityCreate:      "Create agent identity",
		models.ActionSponsorAdd:               "Add sponsor",
		models.ActionAgentUserCreate:          "Create agent user",
		models.ActionAgentUserLicense:         "Assign a licence to",
		models.ActionAgentUserManager:         "Set the manager of",
		models.ActionAgentUserSponsor:         "Add a sponsor to",
		models.ActionCredentialAdd:            "Add client secret to",
		models.ActionCredentialRemove:         "Remove client secret from",
		models.ActionFederatedCredentialAdd:   "Add federated credential to",
		models.ActionCertificateAdd:           "Add certificate to",
		models.ActionBlueprintExpose:          "Expose an API of",
		models.ActionBlueprintPreauthorize:    "Pre-authorize clients of",
		models.ActionRoleGrant:                "Grant an application permission to",
		models.ActionRoleRemove:               "Take an application permission from",
		models.ActionConsentGrant:             "Grant delegated permissions to",
		models.ActionConsentRemove:            "Take delegated permissions from",
		models.ActionInheritAdd:               "Let agents inherit permissions of",
		models.ActionInheritRemove:            "End the inheritance of permissions of",
		models.ActionObjectDisable:            "Disable",
		models.ActionObjectEnable:             "Enable",
		models.ActionObjectUpdate:             "Change",
		models.ActionObjectDelete:             "Delete",
		models.ActionObjectRestore:            "Restore",
		models.ActionObjectPurge:              "Delete for good",
		models.ActionOwnerAdd:                 "Add an owner to",
		models.ActionOwnerRemove:              "Remove an owner from",
		models.ActionSponsorRemove:            "Remove a sponsor from",
		models.ActionCredentialProve:          "Prove the new client secret of",
		models.ActionCertificateRemove:        "Remove certificate from",
		models.ActionFederatedRemove:          "Remove federated credential from",
		models.ActionAgentUserManagerRemove:   "Remove the manager of",
		models.ActionAgentUserLicenseRemove:   "Take a licence from",
		models.ActionGroupMemberAdd:           "Add to a group",
		models.ActionGroupMemberRemove:        "Remove from a group",
		models.ActionSecretShow:               "Show the secret of",
		models.ActionSecretSaved:              "Confirm as saved the secret of",
		models.ActionSecretKeep:               "Keep, for the token lab, a secret of",
		models.ActionSecretForget:             "Forget the kept secret of",
		models.ActionSecretUse:                "Use the kept secret of",
		models.ActionTokenTest:                "Test a token as",
		models.ActionTokenUse:                 "Use a token of",
		models.ActionProfileSave:              "Save the token profile",
		models.ActionProfileDelete:            "Delete the token profile",
		models.ActionProfileShare:             "Share, or stop sharing, the token profile",
		models.ActionTokenCheckSave:           "Save the token check",
		models.ActionTokenCheckDelete:         "Delete the token check",
		models.ActionTokenCheckRun:            "Run the token check",
		models.ActionListExport:               "Export the list of",
		models.ActionSandboxReset:             "Reset the sandbox",
		models.ActionSandboxImport:            "Import into the sandbox",
		models.ActionSandboxKnobs:             "Change the sandbox's knobs",
	}[action]
	if words == "" {
		return action
	}
	return words
}
