package graph

import (
	"fmt"
	"strings"

	"agentidportal/entra"
)

// goVariable is what stands for an id that an earlier call brings.
func goVariable(later string) string {
	switch later {
	case LaterBlueprintID:
		return "blueprintID"
	case LaterBlueprintAppID:
		return "blueprintAppID"
	}
	return fmt.Sprintf("call%dID", laterNumber(later))
}

// goProgram is the part that every Go snippet has. Variables stand at package level, where Go lets them be unused.
const goProgram = `package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
)

const graph = %s

var (
	token          = os.Getenv("TOKEN") // an access token for Graph
	blueprintToken = os.Getenv("BLUEPRINT_TOKEN")
	blueprintID    string
	blueprintAppID string
%s)

func send(method, path, token, body string, headers map[string]string) (id, appID string) {
	req, err := http.NewRequest(method, graph+path, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
	if res.StatusCode > 299 {
		log.Fatalf("%%s %%s: %%s", method, path, res.Status)
	}
	var answer struct{ ID, AppID string }
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			log.Fatal(err)
		}
	}
	return answer.ID, answer.AppID
}

func ask(what string) (answer string) {
	fmt.Fprintln(os.Stderr, what)
	fmt.Scanln(&answer)
	return answer
}

func main() {
	if token == "" {
		token = ask("Access token for Graph:")
	}
`

func snippetGo(base string, steps []snippetStep) string {
	var b, brought strings.Builder
	for _, s := range steps {
		if s.brings {
			fmt.Fprintf(&brought, "\tcall%dID string\n", s.number)
		}
	}
	fmt.Fprintf(&b, goProgram, entra.QuoteGo(base), brought.String())
	for _, s := range steps {
		b.WriteString("\n\t// " + s.title() + "\n")
		token := "token"
		if s.asBlueprint() {
			token = "blueprintToken"
			b.WriteString("\tif blueprintToken == \"\" {\n\t\tblueprintToken = ask(\"Access token of the blueprint:\")\n\t}\n")
		}
		body := `""`
		if s.hasBody {
			body = join(s.body, entra.QuoteGo, goVariable, "+")
		}
		answer := ""
		if s.makesBlueprint {
			answer = "blueprintID, blueprintAppID = "
		} else if s.brings {
			answer = fmt.Sprintf("call%dID, _ = ", s.number)
		}
		fmt.Fprintf(&b, "\t%ssend(%s, %s, %s, %s,\n\t\t%s)\n", answer,
			entra.QuoteGo(s.Method), join(s.path, entra.QuoteGo, goVariable, "+"), token, body, s.goHeaders())
	}
	b.WriteString("}\n")
	return b.String()
}

func (s snippetStep) goHeaders() string {
	var pairs []string
	for _, header := range s.headers() {
		name, value, _ := strings.Cut(header, ": ")
		pairs = append(pairs, entra.QuoteGo(name)+": "+entra.QuoteGo(value))
	}
	return "map[string]string{" + strings.Join(pairs, ", ") + "}"
}
