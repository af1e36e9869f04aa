#!/bin/bash
# Changes the GGUF validator in a thousand small ways and sees which of them its tests notice. Takes most of an hour.
# The report is left in tests/EdgeBox.Trust.Tests/StrykerOutput/; a score below 85 % fails.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet tool restore >/dev/null
cd tests/EdgeBox.Trust.Tests
exec nice dotnet stryker "$@"
