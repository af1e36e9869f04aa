#!/bin/bash
# Called by mmdebstrap when all packages are in place: customize.sh ROOT. Fetches what is taken apart and not installed, notes what is
# there, makes the users, and takes out what the box must not have. Where an ordinary user builds, it runs as somebody who may read and write
# nothing of his: what it needs and what it makes is in ROOT/edgebox-build.
set -euo pipefail
root=$1 work=$1/edgebox-build
cd /
export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG

mkdir -p "$work/parts"
kernel=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*amd64\)$/\1/p')
driver=
[ ! -e "$root/usr/share/doc/libnvidia-ml1" ] || driver=nvidia-kernel-dkms
(cd "$work/parts" && apt-get download -qq -o APT::Sandbox::User=root "$kernel" busybox-static systemd-boot-efi $driver)

{
    chroot "$root" dpkg-query -W -f '${Package}=${Version}\n'
    for deb in "$work"/parts/*.deb; do dpkg-deb -W --showformat='${Package}=${Version}\n' "$deb"; done
} | LC_ALL=C sort >"$work/packages"
if [ -s "$work/packages.lock" ] && [ -z "${EDGEBOX_IMAGE_LOCK:-}" ] && ! diff -u "$work/packages.lock" "$work/packages" >&2; then
    echo "image: Debian now has other versions than image/packages*.lock pins. To take them: make image-lock (with GPU=nvidia for that image), and commit the file." >&2
    exit 1
fi

cp "$work/edgebox.sysusers.conf" "$root/usr/lib/sysusers.d/edgebox.conf"
chroot "$root" systemd-sysusers
# Days are counted in the file; a build of another day must not differ.
sed -i -E "s/^(([^:]*:){2})[0-9]*:/\1$((SOURCE_DATE_EPOCH / 86400)):/" "$root/etc/shadow"
rm -f "$root"/etc/{passwd,group,shadow,gshadow}-
grep -v '^#' "$work/remove.txt" | while read -r path; do (cd "$root" && rm -rf $path); done
find "$root/usr/share/doc" ! -name copyright -type f -delete
find "$root/usr/share/doc" -type l -delete
mkdir -p "$root"/{data,etc/edgebox}
: >"$root/etc/machine-id"
echo edgebox >"$root/etc/hostname"
printf '127.0.0.1 localhost edgebox\n' >"$root/etc/hosts"
printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n' >"$root/etc/nsswitch.conf"
rm -f "$root"/etc/{fstab,motd,issue,issue.net,resolv.conf} "$root/etc/mtab"
ln -s /proc/self/mounts "$root/etc/mtab"
