"""An account for experiments, made in a stand-in: a user with a policy and keys, buckets, an object, a queue and a role.

account.py URL POLICY|- : the policy of the user is in the file, or allows everything. Prints the user's keys as JSON. It makes
as many calls as CALLS says, so that a stand-in can be told to let these pass.
"""

import json
import sys

import boto3

CALLS = 11


def main() -> None:
    url, policy = sys.argv[1:]
    keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "x"}

    def client(service: str):
        return boto3.client(service, endpoint_url=url, region_name="us-east-1", **keys)

    iam, s3 = client("iam"), client("s3")
    iam.create_user(UserName="trier")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    if policy != "-":
        with open(policy, encoding="utf-8") as file:
            document = file.read()
    iam.put_user_policy(UserName="trier", PolicyName="own", PolicyDocument=document)
    made = iam.create_access_key(UserName="trier")["AccessKey"]
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    for name, path in (("leastwise-try-web", "/leastwise/"), ("web", "/")):
        iam.create_role(
            RoleName=name,
            Path=path,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )
        iam.put_role_policy(
            RoleName=name,
            PolicyName="all",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
        )
    s3.create_bucket(Bucket="open-shelf")
    s3.create_bucket(Bucket="closed-shelf")
    s3.put_object(Bucket="open-shelf", Key="book", Body=b"words")
    client("sqs").create_queue(QueueName="letters")
    print(json.dumps({"key": made["AccessKeyId"], "secret": made["SecretAccessKey"]}))


main()
