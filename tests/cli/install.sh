#!/usr/bin/env bash
# Installs the shells whose completion is tested. Debian and Ubuntu, as root; does nothing where all of it is there.
set -euo pipefail

missing=""
for shell in zsh fish; do
    command -v "$shell" >/dev/null || missing="$missing $shell"
done
[ -n "$missing" ] || exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
