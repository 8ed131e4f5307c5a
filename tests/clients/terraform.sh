#!/usr/bin/env bash
# terraform with its state in S3 and a lock beside it, as in most deployments; the configuration names no endpoint.
set -euo pipefail

cat >main.tf <<'END'
terraform {
  backend "s3" {
    bucket       = "state"
    key          = "shop/terraform.tfstate"
    region       = "eu-west-1"
    use_lockfile = true
  }
}

resource "terraform_data" "shop" {
  input = "open"
}
END
: >no.tfrc
export TF_CLI_CONFIG_FILE=$PWD/no.tfrc CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
terraform init -input=false -no-color
terraform apply -input=false -auto-approve -no-color
