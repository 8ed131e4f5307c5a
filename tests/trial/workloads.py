"""Programs whose policies are learned: workloads.py NAME. Each can run again and again, and fails when a call is refused."""

import sys

import boto3


def objects() -> None:
    s3 = boto3.client("s3")
    s3.put_object(Bucket="open-shelf", Key="letter", Body=b"words")
    assert s3.get_object(Bucket="open-shelf", Key="letter")["Body"].read() == b"words"
    assert s3.list_objects_v2(Bucket="open-shelf")["KeyCount"] >= 1
    s3.delete_object(Bucket="open-shelf", Key="letter")


def parts() -> None:
    s3 = boto3.client("s3")
    place = {"Bucket": "open-shelf", "Key": "scroll"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"x" * 100)
    s3.list_parts(**place, UploadId=upload)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=parts)
    s3.put_object_tagging(**place, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.get_object_tagging(**place)
    s3.delete_object(**place)


def queue() -> None:
    sqs = boto3.client("sqs")
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/letters"
    sqs.send_message(QueueUrl=url, MessageBody="words")
    received = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=received[0]["ReceiptHandle"])
    sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])


def inventory() -> None:
    ec2 = boto3.client("ec2")
    ec2.describe_vpcs()
    ec2.describe_instances()
    ec2.describe_availability_zones()
    boto3.client("dynamodb").list_tables()
    boto3.client("sns").list_topics()


def roles() -> None:
    iam = boto3.client("iam")
    boto3.client("sts").get_caller_identity()
    iam.get_role(RoleName="web")
    iam.list_role_policies(RoleName="web")
    iam.get_role_policy(RoleName="web", PolicyName="all")


{it.__name__: it for it in (objects, parts, queue, inventory, roles)}[sys.argv[1]]()
