"""Works on what existed before, found by Describe, List and Get: nothing of it was made here."""

from common import archive, client, tags

ec2, kms, route53 = client("ec2"), client("kms"), client("route53")
gateway, cognito, efs, states = client("apigateway"), client("cognito-idp"), client("efs"), client("stepfunctions")
iam, lambda_ = client("iam"), client("lambda")

shop = [{"Name": "tag:app", "Values": ["shop"]}]
vpc = ec2.describe_vpcs(Filters=shop)["Vpcs"][0]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
subnet = ec2.describe_subnets(Filters=shop)["Subnets"][0]["SubnetId"]
ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
in_vpc = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["web"]}]
group = ec2.describe_security_groups(Filters=in_vpc)["SecurityGroups"][0]["GroupId"]
opened = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=opened)
instance = ec2.describe_instances(Filters=shop)["Reservations"][0]["Instances"][0]["InstanceId"]
ec2.stop_instances(InstanceIds=[instance])
ec2.start_instances(InstanceIds=[instance])
# A tag that is set by now says nothing of when the resource was made.
ec2.create_tags(Resources=[instance], Tags=tags())
image = ec2.describe_images(Owners=["self"])["Images"][0]["ImageId"]
ec2.modify_image_attribute(ImageId=image, Description={"Value": "of the shop"})

# Used at once, as the list tells it.
key = next(it["TargetKeyId"] for it in kms.list_aliases()["Aliases"] if it["AliasName"] == "alias/shop")
sealed = kms.encrypt(KeyId=key, Plaintext=b"one")["CiphertextBlob"]
kms.decrypt(KeyId=key, CiphertextBlob=sealed)

zone = route53.list_hosted_zones_by_name(DNSName="shop.example")["HostedZones"][0]["Id"]
record = {"Name": "www.shop.example", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
route53.change_resource_record_sets(HostedZoneId=zone.rpartition("/")[2], ChangeBatch=batch)

api = gateway.get_rest_apis()["items"][0]["id"]
described = [{"op": "replace", "path": "/description", "value": "the shop"}]
gateway.update_rest_api(restApiId=api, patchOperations=described)
pool = cognito.list_user_pools(MaxResults=10)["UserPools"][0]["Id"]
cognito.list_users(UserPoolId=pool)
files = efs.describe_file_systems(CreationToken="shop")["FileSystems"][0]["FileSystemId"]
efs.put_lifecycle_configuration(FileSystemId=files, LifecyclePolicies=[{"TransitionToIA": "AFTER_30_DAYS"}])
machine = states.list_state_machines()["stateMachines"][0]["stateMachineArn"]
execution = states.list_executions(stateMachineArn=machine)["executions"][0]["executionArn"]
states.stop_execution(executionArn=execution)

role = iam.get_role(RoleName="web")["Role"]["Arn"]
lambda_.create_function(
    FunctionName="orders", Runtime="python3.12", Role=role, Handler="handler.handler", Code={"ZipFile": archive()}
)
lambda_.delete_function(FunctionName="orders")
