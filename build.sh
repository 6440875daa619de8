#!/usr/bin/env bash
# The one entry to this repository: every command installs what it misses, says nothing when nothing is missing,
# and works from any folder. CI runs these same commands.
set -euo pipefail

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=eng/setup.sh
source "$root/eng/setup.sh"
# shellcheck source=eng/test.sh
source "$root/eng/test.sh"

usage() {
  cat <<'TEXT'
Usage: ./build.sh COMMAND [options]

  demo                     run the demo: a chat service without and with PgScale while servers fail, in under three minutes
  test                     build, then run all tests
    --postgres MAJOR       on this Postgres version (13 to 18) instead of the one of the machine
    --filter EXPRESSION    only the tests that match, in the syntax of `dotnet test --filter`
  bench [ROOM]             run the benchmarks of cluster, routing, caching, buffering, backfill or ddl; of all without ROOM;
                           fails when a row became worse than the committed baseline
    --quick                fewer and shorter rounds
    --part NAME            only one part of caching, see --help
    --json FILE            also write the rows as a JSON array
    --save NAME            also write benchmarks/results/NAME.md and .json; without ROOM the name is the version
    --accept               make these figures the baseline of their rooms, and rewrite docs/benchmarks.md
    --strict               exit with 1 when a goal is missed
  pack [-p:NAME=VALUE]     write the NuGet packages to artifacts/packages and check what is in them
  format                   fail when `dotnet format` would change a file
  help                     print this text

Environment:
  PGSCALE_POSTGRES_BIN     folder of the Postgres binaries (initdb, pg_ctl, postgres) to use
  PGSCALE_TEST_PRIMARY     connection string of a running primary to use instead, and
  PGSCALE_TEST_REPLICAS    connection strings of its replicas, separated by |
  CI                       when set, a missing server fails the tests instead of skipping them
TEXT
}

# Builds one project or the solution; prints only what went wrong.
build() {
  quietly "Building …" dotnet build "$1" --configuration Release --nologo --verbosity quiet
}

# Runs a .NET command at the root, where global.json holds; shows its errors once each, or all of its output without one.
quietly() {
  say "$1"
  shift
  local output
  output="$(cd "$root" && "$@" 2>&1)" && return
  grep -E ': (error|warning) ' <<<"$output" | sort -u >&2 || printf '%s\n' "$output" >&2
  exit 1
}

# Builds a program and runs it in the caller's folder, so that relative file names mean what they say.
run_program() {
  local project="$1" name
  name="$(basename -- "$project")"
  shift
  build "$project"
  exec dotnet "$root/artifacts/bin/$name/release/$name.dll" "$@"
}

# First the parts one by one, then the whole: a service without and with them. Fails when either breaks a promise.
run_demo() {
  local name status=0
  for name in Demo ChatService.Demo; do build "$root/samples/$name"; done
  for name in Demo ChatService.Demo; do dotnet "$root/artifacts/bin/$name/release/$name.dll" || status=$?; done
  return "$status"
}

pack() {
  local packages="$root/artifacts/packages" project
  rm -rf -- "$packages"
  # The same commit gives the same bytes: NuGet stamps its files with this time instead of now.
  SOURCE_DATE_EPOCH="$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)"
  export SOURCE_DATE_EPOCH
  # A folder of its own, because an incremental build would keep libraries that name this machine's folders.
  for project in "$root"/src/*/*.csproj; do
    quietly "Packing $(basename -- "$project" .csproj) …" dotnet pack "$project" --configuration Release --nologo --verbosity quiet \
      -p:ContinuousIntegrationBuild=true -p:ArtifactsPath="$root/artifacts/pack" "$@"
  done
  (cd "$root" && dotnet run eng/check-packages.cs -- "$packages")
}

main() {
  local command="${1:-help}"
  [ "$#" -eq 0 ] || shift
  case "$command" in
    demo) need_dotnet; need_servers; run_demo ;;
    test) need_dotnet; run_tests "$@" ;;
    bench) need_dotnet; need_servers; run_program "$root/benchmarks/PgScale.Benchmarks" "$@" ;;
    pack) need_dotnet; pack "$@" ;;
    format) need_dotnet; (cd "$root" && dotnet format PgScale.sln --verify-no-changes "$@") ;;
    help | -h | --help) usage ;;
    *) fail "There is no command '$command'. ./build.sh help lists the commands." ;;
  esac
}

main "$@"
