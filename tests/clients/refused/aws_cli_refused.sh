#!/usr/bin/env bash
# The AWS CLI, refused: prints the code that it reports for each operation. The endpoint is the environment's, also for releases before 2.13,
# which do not read it themselves; the program is the first argument.
set -euo pipefail
aws=${1:-aws}
endpoint=(${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"})

refused() {
  local service=$1 operation=$2 output
  shift 2
  if output=$("$aws" "${endpoint[@]}" "$@" 2>&1); then
    echo "$service $operation should have been refused"
    exit 1
  fi
  # With the status of HEAD, there is no sentence.
  local code=${output#*An error occurred (}
  code=${code%%)*}
  if [[ $output == *"is not authorized to perform"* ]]; then said=said; else said=silent; fi
  if [[ $output == *"reached max retries"* ]]; then said=again; fi
  echo "$service $operation $code $said"
}

refused dynamodb ListTables dynamodb list-tables
refused secretsmanager GetSecretValue secretsmanager get-secret-value --secret-id db
refused sns CreateTopic sns create-topic --name news
refused iam ListUsers iam list-users
refused ec2 DescribeVpcs ec2 describe-vpcs
refused lambda ListFunctions lambda list-functions
refused cloudfront ListDistributions cloudfront list-distributions
refused s3 ListObjectsV2 s3 ls s3://media/
refused s3 HeadObject s3 cp s3://media/film film
refused s3 HeadBucket s3api head-bucket --bucket media
