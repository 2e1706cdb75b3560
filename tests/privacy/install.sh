#!/usr/bin/env bash
# Installs what the tests of privacy need: a program that shows what others ask of the system, and one that sets up a
# network of their own. Debian and Ubuntu, as root; does nothing where both are there.
set -euo pipefail

missing=""
command -v strace >/dev/null || missing="strace"
command -v ip >/dev/null || missing="$missing iproute2"
[ -n "$missing" ] || exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
