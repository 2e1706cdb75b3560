#!/usr/bin/env bash
# Dictates the demonstration clip on a machine without a network, and writes down what is asked of the system: run in
# namespaces of its own (unshare --net), as root.
#   offline.sh FOLDER ASRD...
# FOLDER gets of each command what it wrote (NAME.out, NAME.log) and its system calls (NAME.calls).
set -euo pipefail
folder=$1
shift
ip link set lo up

watched() { # NAME ARGUMENT...: the process is asrd itself, strace its detached grandchild
    local name=$1
    shift
    exec strace -D -f -qq -s 256 -e signal=none \
        -e trace=network,open,openat,creat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mkdir,mkdirat \
        -o "$folder/$name.calls" "${asrd[@]}" "$@" >"$folder/$name.out" 2>"$folder/$name.log"
}
asrd=("$@")

until_has() { # FILE WORDS
    for _ in $(seq 1200); do
        grep -qs -- "$2" "$1" && return
        sleep 0.05
    done
    echo "$1 has no: $2" >&2
    exit 1
}

(watched transcribe transcribe "$CLIP")
(watched doctor doctor --json) || true # there may be no microphone
# The clients are there first: what they need of the daemon, its first token, is not there yet.
(watched listen listen --wait -vv) &
listener=$!
(watched type type --method stdout --wait -vv) &
typist=$!
until_has "$folder/listen.log" "trying again"
until_has "$folder/type.log" "trying again"
(watched run run --demo -vv) &
daemon=$!
until_has "$folder/listen.out" .
until_has "$folder/type.out" .
kill -INT $daemon
code=0
wait $daemon || code=$?
kill -INT $typist $listener 2>/dev/null || true
wait $typist $listener || true
exit $code
