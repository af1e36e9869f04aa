#!/bin/bash
# Boots the image in QEMU with its console in this terminal (Ctrl-A X leaves). The disk stays in out/vm until NEW=1 or a newer image replaces it.
#   GPU=nvidia  the image with that driver
#   PORT=8443 GATEWAY_PORT=8444  where the box's doors appear on this machine      MEMORY=2048  MiB
set -euo pipefail
cd "$(dirname "$0")/.."
image=$PWD/out/image${GPU:+-$GPU}/edgebox-development.img
state=$PWD/out/vm${GPU:+-$GPU}
for tool in qemu-system-x86_64 swtpm; do
    command -v "$tool" >/dev/null || { echo "vm: $tool is missing. On Debian: apt-get install qemu-system-x86 ovmf swtpm" >&2; exit 1; }
done
[ -e "$image" ] || { echo "vm: there is no image: run make image${GPU:+ GPU=$GPU}" >&2; exit 1; }
mkdir -p "$state/tpm"
if [ ! -e "$state/disk.img" ] || [ "$image" -nt "$state/disk.img" ] || [ -n "${NEW:-}" ]; then
    rm -rf "$state/tpm/"*
    cp --sparse=always "$image" "$state/disk.img"
    truncate -s 6G "$state/disk.img"
    cp /usr/share/OVMF/OVMF_VARS.fd "$state/vars.fd"
fi
swtpm socket --tpm2 --tpmstate dir="$state/tpm" --ctrl type=unixio,path="$state/tpm.sock" --terminate &
accelerator=tcg,thread=multi
if [ -w /dev/kvm ] && grep -qE 'vmx|svm' /proc/cpuinfo; then accelerator=kvm; fi
qemu-system-x86_64 -machine q35 -accel $accelerator -cpu max -smp 2 -m "${MEMORY:-2048}" -display none -nodefaults \
    -drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE.fd -drive if=pflash,format=raw,file="$state/vars.fd" \
    -chardev socket,id=tpm,path="$state/tpm.sock" -tpmdev emulator,id=tpm,chardev=tpm -device tpm-crb,tpmdev=tpm \
    -drive if=virtio,format=raw,file="$state/disk.img" -device virtio-rng-pci -device qemu-xhci \
    -netdev user,id=lan,restrict=on,hostfwd=tcp:127.0.0.1:"${PORT:-8443}"-10.0.2.15:8443,hostfwd=tcp:127.0.0.1:"${GATEWAY_PORT:-8444}"-10.0.2.15:8444 -device virtio-net-pci,netdev=lan \
    -serial mon:stdio
