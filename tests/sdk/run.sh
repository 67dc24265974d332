#!/bin/sh
# sdk.node: run.sh STAGE MODULES. Runs the tests against a hub that STAGE starts.
set -eu
stage=$1
modules=$2
. "$(dirname -- "$0")/install.sh"
exec node "$here/run.js" "$stage"
