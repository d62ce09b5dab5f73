#!/usr/bin/env bash
# Installs the real parts that the Rust tests talk to, and prints the variables that say where they are:
#   eval "$(bash tests/parts.sh)"        then `cargo test -p podtrail-tests` finds them
# What is there already is neither downloaded nor touched. Progress goes to standard error.
set -euo pipefail
cd "$(dirname "$0")/.."

cache="${PODTRAIL_CACHE:-$HOME/.cache/podtrail}"
fail() { echo "$*" >&2; exit 1; }

# Prints the Python of an environment that holds exactly the packages of a requirements file.
python_of() {
  local requirements="$1" version hash home
  command -v python3 >/dev/null || fail 'tests need `python3` 3.10 or newer: install it from your distribution'
  version="$(python3 --version)"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail "tests need Python 3.10 or newer, and \`python3\` is $version"
  hash="$({ echo "$version"; cat "$requirements"; } | python3 -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest()[:16])')"
  home="$cache/python-$hash"
  if [ ! -x "$home/bin/python" ]; then
    echo "installing $requirements into $home" >&2
    mkdir -p "$cache"
    # Made beside its place and moved there when whole, so that an interrupted installation is not taken for one.
    local new="$home.$$"
    python3 -m venv "$new" >&2 || { rm -rf "$new"; fail 'tests need the module `venv` of Python: install it (on Debian: `apt-get install python3-venv`)'; }
    "$new/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" >&2 \
      || { rm -rf "$new"; fail "the packages of \`$requirements\` could not be installed: see the message of pip above"; }
    if [ -e "$home" ]; then rm -rf "$new"; else mv "$new" "$home"; fi
  fi
  echo "$home/bin/python"
}

# Prints the folder with PostgreSQL's server programs, which Debian keeps off the PATH; nothing where there is none.
find_postgres() {
  local programs
  for programs in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) "$(dirname "$(command -v initdb || echo /)")"; do
    if [ -x "$programs/initdb" ] && [ -x "$programs/pg_ctl" ]; then echo "$programs"; return; fi
  done
}

postgres_of() {
  local found
  found="$(find_postgres)"
  if [ -z "$found" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo 'installing PostgreSQL with apt-get' >&2
    apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null
    found="$(find_postgres)"
  fi
  [ -n "$found" ] || fail 'tests need PostgreSQL: install the package `postgresql`, or put `initdb` and `pg_ctl` on the PATH'
  echo "$found"
}

# Prints a folder that holds exactly the packages of a folder's package-lock.json, in `node_modules`.
node_modules_of() {
  local folder="$1" hash home
  command -v npm >/dev/null || fail 'tests need `npm` of Node.js 20 or newer: install it from your distribution'
  hash="$({ node --version; cat "$folder/package-lock.json"; } | python3 -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest()[:16])')"
  home="$cache/node-$hash"
  if [ ! -d "$home/node_modules" ]; then
    echo "installing the packages of $folder into $home" >&2
    mkdir -p "$cache"
    local new="$home.$$"
    mkdir "$new" && cp "$folder"/package.json "$folder"/package-lock.json "$folder"/.npmrc "$new"
    (cd "$new" && npm ci --ignore-scripts --silent >&2) \
      || { rm -rf "$new"; fail "the packages of \`$folder\` could not be installed: see the message of npm above"; }
    if [ -e "$home" ]; then rm -rf "$new"; else mv "$new" "$home"; fi
  fi
  echo "$home"
}

# The oracles of the IAM evaluator, each a program of its own.
oracles() {
  local python node
  python="$(python_of tests/oracles/requirements.txt)"
  node="$(node_modules_of tests/oracles)"
  printf 'export PODTRAIL_TEST_ORACLES_PYTHON=%q\nexport PODTRAIL_TEST_ORACLES_NODE=%q\n' "$python" "$node"
}

case "${1:-tests}" in
  tests)
    python="$(python_of tests/requirements.txt)"
    postgres="$(postgres_of)"
    printf 'export PODTRAIL_TEST_PYTHON=%q\nexport PODTRAIL_TEST_POSTGRES=%q\n' "$python" "$postgres"
    oracles ;;
  oracles) oracles ;;
  bench)
    python="$(python_of tests/bench/requirements.txt)"
    printf 'export PODTRAIL_BENCH_PYTHON=%q\n' "$python" ;;
  *) fail "\`$1\` is not known: accepted are \`tests\`, \`oracles\` and \`bench\`" ;;
esac
