# make run       build the page and start the chat on http://localhost:8005, with its data in ./data
# make cluster   Redis, two servers in Go, one of Node and nginx, with a page that shows who is where
# make test      all but the long ones, in about twenty minutes on two processors; the last line says
#                what was not run, if anything
# make test-all  the same, then cross-builds, longer fuzzing, the official protocol suites and
#                examples, and clients of other languages
# make raid      three evenings of a minute each under attack (docs/chat/raid.md)
# make restarts  a restart under 2,000 clients
# make disk      the chat on a small disk that is full, in a mount namespace of its own
# make release   what hosts download, in release/: programs for each target, with sums and SBOMs
# make again     the same in a fresh clone of the commit, which has to give the same sums
# make foreign   clients of Python, Java, Rust and Go; packages go below interop/foreign/.build
# make apps      clients of official examples in a browser; packages go below interop/apps/.build
# make screens   pictures of every screen of the page in docs/chat/screens, in five minutes
# make bench     this server beside Node's, Bun's and socketioxide, in a quarter of an hour; Bun and
#                crates go below bench
# make fmt, lint, tidy, clean

TARGETS  := linux/amd64 linux/arm64 linux/386 darwin/amd64 darwin/arm64 windows/amd64 windows/386
FUZZTIME ?= 60s
# A checkout of the official monorepo; `make test-all` runs its protocol suites and examples when it
# is set, and `make test` alone never does.
MONOREPO ?=
unexport MONOREPO

# The folders with a go.mod of their own; ./... in the root is the library alone. `work` stands for
# the packages of all of them that go.work joins.
MODULES  := $(dir $(shell git ls-files -co --exclude-standard go.mod '*/go.mod'))

# npm writes its .package-lock.json last, so that file tells whether the packages are installed.
LOCK     := node_modules/.package-lock.json
CLIENT   := internal/clientfiles/dist/socket.io.js
WEB_LOCK := chat/web/node_modules/.package-lock.json
WEB      := chat/web/dist/index.html
NEWSSTAND_LOCK := examples/newsstand/client/node_modules/.package-lock.json

.PHONY: run cluster screens test test-all gofmt vet cross churn parked doors kills restarts raid disk checks fuzz suites apps foreign release again fmt lint tidy bench clean client web web-test

run: client web
	go run ./chat/cmd/madang

cluster: client
	@cd examples/cluster && go build -o .build/cluster . && CLIENT="$(CURDIR)/node_modules/socket.io-client/dist" exec .build/cluster

# Without npm the Go part is tested alone; with CI=true the tests that need npm fail then.
# -count=1: what a Node process or a built server read is unknown to the cache of go test.
# GORACE: every program with the race detector would pause for a second at its end.
test: $(if $(shell command -v npm),client web-test $(NEWSSTAND_LOCK)) gofmt vet
	GORACE=atexit_sleep_ms=100 go test -race -count=1 -timeout 20m work
	@go run ./internal/nodetest/notrun

test-all: test cross churn parked doors kills restarts raid disk fuzz suites apps foreign

churn:
	CHURN=60s go test -race -count=1 -timeout 5m -run TestChurnOfEverything ./socketio

# The library without its event loop, as TLS and other systems than Linux have it.
parked: client
	CHURN=60s go test -race -count=1 -tags parked -timeout 20m ./internal/poll ./engineio ./socketio ./interop

doors:
	DOORS=60s go test -race -count=1 -timeout 5m -v -run TestHostileAddress ./interop

kills:
	KILLS=20 go test -count=1 -timeout 20m -run TestR3Kill ./chat/cmd/madang

restarts:
	R11=2000 go test -count=1 -timeout 5m -v -run TestR11Restart ./interop/hosting

# Without the race detector, which allows fewer goroutines than raiders are, and takes the processor
# that the program needs.
raid:
	RAID=$${RAID:-60s} go test -count=1 -timeout 60m -v -run 'TestEvening|TestS5|TestC7' ./chat/raid

# In both languages and themes, on a phone and a desktop.
screens: client web
	UPDATE=1 go test -count=1 -timeout 20m -run TestU11Screens ./chat/cmd/madang

# The results in docs/chat/CHECKS.md; `make checks CHECKS=FU` runs those groups alone.
checks: client web
	CHECKS=$${CHECKS:-all} RAID=$${RAID:-10s} DISK=1 go test -count=1 -timeout 60m -run TestResultsOfChecks ./interop

disk:
	DISK=1 go test -race -count=1 -timeout 10m -v -run TestR13SmallDisk ./chat/raid

gofmt:
	@bad=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	if [ -n "$$bad" ]; then echo "not gofmt'ed:" $$bad; exit 1; fi

# All of it for this machine, and for 32 bits and each other system what doesn't need SQLite, routers,
# an authority for certificates or a server of NATS: those packages hold little that differs, and a
# platform takes two minutes of a processor to compile for. cross vets all for all.
vet:
	go vet work
	@light=$$(go list -f '{{.ImportPath}} {{.Deps}} {{.TestImports}} {{.XTestImports}}' work | grep -vE 'sqlite|interop/routers|letsencrypt/pebble|nats-server' | cut -d' ' -f1); \
	for t in linux/386 darwin/arm64 windows/amd64; do \
		echo go vet $$t; \
		CGO_ENABLED=0 GOOS=$${t%/*} GOARCH=$${t#*/} go vet $$light || exit 1; \
	done

cross:
	@for t in $(TARGETS); do \
		echo go build and vet $$t; \
		CGO_ENABLED=0 GOOS=$${t%/*} GOARCH=$${t#*/} go build work || exit 1; \
		CGO_ENABLED=0 GOOS=$${t%/*} GOARCH=$${t#*/} go vet work || exit 1; \
	done

# go test takes one fuzz target of one package at a time. By default it may spend a minute on making
# one interesting input smaller, which is all the time there is.
fuzz:
	@git grep -oE --untracked '^func Fuzz[A-Za-z0-9_]+' -- '*_test.go' | while IFS=: read -r file name; do \
		echo fuzz $$file $${name#func }; \
		go test -run '^$$' -fuzz "^$${name#func }$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s ./$$(dirname $$file) || exit 1; \
	done

suites:
	@if [ -n "$(MONOREPO)" ]; then sh interop/suites.sh "$(MONOREPO)" 5; \
	else echo "NOT RUN: official protocol suites (set MONOREPO)"; fi

# The first time takes minutes: npm installs what the examples and their clients need.
apps: $(if $(MONOREPO),$(LOCK))
	@if [ -n "$(MONOREPO)" ]; then MONOREPO="$(abspath $(MONOREPO))" go test -count=1 -timeout 30m -v ./interop/apps; \
	else echo "NOT RUN: clients of official examples (set MONOREPO)"; fi

# A language whose tools are missing is left out, with a line. The first time takes minutes: it
# compiles the crates.
foreign:
	go run ./interop/foreign

# TARGETS="linux/amd64 linux/arm64" leaves the others out.
release: client web
	go run ./internal/release -o release $(TARGETS)

# The clone has packages of npm, a page and a folder of its own: nothing but the commit may count.
again:
	@[ -z "$$(git status --porcelain)" ] || { echo "make again: commit first"; exit 1; }
	$(MAKE) release
	@clone=$$(mktemp -d) && trap 'rm -rf "$$clone"' EXIT && \
	git clone -q . "$$clone/madang" && $(MAKE) -C "$$clone/madang" release TARGETS="$(TARGETS)" && \
	diff release/SHA256SUMS "$$clone/madang/release/SHA256SUMS" && echo "equal, byte for byte"

fmt:
	gofmt -w $$(git ls-files -co --exclude-standard '*.go')

lint: gofmt
	go vet work
	go tool staticcheck work

# What each module requires, after a change of imports or of versions.
tidy:
	@for m in $(MODULES); do echo go mod tidy in $$m; (cd $$m && GOWORK=off go mod tidy) || exit 1; done

bench: $(LOCK) web
	go run ./bench
	go run ./bench -page
	go test -run '^$$' -bench 'BenchmarkSearch$$' ./chat/sqlite

# Each dist holds a committed placeholder, which stays.
clean:
	rm -rf node_modules chat/web/node_modules examples/newsstand/client/node_modules interop/foreign/.build interop/apps/.build bench/bun/node_modules bench/rust/.build
	find internal/clientfiles/dist chat/web/dist -mindepth 1 ! -name README.md ! -name .gitignore -delete
	go clean -testcache -fuzzcache

# The packages of package.json, and the official client where the chat embeds it, also compressed.
client: $(CLIENT)

$(LOCK): package.json package-lock.json
	npm ci
	@touch $@

$(CLIENT): $(LOCK) internal/clientfiles/compress.mjs
	cp node_modules/socket.io-client/dist/socket.io*.js node_modules/socket.io-client/dist/socket.io*.map $(@D)/
	node internal/clientfiles/compress.mjs $(@D)/*.js
	@touch $@

# The page of the chat, where its server embeds it, and its unit tests.
web: $(WEB)

web-test: $(WEB)
	npm --prefix chat/web test

$(WEB_LOCK): chat/web/package.json chat/web/package-lock.json
	npm --prefix chat/web ci
	@touch $@

# The page of the newsstand example is an app of its own; its test builds it.
$(NEWSSTAND_LOCK): examples/newsstand/client/package.json examples/newsstand/client/package-lock.json
	npm --prefix examples/newsstand/client ci
	@touch $@

$(WEB): $(WEB_LOCK) $(shell find chat/web/src chat/web/public chat/web/index.html chat/web/*.ts chat/web/tsconfig.json -type f 2>/dev/null)
	npm --prefix chat/web run build
	@touch $@
