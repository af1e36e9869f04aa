#!/bin/bash
# Measures the box on an NVIDIA GPU with a random model of gpt-oss-20b's shape: gpu.sh [DIR]
# Prints a table and leaves it in DIR/gpu.txt, a line of JSON for each figure in DIR/gpu.json (default: out/gpu-figures).
# Without a GPU it says so. EDGEBOX_BENCH_GPU_SHAPE=2x8x4000 rehearses it without one: 2 layers, 8 experts, 4000 tokens.
set -euo pipefail
cd "$(dirname "$0")/.."
into=${1:-out/gpu-figures}
bench=out/edgebox-bench/edgebox-bench

if [ -z "${EDGEBOX_BENCH_GPU_SHAPE:-}" ]; then
    skipped() { echo "skipped: $*"; exit 0; }
    command -v nvidia-smi >/dev/null || skipped "there is no nvidia-smi here, so no NVIDIA GPU"
    nvidia-smi -L 2>/dev/null | grep -q '^GPU' || skipped "nvidia-smi finds no GPU"
    [ -d out/pack/cuda ] || [ -d out/pack/vulkan ] || skipped "there is no pack for a GPU; scripts/pack.sh cuda (or vulkan) fetches one"
fi
[ -x "$bench" ] || { make build; scripts/build.sh bench; }

# Bytes read and written per second by copies within the GPU's memory, in GB/s; nothing without PyTorch.
bandwidth() {
    timeout 60 python3 - 2>/dev/null <<'PYTHON' || true
import time, torch
a = torch.empty(1 << 32, dtype=torch.uint8, device="cuda")
b = torch.empty_like(a)
for rounds in (3, 30):
    torch.cuda.synchronize()
    begin = time.time()
    for _ in range(rounds):
        b.copy_(a)
    torch.cuda.synchronize()
print(round(2 * a.numel() * rounds / (time.time() - begin) / 1e9))
PYTHON
}

mkdir -p "$into"
{
    nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit --format=csv,noheader 2>/dev/null || echo "no GPU: a rehearsal"
    EDGEBOX_BENCH_GPU_BANDWIDTH=${EDGEBOX_BENCH_GPU_BANDWIDTH:-$(bandwidth)}
    export EDGEBOX_BENCH_GPU_BANDWIDTH
    echo "memory bandwidth: ${EDGEBOX_BENCH_GPU_BANDWIDTH:-not measured} GB/s"
    # The model is written where main memory holds it, if there is room.
    room=$(df --output=avail -B1G /dev/shm 2>/dev/null | tail -n 1 || echo 0)
    [ "$room" -lt 16 ] || export TMPDIR=${TMPDIR:-/dev/shm}
    timeout -k 10 "$((${EDGEBOX_BENCH_GPU_SECONDS:-180} + 60))" "$bench" gpu 2>&1 || echo "the program ended with $?"
} | tee "$into/gpu.txt"

awk -F ' \\| ' '/^\| / && $1 != "| Figure" {
    sub(/^\| /, "", $1); sub(/ \|$/, "", $5)
    for (i = 1; i <= 5; i++) { gsub(/[\\"]/, "\\\\&", $i); gsub(/^ +| +$/, "", $i) }
    printf "{\"figure\":\"%s\",\"measured\":\"%s\",\"how\":\"%s\"}\n", $1, $3, $5
}' "$into/gpu.txt" >"$into/gpu.json"
