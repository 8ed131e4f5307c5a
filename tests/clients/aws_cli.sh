#!/usr/bin/env bash
# A deploy script with the AWS CLI v1. `STAND_IN` is the URL of stand_in.py, used as an endpoint, as
# people use a local stand-in: the host is 127.0.0.1 and S3's bucket is in the path, where CSM does not show it.
set -euo pipefail
export AWS_ENDPOINT_URL="$STAND_IN" AWS_PAGER="" AWS_DEFAULT_OUTPUT=text
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# fails CODE COMMAND...: the command must fail, and say this error code.
fails() {
  local code=$1
  shift
  if "$@" >"$folder/out" 2>"$folder/err"; then
    echo "should have failed with $code: $*" >&2
    exit 1
  fi
  grep -q "($code)" "$folder/err" || { cat "$folder/err" >&2; exit 1; }
}

aws sts get-caller-identity

# A site in a bucket: made, filled, read back.
aws s3 mb s3://site
mkdir "$folder/public"
for page in index about contact; do echo "$page" >"$folder/public/$page.html"; done
aws s3 sync "$folder/public" s3://site --no-progress
aws s3 cp s3://site/index.html "$folder/back.html" --no-progress
aws s3 ls s3://site
fails 404 aws s3api head-object --bucket site --key missing.html
fails NoSuchBucket aws s3api get-bucket-location --bucket site-of-nobody

# An image repository and the cluster that runs it.
fails RepositoryNotFoundException aws ecr describe-repositories --repository-names site
aws ecr create-repository --repository-name site
aws ecr get-authorization-token --query 'authorizationData[0].proxyEndpoint'
aws ecs create-cluster --cluster-name site
aws ecs register-task-definition --family site \
  --container-definitions '[{"name":"web","image":"site:1","memory":128}]' --query taskDefinition.family
aws elasticache describe-cache-clusters

# Names, certificates, mail, and a stack.
zone=$(aws route53 create-hosted-zone --name site.example --caller-reference 1 --query HostedZone.Id)
aws route53 list-resource-record-sets --hosted-zone-id "$zone"
aws acm request-certificate --domain-name site.example
aws sesv2 create-email-identity --email-identity post@site.example
echo '{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}}}' >"$folder/stack.json"
aws cloudformation create-stack --stack-name site --template-body "file://$folder/stack.json"
aws cloudformation wait stack-create-complete --stack-name site

# A group that scales, and what it may not do.
aws autoscaling create-launch-configuration --launch-configuration-name site --image-id ami-12c6146b --instance-type t3.micro
aws apigateway create-rest-api --name site --query name
aws cognito-idp create-user-pool --pool-name site --query UserPool.Name
fails AccessDeniedException aws codebuild batch-get-projects --names forbidden-build
fails AccessDenied aws iam delete-user --user-name forbidden-user

# The first answer to each is 503; the CLI tries again.
aws iam create-user --user-name busy-tester --tags Key=app,Value=site
aws iam put-user-policy --user-name busy-tester --policy-name none \
  --policy-document '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}}'
