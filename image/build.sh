#!/bin/bash
# Builds the image of the box into out/image, as an ordinary user: build.sh [lock]
#   MODEL=PATH       the model that the image brings: a GGUF file, or a folder with a manifest (else models/edgebox-mini)
#   ADDRESS=A/PREFIX the address that the box has until it is configured (default 10.0.2.15/24)
#   RELEASE=1        without the root shell on the serial lines that development images have
#   GPU=nvidia       with Debian's driver for NVIDIA's GPUs and the vulkan pack, into out/image-nvidia
#   lock             takes the versions that Debian has today, and writes image/packages.lock
# The same sources, programs and packages give the same image, byte for byte. Ends with 75 where Debian's packages cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."
gpu=${GPU:-}
case $gpu in '' | nvidia) ;; *) echo "image: GPU=$gpu is not known; only nvidia is" >&2; exit 2 ;; esac
out=$PWD/out/image${gpu:+-$gpu}
packages="image/packages.txt${gpu:+ image/packages-$gpu.txt}"
lock=image/packages${gpu:+-$gpu}.lock
mkdir -p "$out"
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1793491200
export PATH=$PATH:/usr/sbin:/sbin
version=$(sed -n 's/.*<Version>\(.*\)<\/Version>.*/\1/p' Directory.Build.props)
kind=development
[ -z "${RELEASE:-}" ] || kind=release
mebi=$((1024 * 1024))
rootsize=$((512 * mebi))
[ "${1:-}" != lock ] || export EDGEBOX_IMAGE_LOCK=1

inputs() { cat 2>/dev/null $packages $lock image/customize.sh image/remove.txt systemd/edgebox.sysusers.conf | sha256sum || true; }
base() {
    local state
    state=$(inputs)
    if [ -e "$out/base.tar" ] && [ "$(cat "$out/base.state" 2>/dev/null)" = "$state" ] && [ -z "${EDGEBOX_IMAGE_LOCK:-}" ]; then return; fi
    echo "image: packages of Debian trixie"
    rm -rf "$out/base.tar" "$out/base.state" "$out/parts"
    cp "$lock" "$out/packages.lock" 2>/dev/null || : >"$out/packages.lock"
    mmdebstrap --quiet --skip=cleanup/apt,cleanup/mmdebstrap --variant=essential --architectures=amd64 --include="$(cat $packages | grep -v '^#' | paste -sd,)" \
        --components="main${gpu:+,contrib,non-free,non-free-firmware}" \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        --customize-hook='mkdir "$1/edgebox-build"' \
        --customize-hook='copy-in image/customize.sh image/remove.txt systemd/edgebox.sysusers.conf /edgebox-build' \
        --customize-hook="copy-in '$out/packages.lock' /edgebox-build" \
        --customize-hook='"$1/edgebox-build/customize.sh" "$1"' \
        --customize-hook="copy-out /edgebox-build/parts /edgebox-build/packages '$out'" --customize-hook='rm -r "$1/edgebox-build"' \
        trixie "$out/base.tar" || { echo "image: Debian's packages could not be had, or not in the versions that $lock pins" >&2; exit 75; }
    [ -z "${EDGEBOX_IMAGE_LOCK:-}" ] || cp "$out/packages" "$lock"
    inputs >"$out/base.state"
}

# Takes the kernel's package apart: modules that image/modules.txt names, and what they need.
kernel() { # stage initrd
    local kept=$1/usr/lib/modules all
    rm -rf "$out/kernel"
    mkdir "$out/kernel"
    for deb in "$out"/parts/*.deb; do dpkg-deb -x "$deb" "$out/kernel"; done
    all=$(echo "$out"/kernel/usr/lib/modules/*)
    release=${all##*/}
    mkdir -p "$kept/$release/kernel"
    cp "$all"/modules.{builtin,builtin.modinfo,order} "$kept/$release/"
    [ -z "$gpu" ] || { driver && install -Dt "$all/updates" "$out"/driver/modules/*.ko; }
    depmod -b "$out/kernel/usr" "$release"
    (cd "$all" && grep -v '^#' "$OLDPWD/image/modules.txt" | while read -r path; do
        [ ! -e "kernel/$path" ] && [ ! -e "kernel/$path.xz" ] && { echo "image: there is no module kernel/$path" >&2; exit 1; }
        find kernel/"$path"* -name '*.ko.xz' 2>/dev/null | grep -E "^kernel/$path(\.xz|/)" || true
    done | sort -u - <(find updates -name '*.ko' 2>/dev/null) | while read -r module; do grep -F "$module:" modules.dep | tr -d : | tr ' ' '\n'; done | sort -u >"$out/kernel/list")
    (cd "$all" && grep . "$out/kernel/list" | cpio --quiet -pdm "$kept/$release/")
    # The file system packs them; unpacking each by itself as well costs seconds of a start.
    find "$kept/$release" -name '*.ko.xz' -exec unxz -T1 {} +
    depmod -b "$1/usr" "$release"
}

# The driver's modules, built once for each kernel and driver.
driver() {
    local source wanted
    source=$(echo "$out"/kernel/usr/src/nvidia-*)
    wanted="${source##*/} $release"
    [ "$(cat "$out/driver/state" 2>/dev/null)" != "$wanted" ] || return 0
    echo "image: the driver's modules, ${source##*/} for $release (minutes)"
    rm -rf "$out/driver"
    image/driver.sh "$source" "$release" "$out/driver"
    echo "$wanted" >"$out/driver/state"
}

initrd() { # stage
    local tree=$out/initrd modules
    rm -rf "$tree"
    mkdir -p "$tree"/bin "$tree/lib/modules/$release"
    cp image/initrd/init "$tree/init"
    cp "$out/kernel/usr/bin/busybox" "$tree/bin/busybox" 2>/dev/null || cp "$out/kernel/bin/busybox" "$tree/bin/busybox"
    for name in sh mount umount cat grep sed sleep usleep modprobe reboot switch_root mkdir; do ln -s busybox "$tree/bin/$name"; done
    echo "$version" >"$tree/version"
    modules="virtio_pci virtio_blk virtio_scsi nvme ahci sd_mod xhci_pci uas usb_storage squashfs"
    echo $modules | tr ' ' '\n' >"$tree/modules"
    for name in $modules; do
        modprobe -d "$1/usr" -S "$release" --show-depends "$name" 2>/dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p'
    done | sort -u | while read -r path; do
        install -Dm644 "$path" "$tree/lib/modules/$release/kernel/${path#*/kernel/}"
    done
    cp "$1/usr/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} "$tree/lib/modules/$release/"
    depmod -b "$tree" "$release"
    find "$tree" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
    (cd "$tree" && find . | sort | cpio --quiet --reproducible -o -H newc --owner 0:0) | zstd -q -10 -T1 >"$out/initrd.img"
}

stage() { # directory
    local stage=$1
    cp -r image/tree/. "$stage/"
    [ "$kind" = release ] || cp -r image/development/. "$stage/"
    mkdir -p "$stage"/usr/lib/systemd/system "$stage"/usr/lib/edgebox "$stage"/usr/lib/tmpfiles.d "$stage"/usr/share/edgebox "$stage"/usr/bin
    cp systemd/*.service systemd/*.socket "$stage/usr/lib/systemd/system/"
    [ -z "$gpu" ] || with_gpu
    cp systemd/edgebox.tmpfiles.conf "$stage/usr/lib/tmpfiles.d/edgebox.conf"
    for program in edgeboxd edgebox-worker edgeboxctl; do
        mkdir "$stage/usr/lib/edgebox/$program"
        find "out/$program" -maxdepth 1 -type f ! -name '*.dbg' ! -name '*.json' ! -name '*.xml' -exec cp -t "$stage/usr/lib/edgebox/$program" {} +
    done
    ln -s ../lib/edgebox/edgeboxctl/edgeboxctl "$stage/usr/bin/edgeboxctl"
    mkdir "$stage/usr/lib/edgebox/pack"
    cp -r out/pack/cpu ${gpu:+out/pack/vulkan} "$stage/usr/lib/edgebox/pack/"
    rm -f "$stage/usr/lib/edgebox/pack/cpu/.ok"
    model "$stage/usr/share/edgebox/default-model"
    echo "$version" >"$stage/usr/lib/edgebox/version"
    printf 'address %s\n' "${ADDRESS:-10.0.2.15/24}" >"$stage/usr/lib/edgebox/network.conf"
    wants sysinit.target edgebox-wall.service edgebox-line.service
    wants sockets.target edgeboxd.socket edgeboxd-workers.socket
    wants multi-user.target edgebox-data.service edgebox-lan.service edgeboxd-tls.socket edgeboxd-gateway.socket edgeboxd.service edgebox-model.service edgebox-closed.service
    ln -s multi-user.target "$stage/usr/lib/systemd/system/default.target"
    [ "$kind" = release ] || { link edgebox-shell@ttyS0 edgebox-shell@ttyS1; }
}
with_gpu() {
    [ -d out/pack/vulkan ] || scripts/pack.sh vulkan
    cp -r "image/$gpu/." "$stage/"
    # The driver writes code and runs it.
    rm -r "$stage/usr/lib/systemd/system/edgebox-worker@.service.d"
    sed -n 's/^libnvidia-ml1=//p' "$out/packages" >"$stage/usr/lib/edgebox/driver"
    wants multi-user.target edgebox-gpu.service
}
wants() { local target=$1; shift; mkdir -p "$stage/usr/lib/systemd/system/$target.wants"; for unit; do ln -sf "../$unit" "$stage/usr/lib/systemd/system/$target.wants/$unit"; done; }
link() { for unit; do ln -sf ../edgebox-shell@.service "$stage/usr/lib/systemd/system/multi-user.target.wants/$unit.service"; done; }

model() { # target
    local from=${MODEL:-models/edgebox-mini} file
    mkdir -p "$1/files"
    if [ -d "$from" ]; then
        # What its manifest names, and no more.
        for file in edgebox-model.json $(sed -n 's/.*"file": "\([^"]*\)".*/\1/p' "$from/edgebox-model.json"); do install -Dm644 "$from/$file" "$1/files/$file"; done
        sed -n 's/^  "name": "\(.*\)",$/\1/p' "$from/edgebox-model.json" >"$1/name"
    else
        cp "$from" "$1/files/default.gguf"
        echo default >"$1/name"
    fi
    [ -s "$1/name" ] || { echo "image: $from/edgebox-model.json has no name" >&2; exit 1; }
}

# The packages' tree, and our own on top of it, as one archive in which everything belongs to root.
squash() { # stage
    find "$1" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
    chmod -R u=rwX,go=rX "$1"
    cp --reflink=auto "$out/base.tar" "$out/root.tar"
    tar tf "$out/base.tar" | sed 's|^\./||; s|/$||' | sort >"$out/base.names"
    local twice
    twice=$(cd "$1" && find . -mindepth 1 ! -type d -printf '%P\n' | sort | comm -12 - "$out/base.names")
    [ -z "$twice" ] || { echo "image: a package has this file already; take it out in image/remove.txt: $twice" >&2; exit 1; }
    (cd "$1" && find . -mindepth 1 -printf '%P\n' | sort | comm -23 - <(sed 's|/$||' "$out/base.names")) |
        tar --append -f "$out/root.tar" -C "$1" --no-recursion --owner=0 --group=0 --numeric-owner --format=posix \
            --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime -T -
    rm -f "$out/root.squashfs"
    # In its own eyes it is root: the root directory belongs to whoever runs it, whatever -root-uid says.
    unshare --map-root-user mksquashfs - "$out/root.squashfs" -tar -quiet -no-progress -noappend -root-mode 0755 -comp zstd -Xcompression-level 12 -no-xattrs -processors 2 <"$out/root.tar" 2>&1 >/dev/null |
        { grep -v '^Empty tar filename' >&2 || true; } # The root directory has no name.
    tar tvf "$out/root.tar" | awk '{print $1, $2, $3, $6, $7, $8}' >"$out/contents"
}

# A partition's file system written as a file, and the table around it: nothing is mounted.
disk() {
    local image=$out/edgebox-$kind.img size closed="lockdown=integrity module.sig_enforce=1"
    # Nobody whom Debian's kernel trusts has signed the driver. That no module is loaded after the start holds all the same.
    [ -z "$gpu" ] || closed=
    size=$(stat -c %s "$out/root.squashfs")
    [ "$size" -le "$rootsize" ] || { echo "image: the system has $((size / mebi)) MiB and its slot $((rootsize / mebi))" >&2; exit 1; }
    rm -f "$out/esp.img" "$image"
    truncate -s $((128 * mebi)) "$out/esp.img"
    mkfs.vfat --invariant -i EDB00001 -n EDGEBOX -F 32 "$out/esp.img" >/dev/null
    rm -rf "$out/esp"
    mkdir -p "$out"/esp/{EFI/BOOT,loader/entries,edgebox-a,edgebox-b}
    cp "$out/kernel/usr/lib/systemd/boot/efi/systemd-bootx64.efi" "$out/esp/EFI/BOOT/BOOTX64.EFI"
    cp "$out"/kernel/boot/vmlinuz-* "$out/esp/edgebox-a/linux"
    cp "$out/initrd.img" "$out/esp/edgebox-a/initrd"
    printf 'timeout 0\neditor no\ndefault edgebox-*\n' >"$out/esp/loader/loader.conf"
    cat >"$out/esp/loader/entries/edgebox-a.conf" <<ENTRY
title EdgeBox $version
version $version
linux /edgebox-a/linux
initrd /edgebox-a/initrd
options edgebox.root=edgebox-root-a console=tty0 console=ttyS0,115200 quiet loglevel=3 $closed systemd.import_credentials=no systemd.firstboot=no panic=10 oops=panic slab_nomerge init_on_alloc=1 random.trust_cpu=on
ENTRY
    find "$out/esp" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
    (cd "$out/esp" && mcopy -s -m -i "$out/esp.img" EFI loader edgebox-a edgebox-b ::/)
    truncate -s $((129 * mebi + 2 * rootsize + mebi)) "$image"
    sfdisk --quiet --no-reread --no-tell-kernel "$image" <<TABLE
label: gpt
label-id: 0EDB0000-0000-4000-8000-000000000000
first-lba: 2048
start=2048, size=$((128 * mebi / 512)), type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=0EDB0000-0000-4000-8000-000000000001, name=edgebox-esp
size=$((rootsize / 512)), type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, uuid=0EDB0000-0000-4000-8000-00000000000A, name=edgebox-root-a
size=$((rootsize / 512)), type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, uuid=0EDB0000-0000-4000-8000-00000000000B, name=edgebox-root-b
TABLE
    dd if="$out/esp.img" of="$image" bs=1M seek=1 conv=notrunc,sparse status=none
    dd if="$out/root.squashfs" of="$image" bs=1M seek=129 conv=notrunc,sparse status=none
}

report() {
    local image=$out/edgebox-$kind.img
    node image/sbom.mjs "$out/packages" "$out/contents" "$out/stage" "$version" >"$out/edgebox-$kind.cdx.json"
    echo "image: ${image#"$PWD/"}"
    echo "  system      $(($(stat -c %s "$out/root.squashfs") / mebi)) MiB packed; $(wc -l <"$out/contents") files, ${out#"$PWD/"}/contents"
    echo "  boot        $(($(stat -c %s "$out/initrd.img") / mebi)) MiB initrd, $(($(stat -c %s "$out/esp/edgebox-a/linux") / mebi)) MiB kernel $release"
    echo "  on a disk   $(($(stat -c %s "$image") / mebi)) MiB, of which $(($(du -k "$image" | cut -f1) / 1024)) are written; data takes the rest of the disk at the first start"
    echo "  components  $(grep -c '"bom-ref"' "$out/edgebox-$kind.cdx.json") in ${out#"$PWD/"}/edgebox-$kind.cdx.json"
    echo "  SHA-256     $(sha256sum "$image" | cut -d' ' -f1)"
}

for tool in mmdebstrap unshare mksquashfs mkfs.vfat mcopy sfdisk depmod zstd unxz cpio node dpkg-deb; do
    command -v "$tool" >/dev/null || { echo "image: $tool is missing. On Debian: apt-get install mmdebstrap squashfs-tools dosfstools mtools fdisk kmod zstd xz-utils cpio dpkg" >&2; exit 1; }
done
for program in edgeboxd edgebox-worker edgeboxctl; do
    [ -d "out/$program" ] || { echo "image: out/$program is missing: run make build" >&2; exit 1; }
done
base
[ "${1:-}" != lock ] || { echo "image: $lock has $(wc -l <"$lock") packages"; exit 0; }
echo "image: the tree"
rm -rf "$out/stage"
mkdir "$out/stage"
stage=$out/stage
stage "$stage"
kernel "$stage"
initrd "$stage"
squash "$stage"
disk
report
