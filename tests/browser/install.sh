#!/usr/bin/env bash
# Installs what the tests with a real browser need: Chromium, and fonts for Latin, Arabic, Hebrew, CJK and emoji.
# Debian and Ubuntu, as root; does nothing where all of it is there.
set -euo pipefail

missing=""
command -v chromium >/dev/null || missing="$missing chromium"
command -v fc-list >/dev/null || missing="$missing fontconfig"
has_font() { command -v fc-list >/dev/null && fc-list : family | grep -qi "$1"; }
has_font '^Inter' || missing="$missing fonts-inter"
has_font 'DejaVu Sans' || missing="$missing fonts-dejavu-core"
has_font 'Noto Sans CJK\|Droid Sans Fallback' || missing="$missing fonts-droid-fallback"
has_font 'Noto Color Emoji' || missing="$missing fonts-noto-color-emoji"
[ -n "$missing" ] || exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# Without the recommended packages, or a desktop comes along.
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
