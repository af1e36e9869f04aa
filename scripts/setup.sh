#!/bin/bash
# Makes a Debian machine ready: setup.sh build | test | image
#   build   what building and running need
#   test    that, and what the component tests need
#   image   that, and what building and booting the image needs
# Checks the .NET SDK and Node.js, installs missing Debian packages when root, and otherwise says what to type.
# When nothing is missing it says nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

# NativeAOT links with gcc; the daemon speaks D-Bus through libsystemd; the engine is C++.
build_packages="gcc libc6-dev libsystemd0 libstdc++6"
# A private bus with a real udisksd and polkitd, systemd-analyze, other clocks, the Python example, something to keep all cores busy, and a browser.
test_packages="dbus udisks2 polkitd systemd protobuf-compiler libprotobuf-dev protobuf-compiler-grpc python3-grpcio python3-protobuf stress-ng chromium"
# File systems are written as files, by tools that need no rights; QEMU with its firmware and a TPM in software boots the result.
image_packages="mmdebstrap debian-archive-keyring squashfs-tools dosfstools mtools e2fsprogs fdisk kmod zstd xz-utils cpio curl iproute2 qemu-system-x86 ovmf swtpm"

level=${1:-build}
case $level in
build) packages=$build_packages ;;
test) packages="$build_packages $test_packages" ;;
image) packages="$build_packages $image_packages" ;;
*) echo "usage: setup.sh build|test|image" >&2; exit 2 ;;
esac

fail() { echo "setup: $*" >&2; exit 1; }

check_tools() {
    [ "$(uname -sm)" = "Linux x86_64" ] || fail "this is $(uname -sm); EdgeBox is built on Linux x86_64."
    local sdk
    sdk=$(sed -n 's/.*"version": "\([^"]*\)".*/\1/p' global.json)
    command -v dotnet >/dev/null || fail "the .NET SDK is missing. Install .NET SDK $sdk, see https://dotnet.microsoft.com/download"
    dotnet --version >/dev/null 2>&1 || fail "the .NET SDK that global.json asks for ($sdk or a later patch) is not installed; there is: $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd' ')"
    command -v npm >/dev/null || fail "Node.js with npm is missing. Install Node.js 18 or later, see https://nodejs.org"
    local node
    node=$(node --version)
    node=${node#v}
    [ "${node%%.*}" -ge 18 ] || fail "Node.js $node is too old: 18 or later is needed."
}

missing_packages() {
    local installed
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $packages 2>/dev/null || true)
    for package in $packages; do
        grep -qxF "installed $package" <<<"$installed" || printf '%s ' "$package"
    done
}

# The versions of the tools are looked at once for each tool found and each state of these files.
stamp=out/.setup
known="$(command -v dotnet || true) $(command -v npm || true) $(cksum <global.json) $(cksum <scripts/setup.sh)"
if [ "$(cat "$stamp" 2>/dev/null)" != "$known" ]; then
    check_tools
    mkdir -p out
    echo "$known" >"$stamp"
fi

if ! command -v dpkg-query >/dev/null; then
    command -v gcc >/dev/null || echo "setup: this is not Debian; install gcc and the C library's development files, or nothing is compiled ahead of time."
    exit 0
fi

missing=$(missing_packages)
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "setup: Debian packages are missing. What needs them is left out. To install them, type:"
    echo "  sudo apt-get install --no-install-recommends ${missing% }"
    exit 0
fi
echo "setup: installing Debian packages: ${missing% }"
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 $missing >out/setup.log 2>&1 </dev/null; }
install || { apt-get update -qq >out/setup.log 2>&1 </dev/null && install; } || { tail -n 5 out/setup.log >&2; fail "apt-get could not install them; the whole log is out/setup.log."; }
