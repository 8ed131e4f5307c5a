"""Distributions of CloudFront, with and without tags, an origin access control, a key group and invalidations."""

import uuid

from common import client, tags

cloudfront = client("cloudfront")

control = cloudfront.create_origin_access_control(
    OriginAccessControlConfig={
        "Name": "media",
        "SigningProtocol": "sigv4",
        "SigningBehavior": "always",
        "OriginAccessControlOriginType": "s3",
    }
)["OriginAccessControl"]["Id"]
cloudfront.get_origin_access_control(Id=control)


def config():
    return {
        "CallerReference": str(uuid.uuid4()),
        "Comment": "the shop",
        "Enabled": True,
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "media",
                    "DomainName": "shop-media.s3.eu-west-1.amazonaws.com",
                    "OriginAccessControlId": control,
                    "S3OriginConfig": {"OriginAccessIdentity": ""},
                }
            ],
        },
        "DefaultCacheBehavior": {
            "TargetOriginId": "media",
            "ViewerProtocolPolicy": "redirect-to-https",
            "MinTTL": 0,
            "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
        },
    }


held = cloudfront.create_distribution_with_tags(
    DistributionConfigWithTags={"DistributionConfig": config(), "Tags": {"Items": tags()}}
)["Distribution"]["Id"]
plain = cloudfront.create_distribution(DistributionConfig=config())["Distribution"]["Id"]
for distribution in (held, plain):
    cloudfront.get_waiter("distribution_deployed").wait(Id=distribution, WaiterConfig={"Delay": 1})
    invalidation = cloudfront.create_invalidation(
        DistributionId=distribution,
        InvalidationBatch={"CallerReference": str(uuid.uuid4()), "Paths": {"Quantity": 1, "Items": ["/*"]}},
    )["Invalidation"]["Id"]
    cloudfront.get_invalidation(DistributionId=distribution, Id=invalidation)
    found = cloudfront.get_distribution_config(Id=distribution)
    changed = {**found["DistributionConfig"], "Enabled": False}
    cloudfront.update_distribution(Id=distribution, IfMatch=found["ETag"], DistributionConfig=changed)
    found = cloudfront.get_distribution(Id=distribution)
    cloudfront.delete_distribution(Id=distribution, IfMatch=found["ETag"])
found = cloudfront.get_origin_access_control(Id=control)
cloudfront.delete_origin_access_control(Id=control, IfMatch=found["ETag"])
