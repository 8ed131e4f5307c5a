"""Makes an instance, a subnet and a group, none of them tagged, in a network that existed before, and takes them away."""

from common import REGION, client

ec2 = client("ec2")

shop = [{"Name": "tag:app", "Values": ["shop"]}]
vpc = ec2.describe_vpcs(Filters=shop)["Vpcs"][0]["VpcId"]
group = ec2.create_security_group(GroupName="plain", Description="plain", VpcId=vpc)["GroupId"]
opened = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=opened)
subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/24", AvailabilityZone=f"{REGION}b")["Subnet"]["SubnetId"]
ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
image = ec2.describe_images(Owners=["self"])["Images"][0]["ImageId"]
instance = ec2.run_instances(
    ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=subnet, SecurityGroupIds=[group]
)["Instances"][0]["InstanceId"]

ec2.terminate_instances(InstanceIds=[instance])
ec2.disassociate_route_table(AssociationId=association)
ec2.delete_route_table(RouteTableId=table)
ec2.delete_subnet(SubnetId=subnet)
ec2.delete_security_group(GroupId=group)
