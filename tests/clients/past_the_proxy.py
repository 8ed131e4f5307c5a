"""Calls of which some go past the proxy: those are heard over client-side monitoring alone.

Twice the same operation, once this way and once that; and one that goes past the proxy only.
"""

import os

import boto3

for name in ["HTTP_PROXY", "http_proxy"]:
    del os.environ[name]
past = {"endpoint_url": os.environ["STAND_IN"]}
boto3.client("sqs").create_queue(QueueName="through")
boto3.client("sqs", **past).create_queue(QueueName="past")
boto3.client("logs", **past).create_log_group(logGroupName="past")
