#!/bin/bash
# Brings the open coding agent with which the gateway is tried: Qwen Code (Apache-2.0), an npm package without dependencies, pinned here, into out/agent.
# Without a network nothing happens, and its test is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/npm-package.sh
package=@qwen-code/qwen-code@0.15.10
sum=A1rAUg7TTO62yuwogzEstMWLVxQ4n4JO26k9t6s93Ed14svp7W+7WEAAZhUMmxPf/q9xQQW7LwX48cuQcgKDBQ==
target=out/agent
[ "$(cat "$target/.ok" 2>/dev/null)" != "$package" ] || exit 0

skip() { echo "agent: $*; the test of a coding agent is skipped."; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "agent: fetching $package"
fetch_package "$package" "$sum" "$work" || skip "$package could not be fetched"
rm -rf "$target"
mkdir -p "$target"
tar xzf "$work"/*.tgz -C "$target" --strip-components=1
echo "$package" >"$target/.ok"
