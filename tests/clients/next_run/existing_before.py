"""What an account has before a program comes: a network, a zone, an image, a key, a role, and more whose ids AWS chose.

Prints them as JSON: what each is called in ARNs, or its whole ARN.
"""

import json
import uuid

from common import REGION, TAGS, client, make_role, tagged, tags

ec2, kms, route53 = client("ec2"), client("kms"), client("route53")
gateway, cognito, efs, states = client("apigateway"), client("cognito-idp"), client("efs"), client("stepfunctions")

vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
subnet = ec2.create_subnet(
    VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=f"{REGION}a", TagSpecifications=tagged("subnet")
)["Subnet"]["SubnetId"]
group = ec2.create_security_group(
    GroupName="web", Description="web", VpcId=vpc, TagSpecifications=tagged("security-group")
)["GroupId"]
ec2.create_tags(Resources=[vpc], Tags=tags())
instance = ec2.run_instances(
    ImageId="ami-03cf127a", MinCount=1, MaxCount=1, SubnetId=subnet, TagSpecifications=tagged("instance")
)["Instances"][0]["InstanceId"]
image = ec2.create_image(InstanceId=instance, Name="shop")["ImageId"]

key = kms.create_key(Tags=tags("TagKey", "TagValue"))["KeyMetadata"]["KeyId"]
kms.create_alias(AliasName="alias/shop", TargetKeyId=key)
zone = route53.create_hosted_zone(Name="shop.example", CallerReference=str(uuid.uuid4()))["HostedZone"]["Id"]
api = gateway.create_rest_api(name="shop", tags=TAGS)["id"]
pool = cognito.create_user_pool(PoolName="shop", UserPoolTags=TAGS)["UserPool"]["Id"]
files = efs.create_file_system(CreationToken="shop", Tags=tags())["FileSystemId"]
definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
machine = states.create_state_machine(name="checkout", definition=definition, roleArn=make_role("checkout", "states"))
execution = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
make_role("web", "lambda")

print(
    json.dumps(
        {
            "vpc": vpc,
            "subnet": subnet,
            "group": group,
            "instance": instance,
            "image": image,
            "key": key,
            "zone": zone.rpartition("/")[2],
            "role": "role/web",
            "api": api,
            "pool": pool,
            "files": files,
            "execution": execution,
        }
    )
)
