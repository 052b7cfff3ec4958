package provision

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"agentidportal/entra/graph"
)

// maxFederatedText is the length of an issuer, a subject and an audience.
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
const maxFederatedText = 600

var (
	federatedName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$`)
	gitHubOwner    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$`)
	gitHubRepo     = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
	kubernetesName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)
)

// Faults returns what is wrong with each field, keyed by its name in the JSON of a spec: "federated.issuer".
func (f FederatedSpec) Faults() map[string]string {
	faults := map[string]string{}
	add := func(field, fault string) {
		if fault != "" {
			faults["federated."+field] = fault
		}
	}
	if !federatedName.MatchString(strings.TrimSpace(f.Name)) {
		add("name", "Write a name of 3 to 120 characters: letters without accents, digits, - and _, a letter or digit first. It cannot be changed later.")
	}
	if f.Audience != "" {
		add("audience", textFault(f.Audience, "audience"))
	}
	switch f.Scenario {
	case FederatedManagedIdentity:
		if _, err := graph.ParseGUID(strings.TrimSpace(f.ManagedIdentityID)); err != nil {
			add("managedIdentityId", "Write the object ID of the managed identity, as its page in Azure shows it: a GUID like 1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809. Its client ID does not fit here.")
		}
	case FederatedGitHub:
		f.gitHubFaults(add)
	case FederatedKubernetes:
		add("issuer", issuerFault(f.Issuer))
		add("namespace", kubernetesFault(f.Namespace, "namespace", 63))
		add("serviceAccount", kubernetesFault(f.ServiceAccount, "service account", 253))
	case FederatedOther:
		add("issuer", issuerFault(f.Issuer))
		add("subject", textFault(f.Subject, "subject"))
	default:
		add("scenario", "Choose whose tokens the blueprint trusts: a managed identity, GitHub Actions, Kubernetes or another issuer.")
	}
	return faults
}

func (f FederatedSpec) gitHubFaults(add func(field, fault string)) {
	repository := strings.TrimSpace(f.Repository)
	if !gitHubOwner.MatchString(strings.TrimSpace(f.Organization)) {
		add("organization", "Write the organization or account as in the address of the repository: letters, digits and -, at most 39.")
	}
	switch {
	case strings.Contains(repository, "/"):
		add("repository", "Write the name of the repository alone. The organization has a field of its own.")
	case !gitHubRepo.MatchString(repository) || repository == "." || repository == "..":
		add("repository", "Write the name of the repository as in its address: letters, digits, dots, - and _, at most 100.")
	}
	switch name := strings.TrimSpace(f.EntityName); f.Entity {
	case EntityPullRequest:
	case EntityEnvironment:
		add("entityName", nameOfEntityFault(name, "environment", 255))
	case EntityBranch, EntityTag:
		fault := nameOfEntityFault(name, f.Entity, maxFederatedText)
		if fault == "" && (strings.HasPrefix(name, "refs/") || !gitRef(name)) {
			fault = fmt.Sprintf("Write the %s as git names it, without refs/, blanks and any of ~ ^ : ? [ \\.", f.Entity)
		}
		add("entityName", fault)
	default:
		add("entity", "Choose what the workflow runs for: an environment, a branch, a tag or pull requests.")
		return
	}
	if n := utf8.RuneCountInString(f.gitHubSubject()); n > maxFederatedText {
		add("entityName", fmt.Sprintf("The subject would have %d characters; Entra takes %d. Choose a shorter name.", n, maxFederatedText))
	}
}

func nameOfEntityFault(name, what string, most int) string {
	if name == "" {
		return fmt.Sprintf("Write the name of the %s.", what)
	}
	if n := utf8.RuneCountInString(name); n > most {
		return fmt.Sprintf("Write at most %d characters. This has %d.", most, n)
	}
	return plainFault(name, what)
}

// gitRef says whether a name can be that of a branch or tag.
// https://git-scm.com/docs/git-check-ref-format
func gitRef(name string) bool {
	return !strings.ContainsAny(name, " ~^:?[\\") && !strings.Contains(name, "..") && !strings.Contains(name, "//") && !strings.Contains(name, "@{") &&
		!strings.HasPrefix(name, "/") && !strings.HasSuffix(name, "/") && !strings.HasSuffix(name, ".") && !strings.HasSuffix(name, ".lock")
}

// issuerFault wants the address as tokens have it: one slash more or less, and no token fits.
func issuerFault(issuer string) string {
	if fault := textFault(issuer, "issuer"); fault != "" {
		return fault
	}
	u, err := url.Parse(strings.TrimSpace(issuer))
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "Write the issuer as its tokens have it in the claim iss: an https:// address without user, ? and #. A slash at the end counts."
	}
	return ""
}

func textFault(text, what string) string {
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return fmt.Sprintf("Write the %s exactly as the tokens have it.", what)
	case n > maxFederatedText:
		return fmt.Sprintf("Write at most %d characters. This has %d.", maxFederatedText, n)
	}
	return plainFault(text, what)
}

// plainFault: Entra knows no wildcards in a federated credential, and what one cannot see does not match either.
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
func plainFault(text, what string) string {
	switch {
	case strings.Contains(text, "*"):
		return fmt.Sprintf("Write one %s without *. Entra knows no wildcards here and compares letter by letter.", what)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || strings.ContainsFunc(text, graph.Hidden):
		return fmt.Sprintf("Write the %s on one line, without characters that one cannot see.", what)
	}
	return ""
}

// kubernetesFault is the rule for names of objects.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
func kubernetesFault(name, what string, most int) string {
	name = strings.TrimSpace(name)
	if len(name) > most || !kubernetesName.MatchString(name) || most == 63 && strings.Contains(name, ".") {
		return fmt.Sprintf("Write the %s as Kubernetes names it: small letters, digits and -, at most %d characters.", what, most)
	}
	return ""
}
