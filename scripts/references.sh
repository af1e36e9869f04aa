#!/bin/bash
# Brings what the tests of conversation formats are held against: the families' own templates and vocabularies, as llama.cpp keeps them.
# They come in an npm package that is pinned here; out/references is what is kept of it. None is part of this repository.
# Without a network nothing happens, and those tests are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/npm-package.sh
package=node-llama-cpp@3.22.1
sum=bltIipuWmc123H7tMIgDGKSsSrhmhlQYeVUC48XTjVW7XGJJiJJyCdlTMzQ/LiWoPkGDpcL4FviDpgw7qfTiDw==
target=out/references
[ ! -e "$target/.ok" ] || exit 0

skip() { echo "references: $*; the tests of formats that need them are skipped."; exit 0; }
command -v git >/dev/null || skip "there is no git here"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "references: fetching $package"
fetch_package "$package" "$sum" "$work" || skip "$package could not be fetched"
tar xzf "$work"/*.tgz -C "$work" package/llama/gitRelease.bundle
git clone -q --bare "$work/package/llama/gitRelease.bundle" "$work/repository" 2>/dev/null

rm -rf "$target"
mkdir -p "$target"
git -C "$work/repository" archive HEAD models/templates models/ggml-vocab-{llama-bpe,qwen2,qwen35,deepseek-llm,gemma-4}.gguf | tar x -C "$target" --strip-components=1
touch "$target/.ok"
