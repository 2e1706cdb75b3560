#!/usr/bin/env bash
# Runs a command in a machine with real faults: a mount namespace of its own (unshare --mount), so that nothing outside
# changes. As root.
#   world.sh WORK [without=LIBRARY | system=FILE | full=FOLDER | readonly=FOLDER | ordinary]... -- COMMAND...
# WORK: an empty folder for what that takes.
# without: the shared library whose file's name begins so is not installed.
# system: /etc/os-release.
# full: a disk without room. readonly: one that takes no changes.
# ordinary: root's right to read and write everybody's files is gone.
set -euo pipefail
work=$1
shift
prefix=()

while [ "$1" != -- ]; do
    value=${1#*=}
    case $1 in
    without=*)
        folder=$(readlink -f "$(dirname "$(ldconfig -p | awk -v name="$value" '$1 ~ "^" name {print $NF; exit}')")")
        mkdir "$work/real" "$work/shown"
        mount --bind "$folder" "$work/real"
        cp -rs "$work/real/." "$work/shown/"
        rm "$work/shown/$value"*
        mount --bind "$work/shown" "$folder"
        echo "$folder" >"$work/folder" # for who installs it later
        ldconfig -X -C "$work/cache"
        mount --bind "$work/cache" /etc/ld.so.cache
        ;;
    system=*) mount --bind "$value" "$(readlink -f /etc/os-release)" ;;
    full=*)
        mount -t tmpfs -o size=64k tmpfs "$value"
        head -c 1M /dev/zero >"$value/filling" 2>/dev/null || true
        ;;
    readonly=*)
        mount --bind "$value" "$value"
        mount -o remount,bind,ro "$value"
        ;;
    ordinary) prefix=(setpriv --bounding-set=-dac_override,-dac_read_search) ;;
    esac
    shift
done
shift
exec "${prefix[@]}" "$@"
