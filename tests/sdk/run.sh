#!/bin/sh
# sdk.node: run.sh STAGE MODULES. Installs the pinned packages into the folder MODULES (outside the sources), once per
# lock file, and runs the tests against a hub that STAGE starts. 77, a visible skip, where there is no node.
set -eu
here=$(cd -- "$(dirname -- "$0")" && pwd)
stage=$1
modules=$2
for program in node npm; do
  command -v "$program" >/dev/null || { echo "skipped: $program is not installed (./run deps installs it)"; exit 77; }
done

mkdir -p "$modules"
if ! cmp -s "$here/package-lock.json" "$modules/installed-lock.json"; then
  rm -f "$modules/installed-lock.json"
  cp "$here/package.json" "$here/package-lock.json" "$modules/"
  # None of the packages needs a script of its own to be installed.
  (cd "$modules" && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline)
  cp "$here/package-lock.json" "$modules/installed-lock.json"
fi
NODE_PATH="$modules/node_modules" exec node "$here/run.js" "$stage"
