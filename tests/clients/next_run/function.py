"""A function with its role, a layer, versions, an alias, and a queue that feeds it."""

import json

from common import TAGS, archive, client, make_role

iam, sqs, lambda_ = client("iam"), client("sqs"), client("lambda")

role = make_role("orders", "lambda")
may_log = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}
document = json.dumps({"Version": "2012-10-17", "Statement": [may_log]})
iam.put_role_policy(RoleName="orders", PolicyName="log", PolicyDocument=document)


def make_queue(name):
    queue = sqs.create_queue(QueueName=name, tags=TAGS)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    return queue, attributes["QueueArn"]


orders, orders_arn = make_queue("orders")
returns, returns_arn = make_queue("returns")

layer = lambda_.publish_layer_version(LayerName="tools", Content={"ZipFile": archive()})["LayerVersionArn"]
lambda_.get_layer_version(LayerName="tools", VersionNumber=int(layer.rpartition(":")[2]))
function = lambda_.create_function(
    FunctionName="orders",
    Runtime="python3.12",
    Role=role,
    Handler="handler.handler",
    Code={"ZipFile": archive()},
    Layers=[layer],
    Tags=TAGS,
)["FunctionArn"]
lambda_.get_waiter("function_active_v2").wait(FunctionName="orders")
lambda_.update_function_code(FunctionName="orders", ZipFile=archive())
lambda_.get_waiter("function_updated_v2").wait(FunctionName="orders")
version = lambda_.publish_version(FunctionName="orders")["Version"]
lambda_.create_alias(FunctionName="orders", Name="live", FunctionVersion=version)
lambda_.get_function(FunctionName="orders", Qualifier=version)
lambda_.invoke(FunctionName="orders", Qualifier="live", Payload=b"{}")
lambda_.add_permission(
    FunctionName="orders", StatementId="events", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
)
lambda_.list_tags(Resource=function)

tagged = lambda_.create_event_source_mapping(FunctionName="orders", EventSourceArn=orders_arn, Tags=TAGS)["UUID"]
plain = lambda_.create_event_source_mapping(FunctionName="orders", EventSourceArn=returns_arn)["UUID"]
for mapping in (tagged, plain):
    lambda_.get_event_source_mapping(UUID=mapping)
    lambda_.update_event_source_mapping(UUID=mapping, BatchSize=5)
    lambda_.delete_event_source_mapping(UUID=mapping)

lambda_.remove_permission(FunctionName="orders", StatementId="events")
lambda_.delete_alias(FunctionName="orders", Name="live")
lambda_.delete_function(FunctionName="orders", Qualifier=version)
lambda_.delete_function(FunctionName="orders")
lambda_.delete_layer_version(LayerName="tools", VersionNumber=int(layer.rpartition(":")[2]))
sqs.delete_queue(QueueUrl=orders)
sqs.delete_queue(QueueUrl=returns)
iam.delete_role_policy(RoleName="orders", PolicyName="log")
iam.delete_role(RoleName="orders")
