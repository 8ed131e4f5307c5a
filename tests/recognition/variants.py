"""The ways in which each operation is called: region, endpoint, protocol, signature, and what S3 and a few
others have of their own."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable

from parameters import NAMED_ACCOUNT
from wire import CALLER_ACCOUNT

from botocore import UNSIGNED

HOME = "eu-west-1"


@dataclasses.dataclass(frozen=True)
class Variant:
    """One way to call an operation."""

    name: str
    region: str = HOME
    full: bool = False
    # For botocore's Config and for create_client.
    config: dict = dataclasses.field(default_factory=dict)
    arguments: dict = dataclasses.field(default_factory=dict)
    protocol: str | None = None
    token: bool = False
    account_id: str | None = None
    crt: bool = False
    # None: sent. Otherwise presigned with this method ("" is the operation's own).
    presigned: str | None = None
    # Parameters that take the place of invented ones, where the operation has them.
    members: dict = dataclasses.field(default_factory=dict)
    # Members one of which the operation must have.
    needs: tuple = ()
    # None: all of the service's operations.
    operations: tuple | None = None
    # (URL, parameters) → URL: what botocore itself does no longer, before it is signed.
    rewrite: Callable | None = None
    # The endpoint rules may refuse: not every service has a FIPS endpoint.
    may_be_refused: bool = False

    def client_key(self):
        return repr((self.region, self.config, self.arguments, self.protocol, self.token, self.account_id))


ALWAYS = [Variant("required"), Variant("full", full=True)]

# Each operation gets one of each row (the first that works, from where its name's checksum points).
ROWS = [
    [Variant("us-east-1", region="us-east-1"), Variant("cn-north-1", region="cn-north-1", may_be_refused=True),
     Variant("us-gov-west-1", region="us-gov-west-1", may_be_refused=True)],
    [
        Variant("dualstack", config={"use_dualstack_endpoint": True}, may_be_refused=True),
        Variant("fips", region="us-east-1", config={"use_fips_endpoint": True}, may_be_refused=True),
        Variant("dualstack-fips", region="us-gov-west-1", may_be_refused=True,
              config={"use_dualstack_endpoint": True, "use_fips_endpoint": True}),
        Variant("dualstack-cn", region="cn-north-1", config={"use_dualstack_endpoint": True}, may_be_refused=True),
        Variant("token", token=True),
        Variant("unsigned", config={"signature_version": UNSIGNED}, may_be_refused=True),
        Variant("crt", crt=True),
        Variant("presigned", presigned=""),
        Variant("vpc-endpoint", arguments={"endpoint_url": "https://vpce-0a1b2c3d-4e5f6a7b.{prefix}.eu-west-1.vpce.amazonaws.com"}),
        Variant("local", arguments={"endpoint_url": "http://localhost:4566"}, may_be_refused=True),
    ],
]

# Services of which every operation is called in every way.
ALL_WAYS = {"s3", "s3control", "sqs", "sts", "dynamodb", "lambda", "sns"}

OUTPOST = f"arn:aws:s3-outposts:{HOME}:{NAMED_ACCOUNT}:outpost/op-01234567890123456"


def _s3(name, bucket=None, **fields):
    members = {"Bucket": bucket} if bucket else {}
    return Variant(name, members=members, needs=("Bucket",), may_be_refused=True, **fields)


def _to_virtual_host(url, parameters):
    """botocore falls back to path style for a bucket with dots; others do not (over plain HTTP)."""
    scheme, rest = url.split("://")
    host, _, path = rest.partition("/")
    bucket = parameters["Bucket"]
    return f"{scheme}://{bucket}.{host}/{path.removeprefix(bucket).removeprefix('/')}"


def _to_dashed_host(url, parameters):
    """The first form of the regional hosts, s3-eu-west-1.amazonaws.com."""
    return url.replace("s3.eu-west-1.", "s3-eu-west-1.")


def _to_website(url, parameters):
    """A bucket's website, where a browser reads an object without signature. Older regions have a dash."""
    return url.replace("https:", "http:").replace(".s3.eu-west-1.", ".s3-website-eu-west-1.").replace(
        ".s3.eu-central-1.", ".s3-website.eu-central-1.")


def _to_queue(url, parameters):
    """SDKs that speak SQS's first protocol send to the queue's own URL."""
    return parameters["QueueUrl"]


OWN = {
    "s3": [
        _s3("s3-path", config={"s3": {"addressing_style": "path"}}),
        _s3("s3-path-full", config={"s3": {"addressing_style": "path"}}, full=True),
        _s3("s3-virtual-full", full=True),
        _s3("s3-dots", "amzn.example.dotted.bucket"),
        _s3("s3-dots-virtual", "amzn.example.dotted.bucket", arguments={"use_ssl": False}, rewrite=_to_virtual_host),
        _s3("s3-dashed-host", rewrite=_to_dashed_host),
        _s3("s3-dashed-host-path", config={"s3": {"addressing_style": "path"}}, rewrite=_to_dashed_host),
        _s3("s3-http", arguments={"use_ssl": False}, full=True),
        _s3("s3-website", config={"signature_version": UNSIGNED}, rewrite=_to_website, operations=("GetObject", "HeadObject")),
        _s3("s3-website-dot", region="eu-central-1", config={"signature_version": UNSIGNED}, rewrite=_to_website, operations=("GetObject", "HeadObject")),
        _s3("s3-legacy-global", region="us-east-1", config={"s3": {"us_east_1_regional_endpoint": "legacy"}}),
        _s3("s3-aws-global", region="aws-global"),
        _s3("s3-dualstack-path", config={"s3": {"addressing_style": "path"}, "use_dualstack_endpoint": True}),
        _s3("s3-fips-path", region="us-gov-west-1", config={"s3": {"addressing_style": "path"}, "use_fips_endpoint": True}),
        _s3("s3-cn-path", region="cn-north-1", config={"s3": {"addressing_style": "path"}}),
        _s3("s3-accelerate", config={"s3": {"use_accelerate_endpoint": True}}),
        _s3("s3-accelerate-dualstack", config={"s3": {"use_accelerate_endpoint": True}, "use_dualstack_endpoint": True}),
        _s3("s3-access-point", f"arn:aws:s3:{HOME}:{NAMED_ACCOUNT}:accesspoint/reports"),
        _s3("s3-access-point-full", f"arn:aws:s3:{HOME}:{NAMED_ACCOUNT}:accesspoint/reports", full=True),
        _s3("s3-access-point-dualstack", f"arn:aws:s3:{HOME}:{NAMED_ACCOUNT}:accesspoint/reports", config={"use_dualstack_endpoint": True}),
        _s3("s3-access-point-fips", f"arn:aws-us-gov:s3:us-gov-west-1:{NAMED_ACCOUNT}:accesspoint/reports", region="us-gov-west-1", config={"use_fips_endpoint": True}),
        _s3("s3-access-point-cn", f"arn:aws-cn:s3:cn-north-1:{NAMED_ACCOUNT}:accesspoint/reports", region="cn-north-1"),
        _s3("s3-access-point-elsewhere", f"arn:aws:s3:us-west-2:{NAMED_ACCOUNT}:accesspoint/reports", config={"s3": {"use_arn_region": True}}),
        _s3("s3-access-point-alias", "reports-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias"),
        _s3("s3-object-lambda", f"arn:aws:s3-object-lambda:{HOME}:{NAMED_ACCOUNT}:accesspoint/redacted"),
        _s3("s3-object-lambda-fips", f"arn:aws:s3-object-lambda:us-east-1:{NAMED_ACCOUNT}:accesspoint/redacted", region="us-east-1", config={"use_fips_endpoint": True}),
        _s3("s3-outposts", f"{OUTPOST}/accesspoint/reports"),
        _s3("s3-outposts-alias", "reports-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3", region="us-east-1"),
        _s3("s3-multi-region", f"arn:aws:s3::{NAMED_ACCOUNT}:accesspoint/mfzwi23gnjvgw.mrap"),
        _s3("s3-express", "amzn-example--euw1-az1--x-s3"),
        _s3("s3-express-full", "amzn-example--euw1-az1--x-s3", full=True),
        _s3("s3-express-path", "amzn-example--euw1-az1--x-s3", config={"s3": {"addressing_style": "path"}}),
        _s3("s3-express-dualstack", "amzn-example--euw1-az1--x-s3", config={"use_dualstack_endpoint": True}),
        _s3("s3-express-fips", "amzn-example--use1-az4--x-s3", region="us-east-1", config={"use_fips_endpoint": True}),
        _s3("s3-express-without-session", "amzn-example--euw1-az1--x-s3", config={"s3": {"disable_s3_express_session_auth": True}}),
        _s3("s3-express-access-point", "reports--euw1-az1--xa-s3"),
        _s3("s3-express-presigned", "amzn-example--euw1-az1--x-s3", presigned=""),
        _s3("s3-token-full", token=True, full=True),
        _s3("s3-presigned-v4", presigned="", config={"signature_version": "s3v4"}),
        _s3("s3-presigned-v4-token", presigned="", config={"signature_version": "s3v4"}, token=True),
        _s3("s3-presigned-v4-path", presigned="", config={"signature_version": "s3v4", "s3": {"addressing_style": "path"}}),
        _s3("s3-presigned-v2", presigned="", config={"signature_version": "s3"}),
        _s3("s3-presigned-v2-path", presigned="", config={"signature_version": "s3", "s3": {"addressing_style": "path"}}),
        _s3("s3-signature-v2", config={"signature_version": "s3"}),
        _s3("s3-checksum-when-required", config={"request_checksum_calculation": "when_required"}),
        Variant("s3-checksum-sha256", members={"ChecksumAlgorithm": "SHA256"}, needs=("ChecksumAlgorithm",), may_be_refused=True),
        _s3("s3-signed-payload", config={"s3": {"payload_signing_enabled": True}}),
        _s3("s3-custom-host", arguments={"endpoint_url": "https://minio.example.internal:9000"}),
        _s3("s3-custom-host-path", arguments={"endpoint_url": "http://127.0.0.1:9000"}, config={"s3": {"addressing_style": "path"}}),
        _s3("s3-vpc-bucket-endpoint", arguments={"endpoint_url": "https://bucket.vpce-0a1b2c3d-4e5f6a7b.s3.eu-west-1.vpce.amazonaws.com"}),
    ],
    "s3control": [
        Variant("s3control-outposts-bucket", members={"Bucket": f"{OUTPOST}/bucket/reports"}, needs=("Bucket",), may_be_refused=True),
        Variant("s3control-outposts-access-point", members={"Name": f"{OUTPOST}/accesspoint/reports", "Bucket": f"{OUTPOST}/bucket/reports"}, needs=("Name",), may_be_refused=True),
        Variant("s3control-outpost-id", members={"OutpostId": "op-01234567890123456"}, needs=("OutpostId",), may_be_refused=True),
    ],
    "sqs": [
        Variant("protocol-query", protocol="query"),
        Variant("protocol-query-full", protocol="query", full=True),
        Variant("sqs-query-by-url", protocol="query", needs=("QueueUrl",), rewrite=_to_queue),
        Variant("sqs-query-by-url-full", protocol="query", full=True, needs=("QueueUrl",), rewrite=_to_queue),
        Variant("sqs-legacy-host", arguments={"endpoint_url": "https://eu-west-1.queue.amazonaws.com"}),
    ],
    "sts": [
        Variant("sts-global", region="aws-global"),
        Variant("sts-presigned-get", presigned="GET"),
        Variant("sts-presigned-get-token", presigned="GET", token=True),
        Variant("sts-presigned-global", presigned="GET", region="aws-global"),
    ],
    "dynamodb": [
        Variant("account-endpoint", account_id=CALLER_ACCOUNT, may_be_refused=True),
        Variant("account-endpoint-full", account_id=CALLER_ACCOUNT, full=True, may_be_refused=True),
    ],
    "polly": [Variant("presigned-get", presigned="GET", operations=("SynthesizeSpeech",))],
    "events": [Variant("events-global-endpoint", members={"EndpointId": "abcde.veo"}, needs=("EndpointId",), may_be_refused=True)],
    "bedrock": [Variant("bearer", config={"auth_scheme_preference": "httpBearerAuth"})],
    "bedrock-runtime": [Variant("bearer", config={"auth_scheme_preference": "httpBearerAuth"})],
    "apigatewaymanagementapi": [Variant("own-host", arguments={"endpoint_url": "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/production"})],
    "iot-data": [Variant("own-host", arguments={"endpoint_url": "https://a1b2c3d4e5f6g7-ats.iot.eu-west-1.amazonaws.com"})],
    "iot-jobs-data": [Variant("own-host", arguments={"endpoint_url": "https://a1b2c3d4e5f6g7.jobs.iot.eu-west-1.amazonaws.com"})],
    "mediastore-data": [Variant("own-host", arguments={"endpoint_url": "https://a1b2c3d4e5f6g7.data.mediastore.eu-west-1.amazonaws.com"})],
    "cloudsearchdomain": [Variant("own-host", arguments={"endpoint_url": "https://search-films-a1b2c3d4e5f6g7.eu-west-1.cloudsearch.amazonaws.com"})],
    "kinesis-video-media": [Variant("own-host", arguments={"endpoint_url": "https://s-1a2b3c4d.kinesisvideo.eu-west-1.amazonaws.com"})],
    "kinesis-video-archived-media": [Variant("own-host", arguments={"endpoint_url": "https://b-1a2b3c4d.kinesisvideo.eu-west-1.amazonaws.com"})],
    "kinesis-video-signaling": [Variant("own-host", arguments={"endpoint_url": "https://r-1a2b3c4d.kinesisvideo.eu-west-1.amazonaws.com"})],
    "kinesis-video-webrtc-storage": [Variant("own-host", arguments={"endpoint_url": "https://m-1a2b3c4d.kinesisvideo.eu-west-1.amazonaws.com"})],
}


def of_service(service, model):
    """The variants that the service has beside those of every operation."""
    own = list(OWN.get(service, []))
    protocols = model.metadata.get("protocols", [])
    for protocol in protocols if len(protocols) > 1 else []:
        own.append(Variant(f"protocol-{protocol}", protocol=protocol))
        own.append(Variant(f"protocol-{protocol}-full", protocol=protocol, full=True))
    auth = model.metadata.get("auth", [])
    if len(auth) > 1 and "aws.auth#sigv4a" in auth:
        for scheme in ("sigv4", "sigv4a"):
            own.append(Variant(scheme, config={"auth_scheme_preference": scheme}))
    return own


def rows(service, operation):
    """For each row the variants in the order in which they are tried, and whether one is enough."""
    start = zlib.crc32(f"{service}.{operation}".encode())
    for row in ROWS:
        turn = start % len(row)
        yield row[turn:] + row[:turn], service not in ALL_WAYS
        start //= len(row)
