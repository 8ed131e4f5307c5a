#!/usr/bin/env bash
# curl, refused: prints the status, the code in the answer and whether AWS's sentence is in it. The endpoint is the environment's.
set -euo pipefail

refused() {
  local service=$1 operation=$2 host=$3 path=$4
  shift 4
  : >body
  local url="${AWS_ENDPOINT_URL:-https://$host}$path" status code said=silent
  status=$(curl --silent --show-error --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
    --output body --dump-header head --write-out '%{http_code}' --max-time 30 "$@" "$url")
  code=$(cat head body | grep -aoE -m 1 'AccessDenied(Exception)?|UnauthorizedOperation|AuthorizationError|ForbiddenException' || true)
  if grep -aq 'is not authorized to perform' body; then said=said; fi
  grep -aqi '^x-amzn\?-request-\?id: ' head
  echo "$service $operation $status ${code:-none} $said"
}

signed() { echo --aws-sigv4 "aws:amz:eu-west-1:$1"; }
form='application/x-www-form-urlencoded'

refused dynamodb ListTables dynamodb.eu-west-1.amazonaws.com / $(signed dynamodb) \
  -H 'X-Amz-Target: DynamoDB_20120810.ListTables' -H 'Content-Type: application/x-amz-json-1.0' --data '{}'
refused sts AssumeRole sts.eu-west-1.amazonaws.com / $(signed sts) -H "Content-Type: $form" \
  --data 'Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/ci&RoleSessionName=a'
refused sqs ListQueues sqs.eu-west-1.amazonaws.com / $(signed sqs) -H "Content-Type: $form" --data 'Action=ListQueues&Version=2012-11-05'
refused sns ListTopics sns.eu-west-1.amazonaws.com / $(signed sns) -H "Content-Type: $form" --data 'Action=ListTopics&Version=2010-03-31'
refused ec2 DescribeVpcs ec2.eu-west-1.amazonaws.com / $(signed ec2) -H "Content-Type: $form" --data 'Action=DescribeVpcs&Version=2016-11-15'
refused lambda ListFunctions lambda.eu-west-1.amazonaws.com /2015-03-31/functions/ $(signed lambda)
refused cloudwatch ListMetrics monitoring.eu-west-1.amazonaws.com /service/GraniteServiceVersion20100801/operation/ListMetrics \
  $(signed monitoring) -H 'smithy-protocol: rpc-v2-cbor' -H 'Content-Type: application/cbor' --data-binary $'\xa0'
refused s3 GetObject s3.eu-west-1.amazonaws.com /media/film $(signed s3)
refused s3 HeadObject s3.eu-west-1.amazonaws.com /media/film $(signed s3) --head
