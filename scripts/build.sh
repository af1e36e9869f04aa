#!/bin/bash
# Builds into out/: build.sh programs | tests | bench
#   programs   edgeboxd, edgebox-worker and edgeboxctl, and the writer of small model files
#   tests      the whole solution, and then the programs from it
#   bench      the benchmarks as one program, for machines without the .NET SDK
# No build server is left running.
set -euo pipefail
cd "$(dirname "$0")/.."
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if [ "$1" = tests ]; then
    echo "build: the solution"
    dotnet build EdgeBox.sln -c Release -v quiet --nologo -clp:NoSummary
    already=--no-build
else
    already=
fi

# NativeAOT needs a C linker. Without one the same programs are published with the runtime beside them: larger and slower to start.
native=
if ! command -v gcc >/dev/null; then
    echo "build: no C linker (gcc) here: the programs are not compiled ahead of time."
    native="-p:PublishAot=false -p:PublishTrimmed=false --self-contained -p:NuGetLockFilePath=obj/no-native.lock.json"
    already=
fi

publish() { # project directory flags...
    echo "build: out/$2"
    rm -rf "out/$2"
    dotnet publish "$1" -c Release -v quiet --nologo -clp:NoSummary -o "out/$2" "${@:3}"
    rm -f "out/$2"/*.xml
}

if [ "$1" = bench ]; then
    publish tests/EdgeBox.Benchmarks edgebox-bench -r linux-x64 -p:PublishAot=true -p:CppCompilerAndLinker=gcc -p:IlcInstructionSet=avx \
        -p:NuGetLockFilePath=obj/bench.lock.json
    mv out/edgebox-bench/EdgeBox.Benchmarks out/edgebox-bench/edgebox-bench
    exit
fi

publish src/EdgeBox.Daemon edgeboxd $already $native
publish src/EdgeBox.Worker edgebox-worker $already $native
publish src/EdgeBox.Cli edgeboxctl $already $native
publish tests/EdgeBox.Testing edgebox-testing $already
touch out/.published
if [ "$1" = tests ]; then touch out/.tests; fi
