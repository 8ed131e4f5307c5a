"""One script, two roles, as a deploy with two accounts has it: each does what the other does not."""

import boto3
from botocore.exceptions import ClientError

me = boto3.Session(region_name="eu-west-1")
iam, sts = me.client("iam"), me.client("sts")
trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'


def session(role, path="/"):
    arn = iam.create_role(RoleName=role, Path=path, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    given = sts.assume_role(RoleArn=arn, RoleSessionName="ci")["Credentials"]
    # What must be found nowhere: the test looks for it.
    print("secret", given["SecretAccessKey"])
    print("secret", given["SessionToken"])
    return boto3.Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        region_name="eu-west-1",
    )


store, queues = session("store", "/teams/web/"), session("queues")
place = {"LocationConstraint": "eu-west-1"}
store.client("s3").create_bucket(Bucket="shop-media", CreateBucketConfiguration=place)
store.client("s3").put_object(Bucket="shop-media", Key="a.txt", Body=b"a")
queues.client("sqs").create_queue(QueueName="orders")
# The key of the same role, another time.
session_of_own = sts.get_session_token()["Credentials"]
print("secret", session_of_own["SecretAccessKey"])
print("secret", session_of_own["SessionToken"])
own = boto3.Session(
    aws_access_key_id=session_of_own["AccessKeyId"],
    aws_secret_access_key=session_of_own["SecretAccessKey"],
    aws_session_token=session_of_own["SessionToken"],
    region_name="eu-west-1",
)
own.client("sns").create_topic(Name="news")
try:
    store.client("secretsmanager").get_secret_value(SecretId="forbidden-key")
except ClientError as error:
    assert error.response["Error"]["Code"] == "AccessDeniedException", error
else:
    raise AssertionError("that should have been refused")
