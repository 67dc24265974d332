#!/bin/sh
# dirbridge-setup NAME
#
# What an operator does by hand before an agent's first start, for compose: make the directory NAME at the hub, and put
# into /srv/enrolment what the agent needs: the hub's authority (ca.pem) and a one-time code (code, mode 0600). May be run
# again at any time: an agent that has its identity needs no code, and an unused code is replaced by a fresh one.
#
# Volumes: the hub's data folder and the agent's state folder (both only read), /srv/enrolment.
# DIRBRIDGE_HUB, DIRBRIDGE_TOKEN_FILE and DIRBRIDGE_CA say how to reach the hub.
set -eu
name=$1
hub_data=${HUB_DATA:-/var/lib/dirbridge/hub}
agent_state=${AGENT_STATE:-/var/lib/dirbridge/agent}

cp "$hub_data/ca.pem" /srv/enrolment/ca.pem
dirbridge directory list --json | grep -Fq "\"name\": \"$name\"" || dirbridge directory create "$name"
if [ -e "$agent_state/agent.json" ]; then
  echo "the agent is enrolled already"
  [ -e /srv/enrolment/code ] || : > /srv/enrolment/code  # the agent's settings name it
else
  rm -f /srv/enrolment/code
  dirbridge agent enrol-code "$name" --out /srv/enrolment/code
fi
