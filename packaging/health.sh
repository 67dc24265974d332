#!/bin/bash
# dirbridge-health [HOST PORT [PATTERN]]
#
# For HEALTHCHECK: asks a hub's /readyz over plain HTTP and succeeds if the answer is 200 and, where a PATTERN is given,
# holds it. Without arguments: the hub in this container, on port 8080; a container that runs something else (an agent has
# no port of its own) is taken to be well as long as it runs.
set -u
host=${1:-127.0.0.1}
port=${2:-8080}
pattern=${3:-'"status"'}

if (($# == 0)) && ! tr '\0' ' ' </proc/1/cmdline | grep -Eq '(^| )hub( |$)'; then exit 0; fi

exec 3<>"/dev/tcp/$host/$port" || exit 1
printf 'GET /readyz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$host" >&3
answer=$(timeout 2 cat <&3)
[[ $answer == 'HTTP/1.1 200 '* ]] && grep -Eq -- "$pattern" <<<"$answer"
