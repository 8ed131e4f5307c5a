"""A cluster of ECS with a service and a task, in a network that is made for it."""

from common import client, make_role, tagged, tags

ecs, ec2, iam = client("ecs"), client("ec2"), client("iam")

role = make_role("web", "ecs-tasks")
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", TagSpecifications=tagged("subnet"))["Subnet"]["SubnetId"]
group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}

named = tags("key", "value")
ecs.create_cluster(clusterName="shop", tags=named)
definition = ecs.register_task_definition(
    family="web",
    taskRoleArn=role,
    executionRoleArn=role,
    networkMode="awsvpc",
    requiresCompatibilities=["FARGATE"],
    cpu="256",
    memory="512",
    containerDefinitions=[{"name": "web", "image": "web:latest", "memory": 256}],
    tags=named,
)["taskDefinition"]["taskDefinitionArn"]
ecs.describe_task_definition(taskDefinition=definition)
runs = {"cluster": "shop", "taskDefinition": definition, "launchType": "FARGATE", "networkConfiguration": network}
ecs.create_service(**runs, serviceName="web", desiredCount=1, tags=named)
ecs.describe_services(cluster="shop", services=["web"])
tagged_task = ecs.run_task(**runs, tags=named)["tasks"][0]["taskArn"]
plain_task = ecs.run_task(**runs)["tasks"][0]["taskArn"]
# By ARN, and by the id in it.
for task in (tagged_task, plain_task, plain_task.rpartition("/")[2]):
    ecs.describe_tasks(cluster="shop", tasks=[task])
ecs.list_tasks(cluster="shop", family="web")
ecs.stop_task(cluster="shop", task=tagged_task)
ecs.stop_task(cluster="shop", task=plain_task)
ecs.update_service(cluster="shop", service="web", desiredCount=0)

ecs.delete_service(cluster="shop", service="web", force=True)
ecs.deregister_task_definition(taskDefinition=definition)
ecs.delete_cluster(cluster="shop")
ec2.delete_security_group(GroupId=group)
ec2.delete_subnet(SubnetId=subnet)
ec2.delete_vpc(VpcId=vpc)
iam.delete_role(RoleName="web")
