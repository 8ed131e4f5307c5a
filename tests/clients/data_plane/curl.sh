#!/usr/bin/env bash
# curl, which signs by itself, asks of the data plane what no SDK has a model of.
set -euo pipefail

signed() { # SERVICE URL [ARGUMENT...]
  curl --silent --show-error --fail --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --aws-sigv4 "aws:amz:eu-west-1:$1" "${@:2}" >/dev/null
}

signed execute-api https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/pets/7
signed lambda https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws/ --data '{}'
signed appsync https://abcdefghijklmnopqrstuvwxyz.appsync-api.eu-west-1.amazonaws.com/graphql \
  -H 'Content-Type: application/json' --data '{"query": "{ listPosts { id } }"}'
signed aps 'https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-0a1b/api/v1/query?query=up'
signed aoss https://07tjusf2h91cunochc.eu-west-1.aoss.amazonaws.com/movies/_search
signed osis https://logs-abcdefghijklmnopqrstuvwxyz.eu-west-1.osis.amazonaws.com/log/ingest --data '[]'
signed vpc-lattice-svcs https://rates-0123456789abcdef0.7d67968.vpc-lattice-svcs.eu-west-1.on.aws/eur
signed neptune-db 'https://graph.cluster-abcdefghijkl.eu-west-1.neptune.amazonaws.com:8182/sparql?query=x'
signed bedrock https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1/chat/completions \
  -H 'Content-Type: application/json' --data '{"model": "openai.gpt-oss-20b-1:0", "messages": []}'
curl --silent --show-error --fail https://bedrock-mantle.eu-west-1.api.aws/v1/models -H 'Authorization: Bearer bedrock-api-key-secret' >/dev/null

# A body that is compressed, to DynamoDB and to a service of forms.
printf '{"TableName": "zipped"}' | gzip >body.gz
signed dynamodb https://dynamodb.eu-west-1.amazonaws.com/ -H 'X-Amz-Target: DynamoDB_20120810.DescribeTable' \
  -H 'Content-Type: application/x-amz-json-1.0' -H 'Content-Encoding: gzip' --data-binary @body.gz
printf 'Action=DescribeAlarmHistory&Version=2010-08-01&AlarmName=zipped' | gzip >body.gz
signed monitoring https://monitoring.eu-west-1.amazonaws.com/ -H 'Content-Encoding: gzip' --data-binary @body.gz
