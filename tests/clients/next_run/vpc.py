"""A network: a VPC with subnets, gateways, routes and security groups, what AWS makes along with it, and an instance."""

from common import REGION, client, tagged, tags, this_build

ec2 = client("ec2")

vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
ec2.get_waiter("vpc_available").wait(VpcIds=[vpc])
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")


def make_subnet(zone, block, **more):
    place = f"{REGION}{zone}"
    return ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=place, **more)["Subnet"]["SubnetId"]


public = make_subnet("a", "10.0.0.0/24", TagSpecifications=tagged("subnet"))
private = make_subnet("b", "10.0.1.0/24", TagSpecifications=tagged("subnet", build=this_build()))
# One that nobody tags, and one that is tagged by a call of its own.
spare = make_subnet("a", "10.0.2.0/24")
late = make_subnet("b", "10.0.3.0/24")
ec2.create_tags(Resources=[late], Tags=tags())
ec2.modify_subnet_attribute(SubnetId=public, MapPublicIpOnLaunch={"Value": True})
ec2.modify_subnet_attribute(SubnetId=spare, MapPublicIpOnLaunch={"Value": True})
ec2.modify_subnet_attribute(SubnetId=late, MapPublicIpOnLaunch={"Value": False})
ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])

internet = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway"))["InternetGateway"]
internet = internet["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
address = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))["AllocationId"]
nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=address, TagSpecifications=tagged("natgateway"))
nat = nat["NatGateway"]["NatGatewayId"]
ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat])

# The table that came with the VPC leads out; one of our own leads through the NAT gateway.
in_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
main = ec2.describe_route_tables(Filters=in_vpc)["RouteTables"][0]["RouteTableId"]
everywhere = "0.0.0.0/0"
ec2.create_route(RouteTableId=main, DestinationCidrBlock=everywhere, GatewayId=internet)
table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tagged("route-table"))["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=table, DestinationCidrBlock=everywhere, NatGatewayId=nat)
ec2.replace_route(RouteTableId=table, DestinationCidrBlock=everywhere, NatGatewayId=nat)
association = ec2.associate_route_table(RouteTableId=table, SubnetId=private)["AssociationId"]
association = ec2.replace_route_table_association(AssociationId=association, RouteTableId=main)["NewAssociationId"]

# The network ACL that came with the VPC, too.
acl = ec2.describe_network_acls(Filters=in_vpc)["NetworkAcls"][0]["NetworkAclId"]
rule = {"RuleNumber": 90, "Protocol": "-1", "RuleAction": "deny", "Egress": False, "CidrBlock": "192.0.2.0/24"}
ec2.create_network_acl_entry(NetworkAclId=acl, **rule)
ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=90, Egress=False)
own_acl = ec2.create_network_acl(VpcId=vpc, TagSpecifications=tagged("network-acl"))["NetworkAcl"]["NetworkAclId"]
ec2.create_network_acl_entry(NetworkAclId=own_acl, **rule)


def opened(port):
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]


# And the group; what it lets out is closed, as Terraform's aws_default_security_group does.
groups = ec2.describe_security_groups(Filters=[*in_vpc, {"Name": "group-name", "Values": ["default"]}])
default = groups["SecurityGroups"][0]["GroupId"]
out = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": everywhere}]}]
ec2.revoke_security_group_egress(GroupId=default, IpPermissions=out)
web = ec2.create_security_group(
    GroupName="web", Description="web", VpcId=vpc, TagSpecifications=tagged("security-group", build=this_build())
)["GroupId"]
plain = ec2.create_security_group(GroupName="plain", Description="plain", VpcId=vpc)["GroupId"]
ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=opened(443))
ec2.authorize_security_group_ingress(GroupId=plain, IpPermissions=opened(80))
ec2.revoke_security_group_ingress(GroupId=plain, IpPermissions=opened(80))

card = ec2.create_network_interface(
    SubnetId=private, Groups=[web], TagSpecifications=tagged("network-interface")
)["NetworkInterface"]["NetworkInterfaceId"]
ec2.modify_network_interface_attribute(NetworkInterfaceId=card, Groups=[web, plain])

# The image existed before; `stage` changes while the program runs, so it holds nothing.
instance = ec2.run_instances(
    ImageId="ami-03cf127a",
    InstanceType="t3.micro",
    MinCount=1,
    MaxCount=1,
    SubnetId=public,
    SecurityGroupIds=[web],
    TagSpecifications=tagged("instance", "volume", stage="new"),
)["Instances"][0]["InstanceId"]
ec2.get_waiter("instance_running").wait(InstanceIds=[instance])
ec2.create_tags(Resources=[instance], Tags=[{"Key": "stage", "Value": "live"}])
volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1, TagSpecifications=tagged("volume"))["VolumeId"]
ec2.attach_volume(InstanceId=instance, VolumeId=volume, Device="/dev/sdf")
ec2.detach_volume(InstanceId=instance, VolumeId=volume)
snapshot = ec2.create_snapshot(VolumeId=volume, TagSpecifications=tagged("snapshot"))["SnapshotId"]
image = ec2.create_image(InstanceId=instance, Name="shop")["ImageId"]
ec2.stop_instances(InstanceIds=[instance])
ec2.start_instances(InstanceIds=[instance])

ec2.disassociate_route_table(AssociationId=association)
ec2.deregister_image(ImageId=image)
ec2.delete_snapshot(SnapshotId=snapshot)
ec2.terminate_instances(InstanceIds=[instance])
ec2.delete_volume(VolumeId=volume)
ec2.delete_network_interface(NetworkInterfaceId=card)
ec2.delete_security_group(GroupId=web)
ec2.delete_security_group(GroupId=plain)
ec2.delete_network_acl(NetworkAclId=own_acl)
ec2.delete_route(RouteTableId=main, DestinationCidrBlock=everywhere)
ec2.delete_route_table(RouteTableId=table)
ec2.delete_nat_gateway(NatGatewayId=nat)
ec2.release_address(AllocationId=address)
ec2.detach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
ec2.delete_internet_gateway(InternetGatewayId=internet)
for subnet in (public, private, spare, late):
    ec2.delete_subnet(SubnetId=subnet)
ec2.delete_vpc(VpcId=vpc)
