#!/usr/bin/env bash
# terraform, whose state in S3 is refused to it: prints the code that it reports. The endpoint is the environment's.
set -euo pipefail

cat >main.tf <<'END'
terraform {
  backend "s3" {
    bucket                      = "state"
    key                         = "shop/terraform.tfstate"
    region                      = "eu-west-1"
    use_lockfile                = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
  }
}
END
: >no.tfrc
export TF_CLI_CONFIG_FILE=$PWD/no.tfrc CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
if output=$(terraform init -input=false -no-color 2>&1); then
  echo "terraform init should have been refused"
  exit 1
fi
said=silent
if tr -s ' │\n' ' ' <<<"$output" | grep -q 'is not authorized to perform'; then said=said; fi
code=$(grep -oE 'api error [A-Za-z]+' <<<"$output" | head -1)
status=$(grep -oE 'StatusCode: [0-9]+' <<<"$output" | head -1)
operation=$(grep -oE 'operation error S3: [A-Za-z0-9]+' <<<"$output" | head -1)
echo "s3 ${operation#operation error S3: } ${code#api error } ${status#StatusCode: } $said"
