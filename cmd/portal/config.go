package main

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/caarlos0/env/v11"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/sandbox"
	"agentidportal/web"
)

// Config is everything the program can be told, from the environment or from
// flags of the same names (PORTAL_DATA_DIR is --data-dir). Secrets have no
// flag, because command lines are public on a machine; they can also come from
// the file that the same name with _FILE points to.
type Config struct {
	Addr         string `env:"PORTAL_ADDR" envDefault:"127.0.0.1:8080" help:"where the portal listens"`
	PublicURL    string `env:"PORTAL_PUBLIC_URL" help:"the address people use; default http://localhost:<port>"`
	DataDir      string `env:"PORTAL_DATA_DIR" envDefault:"./data" help:"folder of the databases"`
	DatabaseURL  string `env:"PORTAL_DATABASE_URL" help:"another SQLite file for the portal's rows"`
	TenantID     string `env:"PORTAL_TENANT_ID" help:"a real tenant's id; without one it is the sandbox"`
	ClientID     string `env:"PORTAL_CLIENT_ID" help:"app id of the portal's registration in that tenant"`
	Cloud        string `env:"PORTAL_CLOUD" envDefault:"global" help:"only global in this version"`
	SandboxAddr  string `env:"PORTAL_SANDBOX_ADDR" envDefault:"127.0.0.1:8081" help:"where the sandbox listens"`
	SandboxURL   string `env:"PORTAL_SANDBOX_URL" help:"use a sandbox that already runs on this machine"`
	SandboxBase  string `env:"PORTAL_SANDBOX_BASE_URL" help:"the sandbox's issuer and addresses; default its own"`
	SandboxCA    string `env:"PORTAL_SANDBOX_CA" help:"certificate authority of a sandbox started with --tls"`
	SandboxSeed  string `env:"PORTAL_SANDBOX_SEED" help:"what a new sandbox starts with: small, large or empty"`
	Proxies      string `env:"PORTAL_TRUSTED_PROXIES" help:"networks of proxies whose X-Forwarded-For is believed, like 192.0.2.0/28, with commas; default none"`
	Reason       string `env:"PORTAL_REQUIRE_REASON" envDefault:"false" help:"true: nobody starts a run without a reason"`
	BulkMax      string `env:"PORTAL_BULK_MAX" envDefault:"500" help:"how many objects may be changed at once, 0 to 500; 0 switches such changes off"`
	LogLevel     string `env:"PORTAL_LOG" envDefault:"info" help:"debug, info, warn or error"`
	ClientSecret string `env:"PORTAL_CLIENT_SECRET" secret:"true"`
	Certificate  string `env:"PORTAL_CLIENT_CERTIFICATE" secret:"true"`
	Key          string `env:"PORTAL_ENCRYPTION_KEY" secret:"true" private:"true"` // its file is for one account
}

// String lists the settings without the secrets, for logs and errors.
func (c Config) String() string {
	return fmt.Sprintf("addr=%s public=%s data=%s tenant=%s cloud=%s sandbox=%s", c.Addr, c.PublicURL, c.DataDir, c.TenantID, c.Cloud, c.SandboxAddr)
}

// Live says whether a real tenant is configured; without one it is the sandbox.
func (c Config) Live() bool {
	return c.TenantID != "" || c.ClientID != "" || c.ClientSecret != "" || c.Certificate != ""
}

// commandLine says which flags a command has: every setting under its own
// name, or only those that names holds, under the names it gives; and switches.
type commandLine struct {
	command  string
	names    map[string]string // variable -> flag; nil: all settings
	switches map[string]*bool
	help     map[string]string // of the switches
	// check takes the place of Validate for a command that opens no tenant; it
	// is given the words left over. Files of secrets are not read then.
	check func(c Config, words []string) error
}

// loadConfig reads environ ("NAME=value" lines) and the flags in args into a
// Config and returns the words left over. Every fault is reported at once.
func loadConfig(line commandLine, args, environ []string, stderr io.Writer) (Config, []string, error) {
	vars := env.ToMap(environ)
	if line.check == nil {
		if err := readSecretFiles(vars); err != nil {
			return Config{}, nil, err
		}
	}
	set := flag.NewFlagSet("portal "+line.command, flag.ContinueOnError)
	set.SetOutput(stderr)
	for _, field := range settings() {
		line.defineFlag(set, field, vars)
	}
	for name, value := range line.switches {
		set.BoolVar(value, name, false, line.help[name])
	}
	words, err := parseAnywhere(set, args)
	if err != nil {
		return Config{}, nil, err
	}
	var c Config
	if err := env.ParseWithOptions(&c, env.Options{Environment: vars}); err != nil {
		return Config{}, nil, fmt.Errorf("read the settings: %w", err)
	}
	if line.check != nil {
		return c.normal(), words, line.check(c, words)
	}
	return c.normal(), words, c.Validate()
}

// normal writes ids as Entra does and the public URL as browsers do: they are
// compared as text with tokens, redirect URIs and Host headers.
func (c Config) normal() Config {
	c.TenantID, c.ClientID = strings.ToLower(c.TenantID), strings.ToLower(c.ClientID)
	if origin, err := web.Origin(c.PublicURL); err == nil {
		c.PublicURL = origin
	}
	return c
}

// proxies reads PORTAL_TRUSTED_PROXIES. The whole internet is no proxy: who
// believes everybody lets everybody choose his own address.
func (c Config) proxies() ([]netip.Prefix, error) {
	var list []netip.Prefix
	for word := range strings.FieldsFuncSeq(c.Proxies, func(r rune) bool { return r == ',' || r == ' ' }) {
		network, err := netip.ParsePrefix(word)
		if err != nil {
			return nil, fmt.Errorf("PORTAL_TRUSTED_PROXIES: %q is not a network like 192.0.2.0/28, or 192.0.2.1/32 for one machine", word)
		}
		if network.Bits() == 0 {
			return nil, fmt.Errorf("PORTAL_TRUSTED_PROXIES: %s is everybody; name the proxy's own network", word)
		}
		list = append(list, network.Masked())
	}
	return list, nil
}

// onlyHere says that nobody but this machine's people reaches the portal. A
// proxy may forward others to loopback, so none may be configured.
func (c Config) onlyHere(publicURL string) bool {
	return isLoopbackURL(publicURL) && isLoopbackAddr(c.Addr) && c.Proxies == ""
}

// parseAnywhere reads flags before, between and after the other words, which it
// returns; package flag alone stops at the first of those.
func parseAnywhere(set *flag.FlagSet, args []string) ([]string, error) {
	var words []string
	for {
		if err := set.Parse(args); err != nil {
			return nil, err
		}
		if set.NArg() == 0 {
			return words, nil
		}
		words = append(words, set.Arg(0))
		args = set.Args()[1:]
	}
}

// settings lists the fields of Config, so that flags, files and the
// environment have one source.
func settings() []reflect.StructField {
	return reflect.VisibleFields(reflect.TypeFor[Config]())
}

// defineFlag makes the flag of a setting write into the environment's map: a
// flag weighs more than the variable. Secrets have none.
func (line commandLine) defineFlag(set *flag.FlagSet, field reflect.StructField, vars map[string]string) {
	variable := field.Tag.Get("env")
	name := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(variable, "PORTAL_")), "_", "-")
	if line.names != nil {
		name = line.names[variable]
	}
	if name == "" || field.Tag.Get("secret") != "" {
		return
	}
	about := fmt.Sprintf("%s (%s)", field.Tag.Get("help"), variable)
	if preset := field.Tag.Get("envDefault"); preset != "" {
		about += ", default " + preset
	}
	set.Func(name, about, func(value string) error {
		vars[variable] = value
		return nil
	})
}

// readSecretFiles replaces NAME_FILE by NAME for each secret.
func readSecretFiles(vars map[string]string) error {
	var faults []error
	for _, field := range settings() {
		name := field.Tag.Get("env")
		file := vars[name+"_FILE"]
		if field.Tag.Get("secret") == "" || file == "" {
			continue
		}
		if vars[name] != "" {
			faults = append(faults, fmt.Errorf("%s and %s_FILE are both set; keep one of them", name, name))
			continue
		}
		text, err := os.ReadFile(file) //nolint:gosec // the operator names the file
		if err != nil {
			faults = append(faults, fmt.Errorf("%s_FILE cannot be read: %w", name, err))
			continue
		}
		if field.Tag.Get("private") != "" {
			if err := forOwnerOnly(file); err != nil {
				faults = append(faults, fmt.Errorf("%s_FILE: %w", name, err))
				continue
			}
		}
		vars[name] = strings.TrimSpace(string(text))
	}
	return errors.Join(faults...)
}

// rule is a fault of the settings, if it is bad, and what to do.
type rule struct {
	bad bool
	say string
}

func broken(rules []rule) error {
	var faults []error
	for _, rule := range rules {
		if rule.bad {
			faults = append(faults, errors.New(rule.say))
		}
	}
	return errors.Join(faults...)
}

// databaseRules are about which database is meant, and nothing else.
func (c Config) databaseRules() []rule {
	return []rule{
		{strings.HasPrefix(c.DatabaseURL, "postgres"), "PORTAL_DATABASE_URL names PostgreSQL, which this version does not speak; leave it out to use a SQLite file in the data folder"},
		{c.Live() && !isGUID(c.TenantID), "PORTAL_TENANT_ID must be the tenant's id, a GUID, when a real tenant is configured"},
	}
}

// Validate reports every fault of the settings at once, each with what to do.
func (c Config) Validate() error {
	live := c.Live()
	rules := append(c.databaseRules(), []rule{
		{!isAddr(c.Addr), fmt.Sprintf("PORTAL_ADDR %q is not an address like 127.0.0.1:8080", c.Addr)},
		{!isAddr(c.SandboxAddr), fmt.Sprintf("PORTAL_SANDBOX_ADDR %q is not an address like 127.0.0.1:8081", c.SandboxAddr)},
		{c.PublicURL != "" && !isOrigin(c.PublicURL), fmt.Sprintf("PORTAL_PUBLIC_URL %q is not a plain origin like https://portal.example", c.PublicURL)},
		{c.SandboxURL != "" && !isOrigin(c.SandboxURL), fmt.Sprintf("PORTAL_SANDBOX_URL %q is not a plain origin like http://localhost:8081", c.SandboxURL)},
		{c.SandboxURL != "" && isOrigin(c.SandboxURL) && !isLoopbackURL(c.SandboxURL), "PORTAL_SANDBOX_URL must be on this machine: localhost, 127.0.0.1 or [::1]"},
		{c.SandboxBase != "" && !isOrigin(c.SandboxBase), fmt.Sprintf("PORTAL_SANDBOX_BASE_URL %q is not a plain origin like http://localhost:8081", c.SandboxBase)},
		{c.Cloud != "global", fmt.Sprintf("PORTAL_CLOUD %q is not offered by this version; leave it out or set global", c.Cloud)},
		{!isLogLevel(c.LogLevel), fmt.Sprintf("PORTAL_LOG %q is none of debug, info, warn, error", c.LogLevel)},
		{!isYesOrNo(c.Reason), fmt.Sprintf("PORTAL_REQUIRE_REASON %q is neither true nor false", c.Reason)},
		{!isBulkMax(c.BulkMax), fmt.Sprintf("PORTAL_BULK_MAX %q is no whole number from 0 to 500", c.BulkMax)},
		{live && !isGUID(c.ClientID), "PORTAL_CLIENT_ID must be the app id of the portal's own registration, a GUID"},
		{live && (c.ClientSecret == "") == (c.Certificate == ""), "set one of PORTAL_CLIENT_SECRET and PORTAL_CLIENT_CERTIFICATE (or its _FILE form)"},
		{live && strings.HasPrefix(c.ClientSecret, "SANDBOX~"), "PORTAL_CLIENT_SECRET is a sandbox secret; a real tenant needs its own"},
		{live && c.SandboxURL != "", "PORTAL_SANDBOX_URL and a real tenant are both configured; keep one of them"},
		{live && c.PublicURL != "" && isOrigin(c.PublicURL) && !strings.HasPrefix(c.PublicURL, "https://") && !isLoopbackURL(c.PublicURL), "a real tenant needs an https PORTAL_PUBLIC_URL, or one on this machine"},
		{live && c.PublicURL == "" && !isLoopbackAddr(c.Addr), fmt.Sprintf("PORTAL_ADDR %q lets other machines in, and no PORTAL_PUBLIC_URL says under which address; set it to the https address people use, or listen on 127.0.0.1", c.Addr)},
		{c.SandboxSeed != "" && !slices.Contains(sandbox.SeedNames(), c.SandboxSeed), fmt.Sprintf("PORTAL_SANDBOX_SEED %q is none of %s", c.SandboxSeed, strings.Join(sandbox.SeedNames(), ", "))},
		{!live && !isLoopbackAddr(c.SandboxAddr), "PORTAL_SANDBOX_ADDR must be on this machine: everyone who reaches the sandbox can be any of its people"},
		{!live && !isLoopbackAddr(c.Addr), "PORTAL_ADDR must be on this machine while the tenant is a sandbox: its sign-in asks for no password"},
	}...)
	faults := []error{broken(rules)}
	if _, err := c.proxies(); err != nil {
		faults = append(faults, err)
	}
	if c.Key != "" {
		if _, err := parseKey(c.Key); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// cloud says which addresses the configured tenant is reached at.
func (c Config) cloud() entra.Cloud { return entra.GlobalCloud() }

// folder is where this tenant's files are: one folder a tenant, so that the
// sandbox's data and a real tenant's never meet.
func (c Config) folder() string {
	if c.Live() {
		return filepath.Join(c.DataDir, c.TenantID)
	}
	return filepath.Join(c.DataDir, "sandbox")
}

// database is the path of the portal's own SQLite file.
func (c Config) database() string {
	if c.DatabaseURL != "" {
		return strings.TrimPrefix(strings.TrimPrefix(c.DatabaseURL, "sqlite://"), "file:")
	}
	return filepath.Join(c.folder(), "portal.db")
}

// requireReason says whether every run must have a reason.
func (c Config) requireReason() bool {
	yes, _ := strconv.ParseBool(c.Reason) // Validate has read it before
	return yes
}

// bulkMost is how many objects may be changed at once.
func (c Config) bulkMost() int {
	if c.BulkMax == "" {
		return mostAtOnce
	}
	n, _ := strconv.Atoi(c.BulkMax) // Validate has read it before
	return n
}

// mostAtOnce is as many objects as one form can name.
const mostAtOnce = 500

func isBulkMax(s string) bool {
	n, err := strconv.Atoi(s)
	return s == "" || err == nil && n >= 0 && n <= mostAtOnce
}

func isYesOrNo(s string) bool {
	_, err := strconv.ParseBool(s)
	return s == "" || err == nil
}

func isAddr(s string) bool {
	_, port, err := net.SplitHostPort(s)
	return err == nil && port != ""
}

func isOrigin(s string) bool {
	_, err := web.Origin(s)
	return err == nil && !strings.HasSuffix(s, "/")
}

func isLoopbackURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && web.IsLoopback(u.Host)
}

func isLoopbackAddr(s string) bool {
	return !isAddr(s) || web.IsLoopback(s) // a malformed address has a fault of its own
}

func isLogLevel(s string) bool {
	_, err := parseLevel(s)
	return err == nil
}

func isGUID(s string) bool {
	_, err := graph.ParseGUID(s)
	return err == nil
}

// newKey makes 32 random bytes for the sealing of secrets at rest.
func newKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // crypto/rand never fails: it ends the program instead
	return key
}
