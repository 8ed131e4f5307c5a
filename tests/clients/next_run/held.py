"""One resource of each type whose id AWS chooses, and what takes it away again: the table of tests/integration/next_run/held.rs.

`NEXT_RUN` says how. `first` and `second` tag each resource when they create it, where that can be done. `plain` tags nothing: a neighbour
in the same account. `adopted` creates as `plain` does, and then sets the tags itself, before it takes the resource away.
"""

import os

from common import REGION, TAGS, archive, client, make_role, tagged, tags

mode = os.environ["NEXT_RUN"]
at_creation = mode in ("first", "second")

ec2, kms, lambda_, sqs = client("ec2"), client("kms"), client("lambda"), client("sqs")
gateway, http, efs, ecs = client("apigateway"), client("apigatewayv2"), client("efs"), client("ecs")
cognito, identities = client("cognito-idp"), client("cognito-identity")
cloudfront, ssm, acm, elb = client("cloudfront"), client("ssm"), client("acm"), client("elbv2")
secrets, route53, states, builds = client("secretsmanager"), client("route53"), client("stepfunctions"), client("codebuild")


def created_with(**tagging):
    """The members of a request that tag what it creates."""
    return tagging if at_creation else {}


def of_kind(kind):
    return created_with(TagSpecifications=tagged(kind))


def adopt(call, **members):
    """Sets the tags that a neighbour does not have."""
    if mode == "adopted":
        call(**members)


def network():
    made = [
        vpc := ec2.create_vpc(CidrBlock="10.0.0.0/16", **of_kind("vpc"))["Vpc"]["VpcId"],
        subnet := ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", **of_kind("subnet"))["Subnet"]["SubnetId"],
        internet := ec2.create_internet_gateway(**of_kind("internet-gateway"))["InternetGateway"]["InternetGatewayId"],
        address := ec2.allocate_address(Domain="vpc", **of_kind("elastic-ip"))["AllocationId"],
        nat := ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address, **of_kind("natgateway"))["NatGateway"][
            "NatGatewayId"
        ],
        table := ec2.create_route_table(VpcId=vpc, **of_kind("route-table"))["RouteTable"]["RouteTableId"],
        acl := ec2.create_network_acl(VpcId=vpc, **of_kind("network-acl"))["NetworkAcl"]["NetworkAclId"],
        group := ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc, **of_kind("security-group"))[
            "GroupId"
        ],
        card := ec2.create_network_interface(SubnetId=subnet, Groups=[group], **of_kind("network-interface"))[
            "NetworkInterface"
        ]["NetworkInterfaceId"],
        instance := ec2.run_instances(
            ImageId="ami-03cf127a", MinCount=1, MaxCount=1, SubnetId=subnet, **of_kind("instance")
        )["Instances"][0]["InstanceId"],
        volume := ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1, **of_kind("volume"))["VolumeId"],
        snapshot := ec2.create_snapshot(VolumeId=volume, **of_kind("snapshot"))["SnapshotId"],
        image := ec2.create_image(InstanceId=instance, Name="shop", **of_kind("image"))["ImageId"],
        template := ec2.create_launch_template(
            LaunchTemplateName="web", LaunchTemplateData={"InstanceType": "t3.micro"}, **of_kind("launch-template")
        )["LaunchTemplate"]["LaunchTemplateId"],
        endpoint := ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway", **of_kind("vpc-endpoint")
        )["VpcEndpoint"]["VpcEndpointId"],
    ]
    for one in made:
        adopt(ec2.create_tags, Resources=[one], Tags=tags())

    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    ec2.delete_launch_template(LaunchTemplateId=template)
    ec2.deregister_image(ImageId=image)
    ec2.delete_snapshot(SnapshotId=snapshot)
    ec2.delete_volume(VolumeId=volume)
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.delete_network_interface(NetworkInterfaceId=card)
    ec2.delete_security_group(GroupId=group)
    ec2.delete_network_acl(NetworkAclId=acl)
    ec2.delete_route_table(RouteTableId=table)
    ec2.delete_nat_gateway(NatGatewayId=nat)
    ec2.release_address(AllocationId=address)
    ec2.delete_internet_gateway(InternetGatewayId=internet)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)


def balancer():
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16", **of_kind("vpc"))["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{n}.0/24", AvailabilityZone=f"{REGION}{zone}", **of_kind("subnet"))[
            "Subnet"
        ]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    tagging = created_with(Tags=tags())
    arn = elb.create_load_balancer(Name="web", Subnets=subnets, **tagging)["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc, **tagging)["TargetGroups"][0][
        "TargetGroupArn"
    ]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    listener = elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=forward, **tagging)[
        "Listeners"
    ][0]["ListenerArn"]
    path = [{"Field": "path-pattern", "Values": ["/orders"]}]
    rule = elb.create_rule(ListenerArn=listener, Priority=1, Conditions=path, Actions=forward, **tagging)["Rules"][0][
        "RuleArn"
    ]
    for one in (arn, group, listener, rule):
        adopt(elb.add_tags, ResourceArns=[one], Tags=tags())
    elb.delete_rule(RuleArn=rule)
    elb.delete_listener(ListenerArn=listener)
    elb.delete_target_group(TargetGroupArn=group)
    elb.delete_load_balancer(LoadBalancerArn=arn)


def keys_and_secrets():
    key = kms.create_key(**created_with(Tags=tags("TagKey", "TagValue")))["KeyMetadata"]["KeyId"]
    adopt(kms.tag_resource, KeyId=key, Tags=tags("TagKey", "TagValue"))
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    certificate = acm.request_certificate(DomainName="shop.example", **created_with(Tags=tags()))["CertificateArn"]
    adopt(acm.add_tags_to_certificate, CertificateArn=certificate, Tags=tags())
    acm.delete_certificate(CertificateArn=certificate)
    secret = secrets.create_secret(Name="payment", SecretString="1", **created_with(Tags=tags()))["ARN"]
    adopt(secrets.tag_resource, SecretId=secret, Tags=tags())
    secrets.delete_secret(SecretId=secret)


def function():
    role = make_role("orders", "lambda")
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    source = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    layer = lambda_.publish_layer_version(LayerName="tools", Content={"ZipFile": archive()})["Version"]
    lambda_.create_function(
        FunctionName="orders", Runtime="python3.12", Role=role, Handler="handler.handler", Code={"ZipFile": archive()}
    )
    mapping = lambda_.create_event_source_mapping(
        FunctionName="orders", EventSourceArn=source, **created_with(Tags=TAGS)
    )["UUID"]
    lambda_.delete_event_source_mapping(UUID=mapping)
    lambda_.delete_layer_version(LayerName="tools", VersionNumber=layer)


def apis():
    rest = gateway.create_rest_api(name="shop", **created_with(tags=TAGS))["id"]
    gateway.delete_rest_api(restApiId=rest)
    api = http.create_api(Name="shop", ProtocolType="HTTP", **created_with(Tags=TAGS))["ApiId"]
    adopt(http.tag_resource, ResourceArn=f"arn:aws:apigateway:{REGION}::/apis/{api}", Tags=TAGS)
    http.delete_api(ApiId=api)


def users():
    pool = cognito.create_user_pool(PoolName="shop", **created_with(UserPoolTags=TAGS))["UserPool"]["Id"]
    cognito.delete_user_pool(UserPoolId=pool)
    together = identities.create_identity_pool(
        IdentityPoolName="shop", AllowUnauthenticatedIdentities=False, **created_with(IdentityPoolTags=TAGS)
    )["IdentityPoolId"]
    identities.delete_identity_pool(IdentityPoolId=together)


def files():
    tagging = created_with(Tags=tags())
    system = efs.create_file_system(CreationToken=mode, **tagging)["FileSystemId"]
    point = efs.create_access_point(ClientToken=mode, FileSystemId=system, **tagging)["AccessPointId"]
    for one in (system, point):
        adopt(efs.tag_resource, ResourceId=one, Tags=tags())
    efs.delete_access_point(AccessPointId=point)
    efs.delete_file_system(FileSystemId=system)


def containers():
    ecs.create_cluster(clusterName="shop")
    definition = ecs.register_task_definition(
        family="web", containerDefinitions=[{"name": "web", "image": "web:latest", "memory": 256}]
    )["taskDefinition"]["taskDefinitionArn"]
    task = ecs.run_task(
        cluster="shop", taskDefinition=definition, launchType="FARGATE", **created_with(tags=tags("key", "value"))
    )["tasks"][0]["taskArn"]
    adopt(ecs.tag_resource, resourceArn=task, tags=tags("key", "value"))
    ecs.stop_task(cluster="shop", task=task)


def machine():
    made = states.create_state_machine(
        name="checkout",
        definition='{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}',
        roleArn="arn:aws:iam::123456789012:role/checkout",
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=made)["executionArn"]
    states.stop_execution(executionArn=execution)


def edge():
    config = {
        "CallerReference": mode,
        "Comment": "the shop",
        "Enabled": False,
        "Origins": {"Quantity": 1, "Items": [{"Id": "web", "DomainName": "web.example"}]},
        "DefaultCacheBehavior": {"TargetOriginId": "web", "ViewerProtocolPolicy": "allow-all"},
    }
    if at_creation:
        with_tags = {"DistributionConfig": config, "Tags": {"Items": tags()}}
        made = cloudfront.create_distribution_with_tags(DistributionConfigWithTags=with_tags)
    else:
        made = cloudfront.create_distribution(DistributionConfig=config)
    distribution = made["Distribution"]
    adopt(cloudfront.tag_resource, Resource=distribution["ARN"], Tags={"Items": tags()})
    cloudfront.delete_distribution(Id=distribution["Id"], IfMatch=made["ETag"])
    control = cloudfront.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": "media",
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )
    cloudfront.delete_origin_access_control(Id=control["OriginAccessControl"]["Id"], IfMatch=control["ETag"])


def zone():
    made = route53.create_hosted_zone(Name="shop.example", CallerReference=mode)["HostedZone"]["Id"].rpartition("/")[2]
    route53.delete_hosted_zone(Id=made)
    check = route53.create_health_check(
        CallerReference=mode, HealthCheckConfig={"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 443}
    )["HealthCheck"]["Id"]
    route53.delete_health_check(HealthCheckId=check)


def windows():
    tagging = created_with(Tags=tags())
    window = ssm.create_maintenance_window(
        Name="nights", Schedule="rate(7 days)", Duration=2, Cutoff=1, AllowUnassociatedTargets=False, **tagging
    )["WindowId"]
    adopt(ssm.add_tags_to_resource, ResourceType="MaintenanceWindow", ResourceId=window, Tags=tags())
    ssm.delete_maintenance_window(WindowId=window)


def build():
    builds.create_project(
        name="shop",
        source={"type": "S3", "location": "shop-sources/web.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "build:latest", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole="arn:aws:iam::123456789012:role/builder",
    )
    made = builds.start_build(projectName="shop")["build"]["id"]
    builds.batch_get_builds(ids=[made])
    builds.stop_build(id=made)


for part in (
    network,
    balancer,
    keys_and_secrets,
    function,
    apis,
    users,
    files,
    containers,
    machine,
    edge,
    zone,
    windows,
    build,
):
    part()
