#!/bin/bash
# Runs test projects that are built already (scripts/build.sh tests): test.sh TIER...
#   check      the architecture and the contract
#   unit       logic; no other process
#   component  real processes: daemon, worker, private buses
#   smoke      the image, booted once in QEMU
#   appliance  all that is shown by booting it
# Prints what was skipped and why in one place, and closes with one line: N passed, N failed[, N skipped].
# A project that runs fewer tests than stand here fails: a tier never becomes empty unseen.
set -uo pipefail
cd "$(dirname "$0")/.."

# project             tier       least tests  most minutes  only
table="
Architecture.Tests    check      50           5
Trust.Tests           unit       500          5
Platform.Tests        unit       80           5
Daemon.Tests          unit       1400         5
Worker.Tests          unit       2200         5
Cli.Tests             unit       240          5
Component.Tests       component  440          30
Appliance.Tests       smoke      1            10            --filter-class=*FirstBootTests
Appliance.Tests       appliance  11           110
"

results=$PWD/out/tests
rm -rf "$results"
mkdir -p "$results"
started=$SECONDS

# What a test starts inherits this variable or stays in its process group, and can be found by it.
export EDGEBOX_TEST_RUN="run-$$-$RANDOM"
leftovers() { # process group
    local pid
    for pid in $({ grep -lsz "^EDGEBOX_TEST_RUN=$EDGEBOX_TEST_RUN\$" /proc/[0-9]*/environ | cut -d/ -f3; pgrep -g "$1"; } | sort -un); do
        # A dead process that nobody has waited for is init's to reap, and no leftover.
        if [ "$pid" != $$ ] && [ "$pid" != "$BASHPID" ] && [ "$(ps -o stat= -p "$pid" 2>/dev/null | cut -c1)" != Z ] && [ -r "/proc/$pid/exe" ] \
            && [ "$(ps -o ppid= -p "$pid" | tr -d ' ')" != $$ ]; then
            echo "$pid"
        fi
    done
}

run_project() { # name least longest filter...
    local name=$1 least=$2 longest=$3 exe="tests/EdgeBox.$1/bin/Release/net10.0/EdgeBox.$1"
    shift 3
    echo
    echo "== $name"
    set -m
    # Started in the background, everything here would ignore Ctrl-C, and so would the programs under test.
    # A test that waits for ever holds up the runner's own timeout too: a minute later it is ended from outside.
    env --default-signal=INT,QUIT timeout -k 10 "$((longest + 1))m" "$exe" --no-ansi --progress off --output Minimal --show-stderr Failed --show-stdout Failed --timeout "${longest}m" \
        --results-directory "$results" --report-xunit-ctrf --report-xunit-ctrf-filename "$name.json" --minimum-expected-tests "$least" "$@" </dev/null &
    local group=$! code=0
    wait $group || code=$?
    set +m
    echo "$code" >"$results/$name.exit"

    local left=
    for _ in $(seq 30); do
        left=$(leftovers $group)
        [ -n "$left" ] || return
        sleep 0.1
    done
    ps -o pid=,args= -p "$(paste -sd, <<<"$left")" >"$results/$name.left"
    kill -9 $left 2>/dev/null
}

for tier in "$@"; do
    if [ "$tier" = check ]; then
        dotnet format whitespace --folder . --include src tests --verify-no-changes >"$results/format.log" 2>&1
        echo $? >"$results/format.exit"
        sed "s|$PWD/||" "$results/format.log" | head -n 20
    fi
    while read -r name own least longest only; do
        [ -n "$name" ] || continue
        if [ "$own" = "$tier" ]; then
            [ "$least" != 0 ] || continue
            run_project "$name" "$least" "$longest" $only
        fi
    done <<<"$table"
done

echo
exec node scripts/summary.mjs "$results" $((SECONDS - started))
