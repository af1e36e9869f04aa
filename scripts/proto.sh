#!/bin/bash
# buf over the contract: proto.sh lint | breaking | lock
#   lint      its style
#   breaking  whether it breaks clients of the locked contract (proto/lock.binpb)
#   lock      makes proto/lock.binpb anew; refuses a breaking change
set -euo pipefail
cd "$(dirname "$0")/.."

buf=$PWD/node_modules/@bufbuild/buf-linux-x64/bin/buf
[ -x "$buf" ] || { echo "proto.sh: buf is not installed: run npm ci --ignore-scripts" >&2; exit 1; }

# google/rpc comes from the package that the build takes it from; buf sees both folders as one workspace.
version=$(sed -n 's/.*"Google.Api.CommonProtos" Version="\([^"]*\)".*/\1/p' Directory.Packages.props)
common=${NUGET_PACKAGES:-$HOME/.nuget/packages}/google.api.commonprotos/$version/content/protos
[ -d "$common" ] || { echo "proto.sh: Google.Api.CommonProtos $version is not restored: run dotnet restore" >&2; exit 1; }

workspace=$(mktemp -d)
trap 'rm -rf "$workspace"' EXIT
mkdir -p "$workspace/common/google/rpc"
cp -r proto "$workspace/"
cp "$common/google/rpc/status.proto" "$workspace/common/google/rpc/"
sed 's|^  - path: proto$|&\n  - path: common|' buf.yaml >"$workspace/buf.yaml"

lock=$PWD/proto/lock.binpb
cd "$workspace"
case ${1-} in
lint) "$buf" lint proto ;;
breaking) "$buf" breaking proto --against "$lock" ;;
lock)
    if [ -f "$lock" ]; then "$buf" breaking proto --against "$lock"; fi
    "$buf" build proto --exclude-source-info -o "$lock"
    echo "proto/lock.binpb is the contract as it stands."
    ;;
*) echo "usage: proto.sh lint|breaking|lock" >&2; exit 2 ;;
esac
