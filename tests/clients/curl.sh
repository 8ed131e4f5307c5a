#!/usr/bin/env bash
# curl, which signs by itself, through the proxy.
set -euo pipefail

signed() {
  curl --silent --show-error --fail --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "$@"
}
s3=(--aws-sigv4 aws:amz:eu-west-1:s3)

signed "${s3[@]}" -X PUT https://by-hand.s3.eu-west-1.amazonaws.com/ \
  -H 'Content-Type: application/xml' --data '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>'
echo hello >greeting
signed "${s3[@]}" -T greeting https://by-hand.s3.eu-west-1.amazonaws.com/greetings/one
signed "${s3[@]}" https://by-hand.s3.eu-west-1.amazonaws.com/greetings/one | grep -q hello
signed --aws-sigv4 aws:amz:eu-west-1:sts https://sts.eu-west-1.amazonaws.com/ \
  --data 'Action=GetCallerIdentity&Version=2011-06-15' | grep -q 123456789012
signed --aws-sigv4 aws:amz:eu-west-1:dynamodb https://dynamodb.eu-west-1.amazonaws.com/ \
  -H 'X-Amz-Target: DynamoDB_20120810.ListTables' -H 'Content-Type: application/x-amz-json-1.0' --data '{}'
