#!/usr/bin/env bash
# terraform whose state is in S3 and read with a role of its own; the configuration names no endpoint.
set -euo pipefail

cat >main.tf <<'END'
terraform {
  backend "s3" {
    bucket = "state"
    key    = "shop/terraform.tfstate"
    region = "eu-west-1"
    assume_role = {
      role_arn     = "arn:aws:iam::123456789012:role/state/keeper"
      session_name = "ci"
    }
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
