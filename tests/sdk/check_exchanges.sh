#!/bin/sh
# e2e.schemas: check_exchanges.sh EXCHANGES MODULES. Holds what was recorded in the folder EXCHANGES against the schemas.
set -eu
exchanges=$1
modules=$2
. "$(dirname -- "$0")/install.sh"
exec node "$here/check_exchanges.js" "$exchanges"
