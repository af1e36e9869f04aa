#!/bin/bash
# box.sh ROOT STATE GROUP: systemd, as a user's, in namespaces of its own, with a bus and the box's units. What its manager cannot give (users, mounts) is
# taken out of the worker's unit: the image shows that. The caller has to have made the namespaces.
# With GROUP alone it removes the control groups that are left when all has ended.
set -eu
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/edgebox /run/groups /run/user
mkdir -m 700 /run/user/0
mount -t cgroup2 cgroup2 /run/groups
mount --move /run/groups /sys/fs/cgroup
if [ $# = 1 ]; then
    find "/sys/fs/cgroup/$1" -depth -type d -exec rmdir {} +
    exit
fi
root=$1 state=$2 group=/sys/fs/cgroup/$3
export XDG_RUNTIME_DIR=/run/user/0 HOME=$state DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/0/bus
units=/run/user/0/systemd/user
mkdir -p $units
cp "$root"/systemd/edgeboxd.socket "$root"/systemd/edgeboxd-workers.socket "$root/systemd/edgebox-worker@.service" $units/
sed -i '/^Socket\(User\|Group\|Mode\)=/d' $units/*.socket
sed -i '/^\(DynamicUser\|User\|SupplementaryGroups\|NoExecPaths\|ExecPaths\|OOMScoreAdjust\|IPAddressDeny\|BindPaths\|Device.*\|Protect.*\|Private.*\|ProcSubset\|InaccessiblePaths\)=/d' "$units/edgebox-worker@.service"
sed -i "s|=/usr/lib/edgebox/edgeboxd/|=$root/out/edgeboxd/|" "$units/edgebox-worker@.service"
cat >$units/edgeboxd.service <<UNIT
[Unit]
Requires=edgeboxd.socket edgeboxd-workers.socket
StartLimitIntervalSec=0
[Service]
Type=notify
ExecStart=$root/out/edgeboxd/edgeboxd --worker-units true --state $state/state --tls off --gateway off --worker $root/out/edgebox-worker/edgebox-worker --packs $root/out/pack
Environment=DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/user/0/bus
Sockets=edgeboxd.socket edgeboxd-workers.socket
Restart=always
RestartSec=1
KillMode=mixed
UNIT
mkdir "$group"
echo $$ >"$group/cgroup.procs"
dbus-daemon --session --address=unix:path=/run/user/0/bus --nofork --nopidfile >"$state/bus.log" 2>&1 &
# As process 1 it would be the system's.
/usr/lib/systemd/systemd --user >"$state/manager.log" 2>&1 &
wait
