#!/usr/bin/env bash
# Prints "smoke", the tier of tests that boots the image, if there is one to boot. In CI (CI=true) it is built first. What keeps it from being
# built that is no fault of the sources (Debian's packages in the pinned versions, a tool) is told as what was skipped.
set -uo pipefail
cd "$(dirname "$0")/.."
unpackaged=75 # What image/build.sh ends with when Debian's packages cannot be had.

skip() { echo "skipped: the image is not booted here: $*" >&2; exit 0; }

if [ "${CI:-}" != true ]; then
    [ -e out/image/edgebox-development.img ] || skip "none is built (it takes minutes and Debian's packages): make test-appliance"
else
    scripts/setup.sh image >&2 || skip "what builds and boots it could not be installed"
    image/build.sh >&2
    case $? in
    0) ;;
    "$unpackaged") skip "Debian's packages in the pinned versions could not be had; see above" ;;
    *) exit 1 ;;
    esac
fi
echo smoke
