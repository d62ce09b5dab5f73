# Podtrail: build, demo, tests. `make help` lists the targets.

# One target directory for everything, which outlives a clone: the dependencies are compiled once.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/podtrail/target
# What the tests need beside the Rust toolchain, Node.js and Python goes here.
PODTRAIL_CACHE ?= $(HOME)/.cache/podtrail
export PODTRAIL_CACHE

PROFILE ?= release
BINARY = $(CARGO_TARGET_DIR)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))/podtrail
DEMO_DATA ?= podtrail-demo
WEB_SOURCES = $(shell find web/src web/public -type f 2>/dev/null) web/index.html web/package.json web/package-lock.json web/vite.config.ts web/tsconfig.json

EXAMPLES = $(dir $(BINARY))examples

.PHONY: help build notice demo test bench-iam bench-ingest bench-query bin-path generate clean-demo

help:
	@echo 'make demo       build everything, make the synthetic estate, ingest it, serve it'
	@echo 'make test       install what the tests need and run all of them'
	@echo 'make bench-iam  measure decisions a second beside two other evaluators, and recommendations'
	@echo 'make bench-ingest  measure ingestion against DuckDB and ClickHouse; BENCH=--deep for the hard cases'
	@echo 'make bench-query   measure questions and refreshes on lakes of one and ten million events'
	@echo 'make build      build the dashboard and podtrail ($(PROFILE))'
	@echo 'make bin-path   print the path of the built podtrail'
	@echo 'make generate   regenerate the OpenAPI document and the client types'

build: notice web/dist/index.html
	cargo build --locked --profile $(PROFILE) -p podtrail

# Said before anything is built, so that nobody wonders whether it hangs.
notice:
	@test -d "$(dir $(BINARY))deps" || echo 'the first build compiles every dependency: about 35 minutes on two cores in release, 10 in dev; later ones take seconds'

demo: build
	$(BINARY) --data $(DEMO_DATA) demo

bin-path:
	@echo $(BINARY)

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npm run build

test:
	@test -d "$(CARGO_TARGET_DIR)/debug/deps" || echo 'the first run compiles every dependency: about 25 minutes on two cores'
	bash tests/run.sh

# Some minutes, once built; wants an idle machine.
# Making the lake takes some minutes the first time; it is kept.
bench-iam: build
	cargo build --locked --profile $(PROFILE) -p podtrail-iam --example decisions_per_second
	cargo build --locked --profile $(PROFILE) -p podtrail-analysis --example recommendation_speed
	parts="$$(bash tests/parts.sh oracles)" && eval "$$parts" && python3 tests/bench/iam.py \
	  --example $(EXAMPLES)/decisions_per_second --recommendation $(EXAMPLES)/recommendation_speed \
	  --podtrail $(BINARY) --work $(PODTRAIL_CACHE)/bench --oracles-python "$$PODTRAIL_TEST_ORACLES_PYTHON" \
	  --oracles-node "$$PODTRAIL_TEST_ORACLES_NODE" $(BENCH)

# Some ten minutes with the defaults; BENCH='--help' lists what can be changed.
bench-ingest: build
	cargo build --locked --profile $(PROFILE) -p podtrail-demo --example trail
	parts="$$(bash tests/parts.sh bench)" && eval "$$parts" && python3 tests/bench/ingest.py \
	  --podtrail $(BINARY) --trail $(EXAMPLES)/trail --peers-python "$$PODTRAIL_BENCH_PYTHON" \
	  --work $(PODTRAIL_CACHE)/bench $(BENCH)

# Making the lakes takes some ten minutes the first time; they are kept.
bench-query: build
	parts="$$(bash tests/parts.sh bench)" && eval "$$parts" && python3 tests/bench/query.py \
	  --podtrail $(BINARY) --peers-python "$$PODTRAIL_BENCH_PYTHON" --work $(PODTRAIL_CACHE)/bench $(BENCH)

# The OpenAPI document is the code's; the client's types are the document's. Tests hold all three together.
generate: web/node_modules/.package-lock.json
	cargo build --locked --workspace --all-targets
	$(CARGO_TARGET_DIR)/debug/examples/openapi > web/openapi.json
	cd web && npm run generate

clean-demo:
	rm -rf $(DEMO_DATA)
