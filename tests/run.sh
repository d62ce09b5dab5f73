#!/usr/bin/env bash
# Every test of the project: Rust (unit, properties, SQL files, end to end), web, browser.
# Installs what is missing, or says exactly what to install. Runs twice as well as once.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }
need() { command -v "$1" >/dev/null || { echo "tests need \`$1\`: $2" >&2; exit 1; }; }

need cargo 'install Rust from your distribution or with rustup'
need npm 'install Node.js 20 or newer with npm'
need python3 'install Python 3.10 or newer with its module `venv`'

say 'formatting and lints'
cargo fmt --all -- --check
say 'dashboard: types, lints, unit tests, build'
make --no-print-directory web/dist/index.html
npm --prefix web run lint
say 'dashboard: the client types are those of the OpenAPI document'
types="$(mktemp)"
(cd web && npx openapi-typescript openapi.json -o "$types" >/dev/null)
diff "$types" web/src/api/schema.d.ts || { echo 'web/src/api/schema.d.ts is not what web/openapi.json says: run `make generate`' >&2; exit 1; }
rm -f "$types"
npm --prefix web test
say 'Rust: lints'
cargo clippy --locked --workspace --all-targets -- -D warnings
say 'parts of the tests: Python packages, PostgreSQL'
parts="$(bash tests/parts.sh)"
eval "$parts"
# Properties try the same cases here each time; `PROPTEST_CASES=5000 cargo test` tries new and more.
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-20261101}"
say 'Rust: unit tests, properties, SQL files, end to end'
cargo build --locked --workspace --all-targets
cargo test --locked --workspace

say 'browser journeys on the demo estate'
chromium="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}"
if [ -z "$chromium" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
  chromium="$(command -v chromium)"
fi
[ -n "$chromium" ] || { echo 'the browser tests need Chromium: install the package `chromium`, or set CHROMIUM to its path' >&2; exit 1; }
export CHROMIUM="$chromium"

work="$(mktemp -d)"
server=
cleanup() { [ -n "$server" ] && kill "$server" 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT
binary="$(make -s bin-path PROFILE=dev)"
"$binary" --data "$work/data" demo --no-serve
"$binary" --data "$work/data" serve --listen 127.0.0.1:0 2>"$work/log" & server=$!
for _ in $(seq 600); do grep -q '^serving on ' "$work/log" && break; kill -0 "$server" || { cat "$work/log" >&2; exit 1; }; sleep 0.1; done
PODTRAIL_URL="$(sed -n 's/^serving on \(http[^ ]*\).*/\1/p' "$work/log")" npm --prefix web run e2e

say 'all tests passed'
