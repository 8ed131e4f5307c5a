#!/usr/bin/env bash
# `cdk deploy` of the app in cdk/, in an account that was bootstrapped.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export CDK_DISABLE_CLI_TELEMETRY=true CI=1
exec node "$here/cdk/node_modules/aws-cdk/bin/cdk" deploy shop --app "node $here/cdk/app.js" --output "$PWD/cdk.out.$NEXT_RUN" \
  --require-approval never --no-notices --no-version-reporting --no-path-metadata --no-asset-metadata
