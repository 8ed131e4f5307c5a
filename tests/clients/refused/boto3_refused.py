"""boto3, refused: one operation of each protocol, and HEAD. Prints for each what the SDK raised: class, code, status, and
whether the sentence came with it. The endpoint is the environment's.
"""

import boto3
from botocore.exceptions import ClientError

session = boto3.Session(region_name="eu-west-1")


def refused(service, operation, **parameters):
    client = session.client(service)
    method = {api: python for python, api in client.meta.method_to_api_mapping.items()}[operation]
    try:
        getattr(client, method)(**parameters)
    except ClientError as error:
        metadata, found = error.response["ResponseMetadata"], error.response["Error"]
        assert metadata["RetryAttempts"] == 0, metadata
        assert metadata["RequestId"], metadata
        said = "said" if "is not authorized to perform" in found["Message"] else "silent"
        print(service, operation, type(error).__name__, found["Code"], metadata["HTTPStatusCode"], said)
    else:
        raise AssertionError(f"{service} {operation} should have been refused")


refused("dynamodb", "GetItem", TableName="orders", Key={"id": {"S": "1"}})
refused("kms", "Decrypt", CiphertextBlob=b"x")
refused("sqs", "SendMessage", QueueUrl="https://sqs.eu-west-1.amazonaws.com/123456789012/jobs", MessageBody="1")
refused("sns", "Publish", TopicArn="arn:aws:sns:eu-west-1:123456789012:news", Message="1")
refused("iam", "CreateRole", RoleName="app", AssumeRolePolicyDocument="{}")
refused("sts", "AssumeRole", RoleArn="arn:aws:iam::123456789012:role/app", RoleSessionName="ci")
refused("ec2", "DescribeInstances")
refused("lambda", "Invoke", FunctionName="f", Payload=b"{}")
refused("iot-data", "Publish", topic="t", payload=b"1")
refused("cloudwatch", "ListMetrics")
refused("cloudfront", "ListDistributions")
refused("route53", "ListHostedZones")
refused("s3", "GetObject", Bucket="media", Key="film")
refused("s3", "PutObject", Bucket="media", Key="film", Body=b"x" * 100_000)
refused("s3", "HeadObject", Bucket="media", Key="film")
refused("s3", "HeadBucket", Bucket="media")
# Event streams, at their opening.
refused("kinesis", "SubscribeToShard", ConsumerARN="arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/c:1", ShardId="1", StartingPosition={"Type": "LATEST"})
refused("bedrock-runtime", "InvokeModelWithResponseStream", modelId="m", body=b"{}")
refused("s3", "SelectObjectContent", Bucket="media", Key="list", Expression="select 1", ExpressionType="SQL", InputSerialization={"CSV": {}}, OutputSerialization={"CSV": {}})
