#!/usr/bin/env bash
# Installs what the tests of the service need: systemd with its tools, a message bus for a user, a C compiler.
# Debian and Ubuntu, as root; does nothing where all of it is there.
set -euo pipefail

missing=""
for program in systemctl systemd-analyze journalctl busctl; do
    command -v "$program" >/dev/null || missing="systemd"
done
[ -e /usr/lib/systemd/user/dbus.socket ] || missing="$missing dbus-user-session"
command -v dbus-monitor >/dev/null || missing="$missing dbus-bin"
command -v setpriv >/dev/null && command -v nsenter >/dev/null || missing="$missing util-linux"
command -v cc >/dev/null || missing="$missing gcc libc6-dev"
[ -n "$missing" ] || exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
