#!/usr/bin/env bash
# The AWS CLI v1 through the proxy, as a shell script would use it.
set -euo pipefail

aws sts get-caller-identity --query Account --output text | grep -qx 123456789012
aws s3 mb s3://backups
head -c 9000000 /dev/zero >archive
aws s3 cp --no-progress archive s3://backups/2026/archive
aws s3 cp --no-progress s3://backups/2026/archive copy
cmp archive copy
aws s3 ls s3://backups/2026/ | grep -q archive
aws s3 rm s3://backups/2026/archive
aws sns create-topic --name alarms --tags Key=app,Value=shop
aws ec2 describe-instances --filters Name=instance-state-name,Values=running
aws logs create-log-group --log-group-name /shop/orders
! aws s3api head-object --bucket backups --key nothing
! aws sqs get-queue-url --queue-name forbidden-queue
