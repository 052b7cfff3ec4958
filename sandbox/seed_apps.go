package sandbox

import (
	"context"
	"crypto/x509"
	"slices"
	"strings"
	"time"
)

// secretOf makes the credential record of a seeded secret; seeded secrets live ten years.
func (s seeder) secretOf(name string) []passwordCredential {
	secret := seedSecret(name)
	return []passwordCredential{{
		KeyID: seedID("secret " + name), DisplayName: "seeded", Hint: secret[len(secretPrefix) : len(secretPrefix)+3],
		Hash: hashSecret(secret), StartAt: s.tx.now.Add(-time.Hour), EndAt: s.tx.now.AddDate(10, 0, 0),
	}}
}

// app registers an ordinary application with its service principal and grants it scopes of Graph.
func (s seeder) app(name, display string, replies, scopes []string) *application {
	a := &application{
		meta: s.meta("application " + name), AppID: seedID("app " + name), DisplayName: display, SignInAudience: "AzureADMyOrg",
		PasswordCredentials: s.secretOf(name), WebRedirectURIs: replies,
	}
	s.tx.put(a)
	s.tx.put(&servicePrincipal{
		meta: s.meta("principal " + name), Type: ordinaryPrincipal, AppID: a.AppID, DisplayName: display, AccountEnabled: true,
		ServicePrincipalNames: []string{a.AppID}, SignInAudience: a.SignInAudience,
	})
	s.grant(name, seedID("resource "+graphAppID), scopes)
	return a
}

// grant consents for everybody, as an administrator would have done before the first sign-in.
func (s seeder) grant(client, resourceID string, scopes []string) {
	s.tx.put(&permissionGrant{
		meta: s.meta("grant " + client + " " + resourceID), ClientID: seedID("principal " + client),
		ConsentType: "AllPrincipals", ResourceID: resourceID, Scope: strings.Join(scopes, " "),
	})
}

// portal is the app registration of the portal itself.
func (s seeder) portal() {
	a := clone(s.app("portal", "Agent ID Portal", []string{s.o.PortalURL + portalReply}, portalScopes()))
	a.KeyCredentials = certificateOf(s.o.PortalCertificate)
	s.tx.put(a)
}

// client is an ordinary app that people sign in to, also from a device or with a name and password:
// those flows need no secret (allow public client flows).
func (s seeder) client() {
	a := clone(s.app("client", "Sample client", []string{clientReply}, []string{"openid", "profile", "offline_access", "email", "User.Read"}))
	a.PublicClient, a.PublicRedirectURIs = true, []string{"http://localhost", "http://localhost/"}
	s.tx.put(a)
}

// blueprint makes one blueprint with its principal, a secret, an exposed scope that the ordinary client
// may ask for, and one agent identity.
func (s seeder) blueprint() {
	appID, owner, sponsor := seedID("app invoice-helper"), seedID("user agent-dev"), seedID("user sponsor")
	scope := permissionScope{
		ID: seedID("scope invoice-helper"), Value: blueprintAPI, Type: "User", IsEnabled: true,
		AdminConsentDisplayName: "Use the invoice helper", AdminConsentDescription: "Lets the app call the agent for the signed-in user.",
		UserConsentDisplayName: "Use the invoice helper", UserConsentDescription: "Lets the app call the agent for you.",
	}
	s.tx.put(&application{
		meta: s.meta("application invoice-helper"), AppID: appID, Blueprint: true, DisplayName: "Invoice helper",
		Description: "Reads invoices and files them", SignInAudience: "AzureADMyOrg", IdentifierURIs: []string{"api://" + appID},
		PasswordCredentials: s.secretOf("invoice-helper"), WebRedirectURIs: []string{tokenAuthorize},
		API: apiApplication{
			RequestedAccessTokenVersion: 2, Scopes: []permissionScope{scope},
			PreAuthorized: []preAuthorized{{AppID: seedID("app client"), DelegatedPermissionIDs: []string{scope.ID}}},
		},
		OwnerIDs: []string{owner}, SponsorIDs: []string{sponsor},
	})
	s.tx.put(&servicePrincipal{
		meta: s.meta("principal invoice-helper"), Type: blueprintPrincipal, AppID: appID, DisplayName: "Invoice helper",
		AccountEnabled: true, ServicePrincipalNames: []string{appID, "api://" + appID}, SignInAudience: "AzureADMyOrg",
		Scopes: []permissionScope{scope}, OwnerIDs: []string{owner}, SponsorIDs: []string{sponsor},
	})
	s.grant("client", seedID("principal invoice-helper"), []string{blueprintAPI})
	s.tx.put(&servicePrincipal{
		meta: s.meta("agent invoice-helper-01"), Type: agentIdentity, BlueprintAppID: appID, DisplayName: "Invoice helper 01",
		AccountEnabled: true, SponsorIDs: []string{sponsor}, OwnerIDs: []string{owner}, CreatedByAppID: appID,
	})
}

// adopt brings an existing tenant in line with this version and with the options: the portal's redirect
// URI and certificate.
func (t *Tenant) adopt(ctx context.Context, o Options) error {
	if err := t.complete(ctx, o); err != nil {
		return err
	}
	reply := o.PortalURL + portalReply
	var app *application
	_ = t.read(func(st *state) error {
		app = st.app(seedID("app portal"))
		return nil
	})
	if app == nil || (slices.Contains(app.WebRedirectURIs, reply) && o.PortalCertificate == nil) {
		return nil
	}
	return t.write(ctx, func(tx *txn) error {
		a := clone(app)
		a.WebRedirectURIs = []string{reply}
		a.KeyCredentials = certificateOf(o.PortalCertificate)
		tx.put(a)
		return nil
	})
}

// certificateOf makes the key credential of the portal's certificate; none without one.
func certificateOf(cert *x509.Certificate) []keyCredential {
	if cert == nil {
		return nil
	}
	return []keyCredential{{
		KeyID: seedID("certificate portal"), DisplayName: "seeded", Type: "AsymmetricX509Cert", Usage: "Verify",
		Key: cert.Raw, StartAt: cert.NotBefore.UTC(), EndAt: cert.NotAfter.UTC(),
	}}
}
