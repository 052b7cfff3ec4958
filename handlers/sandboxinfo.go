package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// SandboxInfo is what a sandbox tenant says of itself at /_sandbox/info. The
// struct is the portal's own: the sandbox is a program like any other.
type SandboxInfo struct {
	Authority string `json:"authority"` // no tenant, no trailing slash
	Graph     string `json:"graph"`     // no version
	// Management is the base of Azure Resource Manager; empty with a sandbox
	// that has none.
	Management string `json:"management"`
	// Echo is the API that answers with the caller as it saw it.
	Echo     EchoAPI       `json:"echo"`
	TenantID string        `json:"tenantId"`
	Domain   string        `json:"domain"`
	CAFile   string        `json:"caFile"`
	Portal   SandboxClient `json:"portal"`
	Client   SandboxClient `json:"client"`
	Personas []Persona     `json:"personas"`
	Seed     SandboxSeed   `json:"seed"`
	// Partner is nil while the seeded agent is not there.
	Partner *SandboxPartner `json:"partner"`
}

// SandboxPartner is a second tenant that takes the seeded agent identity for
// the credential of its one application.
type SandboxPartner struct {
	TenantID  string `json:"tenantId"`
	Name      string `json:"name"`
	Authority string `json:"authority"` // no tenant, no trailing slash
	App       struct {
		AppID string `json:"appId"`
		Name  string `json:"name"`
	} `json:"app"`
	AgentID string `json:"agentId"`
}

// EchoAPI says where the Echo API is and what a token for it is asked with:
// Scope is for all that was granted, DelegatedScope for one permission.
type EchoAPI struct {
	URL            string `json:"url"`
	AppID          string `json:"appId"`
	Scope          string `json:"scope"`
	Role           string `json:"role"`
	DelegatedScope string `json:"delegatedScope"`
}

// SandboxClient is an application of the sandbox tenant. Its secret is worth
// nothing outside that sandbox.
type SandboxClient struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	RedirectURI  string `json:"redirectUri"`
}

// Persona is one of the people of the sandbox.
type Persona struct {
	UPN         string   `json:"upn"`
	DisplayName string   `json:"displayName"`
	ObjectID    string   `json:"objectId"`
	Password    string   `json:"password"`
	Roles       []string `json:"roles"`
}

// SandboxSeed is what the sandbox tenant started with, as far as it is still
// there; what is gone is empty.
type SandboxSeed struct {
	Name      string `json:"name"` // small, large, empty, or import
	Blueprint struct {
		AppID        string `json:"appId"`
		ObjectID     string `json:"objectId"`
		PrincipalID  string `json:"principalId"`
		ClientSecret string `json:"clientSecret"`
		Scope        string `json:"scope"`
	} `json:"blueprint"`
	Agent struct {
		ID string `json:"id"`
	} `json:"agent"`
	AgentUser struct {
		ID  string `json:"id"`
		UPN string `json:"upn"`
	} `json:"agentUser"`
}

// Knobs are how the sandbox misbehaves on request. Fields the portal does not
// know travel through rest unchanged.
type Knobs struct {
	LagMS          map[string]int `json:"lagMs"`
	LatencyMS      int            `json:"latencyMs"`
	Faults         []Fault        `json:"faults"`
	ClockOffsetSec int64          `json:"clockOffsetSec"`
	TokenClock     bool           `json:"tokenClock"`
	// CascadeAgentUsers deletes the agent users with their agent identity.
	CascadeAgentUsers bool `json:"cascadeAgentUsers"`
	// DelegatedCreate lets people create agent identities as themselves.
	// Sources disagree on whether Entra does.
	DelegatedCreate bool `json:"delegatedCreate"`
	UserConsent     bool `json:"userConsent"`
	AgentConsent    bool `json:"agentConsent"`

	rest map[string]json.RawMessage
}

// Fault is a failure the sandbox lets happen; count 0 is as long as it stands.
type Fault struct {
	Kind          string `json:"kind"`
	Method        string `json:"method,omitempty"`
	Path          string `json:"path"`
	Caller        string `json:"caller,omitempty"`
	RetryAfterSec int    `json:"retryAfterSec,omitempty"`
	HoldMS        int    `json:"holdMs,omitempty"`
	Count         int    `json:"count,omitempty"`
	Hits          int    `json:"hits"`
}

// ReadSandboxInfo asks a sandbox at base for its facts.
func ReadSandboxInfo(ctx context.Context, client *http.Client, base string) (*SandboxInfo, error) {
	var info SandboxInfo
	if err := sandboxCall(ctx, client, http.MethodGet, base+"/_sandbox/info", nil, &info); err != nil {
		return nil, fmt.Errorf("read sandbox info: %w", err)
	}
	return &info, nil
}

func readKnobs(ctx context.Context, client *http.Client, base string) (*Knobs, error) {
	var k Knobs
	var text json.RawMessage
	err := sandboxCall(ctx, client, http.MethodGet, base+"/_sandbox/knobs", nil, &text)
	if err == nil {
		err = errors.Join(json.Unmarshal(text, &k), json.Unmarshal(text, &k.rest))
	}
	if err != nil {
		return nil, fmt.Errorf("read sandbox knobs: %w", err)
	}
	return &k, nil
}

func writeKnobs(ctx context.Context, client *http.Client, base string, k *Knobs) error {
	known, err := json.Marshal(k)
	if err != nil {
		return err
	}
	body := map[string]json.RawMessage{}
	for name, value := range k.rest {
		body[name] = value
	}
	if err := json.Unmarshal(known, &body); err != nil {
		return err
	}
	if err := sandboxCall(ctx, client, http.MethodPut, base+"/_sandbox/knobs", body, nil); err != nil {
		return fmt.Errorf("set sandbox knobs: %w", err)
	}
	return nil
}

// sandboxRefusal is what the sandbox found wrong with what it was told: a
// sentence.
type sandboxRefusal struct{ sentence string }

func (e *sandboxRefusal) Error() string { return "the sandbox refused: " + e.sentence }

// sandboxCall sends one request to the sandbox's own addresses and reads the
// answer into out, when there is one. A 400 is a *sandboxRefusal.
func sandboxCall(ctx context.Context, client *http.Client, method, address string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return sandboxFault(req, res)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(out)
}

func sandboxFault(req *http.Request, res *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	var said struct {
		Error string `json:"error"`
	}
	if res.StatusCode == http.StatusBadRequest && json.Unmarshal(text, &said) == nil && said.Error != "" {
		return &sandboxRefusal{said.Error}
	}
	return fmt.Errorf("%s %s: the sandbox answered %d: %s", req.Method, req.URL.Path, res.StatusCode, cut(strings.TrimSpace(string(text)), 300))
}
