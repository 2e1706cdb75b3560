#!/usr/bin/env bash
# Process 1 of a world of its own, in which a real `systemd --user` runs for an ordinary user: see user_manager.py.
# Mounts are private, so that nothing of the machine changes; all processes end with this one.
#   user_manager.sh USER_ID HOME RUNTIME CGROUP [CLOSED:SHOWN]...
# SHOWN is a folder below CLOSED, which only root may enter: in here the user sees it, and nothing else of CLOSED.
set -euo pipefail
user=$1 home=$2 runtime=$3 cgroup=$4
shift 4

mount -t tmpfs -o mode=755 tmpfs /mnt
number=0
for pair in "$@"; do
    number=$((number + 1))
    mkdir "/mnt/$number"
    mount --bind "${pair#*:}" "/mnt/$number"
done
number=0
for pair in "$@"; do
    number=$((number + 1))
    mountpoint -q "${pair%%:*}" || mount -t tmpfs -o mode=755 tmpfs "${pair%%:*}"
    mkdir -p "${pair#*:}"
    mount --move "/mnt/$number" "${pair#*:}"
done

# What the system's own systemd would have made; the user's asks for the first.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/systemd/system /run/systemd/unit-root /run/systemd/journal /run/dbus
{ cat /etc/passwd; echo "asrdtest:x:$user:$user::$home:/bin/sh"; } >/run/passwd
{ cat /etc/group; echo "asrdtest:x:$user:"; } >/run/group
mount --bind /run/passwd /etc/passwd
mount --bind /run/group /etc/group
tr -d - </proc/sys/kernel/random/uuid >/run/machine-id
[ -e /etc/machine-id ] || touch /etc/machine-id
mount --bind /run/machine-id /etc/machine-id

umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
# Named as on a machine: the journal tells whose unit a process is by its group.
group="/sys/fs/cgroup/$cgroup/user.slice/user-$user.slice/user@$user.service"
mkdir -p "$group"
echo $$ >"/sys/fs/cgroup/$cgroup/cgroup.procs"
chown -R "$user:$user" "$group"

# A journal that keeps what each user's services say apart, as on a machine.
mount -t tmpfs -o mode=755 tmpfs /var/log
mkdir /var/log/journal
touch /run/systemd/journal/flushed
printf '[Journal]\nReadKMsg=no\nStorage=persistent\n' >/run/journald.conf
mount --bind /run/journald.conf /etc/systemd/journald.conf
/lib/systemd/systemd-journald >/dev/null 2>&1 &
for _ in $(seq 200); do
    [ -S /run/systemd/journal/stdout ] && break
    sleep 0.05
done

(
    echo $BASHPID >"$group/cgroup.procs"
    exec setpriv --reuid "$user" --regid "$user" --clear-groups \
        env -i HOME="$home" XDG_RUNTIME_DIR="$runtime" PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 \
        /lib/systemd/systemd --user --log-target=journal >"$runtime.log" 2>&1
) &
wait $!
