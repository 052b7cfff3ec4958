package entra

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// API is a resource that a token can be tried at.
type API string

// The APIs of the allow-list.
const (
	APIGraph      API = "graph"
	APIManagement API = "management"
	APIEcho       API = "echo"
)

// Echo is an API that answers with its caller as it saw it; a real tenant has
// none. All fields are empty then.
type Echo struct{ URL, AppID string }

// ResourceCall is one call of the allow-list: always a GET, always to an
// address that no token and no form takes part in.
type ResourceCall struct {
	Key   string
	API   API
	Title string
	URL   string
	// User says that it is of use with a user's token only.
	User bool
}

// ResourceCalls is the whole allow-list.
func (c *Client) ResourceCalls(echo Echo) []ResourceCall {
	graph, management := c.cloud.Graph+"/v1.0", c.cloud.Management
	calls := []ResourceCall{
		{Key: "me", API: APIGraph, Title: "The user of the token: /me", URL: graph + "/me", User: true},
		{Key: "organization", API: APIGraph, Title: "The tenant: /organization", URL: graph + "/organization"},
		{Key: "users", API: APIGraph, Title: "Five users: /users", URL: graph + "/users?$top=5&$select=id,displayName,userPrincipalName"},
		{Key: "groups", API: APIGraph, Title: "Five groups: /groups", URL: graph + "/groups?$top=5&$select=id,displayName"},
		{Key: "subscriptions", API: APIManagement, Title: "Subscriptions it may read: /subscriptions", URL: management + "/subscriptions?api-version=2022-12-01"},
		{Key: "tenants", API: APIManagement, Title: "Tenants: /tenants", URL: management + "/tenants?api-version=2022-12-01"},
	}
	if echo.URL != "" {
		calls = append(calls, ResourceCall{Key: "echo", API: APIEcho, Title: "Who is calling: the echo API", URL: echo.URL})
	}
	return calls
}

// CallsFor is the part of the allow-list that a token is meant for: its
// audience must be the resource, or it would be shown to a stranger.
func (c *Client) CallsFor(j *JWT, echo Echo) []ResourceCall {
	if j == nil || j.Text("tid") != "" && !strings.EqualFold(j.Text("tid"), c.tenantID) {
		return nil
	}
	var calls []ResourceCall
	for _, call := range c.ResourceCalls(echo) {
		if call.API == apiOf(j.Audience(), echo) && (!call.User || j.Has("scp")) {
			calls = append(calls, call)
		}
	}
	return calls
}

// apiOf is the API of an audience; empty for all others.
func apiOf(audience string, echo Echo) API {
	audience = strings.ToLower(strings.TrimRight(audience, "/"))
	switch {
	case audience == GraphAudience, audience == GraphAppID:
		return APIGraph
	case audience == ManagementAudience, audience == "https://management.core.windows.net", audience == ManagementAppID:
		return APIManagement
	case echo.AppID != "" && strings.TrimPrefix(audience, "api://") == strings.ToLower(echo.AppID):
		return APIEcho
	}
	return ""
}

// maxReadBody caps what is read of it: the calls are short ones.
const maxReadBody = 1 << 20

// maxShownBody caps what of an API's answer is kept to be shown.
const maxShownBody = 16 << 10

// Used is what an API answered to a call with a token.
type Used struct {
	Call      ResourceCall
	At        time.Time
	Status    int
	RequestID string
	Duration  time.Duration
	Body      string // indented when it is JSON; tokens replaced, cut at 16 KiB
	// Seen is the body where it is a JSON object, to read the caller from.
	Seen map[string]any
}

// Use makes a call of the allow-list with a token. Redirects are not followed.
// The error is *FaultError: an answer of any status is a *Used.
func (c *Client) Use(ctx context.Context, call ResourceCall, token Secret) (*Used, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, call.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", call.API, err)
	}
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	req.Header.Set("Accept", "application/json")
	requestID := uuid.NewString()
	req.Header.Set("client-request-id", requestID)
	use := &Used{Call: call, At: c.now()}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, Unreached(err, call.URL)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReadBody))
	if err != nil {
		return nil, Unreached(err, call.URL)
	}
	use.Status, use.Duration = resp.StatusCode, c.now().Sub(use.At)
	use.RequestID = cut(firstOf(resp.Header.Get("request-id"), resp.Header.Get("x-ms-request-id"), requestID), 100)
	use.read(body, resp.Header.Get("Content-Type"), token)
	return use, nil
}

func (u *Used) read(body []byte, contentType string, token Secret) {
	text := string(body)
	if kind, _, _ := mime.ParseMediaType(contentType); strings.HasSuffix(kind, "json") {
		var indented bytes.Buffer
		if json.Indent(&indented, body, "", "  ") == nil {
			text = indented.String()
		}
		_ = json.Unmarshal(body, &u.Seen) // a list or damaged JSON is shown as it is
	}
	u.Body = cut(redactAnswer(text, token.Reveal()), maxShownBody)
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
