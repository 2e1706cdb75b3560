#!/usr/bin/env bash
# Installs what makes the clip of `asrd run --demo` anew: the speech synthesiser flite.
# Debian and Ubuntu, as root; does nothing where it is there.
set -euo pipefail

command -v flite >/dev/null && exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends flite >/dev/null
