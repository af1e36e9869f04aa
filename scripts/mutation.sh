#!/bin/bash
# Changes the code of an area in hundreds of small ways and sees which of them its tests notice: mutation.sh AREA [option of dotnet-stryker...]
# Only the tests of the area run, in a copy of the tree (out/mutation/AREA), so that nothing here is built or changed.
# Mutants that survived are listed at the end, and in out/mutation/AREA/report/reports/mutation-report.json.
# "-m 'Harmony/ToolSignature.cs'" mutates less than the area.
set -euo pipefail
cd "$(dirname "$0")/.."

# Files of the test project that are kept, a folder with all that is in it, and of them what takes seconds and finds little.
engine="Sessions/WorkerClient.cs Sessions/ModelFiles.cs Sessions/SocketPair.cs"
case ${1:-} in
    gguf)     project=Trust mutate='"Gguf/**/*.cs"' least=85 kept=. ;;
    harmony)  project=Worker mutate='"Harmony/**/*.cs"' least=80 kept="Harmony Chat/Families/References.cs $engine" slow=Harmony/HarmonyForgingTests.cs ;;
    families) project=Worker mutate='"Chat/Families/**/*.cs"' least=80 kept="Chat/Families $engine" slow="Chat/Families/ForgeryTests.cs Chat/Families/ConstrainedTests.cs Chat/Families/RenderedTokensTests.cs" ;;
    prompts)  project=Worker mutate='"Chat/*.cs"' least=80 kept="Chat/[A-Za-z]+.cs Chat/Families/(References|SampleSigns).cs Sessions/Direct.cs Sessions/RankTests.cs $engine" ;;
    constraints)
              project=Worker mutate='"Constraints/Schemas/**/*.cs","Constraints/Regexes/**/*.cs","Constraints/Writing/**/*.cs"' least=80
              kept="Constraints/Schemas Constraints/Regexes Constraints/Writing" slow=Constraints/Schemas/HostileSchemaTests.cs ;;
    checks)   project=Daemon mutate='"Checks/**/*.cs"' least=80 kept=Checks slow=Checks/CheckBoundsTests.cs ;;
    *)        echo "mutation.sh gguf|harmony|families|prompts|constraints|checks [option of dotnet-stryker...]" >&2; exit 2 ;;
esac
area=$1
shift

copy=$PWD/out/mutation/$area
rm -rf "$copy/report"
mkdir -p "$copy/out"
tests=tests/EdgeBox.$project.Tests
# What was built before stays, sources and tests are new each time.
find "$copy" -name obj -prune -o -name bin -prune -o -name '*.cs' -print0 | xargs -0 rm -f
git ls-files -z --cached --others --exclude-standard -- .config .editorconfig 'Directory.*.props' BannedSymbols.txt EdgeBox.sln global.json proto src tests/EdgeBox.Testing tests/fixtures "$tests" |
    while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done | xargs -0 cp --parents -p -t "$copy"
ln -sfn "$PWD/out/pack" "$copy/out/pack"
ln -sfn "$PWD/out/references" "$copy/out/references"
ln -sfn "$PWD/node_modules" "$copy/node_modules"
[ ! -d ../shared ] || ln -sfn "$PWD/../shared" "$PWD/out/mutation/shared"
if [ "$kept" != . ]; then
    (cd "$copy/$tests" && find . -name bin -prune -o -name obj -prune -o -name '*.cs' -print0 |
        grep -zvE "^\./(${kept// /|})(/|$)" | xargs -0 rm -f ${slow:-})
fi

cat >"$copy/$tests/stryker-config.json" <<CONFIG
{
  "stryker-config": {
    "project": "EdgeBox.$project.csproj",
    "test-runner": "mtp",
    "mutate": [$mutate],
    "ignore-mutations": ["string"],
    "concurrency": 1,
    "reporters": ["json"],
    "thresholds": { "high": 95, "low": $least, "break": $least }
  }
}
CONFIG

cd "$copy/$tests"
dotnet tool restore >/dev/null
export EDGEBOX_TEST_TRIES_PART=1000
failed=0
nice -n 5 dotnet stryker --output "$copy/report" "$@" || failed=$?
[ ! -e "$copy/report/reports/mutation-report.json" ] || node ../../../../../scripts/mutants.mjs "$copy/report/reports/mutation-report.json"
exit $failed
