"""The deployment of a small shop with boto3, as a Python deploy script would do it.

`STAND_IN` is the URL of stand_in.py, used as an HTTP proxy: the requests go, without TLS, to AWS's
own host names, so that S3's buckets are in the host name as they are in real life.
"""

import io
import os
import socket
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

session = boto3.Session(region_name="eu-west-1")
through_stand_in = Config(
    proxies={"http": os.environ["STAND_IN"]},
    retries={"mode": "standard", "max_attempts": 3},
    max_pool_connections=16,
)


def client(service, **options):
    return session.client(service, use_ssl=False, config=through_stand_in, **options)


def fails(code, call, **arguments):
    """Makes a call that must fail with this error code."""
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return
    raise AssertionError(f"{call.__name__} should have failed with {code}")


# Who am I? Needs no permission.
account = client("sts").get_caller_identity()["Account"]

# A role for the function, and a key for its data.
iam = client("iam")
trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
fails("NoSuchEntity", iam.get_role, RoleName="shop")
role = iam.create_role(
    RoleName="shop", AssumeRolePolicyDocument=trust, Tags=[{"Key": "app", "Value": "shop"}]
)["Role"]["Arn"]
iam.put_role_policy(
    RoleName="shop",
    PolicyName="logs",
    PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:PutLogEvents","Resource":"*"}]}',
)

kms = client("kms")
key = kms.create_key(Description="shop")["KeyMetadata"]["KeyId"]
kms.create_alias(AliasName="alias/shop", TargetKeyId=key)
kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"])

# Object storage: client and resource API, one multipart transfer, many at once.
s3 = client("s3")
fails("404", s3.head_bucket, Bucket="shop-assets")
s3.create_bucket(
    Bucket="shop-assets", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
)
s3.put_bucket_versioning(Bucket="shop-assets", VersioningConfiguration={"Status": "Enabled"})
s3.put_bucket_tagging(
    Bucket="shop-assets", Tagging={"TagSet": [{"Key": "app", "Value": "shop"}]}
)

bucket = session.resource("s3", use_ssl=False, config=through_stand_in).Bucket("shop-assets")
bucket.put_object(Key="index.html", Body=b"<h1>Shop</h1>")
assert bucket.Object("index.html").get()["Body"].read() == b"<h1>Shop</h1>"
fails("404", bucket.Object("missing.html").load)
fails("NoSuchKey", s3.get_object, Bucket="shop-assets", Key="missing.html")
fails("NoSuchBucket", s3.list_objects_v2, Bucket="shop-assets-of-nobody")
fails("AccessDenied", s3.get_object, Bucket="forbidden-assets", Key="plans.txt")

megabyte = 1024 * 1024
in_parts = TransferConfig(multipart_threshold=5 * megabyte, multipart_chunksize=5 * megabyte)
with tempfile.TemporaryDirectory() as folder:
    film = os.path.join(folder, "film.mp4")
    with open(film, "wb") as file:
        file.write(b"\0" * (11 * megabyte))
    bucket.upload_file(film, "film.mp4", Config=in_parts)
    bucket.download_file("film.mp4", film + ".back", Config=in_parts)
    assert os.path.getsize(film + ".back") == 11 * megabyte

with ThreadPoolExecutor(16) as many:
    list(many.map(lambda n: s3.put_object(Bucket="shop-assets", Key=f"img/{n}.png", Body=b"\x89PNG"), range(60)))
s3.put_object(Bucket="shop-assets", Key="busy-hour.txt", Body=b"retried once")

# Tables.
dynamodb = client("dynamodb")
fails("ResourceNotFoundException", dynamodb.describe_table, TableName="orders")
dynamodb.create_table(
    TableName="orders",
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    BillingMode="PAY_PER_REQUEST",
    Tags=[{"Key": "app", "Value": "shop"}],
)
dynamodb.get_waiter("table_exists").wait(TableName="orders")
orders = session.resource("dynamodb", use_ssl=False, config=through_stand_in).Table("orders")
with orders.batch_writer() as batch:
    for n in range(30):
        batch.put_item(Item={"id": f"order-{n}"})
orders.put_item(Item={"id": "busy-order"})
assert orders.get_item(Key={"id": "order-1"})["Item"]
orders.scan(Limit=5)
fails("AccessDeniedException", dynamodb.delete_table, TableName="forbidden-ledger")

# Queue, topic, stream, bus.
sqs = client("sqs")
queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
sqs.send_message_batch(
    QueueUrl=queue, Entries=[{"Id": str(n), "MessageBody": "order"} for n in range(3)]
)
for message in sqs.receive_message(QueueUrl=queue)["Messages"]:
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

sns = client("sns")
topic = sns.create_topic(Name="orders")["TopicArn"]
sns.subscribe(
    TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:eu-west-1:{account}:orders"
)
sns.publish(TopicArn=topic, Message="busy-message")

kinesis = client("kinesis")
kinesis.create_stream(StreamName="clicks", ShardCount=1)
kinesis.put_record(StreamName="clicks", Data=b"busy-click", PartitionKey="busy-click")

events = client("events")
events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)", State="ENABLED")

# Settings and secrets.
ssm = client("ssm")
fails("ParameterNotFound", ssm.get_parameter, Name="/shop/currency")
ssm.put_parameter(Name="/shop/currency", Value="EUR", Type="String")
ssm.get_parameters_by_path(Path="/shop")

secrets = client("secretsmanager")
secrets.create_secret(Name="shop/payment", SecretString="hunter2")
secrets.get_secret_value(SecretId="shop/payment")
fails("ResourceNotFoundException", secrets.get_secret_value, SecretId="shop/nothing")

# The function, what triggers it, and where it logs.
code = io.BytesIO()
with zipfile.ZipFile(code, "w") as archive:
    archive.writestr("shop.py", "def handler(event, context): pass")
functions = client("lambda")
fails("ResourceNotFoundException", functions.get_function, FunctionName="shop")
functions.create_function(
    FunctionName="shop",
    Runtime="python3.12",
    Role=role,
    Handler="shop.handler",
    Code={"ZipFile": code.getvalue()},
    Tags={"app": "shop"},
)
functions.get_waiter("function_active_v2").wait(FunctionName="shop")
functions.add_permission(
    FunctionName="shop",
    StatementId="nightly",
    Action="lambda:InvokeFunction",
    Principal="events.amazonaws.com",
)
fails("AccessDeniedException", functions.delete_function, FunctionName="forbidden-function")

logs = client("logs")
logs.create_log_group(logGroupName="/aws/lambda/shop")
logs.put_retention_policy(logGroupName="/aws/lambda/shop", retentionInDays=14)
logs.describe_log_groups(logGroupNamePrefix="/aws/lambda")

# A network, a load balancer, and names whose service ids have several words.
ec2 = client("ec2")
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
subnets = [
    ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")[
        "Subnet"
    ]["SubnetId"]
    for n, zone in enumerate("ab")
]
ec2.create_tags(Resources=[vpc], Tags=[{"Key": "app", "Value": "shop"}])
fails("InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=["vpc-00000000000000000"])
balancers = client("elbv2")
balancers.create_load_balancer(Name="shop", Subnets=subnets)
balancers.describe_load_balancers(Names=["shop"])
client("cloudwatch").put_metric_alarm(
    AlarmName="shop-errors",
    MetricName="Errors",
    Namespace="AWS/Lambda",
    Statistic="Sum",
    Period=60,
    EvaluationPeriods=1,
    Threshold=1,
    ComparisonOperator="GreaterThanThreshold",
)
client("stepfunctions").list_state_machines()
client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "app"}])
client("cloudformation").list_stacks()

# Nobody listens there: the SDK tries three times and no answer ever comes.
with socket.socket() as unheard:
    unheard.bind(("127.0.0.1", 0))
    nowhere = session.client(
        "glue",
        endpoint_url=f"http://127.0.0.1:{unheard.getsockname()[1]}",
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
    )
    try:
        nowhere.get_databases()
    except EndpointConnectionError:
        pass

# And everything is taken down again.
s3.delete_objects(
    Bucket="shop-assets",
    Delete={"Objects": [{"Key": f"img/{n}.png"} for n in range(60)]},
)
bucket.object_versions.delete()
s3.delete_bucket(Bucket="shop-assets")
functions.delete_function(FunctionName="shop")
dynamodb.delete_table(TableName="orders")
