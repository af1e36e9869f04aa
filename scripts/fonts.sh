#!/bin/bash
# Makes the fonts that the gateway's page brings, from Debian's fonts-noto-core, into src/EdgeBox.Daemon/Gateway/Page/files/fonts.
# Their result is committed: run it only to take newer ones. Needs the Debian packages fonts-noto-core, fonttools and python3-brotli.
set -euo pipefail
cd "$(dirname "$0")/.."
from=/usr/share/fonts/truetype/noto
to=src/EdgeBox.Daemon/Gateway/Page/files/fonts

subset() { # font ranges
    # All layout features stay: without them the letters of these scripts do not join, stack or turn.
    /usr/bin/python3 -m fontTools.subset "$from/$1.ttf" --unicodes="$2" --layout-features='*' --no-hinting --flavor=woff2 \
        --name-IDs='0,1,2,3,4,5,6,13,14' --output-file="$to/$1.woff2"
}

# U+200B to U+200F, U+25CC: joiners, marks of direction, and the circle that stands for a missing letter.
beside=U+0020,U+00A0,U+200B-200F,U+25CC
arabic=U+0600-06FF,U+0750-077F,U+FB50-FDFF,U+FE70-FEFF
for weight in Regular Bold; do
    subset "NotoNaskhArabic-$weight" "$arabic,$beside"
    subset "NotoSansMyanmar-$weight" "U+1000-109F,U+A9E0-A9FF,U+AA60-AA7F,$beside"
    subset "NotoSansKhmer-$weight" "U+1780-17FF,U+19E0-19FF,$beside"
done
subset NotoSerifTibetan-Regular "U+0F00-0FFF,$beside"
ls -l "$to"/*.woff2
