#!/bin/bash
# Fuzzes the GGUF validator with AFL++ for MINUTES, in slices; after each slice every input that the validator
# accepted is opened by the real engine in a process that may die. Keeps its corpus in WORK and goes on from it.
# WORK/log.tsv has one line a slice: time, seconds and executions so far, corpus, crashes, hangs, and the engine's totals.
set -euo pipefail
cd "$(dirname "$0")/../.."
MINUTES=${MINUTES:-10}
SLICE=${SLICE:-600}
WORK=$(realpath -m "${WORK:-out/fuzz}")
PACK=$(realpath "${PACK:-out/pack/cpu}")
command -v afl-fuzz >/dev/null || { echo "afl-fuzz is missing: apt-get install afl++" >&2; exit 2; }

mkdir -p "$WORK"
dotnet tool restore >/dev/null
rm -rf "$WORK/bin"
dotnet publish tests/EdgeBox.Fuzzing -c Release -v quiet --nologo -o "$WORK/bin"
cp -r "$WORK/bin" "$WORK/plain.new" && rm -rf "$WORK/plain" && mv "$WORK/plain.new" "$WORK/plain"
dotnet sharpfuzz "$WORK/bin/EdgeBox.Trust.dll" EdgeBox.Trust.Gguf
[ -d "$WORK/seeds" ] || "$WORK/plain/EdgeBox.Fuzzing" seeds "$WORK/seeds"

export AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_AUTORESUME=1
stat() { sed -n "s/^$1 *: *//p" "$WORK/findings/default/fuzzer_stats" 2>/dev/null || true; }

# A new build goes on from the corpus of the old one, but counts from nothing: what was counted is kept here.
total() { awk -v column="$1" '{ sum += $column } END { printf "%d", sum }' "$WORK/slices.tsv" 2>/dev/null || echo 0; }

end=$(($(date +%s) + 60 * MINUTES))
while [ "$(date +%s)" -lt "$end" ] && [ ! -e "$WORK/stop" ]; do
  left=$((end - $(date +%s)))
  seconds=$((left < SLICE ? left : SLICE))
  if [ -d "$WORK/findings/default/queue" ]; then
    rm -rf "$WORK/corpus.new" && mkdir "$WORK/corpus.new"
    find "$WORK/findings/default/queue" "$WORK/seeds" -maxdepth 1 -type f -exec cp {} "$WORK/corpus.new" \;
    mkdir -p "$WORK/kept" && cp -r "$WORK/findings/default/crashes" "$WORK/findings/default/hangs" "$WORK/kept" 2>/dev/null || true
    rm -rf "$WORK/corpus" "$WORK/findings" && mv "$WORK/corpus.new" "$WORK/corpus"
  else
    cp -r "$WORK/seeds" "$WORK/corpus"
  fi

  afl-fuzz -i "$WORK/corpus" -o "$WORK/findings" -t 5000 -m none -V "$seconds" -- "$WORK/bin/EdgeBox.Fuzzing" validate >"$WORK/afl.log" 2>&1 || tail -5 "$WORK/afl.log"
  printf '%s\t%s\n' "$(stat run_time)" "$(stat execs_done)" >>"$WORK/slices.tsv"

  "$WORK/plain/EdgeBox.Fuzzing" accepted "$WORK/findings/default/queue" "$WORK/accepted"
  next=$(cat "$WORK/next" 2>/dev/null || echo 1)
  "$WORK/plain/EdgeBox.Fuzzing" variants "$WORK/accepted" "$next" 10 | tee "$WORK/variants.log" | sed 's/.*next //' >"$WORK/next"
  engine=$("$WORK/plain/EdgeBox.Fuzzing" engine "$PACK" "$WORK/accepted" "$WORK/engine.tsv" | tail -1 || true)
  printf '%s\tseconds %s\texecutions %s\tcorpus %s\tcrashes %s\thangs %s\tengine: %s\n' "$(date -Is)" "$(total 1)" "$(total 2)" \
    "$(stat corpus_count)" "$(stat saved_crashes)" "$(stat saved_hangs)" "$engine" | tee -a "$WORK/log.tsv"
done
