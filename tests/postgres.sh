#!/bin/sh
# usage: postgres.sh PROGRAMS PORT
# Runs PostgreSQL in a folder of its own on 127.0.0.1:PORT, prints `ready` when it answers, and ends it, folder and
# all, when standard input ends: the test process holds the other end. Nothing in it need survive, so nothing is synced.
set -eu
programs="$1" port="$2"
home="$(mktemp -d "${TMPDIR:-/tmp}/podtrail-postgres.XXXXXX")"
trap '"$programs/pg_ctl" -D "$home/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$home"' EXIT
trap 'exit 1' INT TERM HUP
"$programs/initdb" -D "$home/data" -U podtrail -A trust -E UTF8 --locale=C --no-sync >/dev/null
"$programs/pg_ctl" -D "$home/data" -l "$home/log" -w start </dev/null >/dev/null -o "-k $home -h 127.0.0.1 -p $port \
  -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200" \
  || { cat "$home/log" >&2; exit 1; }
echo ready
cat >/dev/null
