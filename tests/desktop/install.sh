#!/usr/bin/env bash
# Installs what the tests with real windows need: an X server without a screen, a window manager, text widgets, and the
# same for Wayland. Debian and Ubuntu, as root; does nothing where all of it is there.
set -euo pipefail

missing=""
need() { # PROGRAM PACKAGE...
    command -v "$1" >/dev/null || missing="$missing ${*:2}"
}
need Xvfb xvfb
need openbox openbox
need setxkbmap x11-xkb-utils
need xdotool xdotool
need xclip xclip
need xterm xterm
need chromium chromium
need sway sway
need wtype wtype
need wl-copy wl-clipboard
/usr/bin/python3 -c 'import gi; gi.require_version("Gtk", "3.0")' 2>/dev/null || missing="$missing python3-gi gir1.2-gtk-3.0"
ldconfig -p | grep -q libxkbcommon.so.0 || missing="$missing libxkbcommon0"
fc-list 2>/dev/null | grep -q DejaVu || missing="$missing fontconfig fonts-dejavu-core"
fc-list 2>/dev/null | grep -qi 'CJK\|WenQuanYi' || missing="$missing fonts-wqy-microhei"
[ -n "$missing" ] || exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
