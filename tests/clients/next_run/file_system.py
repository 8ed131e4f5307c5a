"""File systems of EFS, their mount targets and access points, in a network that is made for them."""

import json

from common import REGION, client, tagged, tags

efs, ec2 = client("efs"), client("ec2")

vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
subnet = ec2.create_subnet(
    VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=f"{REGION}a", TagSpecifications=tagged("subnet")
)["Subnet"]["SubnetId"]
group = ec2.create_security_group(
    GroupName="files", Description="files", VpcId=vpc, TagSpecifications=tagged("security-group")
)["GroupId"]

for token, named in (("tagged", tags()), ("plain", [])):
    files = efs.create_file_system(CreationToken=token, Encrypted=True, Tags=named)["FileSystemId"]
    efs.describe_file_systems(FileSystemId=files)
    target = efs.create_mount_target(FileSystemId=files, SubnetId=subnet, SecurityGroups=[group])["MountTargetId"]
    efs.describe_mount_targets(FileSystemId=files)
    efs.modify_mount_target_security_groups(MountTargetId=target, SecurityGroups=[group])
    point = efs.create_access_point(ClientToken=token, FileSystemId=files, Tags=named)["AccessPointId"]
    efs.describe_access_points(AccessPointId=point)
    efs.put_lifecycle_configuration(FileSystemId=files, LifecyclePolicies=[{"TransitionToIA": "AFTER_30_DAYS"}])
    mount = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "elasticfilesystem:ClientMount"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [mount]})
    efs.put_file_system_policy(FileSystemId=files, Policy=policy)

    efs.delete_access_point(AccessPointId=point)
    efs.delete_mount_target(MountTargetId=target)
    efs.delete_file_system(FileSystemId=files)

ec2.delete_security_group(GroupId=group)
ec2.delete_subnet(SubnetId=subnet)
ec2.delete_vpc(VpcId=vpc)
