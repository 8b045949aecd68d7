# make test is the one test command: it does on your machine what .ci/run does on a fresh one.
.PHONY: test check run setup

GO ?= go
TESTFLAGS ?= -race -timeout 20m

test: setup check
	$(GO) test $(TESTFLAGS) ./...
	$(GO) test -run 'TestWalk$$' ./fsm   # once more without -race: 100,000 events, and everything visited

# vet, staticcheck (pinned in tools/go.mod), and gofmt.
check:
	@out="$$(gofmt -l $$(git ls-files '*.go'))"; if [ -n "$$out" ]; then echo "not formatted: run gofmt -w"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool -modfile=tools/go.mod staticcheck ./...

# What the tests need beside Go: a C compiler for -race, and redis-server. Taken from Debian's packages where missing.
setup:
	@./.ci/setup

run:
	$(GO) run . serve
