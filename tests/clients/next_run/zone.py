"""Zones of Route 53 with records and a health check, public and private."""

import uuid

from common import REGION, client, tagged, tags

route53, ec2 = client("route53"), client("ec2")

vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
check = route53.create_health_check(
    CallerReference=str(uuid.uuid4()),
    HealthCheckConfig={"Type": "HTTPS", "FullyQualifiedDomainName": "www.shop.example", "Port": 443},
)["HealthCheck"]["Id"]
route53.get_health_check(HealthCheckId=check)
route53.change_tags_for_resource(ResourceType="healthcheck", ResourceId=check, AddTags=tags())


def change(zone, action, name):
    record = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    id = route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)["ChangeInfo"]["Id"]
    route53.get_change(Id=id)


inside = {"VPC": {"VPCRegion": REGION, "VPCId": vpc}, "HostedZoneConfig": {"PrivateZone": True}}
for domain, more in (("shop.example", {}), ("shop.internal", inside)):
    made = route53.create_hosted_zone(Name=domain, CallerReference=str(uuid.uuid4()), **more)
    # As the answer has it, with the path before it, and bare.
    zone = made["HostedZone"]["Id"]
    route53.get_hosted_zone(Id=zone)
    zone = zone.rpartition("/")[2]
    route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=tags())
    change(zone, "CREATE", f"www.{domain}")
    change(zone, "UPSERT", f"www.{domain}")
    route53.list_resource_record_sets(HostedZoneId=zone)
    change(zone, "DELETE", f"www.{domain}")
    route53.delete_hosted_zone(Id=zone)

route53.delete_health_check(HealthCheckId=check)
ec2.delete_vpc(VpcId=vpc)
