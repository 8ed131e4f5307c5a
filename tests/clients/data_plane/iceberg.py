"""PyIceberg at the Iceberg REST endpoints of S3 Tables and of Glue."""

from pyiceberg.catalog import load_catalog

BUCKET = "arn:aws:s3tables:eu-west-1:123456789012:bucket/lake"
for service, warehouse in (("s3tables", BUCKET), ("glue", "123456789012")):
    catalog = load_catalog(service, **{
        "type": "rest", "uri": f"https://{service}.eu-west-1.amazonaws.com/iceberg", "warehouse": warehouse,
        "rest.sigv4-enabled": "true", "rest.signing-name": service, "rest.signing-region": "eu-west-1",
    })
    assert catalog.list_namespaces() == [("sales",)]
    assert catalog.list_tables("sales") == [("sales", "orders")]
    catalog.load_table("sales.orders")
