#!/usr/bin/env bash
# `sam deploy` of a function whose code and template change between the two runs.
set -euo pipefail
mkdir -p "$NEXT_RUN/code"
cd "$NEXT_RUN"
echo "def handler(event, context): return '$NEXT_RUN'" >code/handler.py
cat >template.yaml <<END
Description: The shop, in its $NEXT_RUN run
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: handler.handler
      Role: !GetAtt Role.Arn
      Code: ./code
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: lambda.amazonaws.com}
            Action: sts:AssumeRole
END
export SAM_CLI_TELEMETRY=0 SAM_CLI_POLL_DELAY=1
exec "$SAM" deploy --template-file template.yaml --stack-name shop --s3-bucket shop-deployments --s3-prefix shop \
  --capabilities CAPABILITY_IAM --no-confirm-changeset --no-progressbar
