#!/bin/bash
# Builds the kernel modules of Debian's NVIDIA driver: driver.sh SOURCE RELEASE-OF-THE-KERNEL DIRECTORY. The compiler is in a tree of its own, of which
# nothing but the modules comes out. They are not signed: nobody whom Debian's kernel trusts could.
set -euo pipefail
source=$1 release=$2 into=$3
mkdir -p "$into"
mmdebstrap --quiet --variant=essential --architectures=amd64 --include="linux-headers-$release,make" \
    --customize-hook='mkdir -p "$1/edgebox-build/modules"' --customize-hook="copy-in '$source' /edgebox-build" \
    --customize-hook="chroot \"\$1\" sh -c 'cd /edgebox-build/nvidia-* && make -s -j2 KERNEL_UNAME=$release modules >../log 2>&1 || { tail -n 20 ../log >&2; exit 1; }'" \
    --customize-hook='cd "$1"/edgebox-build/nvidia-* && for name in nvidia nvidia-uvm nvidia-modeset; do strip --strip-debug -o "../modules/$name.ko" "$name.ko"; done' \
    --customize-hook="copy-out /edgebox-build/modules '$into'" --customize-hook='rm -r "$1/edgebox-build"' \
    trixie /dev/null
