package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// SandboxInfo is what a sandbox tenant says of itself at /_sandbox/info. The
// struct is the portal's own: the sandbox is a program like any other.
type SandboxInfo struct {
	Authority string        `json:"authority"` // no tenant, no trailing slash
	Graph     string        `json:"graph"`     // no version
	TenantID  string        `json:"tenantId"`
	Domain    string        `json:"domain"`
	CAFile    string        `json:"caFile"`
	Portal    SandboxClient `json:"portal"`
	Client    SandboxClient `json:"client"`
	Personas  []Persona     `json:"personas"`
	Seed      SandboxSeed   `json:"seed"`
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

// SandboxSeed is what the sandbox tenant starts with.
type SandboxSeed struct {
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
}

// Knobs are how the sandbox misbehaves on request. Fields the portal does not
// know travel through Rest unchanged.
type Knobs struct {
	LagMS     map[string]int
	LatencyMS int
	// DelegatedCreate lets people create agent identities as themselves.
	// Sources disagree on whether Entra does.
	DelegatedCreate bool

	rest map[string]json.RawMessage
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
	if err := sandboxCall(ctx, client, http.MethodGet, base+"/_sandbox/knobs", nil, &k.rest); err != nil {
		return nil, fmt.Errorf("read sandbox knobs: %w", err)
	}
	if err := json.Unmarshal(k.rest["lagMs"], &k.LagMS); err != nil {
		return nil, fmt.Errorf("read sandbox lag: %w", err)
	}
	if err := json.Unmarshal(k.rest["latencyMs"], &k.LatencyMS); err != nil {
		return nil, fmt.Errorf("read sandbox latency: %w", err)
	}
	if err := json.Unmarshal(k.rest["delegatedCreate"], &k.DelegatedCreate); err != nil {
		return nil, fmt.Errorf("read sandbox switch: %w", err)
	}
	return &k, nil
}

func writeKnobs(ctx context.Context, client *http.Client, base string, k *Knobs) error {
	body := map[string]any{}
	for name, value := range k.rest {
		body[name] = value
	}
	body["lagMs"], body["latencyMs"], body["delegatedCreate"] = k.LagMS, k.LatencyMS, k.DelegatedCreate
	if err := sandboxCall(ctx, client, http.MethodPut, base+"/_sandbox/knobs", body, nil); err != nil {
		return fmt.Errorf("set sandbox knobs: %w", err)
	}
	return nil
}

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
		text, _ := io.ReadAll(io.LimitReader(res.Body, 300))
		return fmt.Errorf("%s %s: the sandbox answered %d: %s", method, req.URL.Path, res.StatusCode, strings.TrimSpace(string(text)))
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(out)
}
