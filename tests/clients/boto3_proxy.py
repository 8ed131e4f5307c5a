"""A deploy script with boto3, through the proxy: clients and resources, transfers in parts, tags, a role that is
passed, a call that is refused. It knows nothing of a proxy; the environment leads it there.
"""

import io
import os
import tempfile
import zipfile

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

session = boto3.Session(region_name="eu-west-1")
account = session.client("sts").get_caller_identity()["Account"]
assert account == "123456789012", account

iam = session.client("iam")
trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
role = iam.create_role(
    RoleName="shop", AssumeRolePolicyDocument=trust, Tags=[{"Key": "app", "Value": "shop"}]
)["Role"]["Arn"]

code = io.BytesIO()
with zipfile.ZipFile(code, "w") as archive:
    archive.writestr("handler.py", "def handler(event, context): return {}")
session.client("lambda").create_function(
    FunctionName="orders",
    Runtime="python3.12",
    Role=role,
    Handler="handler.handler",
    Code={"ZipFile": code.getvalue()},
)

s3 = session.resource("s3")
bucket = s3.create_bucket(
    Bucket="shop-media", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
)
bucket.put_object(Key="small.txt", Body=b"small")
with tempfile.TemporaryDirectory() as folder:
    film = os.path.join(folder, "film")
    with open(film, "wb") as file:
        file.write(os.urandom(11 << 20))
    parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    bucket.upload_file(film, "films/one.mp4", Config=parts)
    bucket.download_file("films/one.mp4", film + ".copy", Config=parts)
    assert open(film, "rb").read() == open(film + ".copy", "rb").read()
bucket.Object("films/two.mp4").copy({"Bucket": "shop-media", "Key": "films/one.mp4"})
assert [item.key for item in bucket.objects.filter(Prefix="films/")] == ["films/one.mp4", "films/two.mp4"]
bucket.delete_objects(Delete={"Objects": [{"Key": "films/two.mp4"}, {"Key": "small.txt"}]})

table = session.resource("dynamodb").create_table(
    TableName="orders",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
)
table.put_item(Item={"id": "1", "what": "shoes"})
assert table.get_item(Key={"id": "1"})["Item"]["what"] == "shoes"

queue = session.resource("sqs").create_queue(QueueName="orders", tags={"app": "shop"})
queue.send_message(MessageBody="1")
queue.receive_messages()[0].delete()

# Refused: what is needed is known all the same.
try:
    session.client("secretsmanager").get_secret_value(SecretId="forbidden-key")
except ClientError as error:
    assert error.response["Error"]["Code"] == "AccessDeniedException", error
else:
    raise AssertionError("that should have been refused")

# An endpoint of one's own, without TLS.
local = session.client("ssm", endpoint_url=os.environ["STAND_IN"])
local.put_parameter(Name="/shop/colour", Value="red", Type="String")
