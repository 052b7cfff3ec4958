# Every command uses the same build flags: the SQLite driver is one large C
# file, and a second set of flags would compile it a second time.
GO      ?= go
TOOL    := $(GO) tool -modfile=tools/go.mod
GOFILES := $(shell git ls-files '*.go' 2>/dev/null | grep -v '_templ\.go$$')

.PHONY: run generate test lint bench soak fuzz check vendor needs

run: ## start the portal with its sandbox tenant
	$(GO) run ./cmd/portal

generate: ## make *_templ.go from *.templ, formatted
	$(GO) tool templ fmt views
	$(GO) tool templ generate

needs: ## install what the tests need when the machine lacks it
	@.ci/needs

test: needs ## everything: unit, integration, conformance, browser; with the race detector
	PORTAL_TEST_BROWSER=1 $(GO) test -race -count=1 -timeout 40m $(TESTFLAGS) ./...

lint: ## vet, staticcheck, gofumpt; no output means clean
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	@out="$$($(TOOL) gofumpt -l $(GOFILES))"; if [ -n "$$out" ]; then echo "not formatted with gofumpt:"; echo "$$out"; exit 1; fi

bench: ## figures, each in a line FIGURE <name> <value> <unit> limit <limit> ok|short
	$(GO) test -run '^$$' -bench . -benchtime 2s -timeout 30m ./...

soak: needs ## the long suites whole: kills, faults, every page in both themes and at every width
	PORTAL_SOAK=1 PORTAL_TEST_BROWSER=1 $(GO) test -race -count=1 -timeout 80m -run 'Kill|Soak|Fault|Walk' -v ./...

fuzz: ## a minute of native fuzzing per target
	@.ci/fuzz 60s

check: ## what CI runs: generated files current, formatted, linted, tested
	@.ci/generated
	$(MAKE) lint
	$(MAKE) test

vendor: ## fetch the browser libraries named in static/package-lock.json
	static/vendor.sh
