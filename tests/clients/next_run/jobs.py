"""Jobs of SageMaker, Batch and Glue: some named after the time, as their SDKs do it, some named by AWS."""

import uuid
from datetime import datetime, timezone

from common import TAGS, client, make_role, tagged, tags

sagemaker, batch, glue = client("sagemaker"), client("batch"), client("glue")
ec2, iam = client("ec2"), client("iam")

now = datetime.now(timezone.utc)

role = make_role("trainer", "sagemaker")
# The SageMaker SDK's form: to the millisecond.
training = f"forecast-{now:%Y-%m-%d-%H-%M-%S}-{now.microsecond // 1000:03}"
resources = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}
sagemaker.create_training_job(
    TrainingJobName=training,
    AlgorithmSpecification={"TrainingImage": "forecast:latest", "TrainingInputMode": "File"},
    RoleArn=role,
    OutputDataConfig={"S3OutputPath": "s3://shop-models/"},
    ResourceConfig=resources,
    StoppingCondition={"MaxRuntimeInSeconds": 600},
    Tags=tags(),
)
sagemaker.describe_training_job(TrainingJobName=training)
processing = f"clean-{now:%Y%m%d}-{now:%H%M%S}"
sagemaker.create_processing_job(
    ProcessingJobName=processing,
    ProcessingResources={"ClusterConfig": resources},
    AppSpecification={"ImageUri": "clean:latest"},
    RoleArn=role,
)
sagemaker.describe_processing_job(ProcessingJobName=processing)

service = make_role("batch", "batch")
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", TagSpecifications=tagged("subnet"))["Subnet"]["SubnetId"]
group = ec2.create_security_group(GroupName="jobs", Description="jobs", VpcId=vpc)["GroupId"]
computers = batch.create_compute_environment(
    computeEnvironmentName="jobs",
    type="MANAGED",
    state="ENABLED",
    serviceRole=service,
    computeResources={"type": "FARGATE", "maxvCpus": 4, "subnets": [subnet], "securityGroupIds": [group]},
    tags=TAGS,
)["computeEnvironmentArn"]
queue = batch.create_job_queue(
    jobQueueName="jobs",
    state="ENABLED",
    priority=1,
    computeEnvironmentOrder=[{"order": 1, "computeEnvironment": computers}],
    tags=TAGS,
)["jobQueueArn"]
definition = batch.register_job_definition(
    jobDefinitionName="report",
    type="container",
    platformCapabilities=["FARGATE"],
    containerProperties={
        "image": "report:latest",
        "executionRoleArn": service,
        "resourceRequirements": [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}],
    },
    tags=TAGS,
)["jobDefinitionArn"]
for more in ({"tags": TAGS}, {}):
    job = batch.submit_job(jobName=f"report-{now:%Y%m%d-%H%M%S}", jobQueue=queue, jobDefinition=definition, **more)
    batch.describe_jobs(jobs=[job["jobId"]])
    batch.terminate_job(jobId=job["jobId"], reason="enough")

worker = make_role("glue", "glue")
command = {"Name": "glueetl", "ScriptLocation": "s3://shop-scripts/etl.py"}
etl = f"etl-{uuid.uuid4()}"
glue.create_job(Name=etl, Role=worker, Command=command, Tags=TAGS)
run = glue.start_job_run(JobName=etl)["JobRunId"]
glue.get_job_run(JobName=etl, RunId=run)
glue.delete_job(JobName=etl)

batch.deregister_job_definition(jobDefinition=definition)
batch.update_job_queue(jobQueue=queue, state="DISABLED")
batch.delete_job_queue(jobQueue=queue)
batch.update_compute_environment(computeEnvironment=computers, state="DISABLED")
batch.delete_compute_environment(computeEnvironment=computers)
ec2.delete_security_group(GroupId=group)
ec2.delete_subnet(SubnetId=subnet)
ec2.delete_vpc(VpcId=vpc)
for name in ("trainer", "batch", "glue"):
    iam.delete_role(RoleName=name)
