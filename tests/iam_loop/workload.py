"""A deployment of many services with boto3: what `tests/integration/iam_loop.rs` records, and then runs with nothing but the policy.

It is an ordinary program: it makes what it needs, uses it in the ways that people use it (transactions, parts, batches, tags at
creation, roles that are handed over), takes most of it away again, and ends at the first call that fails.
"""

import io
import json
import zipfile

import boto3

REGION = "eu-west-1"
ACCOUNT = "123456789012"
# The user who has only the policy; the role that is assumed trusts nobody else.
DEPLOYER = f"arn:aws:iam::{ACCOUNT}:user/deployer"
SERVICES = (
    "apigateway cloudformation cloudwatch dynamodb ec2 ecr ecs elbv2 events iam kinesis kms lambda logs route53 s3 "
    "scheduler secretsmanager sns sqs ssm stepfunctions sts"
).split()


def trust(kind, who):
    allow = {"Effect": "Allow", "Principal": {kind: who}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def tags(first="Key", second="Value"):
    return [{first: "app", second: "shop"}]


class Deployment:
    """What the calls of one run share. `clients` has one of boto3's clients for each of `SERVICES`."""

    def __init__(self, clients):
        self.clients = clients

    def run(self):
        # Users before uses: what one makes, those after it name.
        self.sts_and_iam()
        self.kms()
        self.s3()
        self.s3_parts_and_versions()
        self.dynamodb()
        self.sqs()
        self.sns()
        self.kinesis()
        self.logs()
        self.ssm()
        self.secretsmanager()
        self.lambda_()
        self.stepfunctions()
        self.events()
        self.ec2()
        self.ecr()
        self.ecs()
        self.elbv2()
        self.route53()
        self.cloudformation()
        self.cloudwatch()
        self.apigateway()

    def sts_and_iam(self):
        sts, iam = self.clients["sts"], self.clients["iam"]
        assert sts.get_caller_identity()["Account"] == ACCOUNT
        services = ["lambda.amazonaws.com", "states.amazonaws.com", "events.amazonaws.com", "ec2.amazonaws.com"]
        services += ["ecs-tasks.amazonaws.com", "cloudformation.amazonaws.com", "scheduler.amazonaws.com"]
        iam.create_role(RoleName="shop", AssumeRolePolicyDocument=trust("Service", services), Tags=tags())
        self.role = iam.get_role(RoleName="shop")["Role"]["Arn"]
        may_log = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [may_log]})
        iam.put_role_policy(RoleName="shop", PolicyName="log", PolicyDocument=document)
        iam.get_role_policy(RoleName="shop", PolicyName="log")
        iam.list_role_policies(RoleName="shop")
        policy = iam.create_policy(PolicyName="shop-log", PolicyDocument=document)["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="shop", PolicyArn=policy)
        iam.list_attached_role_policies(RoleName="shop")
        iam.detach_role_policy(RoleName="shop", PolicyArn=policy)
        iam.delete_policy(PolicyArn=policy)
        iam.tag_role(RoleName="shop", Tags=[{"Key": "team", "Value": "web"}])
        iam.create_instance_profile(InstanceProfileName="shop")
        iam.add_role_to_instance_profile(InstanceProfileName="shop", RoleName="shop")
        iam.list_roles()

        reader = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust("AWS", DEPLOYER))
        sts.assume_role(RoleArn=reader["Role"]["Arn"], RoleSessionName="deploy")
        iam.delete_role(RoleName="reader")

    def kms(self):
        kms = self.clients["kms"]
        self.key = kms.create_key(Tags=tags("TagKey", "TagValue"))["KeyMetadata"]["Arn"]
        other = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName="alias/shop", TargetKeyId=self.key)
        kms.describe_key(KeyId=self.key)
        kms.enable_key_rotation(KeyId=self.key)
        sealed = kms.encrypt(KeyId=self.key, Plaintext=b"one")["CiphertextBlob"]
        kms.decrypt(CiphertextBlob=sealed, KeyId=self.key)
        kms.re_encrypt(CiphertextBlob=sealed, SourceKeyId=self.key, DestinationKeyId=other)
        kms.generate_data_key(KeyId=self.key, KeySpec="AES_256")
        kms.tag_resource(KeyId=self.key, Tags=tags("TagKey", "TagValue"))
        kms.schedule_key_deletion(KeyId=other, PendingWindowInDays=7)

    def s3(self):
        s3 = self.clients["s3"]
        here = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket="shop-media", CreateBucketConfiguration=here)
        s3.create_bucket(Bucket="shop-archive", CreateBucketConfiguration=here)
        s3.put_bucket_versioning(Bucket="shop-media", VersioningConfiguration={"Status": "Enabled"})
        s3.get_bucket_versioning(Bucket="shop-media")
        s3.put_bucket_tagging(Bucket="shop-media", Tagging={"TagSet": tags()})
        s3.get_bucket_tagging(Bucket="shop-media")
        rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://shop.example"]}
        s3.put_bucket_cors(Bucket="shop-media", CORSConfiguration={"CORSRules": [rule]})
        expire = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 7}}
        s3.put_bucket_lifecycle_configuration(Bucket="shop-media", LifecycleConfiguration={"Rules": [expire]})
        encrypt = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        s3.put_bucket_encryption(Bucket="shop-media", ServerSideEncryptionConfiguration={"Rules": [encrypt]})
        s3.get_bucket_location(Bucket="shop-media")
        s3.head_bucket(Bucket="shop-media")
        s3.list_buckets()

        s3.put_object(Bucket="shop-media", Key="a.txt", Body=b"a")
        s3.put_object(Bucket="shop-media", Key="tagged.txt", Body=b"b", Tagging="app=shop")
        s3.put_object(Bucket="shop-media", Key="open.txt", Body=b"c", ACL="bucket-owner-full-control")
        s3.put_object(
            Bucket="shop-media", Key="sealed.txt", Body=b"d", ServerSideEncryption="aws:kms", SSEKMSKeyId=self.key
        )
        assert s3.get_object(Bucket="shop-media", Key="sealed.txt")["Body"].read() == b"d"
        assert s3.get_object(Bucket="shop-media", Key="a.txt")["Body"].read() == b"a"
        s3.head_object(Bucket="shop-media", Key="a.txt")
        s3.copy_object(Bucket="shop-archive", Key="a.txt", CopySource="shop-media/a.txt")
        s3.put_object_tagging(Bucket="shop-media", Key="a.txt", Tagging={"TagSet": tags()})
        s3.get_object_tagging(Bucket="shop-media", Key="a.txt")
        s3.put_object_acl(Bucket="shop-media", Key="open.txt", ACL="private")
        s3.get_object_acl(Bucket="shop-media", Key="open.txt")
        s3.list_objects_v2(Bucket="shop-media")
        gone = s3.delete_objects(Bucket="shop-archive", Delete={"Objects": [{"Key": "a.txt"}, {"Key": "b.txt"}]})
        if gone.get("Errors"):
            raise Refused("DeleteObjects", gone["Errors"])
        s3.delete_bucket(Bucket="shop-archive")

    def s3_parts_and_versions(self):
        s3 = self.clients["s3"]
        film = {"Bucket": "shop-media", "Key": "film.mp4"}
        film["UploadId"] = s3.create_multipart_upload(**film)["UploadId"]
        part = s3.upload_part(**film, PartNumber=1, Body=bytes(100))
        s3.list_parts(**film)
        done = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(**film, MultipartUpload=done)
        draft = {"Bucket": "shop-media", "Key": "draft.mp4"}
        draft["UploadId"] = s3.create_multipart_upload(**draft)["UploadId"]
        s3.list_multipart_uploads(Bucket="shop-media")
        s3.abort_multipart_upload(**draft)

        old = {"Bucket": "shop-media", "Key": "old.txt"}
        old["VersionId"] = s3.put_object(**old, Body=b"old")["VersionId"]
        s3.get_object(**old)
        s3.list_object_versions(Bucket="shop-media", Prefix="old")
        s3.delete_object(**old)
        s3.delete_object(Bucket="shop-media", Key="old.txt")

    def dynamodb(self):
        dynamodb = self.clients["dynamodb"]
        for name in ("orders", "stock"):
            made = dynamodb.create_table(
                TableName=name,
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
                Tags=tags(),
            )
        dynamodb.describe_table(TableName="orders")
        dynamodb.list_tables()
        dynamodb.tag_resource(ResourceArn=made["TableDescription"]["TableArn"], Tags=tags())
        ttl = {"Enabled": True, "AttributeName": "until"}
        dynamodb.update_time_to_live(TableName="orders", TimeToLiveSpecification=ttl)

        def item(number):
            return {"id": {"S": str(number)}, "what": {"S": "shoes"}}

        def key(number):
            return {"id": {"S": str(number)}}

        # `orders` is asked one by one, `stock` in batches, transactions and statements: an action taken away is missed by either.
        dynamodb.put_item(TableName="orders", Item=item(1))
        dynamodb.get_item(TableName="orders", Key=key(1))
        dynamodb.update_item(
            TableName="orders",
            Key=key(1),
            UpdateExpression="SET what = :w",
            ExpressionAttributeValues={":w": {"S": "hat"}},
        )
        dynamodb.query(
            TableName="orders", KeyConditionExpression="id = :i", ExpressionAttributeValues={":i": {"S": "1"}}
        )
        dynamodb.scan(TableName="orders")
        dynamodb.delete_item(TableName="orders", Key=key(1))
        dynamodb.batch_write_item(RequestItems={"stock": [{"PutRequest": {"Item": item(2)}}]})
        dynamodb.batch_get_item(RequestItems={"stock": {"Keys": [key(2)]}})
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "stock", "Item": item(3)}},
                {"Delete": {"TableName": "stock", "Key": key(4)}},
                {
                    "ConditionCheck": {
                        "TableName": "stock",
                        "Key": key(2),
                        "ConditionExpression": "attribute_exists(id)",
                    }
                },
            ]
        )
        dynamodb.transact_get_items(TransactItems=[{"Get": {"TableName": "stock", "Key": key(3)}}])
        dynamodb.execute_statement(Statement="INSERT INTO \"stock\" VALUE {'id': '5'}")
        dynamodb.execute_statement(Statement="SELECT * FROM \"stock\" WHERE id = '5'")
        dynamodb.batch_execute_statement(Statements=[{"Statement": "DELETE FROM \"stock\" WHERE id = '5'"}])
        dynamodb.delete_table(TableName="stock")

    def sqs(self):
        sqs = self.clients["sqs"]
        sqs.create_queue(QueueName="orders", tags={"app": "shop"})
        self.queue = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"VisibilityTimeout": "5"})
        sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["All"])
        sqs.tag_queue(QueueUrl=self.queue, Tags={"team": "web"})
        sqs.list_queue_tags(QueueUrl=self.queue)
        sqs.list_queues()
        sqs.send_message(QueueUrl=self.queue, MessageBody="1")
        message = sqs.receive_message(QueueUrl=self.queue)["Messages"][0]["ReceiptHandle"]
        sqs.change_message_visibility(QueueUrl=self.queue, ReceiptHandle=message, VisibilityTimeout=9)
        sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message)
        sqs.send_message_batch(QueueUrl=self.queue, Entries=[{"Id": "a", "MessageBody": "2"}])
        message = sqs.receive_message(QueueUrl=self.queue)["Messages"][0]["ReceiptHandle"]
        sqs.delete_message_batch(QueueUrl=self.queue, Entries=[{"Id": "a", "ReceiptHandle": message}])
        sqs.purge_queue(QueueUrl=self.queue)

        spare = sqs.create_queue(QueueName="spare")["QueueUrl"]
        sqs.delete_queue(QueueUrl=spare)

    def sns(self):
        sns = self.clients["sns"]
        topic = sns.create_topic(Name="news", Tags=tags())["TopicArn"]
        sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="News")
        sns.get_topic_attributes(TopicArn=topic)
        endpoint = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
        subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)["SubscriptionArn"]
        sns.publish(TopicArn=topic, Message="one")
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "two"}])
        sns.tag_resource(ResourceArn=topic, Tags=tags())
        sns.list_topics()
        sns.unsubscribe(SubscriptionArn=subscription)
        sns.delete_topic(TopicArn=topic)

    def kinesis(self):
        kinesis = self.clients["kinesis"]
        kinesis.create_stream(StreamName="clicks", ShardCount=1)
        kinesis.describe_stream_summary(StreamName="clicks")
        kinesis.put_record(StreamName="clicks", Data=b"1", PartitionKey="a")
        kinesis.put_records(StreamName="clicks", Records=[{"Data": b"2", "PartitionKey": "a"}])
        shard = kinesis.list_shards(StreamName="clicks")["Shards"][0]["ShardId"]
        iterator = kinesis.get_shard_iterator(
            StreamName="clicks", ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )
        kinesis.get_records(ShardIterator=iterator["ShardIterator"])
        kinesis.add_tags_to_stream(StreamName="clicks", Tags={"app": "shop"})
        kinesis.delete_stream(StreamName="clicks")

    def logs(self):
        logs = self.clients["logs"]
        logs.create_log_group(logGroupName="/shop/web", tags={"app": "shop"})
        logs.put_retention_policy(logGroupName="/shop/web", retentionInDays=7)
        logs.describe_log_groups(logGroupNamePrefix="/shop")
        stream = {"logGroupName": "/shop/web", "logStreamName": "one"}
        logs.create_log_stream(**stream)
        logs.describe_log_streams(logGroupName="/shop/web")
        logs.put_log_events(**stream, logEvents=[{"timestamp": 1, "message": "hello"}])
        logs.get_log_events(**stream)
        logs.filter_log_events(logGroupName="/shop/web", filterPattern="hello")
        logs.delete_log_group(logGroupName="/shop/web")

    def ssm(self):
        ssm = self.clients["ssm"]
        ssm.put_parameter(Name="/shop/colour", Value="red", Type="String", Tags=tags())
        ssm.get_parameter(Name="/shop/colour")
        ssm.get_parameters(Names=["/shop/colour"])
        ssm.get_parameters_by_path(Path="/shop", Recursive=True)
        ssm.describe_parameters()
        ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId="/shop/colour", Tags=tags())
        ssm.delete_parameter(Name="/shop/colour")

    def secretsmanager(self):
        secrets = self.clients["secretsmanager"]
        arn = secrets.create_secret(Name="payment", SecretString="1", Tags=tags())["ARN"]
        secrets.put_secret_value(SecretId="payment", SecretString="2")
        secrets.get_secret_value(SecretId=arn)
        secrets.describe_secret(SecretId="payment")
        secrets.tag_resource(SecretId="payment", Tags=tags())
        secrets.list_secrets()
        secrets.batch_get_secret_value(SecretIdList=["payment"])
        secrets.delete_secret(SecretId="payment")

    def lambda_(self):
        lambda_ = self.clients["lambda"]
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("handler.py", "def handler(event, context): return {}")
        self.function = lambda_.create_function(
            FunctionName="orders",
            Runtime="python3.12",
            Role=self.role,
            Handler="handler.handler",
            Code={"ZipFile": code.getvalue()},
            Tags={"app": "shop"},
        )["FunctionArn"]
        lambda_.get_function(FunctionName="orders")
        lambda_.update_function_configuration(FunctionName="orders", Timeout=10)
        lambda_.update_function_code(FunctionName="orders", ZipFile=code.getvalue())
        version = lambda_.publish_version(FunctionName="orders")["Version"]
        lambda_.create_alias(FunctionName="orders", Name="live", FunctionVersion=version)
        lambda_.add_permission(
            FunctionName="orders",
            StatementId="events",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
        )
        lambda_.get_policy(FunctionName="orders")
        lambda_.tag_resource(Resource=self.function, Tags={"team": "web"})
        source = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
        mapping = lambda_.create_event_source_mapping(FunctionName="orders", EventSourceArn=source)["UUID"]
        lambda_.delete_event_source_mapping(UUID=mapping)
        lambda_.list_functions()
        lambda_.invoke(FunctionName="orders", InvocationType="DryRun")
        lambda_.delete_alias(FunctionName="orders", Name="live")

    def stepfunctions(self):
        states = self.clients["stepfunctions"]
        definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
        machine = states.create_state_machine(
            name="checkout", definition=json.dumps(definition), roleArn=self.role, tags=tags("key", "value")
        )["stateMachineArn"]
        states.describe_state_machine(stateMachineArn=machine)
        execution = states.start_execution(stateMachineArn=machine, name="first")["executionArn"]
        states.describe_execution(executionArn=execution)
        states.list_executions(stateMachineArn=machine)
        states.list_state_machines()
        states.delete_state_machine(stateMachineArn=machine)

    def events(self):
        events, scheduler = self.clients["events"], self.clients["scheduler"]
        events.put_events(Entries=[{"Source": "shop", "DetailType": "order", "Detail": "{}"}])
        events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)", RoleArn=self.role, Tags=tags())
        events.put_targets(Rule="nightly", Targets=[{"Id": "orders", "Arn": self.function}])
        events.list_targets_by_rule(Rule="nightly")
        events.describe_rule(Name="nightly")
        events.remove_targets(Rule="nightly", Ids=["orders"])
        events.delete_rule(Name="nightly")
        scheduler.create_schedule(
            Name="hourly",
            ScheduleExpression="rate(1 hour)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": self.function, "RoleArn": self.role},
        )
        scheduler.get_schedule(Name="hourly")
        scheduler.delete_schedule(Name="hourly")

    def ec2(self):
        ec2 = self.clients["ec2"]
        ec2.describe_images(Owners=["self"])
        named = tags()
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
                "SubnetId"
            ]
            for n, zone in enumerate("ab")
        ]
        self.group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
        opened = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=[opened])
        instance = ec2.run_instances(
            ImageId="ami-03cf127a",
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            SubnetId=self.subnets[0],
            SecurityGroupIds=[self.group],
            IamInstanceProfile={"Name": "shop"},
            TagSpecifications=[{"ResourceType": "instance", "Tags": named}],
        )["Instances"][0]["InstanceId"]
        ec2.describe_instances(InstanceIds=[instance])
        volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
        ec2.attach_volume(InstanceId=instance, VolumeId=volume, Device="/dev/sdf")
        ec2.stop_instances(InstanceIds=[instance])
        ec2.terminate_instances(InstanceIds=[instance])

    def ecr(self):
        ecr = self.clients["ecr"]
        ecr.create_repository(repositoryName="web", tags=tags())
        ecr.describe_repositories(repositoryNames=["web"])
        ecr.get_authorization_token()
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
        manifest["config"] = {"mediaType": "application/json", "size": 2, "digest": "sha256:" + "0" * 64}
        ecr.put_image(
            repositoryName="web", imageManifest=json.dumps({**manifest, "layers": []}), imageTag="latest"
        )
        ecr.list_images(repositoryName="web")
        ecr.batch_get_image(repositoryName="web", imageIds=[{"imageTag": "latest"}])
        ecr.delete_repository(repositoryName="web", force=True)

    def ecs(self):
        ecs = self.clients["ecs"]
        ecs.create_cluster(clusterName="shop", tags=tags("key", "value"))
        ecs.register_task_definition(
            family="web",
            taskRoleArn=self.role,
            executionRoleArn=self.role,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "web", "image": "web:latest", "memory": 256}],
        )
        vpc = {"subnets": self.subnets, "securityGroups": [self.group]}
        ecs.create_service(
            cluster="shop",
            serviceName="web",
            taskDefinition="web:1",
            desiredCount=0,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": vpc},
        )
        ecs.update_service(cluster="shop", service="web", desiredCount=0)
        ecs.describe_services(cluster="shop", services=["web"])
        ecs.list_services(cluster="shop")
        ecs.delete_service(cluster="shop", service="web")
        ecs.describe_clusters(clusters=["shop"])

    def elbv2(self):
        elbv2 = self.clients["elbv2"]
        balancer = elbv2.create_load_balancer(Name="web", Subnets=self.subnets, Tags=tags())
        arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
        elbv2.describe_load_balancers(Names=["web"])
        elbv2.delete_load_balancer(LoadBalancerArn=arn)

    def route53(self):
        route53 = self.clients["route53"]
        zone = route53.create_hosted_zone(Name="shop.example", CallerReference="1")["HostedZone"]["Id"]
        zone = zone.rpartition("/")[2]
        record = {"Name": "www.shop.example", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
        for action in ("CREATE", "DELETE"):
            route53.change_resource_record_sets(
                HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
            )
        route53.get_hosted_zone(Id=zone)
        route53.list_resource_record_sets(HostedZoneId=zone)
        route53.list_hosted_zones()
        route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=tags())
        route53.delete_hosted_zone(Id=zone)

    def cloudformation(self):
        cloudformation = self.clients["cloudformation"]
        template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}}})
        # The stack's resources are made with the role's rights, not with ours.
        cloudformation.create_stack(StackName="shop", TemplateBody=template, RoleARN=self.role, Tags=tags())
        cloudformation.describe_stacks(StackName="shop")
        cloudformation.list_stack_resources(StackName="shop")
        cloudformation.get_template(StackName="shop")
        cloudformation.delete_stack(StackName="shop")

    def cloudwatch(self):
        cloudwatch = self.clients["cloudwatch"]
        cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "orders", "Value": 1}])
        cloudwatch.put_metric_alarm(
            AlarmName="idle",
            Namespace="Shop",
            MetricName="orders",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="LessThanThreshold",
            Tags=tags(),
        )
        cloudwatch.describe_alarms(AlarmNames=["idle"])
        cloudwatch.list_metrics(Namespace="Shop")
        cloudwatch.delete_alarms(AlarmNames=["idle"])

    def apigateway(self):
        apigateway = self.clients["apigateway"]
        api = apigateway.create_rest_api(name="shop", tags={"app": "shop"})["id"]
        root = apigateway.get_resources(restApiId=api)["items"][0]["id"]
        resource = apigateway.create_resource(restApiId=api, parentId=root, pathPart="orders")["id"]
        apigateway.put_method(restApiId=api, resourceId=resource, httpMethod="GET", authorizationType="NONE")
        apigateway.delete_rest_api(restApiId=api)


class Refused(Exception):
    """A refusal within an answer that succeeded."""


if __name__ == "__main__":
    session = boto3.Session(region_name=REGION)
    Deployment({name: session.client(name) for name in SERVICES}).run()
