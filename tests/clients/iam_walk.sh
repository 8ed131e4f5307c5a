#!/usr/bin/env bash
# The walk of LocalStack's pages on enforcing IAM, with the AWS CLI:
# https://docs.localstack.cloud/aws/capabilities/security-testing/iam-policy-enforcement/ and
# https://docs.localstack.cloud/aws/capabilities/security-testing/explainable-iam/
# Prints for each step what came of it: `STEP ok`, or `STEP ` and the code of the error. The first argument is a directory to work in.
set -u

step() {
  local name=$1 said
  shift
  if said=$("$@" 2>&1); then
    echo "$name ok"
  else
    echo "$name $(grep -o '([A-Za-z]*)' <<<"$said" | head -n 1 | tr -d '()')"
    echo "$said" >&2
  fi
}

cd "$1" || exit 1
account=123456789012
root() { aws "$@"; }

step root-mb root s3 mb s3://by-root
root iam create-user --user-name test >/dev/null || exit 1
keys=$(root iam create-access-key --user-name test --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text) || exit 1
read -r key secret <<<"$keys"
user() { AWS_ACCESS_KEY_ID=$key AWS_SECRET_ACCESS_KEY=$secret aws "$@"; }

step user-mb-before user s3 mb s3://by-user
cat >p1.json <<'JSON'
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:CreateBucket", "Resource": "*"}]}
JSON
root iam create-policy --policy-name p1 --policy-document file://p1.json >/dev/null || exit 1
step attach root iam attach-user-policy --user-name test --policy-arn "arn:aws:iam::$account:policy/p1"
step user-mb-after user s3 mb s3://by-user

cat >trust.json <<'JSON'
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
JSON
cat >p2.json <<'JSON'
{"Version": "2012-10-17", "Statement": [{"Sid": "FirstStatement", "Effect": "Allow", "Action": "lambda:CreateFunction", "Resource": "*"}]}
JSON
cat >p3.json <<'JSON'
{"Version": "2012-10-17", "Statement": [
  {"Sid": "FirstStatement", "Effect": "Allow", "Action": "lambda:CreateFunction", "Resource": "*"},
  {"Sid": "SecondStatement", "Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::123456789012:role/lambda-role"}]}
JSON
python -c 'import zipfile; zipfile.ZipFile("function.zip", "w").writestr("a.py", "handler = print")'
root iam create-role --role-name lambda-role --assume-role-policy-document file://trust.json >/dev/null || exit 1
create() {
  user lambda create-function --function-name "$1" --runtime python3.12 --handler a.handler \
    --role "arn:aws:iam::$account:role/lambda-role" --zip-file fileb://function.zip
}
root iam put-user-policy --user-name test --policy-name p --policy-document file://p2.json || exit 1
step create-function-without-pass-role create one
root iam put-user-policy --user-name test --policy-name p --policy-document file://p3.json || exit 1
step create-function-with-both create two
