#!/usr/bin/env bash
# Makes tests/fixtures/formats/calls.jsonl anew: the clients of tests/clients, each under `leastwise run` against a
# fresh stand-in. It needs what scripts/test installs, and a built target/debug/leastwise. Changed in it are the
# kernel's name in the user agents and the access key id, which scanners for leaked keys would find.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
recording=$root/tests/fixtures/formats/calls.jsonl
python=$root/.venv/bin/python
# An access key id of the account 123456789012 (see tests/support).
key=$("$python" -c 'number = (1 << 47 | 123456789012 << 7) << 32 | 0x156C7A91
print("AKIA" + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[number >> 5 * n & 31] for n in reversed(range(16))))')

record() { # MODE COMMAND...
  local mode=$1 folder url line
  shift
  folder=$(mktemp -d)
  coproc STAND_IN { PATH=$root/.venv/bin:$PATH exec "$python" tests/clients/stand_in.py; }
  read -r line <&"${STAND_IN[0]}"
  url=http://127.0.0.1:${line##* }
  (cd "$folder" && env -i PATH="$root/.venv/bin:$PATH" HOME="$folder" NODE_PATH="$root/tests/clients/node_modules" \
    AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true \
    AWS_ACCESS_KEY_ID="$key" AWS_SECRET_ACCESS_KEY=not/a/secret STAND_IN="$url" \
    "$root/target/debug/leastwise" run --quiet --mode "$mode" --upstream "$url" -o policy.json --record "$recording" -- "$@")
  exec {STAND_IN[1]}>&-
  wait "$STAND_IN_PID" || true
  rm -rf "$folder"
}

rm -f "$recording"
record both "$python" "$root/tests/clients/boto3_proxy.py"
record both bash "$root/tests/clients/aws_cli_proxy.sh"
record both node "$root/tests/clients/javascript_v3_proxy.js"
record csm "$python" "$root/tests/clients/boto3_deploy.py"
record csm node "$root/tests/clients/javascript_v2.js"
sed -i -E 's/(os\/linux#|Linux\/)[^" ]*/\16.8.0/g; s/AKIA[A-Z2-7]{16}/AKIAEXAMPLE/g' "$recording"
