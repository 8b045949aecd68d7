# make test is the one test command: it does on your machine what .ci/run does on a fresh one.
.PHONY: test proof check templates pictures alerts run setup binary image sbom chart-lint

GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
TESTFLAGS ?= -race -timeout 20m

test: setup check
	$(GO) test $(TESTFLAGS) ./...
	$(GO) test -run 'TestWalk$$' ./fsm   # once more without -race: 100,000 events, and everything visited
	$(GO) test -run 'TestSimulation' ./bot   # so too: more seeds, each twice, and what it must notice

# What takes minutes or hours: each test that has a long form, and each fuzzer for FUZZTIME. Writes docs/proof.md.
# A run that was cut short goes on from bin/proof.jsonl, where the commit is the same.
FUZZTIME ?= 60s
proof: setup
	$(GO) run ./internal/proof --fuzztime $(FUZZTIME)

# gofmt, the generated templates, vet, staticcheck. The tools are pinned in tools/go.mod.
check: templates
	@out="$$(gofmt -l $$(git ls-files '*.go'))"; if [ -n "$$out" ]; then echo "not formatted: run gofmt -w"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool -modfile=tools/go.mod staticcheck ./...

# The pages' templates are generated and committed; it fails where they were stale, and they are fresh afterwards.
templates:
	@before="$$(cat $$(git ls-files '*_templ.go') | sha256sum)"; \
	$(GO) tool -modfile=tools/go.mod templ generate >/dev/null 2>&1 || exit 1; \
	if [ "$$before" != "$$(cat $$(git ls-files '*_templ.go') | sha256sum)" ]; then echo "the templates were stale: commit what is generated now"; exit 1; fi

# The documents' pictures, made from the running demo.
pictures:
	@mkdir -p docs/pictures
	SETTLE_PICTURES=$(CURDIR)/docs/pictures $(GO) test -count=1 -run 'TestStory|TestGuide|TestDesk' ./demo

# Prometheus's own tool checks the alerts and tries each (apt-get install prometheus has it).
alerts:
	@command -v promtool >/dev/null || { echo "promtool isn't installed: apt-get install prometheus"; exit 1; }
	promtool check rules deploy/prometheus/alerts.yaml
	promtool test rules deploy/prometheus/alerts_test.yaml

# What the tests need beside Go: a C compiler for -race, redis-server, and Chromium for the pages. Taken from Debian's packages
# where missing.
setup:
	@./.ci/setup

run:
	$(GO) run . serve

# What is in the image, built as the Dockerfile builds it. It links nothing, so it runs in an image that holds nothing else.
binary:
	CGO_ENABLED=0 $(GO) build -mod=readonly -trimpath -ldflags "-s -w -X main.released=$(VERSION)" -o bin/settle .
	@if ldd bin/settle >/dev/null 2>&1; then echo "bin/settle is linked dynamically: it doesn't start in an empty image"; exit 1; fi
	bin/settle version

image:
	docker build --build-arg VERSION=$(VERSION) -t settle:$(VERSION) .

# What is linked into that binary, with its licences, as CycloneDX. From the module cache alone: it asks nobody.
sbom: binary
	GOPROXY=off GOFLAGS=-mod=mod $(GO) tool -modfile=tools/go.mod cyclonedx-gomod bin -json -licenses -std -version $(VERSION) -output bin/settle.cdx.json bin/settle
	@echo "bin/settle.cdx.json: $$(grep -c '"purl"' bin/settle.cdx.json) components"

# The Helm chart, as helm itself reads it: every values file that the tests have, and the defaults. Needs helm.
chart-lint:
	SETTLE_HELM=required $(GO) test -count=1 -run 'TestChart' .
