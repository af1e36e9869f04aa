#!/bin/bash
# Puts a runtime pack for a GPU beside the one for the processor: pack.sh vulkan | cuda
# The cuda pack needs CUDA 13's runtime and cuBLAS beside the driver. It holds machine code for compute capability 8.6, 8.9, 12.0 and 12.1; for all
# others (A100, H100) the driver compiles the pack's portable code at each start of a worker, and must know CUDA 13.1 for it: an older one refuses it.
# Workers take cuda before vulkan before cpu, if its driver is there. Needs npm once; what came is checked against the committed sums.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-}
case $kind in vulkan | cuda) ;; *) echo "usage: pack.sh vulkan|cuda" >&2; exit 2 ;; esac
version=$(sed -n 's/.*"@node-llama-cpp\/linux-x64": "\(.*\)".*/\1/p' package.json)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "pack: fetching the $kind pack of llama.cpp (node-llama-cpp $version)"
(cd "$work" && npm pack --silent "@node-llama-cpp/linux-x64-$kind@$version" >/dev/null && tar xzf ./*.tgz)
mkdir "$work/$kind"
mv "$work/package/bins/linux-x64-$kind"/*.so "$work/$kind/"
rm "$work/$kind/libllama-common.so"
root=$PWD
(cd "$work" && grep " $kind/" "$root/src/EdgeBox.Daemon/Models/packs.sha256" | sha256sum --check --quiet)
rm -rf "out/pack/$kind"
mkdir -p out/pack
mv "$work/$kind" out/pack/
echo "pack: out/pack/$kind"
