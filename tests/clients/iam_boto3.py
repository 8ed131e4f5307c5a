"""IAM as a stand-in has it, enforced: what users, groups, roles, sessions and resources' policies allow, with boto3.

Prints a line for each step: its name, and `ok` or the code of the error. All goes through the proxy that the environment names.
"""

import io
import json
import sys
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
CONFIG = Config(retries={"total_max_attempts": 1})


def client(service, credentials=None, region="us-east-1"):
    given = {}
    if credentials:
        given = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials.get("SessionToken"),
        }
    return boto3.client(service, region_name=region, config=CONFIG, **given)


def step(name, call):
    try:
        answer = call()
    except ClientError as error:
        print(name, error.response["Error"]["Code"])
        return None
    print(name, "ok")
    return answer


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(principal):
    return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})


iam = client("iam")


def user(name):
    iam.create_user(UserName=name)
    return iam.create_access_key(UserName=name)["AccessKey"]


def arn(name):
    return f"arn:aws:iam::{ACCOUNT}:{name}"


LIST = allow("s3:ListAllMyBuckets")

ann = user("ann")
buckets = client("s3", ann).list_buckets
step("without a policy", buckets)
iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=document(LIST))
step("inline policy", buckets)
iam.delete_user_policy(UserName="ann", PolicyName="p")
step("inline policy deleted", buckets)
iam.create_group(GroupName="g")
iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=document(LIST))
iam.add_user_to_group(GroupName="g", UserName="ann")
step("group", buckets)
iam.remove_user_from_group(GroupName="g", UserName="ann")
step("group left", buckets)
managed = iam.create_policy(PolicyName="m", PolicyDocument=document(LIST))["Policy"]["Arn"]
iam.attach_user_policy(UserName="ann", PolicyArn=managed)
step("managed policy", buckets)
iam.create_policy_version(
    PolicyArn=managed, PolicyDocument=document(allow("ec2:*")), SetAsDefault=True
)
step("managed policy of another version", buckets)
iam.set_default_policy_version(PolicyArn=managed, VersionId="v1")
step("managed policy of the first version", buckets)
iam.detach_user_policy(UserName="ann", PolicyArn=managed)
step("managed policy detached", buckets)

# Roles.
iam.create_role(RoleName="mine", AssumeRolePolicyDocument=trust({"AWS": arn("user/ann")}))
iam.create_role(RoleName="left", AssumeRolePolicyDocument=trust({"AWS": arn("root")}))
iam.create_role(RoleName="others", AssumeRolePolicyDocument=trust({"AWS": arn("user/bob")}))
bounded = iam.create_policy(PolicyName="b", PolicyDocument=document(allow("s3:List*")))
iam.create_role(
    RoleName="bounded",
    Path="/a/",
    AssumeRolePolicyDocument=trust({"AWS": arn("user/ann")}),
    PermissionsBoundary=bounded["Policy"]["Arn"],
)
for role in ["mine", "left", "others", "bounded"]:
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=document(allow("s3:*")))
sts = client("sts", ann)


def assume(role, **more):
    made = sts.assume_role(RoleArn=arn(f"role/{role}"), RoleSessionName="session", **more)
    return made["Credentials"]


def may(name, credentials, bucket):
    s3 = client("s3", credentials)
    step(f"{name}: list", s3.list_buckets)
    step(f"{name}: create", lambda: s3.create_bucket(Bucket=bucket))


session = step("assume a role that trusts the user", lambda: assume("mine"))
may("role", session, "by-role")
step("assume a role that leaves it to the account", lambda: assume("left"))
iam.put_user_policy(
    UserName="ann",
    PolicyName="p",
    PolicyDocument=document(allow(["sts:AssumeRole", "sts:GetFederationToken"])),
)
step("assume it with a policy", lambda: assume("left"))
step("assume a role that trusts another", lambda: assume("others"))
session = step("assume a bounded role", lambda: assume("a/bounded"))
may("bounded role", session, "by-bounded")
session = step("assume with a session policy", lambda: assume("mine", Policy=document(LIST)))
may("session policy", session, "by-session")
limited = lambda: assume("mine", PolicyArns=[{"arn": managed}])
session = step("assume with a managed session policy", limited)
may("managed session policy", session, "by-managed-session")
iam.update_assume_role_policy(RoleName="mine", PolicyDocument=trust({"AWS": arn("user/bob")}))
step("assume a role that trusts no more", lambda: assume("mine"))

# Federated users: what the user and the session's policy both allow.
iam.put_user_policy(
    UserName="ann",
    PolicyName="p",
    PolicyDocument=document(allow(["s3:*", "sts:GetFederationToken"])),
)
session = step("session of one's own", lambda: sts.get_session_token()["Credentials"])
may("own session", session, "by-own-session")
federate = lambda: sts.get_federation_token(Name="fed", Policy=document(LIST))["Credentials"]
session = step("federate", federate)
may("federated user", session, "by-federated")
iam.delete_user_policy(UserName="ann", PolicyName="p")

# Policies of resources.
root = client("s3")
bob = user("bob")
root.create_bucket(Bucket="shared")
root.put_object(Bucket="shared", Key="k", Body=b"x")
root.put_object(Bucket="shared", Key="other", Body=b"x")


def get(credentials, key="k"):
    return client("s3", credentials).get_object(Bucket="shared", Key=key)


iam.put_user_policy(
    UserName="bob", PolicyName="p", PolicyDocument=document(allow("s3:GetObject"))
)
step("ann gets", lambda: get(ann))
step("bob gets", lambda: get(bob))
# moto, too, looks at a bucket's policy, but not at whom it names: what is denied to one is another object.
on = "arn:aws:s3:::shared/"
root.put_bucket_policy(
    Bucket="shared",
    Policy=document(
        allow("s3:GetObject", on + "k", Principal={"AWS": arn("user/ann")}),
        {**allow("s3:*", on + "other", Principal={"AWS": arn("user/bob")}), "Effect": "Deny"},
    ),
)
step("ann gets what the bucket's policy allows", lambda: get(ann))
step("bob gets what the bucket's policy denies", lambda: get(bob, "other"))
root.delete_bucket_policy(Bucket="shared")
step("ann gets without it", lambda: get(ann))
step("bob gets without it", lambda: get(bob, "other"))

to_ann = {"Principal": {"AWS": arn("user/ann")}}
region = "eu-west-1"
sqs = client("sqs", region=region)
queue = sqs.create_queue(QueueName="q")["QueueUrl"]
send = lambda: client("sqs", ann, region).send_message(QueueUrl=queue, MessageBody="m")
step("send", send)
of_queue = document(allow("sqs:SendMessage", f"arn:aws:sqs:{region}:{ACCOUNT}:q", **to_ann))
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": of_queue})
step("send as the queue's policy allows", send)

sns = client("sns", region=region)
topic = sns.create_topic(Name="t")["TopicArn"]
publish = lambda: client("sns", ann, region).publish(TopicArn=topic, Message="m")
of_topic = document(allow("sns:Publish", topic, **to_ann))
sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=of_topic)
step("publish as the topic's policy allows", publish)
elsewhere = document(allow("sns:Publish", topic, Principal={"AWS": arn("user/bob")}))
sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=elsewhere)
step("publish as it allows another", publish)

kms = client("kms", region=region)
key = kms.create_key()["KeyMetadata"]["Arn"]
encrypt = lambda: client("kms", ann, region).encrypt(KeyId=key, Plaintext=b"x")
step("encrypt", encrypt)
iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=document(allow("kms:Encrypt")))
step("encrypt as the key leaves it to the account", encrypt)
bobs = allow("kms:*", "*", Principal={"AWS": arn("user/bob")})
kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document(bobs))
step("encrypt as the key does not", encrypt)
iam.delete_user_policy(UserName="ann", PolicyName="p")
kms.put_key_policy(
    KeyId=key, PolicyName="default", Policy=document(allow("kms:Encrypt", "*", **to_ann))
)
step("encrypt as the key's policy allows", encrypt)

kms.create_key()
kms.create_alias(AliasName="alias/x", TargetKeyId=key)
by_alias = lambda: client("kms", ann, region).encrypt(KeyId="alias/x", Plaintext=b"x")
step("encrypt by an alias", by_alias)
kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document(bobs))
step("encrypt by an alias of a key that does not allow it", by_alias)

secrets = client("secretsmanager", region=region)
secret = secrets.create_secret(Name="x", SecretString="hidden")["ARN"]
read = lambda: client("secretsmanager", ann, region).get_secret_value(SecretId=secret)
step("read a secret", read)
secrets.put_resource_policy(
    SecretId=secret,
    ResourcePolicy=document(allow("secretsmanager:GetSecretValue", "*", **to_ann)),
)
step("read a secret as its policy allows", read)

code = io.BytesIO()
with zipfile.ZipFile(code, "w") as archive:
    archive.writestr("a.py", "handler = print")
functions = client("lambda", region=region)
functions.create_function(
    FunctionName="f",
    Runtime="python3.12",
    Handler="a.handler",
    Role=arn("role/mine"),
    Code={"ZipFile": code.getvalue()},
)
describe = lambda: client("lambda", ann, region).get_function_configuration(FunctionName="f")
step("describe a function", describe)
functions.add_permission(
    FunctionName="f",
    StatementId="s",
    Action="lambda:GetFunctionConfiguration",
    Principal=arn("user/ann"),
)
step("describe a function as its policy allows", describe)

# Keys.
iam.update_access_key(UserName="bob", AccessKeyId=bob["AccessKeyId"], Status="Inactive")
step("inactive key", lambda: get(bob))
iam.update_access_key(UserName="bob", AccessKeyId=bob["AccessKeyId"], Status="Active")
step("active key", lambda: get(bob))
iam.delete_access_key(UserName="bob", AccessKeyId=bob["AccessKeyId"])
step("deleted key", lambda: get(bob))
unseen = {"AccessKeyId": "ASIA" + "Q" * 16, "SecretAccessKey": "x", "SessionToken": "y"}
step("session that nobody has seen", lambda: get(unseen))
step("key of nobody", lambda: get({"AccessKeyId": "nobody", "SecretAccessKey": "x"}))
sys.stdout.flush()
