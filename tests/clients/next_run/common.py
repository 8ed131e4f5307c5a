"""What the workloads of this folder share. Each is an ordinary program: it makes what it needs, uses it, and takes it away again."""

import io
import json
import os
import uuid
import zipfile

import boto3
from botocore.config import Config

REGION = "eu-west-1"
TAGS = {"app": "shop"}

# A call that fails is a mistake in the workload: at once, and not after some tries.
config = Config(region_name=REGION, retries={"total_max_attempts": 1}, read_timeout=240)


def client(service):
    return boto3.client(service, config=config)


def tags(key="Key", value="Value", **more):
    """Tags in the form of a list, whose members each service names in its own way."""
    return [{key: name, value: text} for name, text in {**TAGS, **more}.items()]


def tagged(*kinds, **more):
    """EC2's form of tags at creation."""
    return [{"ResourceType": kind, "Tags": tags(**more)} for kind in kinds]


def this_build():
    """A value that is another in each run, as build numbers and commits are."""
    return str(uuid.uuid4())


def make_role(name, service):
    allow = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    role = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=tags())
    return role["Role"]["Arn"]


def archive():
    """The code of a function; its hash is another in each run."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("handler.py", f"BUILD = {os.urandom(8).hex()!r}\ndef handler(event, context): return {{}}\n")
    return packed.getvalue()
