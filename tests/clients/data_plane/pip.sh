#!/usr/bin/env bash
# pip and CodeArtifact, with a token as password.
set -euo pipefail

index=https://aws:a-package-token@my-domain-123456789012.d.codeartifact.eu-west-1.amazonaws.com/pypi/tools/simple/
"$1" -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps --index-url "$index" --dest packages example==1.0
test -f packages/example-1.0-py3-none-any.whl
