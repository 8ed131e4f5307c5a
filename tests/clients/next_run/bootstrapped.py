"""What `cdk bootstrap` and a first `sam deploy` leave in an account: a version, roles and buckets for what is deployed.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
"""

import json

from common import REGION, client

ACCOUNT = "123456789012"

s3, ssm, iam = client("s3"), client("ssm"), client("iam")

for bucket in (f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}", "shop-deployments"):
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
ssm.put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
allow = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
trust = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
for role in ("deploy", "file-publishing", "image-publishing", "lookup", "cfn-exec"):
    iam.create_role(RoleName=f"cdk-hnb659fds-{role}-role-{ACCOUNT}-{REGION}", AssumeRolePolicyDocument=trust)
