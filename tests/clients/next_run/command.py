"""Commands that SSM sends to instances that were just made, and a window in which it may do so."""

from common import client, tagged, tags

ec2, ssm = client("ec2"), client("ssm")

instances = [
    ec2.run_instances(ImageId="ami-03cf127a", InstanceType="t3.micro", MinCount=1, MaxCount=1, **more)["Instances"][0][
        "InstanceId"
    ]
    for more in ({"TagSpecifications": tagged("instance")}, {})
]
ec2.get_waiter("instance_running").wait(InstanceIds=instances)
for instance in instances:
    command = ssm.send_command(
        InstanceIds=[instance], DocumentName="AWS-RunShellScript", Parameters={"commands": ["uptime"]}
    )["Command"]["CommandId"]
    ssm.list_commands(CommandId=command)
    ssm.get_command_invocation(CommandId=command, InstanceId=instance)

schedule = {"Schedule": "rate(7 days)", "Duration": 2, "Cutoff": 1, "AllowUnassociatedTargets": False}
for name, more in (("nights", {"Tags": tags()}), ("days", {})):
    window = ssm.create_maintenance_window(Name=name, **schedule, **more)["WindowId"]
    ssm.get_maintenance_window(WindowId=window)
    target = ssm.register_target_with_maintenance_window(
        WindowId=window, ResourceType="INSTANCE", Targets=[{"Key": "InstanceIds", "Values": instances}]
    )["WindowTargetId"]
    ssm.deregister_target_from_maintenance_window(WindowId=window, WindowTargetId=target)
    ssm.delete_maintenance_window(WindowId=window)
baseline = ssm.create_patch_baseline(Name="shop", OperatingSystem="AMAZON_LINUX_2")["BaselineId"]
ssm.register_patch_baseline_for_patch_group(BaselineId=baseline, PatchGroup="web")
ssm.deregister_patch_baseline_for_patch_group(BaselineId=baseline, PatchGroup="web")
ssm.delete_patch_baseline(BaselineId=baseline)
ec2.terminate_instances(InstanceIds=instances)
