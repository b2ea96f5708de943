#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Boots a root: boot.sh ROOT, as the first process of new namespaces for mounts, processes, cgroups, IPC, the network and
# the host name. systemd becomes that process, and finds what a container manager would give it.
set -euo pipefail

root=$1
hostname warder-test
ip link set lo up
mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup
mount -t tmpfs -o nosuid,nodev,mode=0755 tmpfs run
mount -t tmpfs -o nosuid,mode=0755 tmpfs dev
for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for number in 0 1 2; do ln -s "/proc/self/fd/$number" "dev/$(cut -d' ' -f$((number + 1)) <<<'stdin stdout stderr')"; done
mkdir -p mnt/outside
pivot_root . mnt/outside
umount --lazy /mnt/outside
rmdir /mnt/outside
# Of systemd's credentials, only the mounts that other namespaces share are seen there.
mount --make-rshared /
exec env -i container=warder-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=no </dev/null
