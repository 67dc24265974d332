# For the scripts beside it: installs the pinned packages into the folder $modules (outside the
# sources), once per lock file. 77, a visible skip, where there is no node.
here=$(cd -- "$(dirname -- "$0")" && pwd)
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
export NODE_PATH="$modules/node_modules"
