#!/usr/bin/env bash
# Installs what the tests with a real sound server need: PulseAudio with its tools, ALSA's way to it, and PortAudio.
# Debian and Ubuntu, as root; does nothing where all of it is there.
set -euo pipefail

missing=""
command -v pulseaudio >/dev/null || missing="$missing pulseaudio"
command -v paplay >/dev/null || missing="$missing pulseaudio-utils"
ldconfig -p | grep -q libportaudio.so.2 || missing="$missing libportaudio2"
find /usr/lib -name 'libasound_module_pcm_pulse.so' 2>/dev/null | grep -q . || missing="$missing libasound2-plugins"
[ -n "$missing" ] || exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# Without the recommended packages, or a session bus and a real-time daemon come along.
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
