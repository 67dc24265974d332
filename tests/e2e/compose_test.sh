#!/usr/bin/env bash
# docker-compose.yml for real: images are built, everything comes up by itself, a change arrives in the directory, an
# agent that is away is told apart, signals end the processes cleanly, a restart keeps everything, and the tour passes.
#
# Runs where an engine answers and says so where none does (exit 77: ctest counts it as skipped). BASE and BUILD_NETWORK
# are passed on, see docker-compose.yml.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
cd -- "$root"
skip() { printf 'SKIPPED: %s\n' "$*"; exit 77; }
fail() { printf 'FAILED: %s\n' "$*"; exit 1; }
step() { printf '%s %s\n' "$(date -u +%T)" "$*"; }

command -v docker >/dev/null || skip "there is no docker command"
docker info >/dev/null 2>&1 || skip "no Docker engine answers"
if docker compose version >/dev/null 2>&1; then compose=(docker compose)
elif command -v docker-compose >/dev/null; then compose=(docker-compose)
else skip "neither 'docker compose' nor docker-compose is there"; fi
base=${BASE:-debian:bookworm-slim}
docker image inspect "$base" >/dev/null 2>&1 || docker pull -q "$base" >/dev/null 2>&1 ||
  skip "the base image $base is neither here nor to be had (set BASE)"

export COMPOSE_PROJECT_NAME=dirbridge-test-$$
export API_PORT=${API_PORT:-0} API_TLS_PORT=${API_TLS_PORT:-0}  # 0: any free one
compose() { "${compose[@]}" "$@"; }
finish() {
  local status=$?
  if ((status != 0)); then compose logs --no-color --tail 60 2>&1 | tail -n 200 || true; fi
  compose down --volumes --remove-orphans --timeout 5 >/dev/null 2>&1 || true
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

# `container SERVICE`: its id, also when it has ended.
container() { docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" \
                --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False; }
dirbridge() { compose exec -T hub dirbridge "$@"; }
# What the directory itself says, asked from inside its container.
has_member() {
  # Into a variable: a grep that stops reading early would make the search fail.
  local found
  found=$(compose exec -T openldap ldapsearch -x -LLL -o ldif-wrap=no -H ldap://127.0.0.1:1389 -s base \
    -b "cn=$1,ou=groups,dc=example,dc=org" \
    "(|(member=uid=$2,ou=people,dc=example,dc=org)(uniqueMember=uid=$2,ou=people,dc=example,dc=org))" dn)
  [[ $found == dn:* ]]
}
healthy() {
  local deadline=$((SECONDS + 60))
  until [[ $(docker inspect -f '{{.State.Health.Status}}' "$(container "$1")") == healthy ]]; do
    ((SECONDS < deadline)) || fail "$1 is not healthy after a minute"
    sleep 0.5
  done
}

step "building the images"
compose build >/dev/null 2>&1 || compose build || fail "the images do not build (above)"
compose --profile tour build tour >/dev/null 2>&1 || fail "the tour's image does not build"

step "bringing everything up"
compose up -d --no-build >/dev/null 2>&1 || fail "up"
[[ $(docker wait "$(container first-import)") == 0 ]] || fail "the first import"
[[ $(compose exec -T hub id -u | tr -d '\r') != 0 ]] || fail "the hub runs as root"
[[ $(compose exec -T agent id -u | tr -d '\r') != 0 ]] || fail "the agent runs as root"

step "one change, checked in the directory"
has_member engineering karl && fail "the sample data changed"
dirbridge group add engineering karl || fail "group add"
has_member engineering karl || fail "the hub says yes and the directory no"
dirbridge group add vpn-users carol || fail "adding who is there already"
dirbridge group remove engineering karl || fail "group remove"
has_member engineering karl && fail "the hub says removed and the directory has it"

step "the API on the published port"
address=$(compose port hub 8080)
status=$(curl -s -o /dev/null -w '%{http_code}' -X POST "http://$address/api/v1/directories/x/groups/modify" -d '{}')
[[ $status == 401 ]] || fail "a POST without a token was answered $status"

step "without an agent"
compose stop agent >/dev/null 2>&1
[[ $(docker inspect -f '{{.State.ExitCode}}' "$(container agent)") == 0 ]] || fail "the agent did not end cleanly on SIGTERM"
dirbridge group add engineering karl && fail "a change without an agent succeeded"
has_member engineering karl && fail "a refused change was made"

step "stop and start: nothing is forgotten, nothing is enrolled twice"
compose stop hub openldap >/dev/null 2>&1
[[ $(docker inspect -f '{{.State.ExitCode}}' "$(container hub)") == 0 ]] || fail "the hub did not end cleanly on SIGTERM"
compose up -d --no-build >/dev/null 2>&1 || fail "up again"
healthy agent
[[ $(dirbridge agents --json | grep -c '"id"') == 1 ]] || fail "there is more than one agent"
dirbridge group add engineering karl || fail "group add after the restart"
has_member engineering karl || fail "the directory did not get it after the restart"
dirbridge jobs

step "the tour"
compose --profile tour run --rm tour || fail "the tour"
step "done"
