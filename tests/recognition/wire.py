"""botocore, stopped before it sends: its own serializer, endpoint rules and signer build the request,
which is then kept as it would have gone over the wire.

Nothing outside is consulted: no environment, no files of the user, no metadata service, no network. Clock and
random ids stand still, so that the same request is built every time.
"""

import base64
import datetime
import email._policybase
import functools
import importlib.metadata
import os
import random
import re
import struct
import sys
import time
import types
import uuid
import zlib
from urllib.parse import parse_qs, urlsplit

for name in list(os.environ):
    if name.upper().startswith(("AWS_", "BOTO", "_X_AMZN")) or name.upper().endswith("_PROXY"):
        del os.environ[name]
os.environ.update(
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    HOME=os.devnull,
)

import botocore.auth  # noqa: E402
import botocore.client  # noqa: E402
import botocore.credentials  # noqa: E402
import botocore.endpoint  # noqa: E402
import botocore.hooks  # noqa: E402
import botocore.session  # noqa: E402
import botocore.signers  # noqa: E402
from urllib3.util import url as urllib3_url  # noqa: E402

try:
    from botocore.tokens import FrozenAuthToken
except ImportError:
    FrozenAuthToken = None  # releases of the past (past.py) have no bearer tokens
try:
    import awscrt  # noqa: F401

    CRT = True
except ImportError:
    CRT = False

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
CALLER_ACCOUNT = "111122223333"


def access_key_of(account, prefix):
    """The access key id from which `account` is read: after the prefix 80 bits in base32, of which the first
    is set and the next 40 are the account."""
    bits = (1 << 79) | (int(account) << 39) | 0x5EED5EED5
    return prefix + "".join(BASE32[(bits >> shift) & 31] for shift in range(75, -1, -5))


LONG_LIVED = access_key_of(CALLER_ACCOUNT, "AKIA")
TEMPORARY = access_key_of(CALLER_ACCOUNT, "ASIA")
SECRET = "not/a+secret"
SESSION_TOKEN = "IQoJb3JpZ2luX2VjENot+a/token=="
BEARER_TOKEN = "not-a-bearer-token"


class Stopped(Exception):
    """Raised in place of sending; carries the prepared request."""

    def __init__(self, request):
        super().__init__("stopped before sending")
        self.request = request


class _Ids:
    """uuid4 without chance: the ids of invocations and idempotency tokens."""

    def __init__(self):
        self.random = random.Random(0)

    def seed(self, text):
        self.random.seed(text)

    def uuid4(self):
        return uuid.UUID(int=self.random.getrandbits(128), version=4)


IDS = _Ids()


def share_aliases():
    """Lets all clients remember together what events are called: each would work it out anew, which is a fifth of all the time."""
    aliaser = getattr(botocore.hooks, "EventAliaser", None)
    plain = getattr(aliaser, "_alias_event_name", None)
    if plain is None or hasattr(plain, "known"):
        return
    known = {}
    # An alias stands for parts of a name, between dots: most names have none of which one begins with.
    beginnings = {old.split(".")[0] for old in getattr(botocore.hooks, "EVENT_ALIASES", ())}

    def alias(self, name):
        if name not in known:
            known[name] = name if beginnings and beginnings.isdisjoint(name.split(".")) else plain(self, name)
        return known[name]

    alias.known = known
    aliaser._alias_event_name = alias


def copy_quickly():
    """Copies what handles events, as every new client does, without asking each of its lists how it is copied."""
    trie, lists = (getattr(botocore.hooks, name, None) for name in ("_PrefixTrie", "NodeList"))
    if not hasattr(trie, "_recursive_copy") or getattr(lists, "_fields", None) != ("first", "middle", "last"):
        return

    def copied(self, node):
        return {
            key: lists(value.first[:], value.middle[:], value.last[:]) if isinstance(value, lists)
            else copied(self, value) if isinstance(value, dict) else value
            for key, value in node.items()
        }

    trie._recursive_copy = copied


def read_headers_plainly():
    """Headers are texts here; a message of mail looks at each letter of each, whenever one is asked for, whether it is one."""
    email._policybase.Compat32.header_fetch_parse = lambda self, name, value: value


class Clients:
    """Makes botocore's clients. Models and client classes are shared between the clients of one service."""

    def __init__(self):
        self.session = botocore.session.Session()
        self.session._auth_token = FrozenAuthToken and FrozenAuthToken(BEARER_TOKEN)
        self.wanted = None
        self.presigned = None
        self.rewrite = None
        self._install()
        share_aliases()
        copy_quickly()
        read_headers_plainly()

    def services(self):
        return self.session.get_available_services()

    def forget(self):
        """Drops what is shared: call it between services."""
        self._models.clear()
        self._classes.clear()

    def make(self, service, region, config, arguments, protocol=None, token=False, account_id=None):
        self._protocol = protocol
        if account_id:
            arguments = {**arguments, "aws_account_id": account_id}
        client = self.session.create_client(
            service, region_name=region,
            config=botocore.client.Config(user_agent=f"Botocore/{version()}", **config),
            aws_access_key_id=TEMPORARY if token else LONG_LIVED, aws_secret_access_key=SECRET,
            aws_session_token=SESSION_TOKEN if token else None, **arguments,
        )
        self._protocol = None
        return client

    def request(self, client, operation, parameters, rewrite=None):
        """What the client would send for the operation: a prepared request. `rewrite` changes the URL before
        it is signed: (URL, parameters) → URL."""
        self.wanted = operation
        self.rewrite = rewrite and (lambda url: rewrite(url, parameters))
        try:
            client._make_api_call(operation, parameters)
        except Stopped as stopped:
            return stopped.request
        raise RuntimeError("botocore sent nothing")

    def presign(self, client, operation, parameters, method=None):
        """The request that a holder of the presigned URL makes: URL, and the headers and body that go with it."""
        self.wanted = None
        name = next(n for n, o in client.meta.method_to_api_mapping.items() if o == operation)
        url = client.generate_presigned_url(name, Params=parameters, HttpMethod=method)
        request = self.presigned
        signed = parse_qs(urlsplit(url).query).get("X-Amz-SignedHeaders", [""])[0].split(";")
        headers = {n: v for n, v in request.headers.items() if n.lower() in signed and n.lower() != "host"}
        headers = {"User-Agent": "curl/8.5.0", "Accept": "*/*", "Accept-Encoding": "gzip", **headers}
        body = request.data if isinstance(request.data, bytes) or hasattr(request.data, "read") else b""
        if body:
            body = _bytes(body)
            headers["Content-Length"] = str(len(body))
        return types.SimpleNamespace(method=request.method, url=url, headers=headers, body=body)

    def _install(self):
        self._models, self._classes, self._protocol = {}, {}, None
        clients = self
        load_model = botocore.client.ClientCreator._load_service_model
        create_class = botocore.client.ClientCreator._create_client_class
        create_request = botocore.signers.create_request_object

        def _load_service_model(creator, service, api_version=None):
            key = (service, clients._protocol)
            if key not in clients._models:
                model = load_model(creator, service, api_version)
                if clients._protocol:
                    force_protocol(model, clients._protocol)
                clients._models[key] = model
            return clients._models[key]

        def _create_client_class(creator, service, model):
            if id(model) not in clients._classes:
                clients._classes[id(model)] = create_class(creator, service, model)
            return clients._classes[id(model)]

        def _create_request_object(request_dict):
            clients.presigned = create_request(request_dict)
            return clients.presigned

        def _send_request(endpoint, request_dict, operation):
            if operation.name != clients.wanted:
                return ANSWERS[operation.name](endpoint)
            if getattr(operation, "has_event_stream_input", False):
                open_event_stream(request_dict, operation)
            if clients.rewrite:
                request_dict["url"] = clients.rewrite(request_dict["url"])
            if hasattr(endpoint, "_update_retries_context"):
                endpoint._update_retries_context(request_dict["context"], 1)
            raise Stopped(endpoint.create_request(request_dict, operation))

        botocore.client.ClientCreator._load_service_model = _load_service_model
        botocore.client.ClientCreator._create_client_class = _create_client_class
        botocore.signers.create_request_object = _create_request_object
        botocore.endpoint.Endpoint._send_request = _send_request
        use_signers(crt=False)
        stop_the_clock()


def use_signers(crt):
    """botocore has two implementations of SigV4, its own and awscrt's; which one is used shows in the headers.
    SigV4a is awscrt's alone."""
    own = {
        "v4": botocore.auth.SigV4Auth, "v4-query": botocore.auth.SigV4QueryAuth,
        "s3v4": botocore.auth.S3SigV4Auth, "s3v4-query": botocore.auth.S3SigV4QueryAuth,
    }
    if CRT:
        from botocore.crt.auth import CRT_AUTH_TYPE_MAPS

        botocore.auth.AUTH_TYPE_MAPS.update(CRT_AUTH_TYPE_MAPS)
    if not crt:
        botocore.auth.AUTH_TYPE_MAPS.update(own)


def stop_the_clock():
    def now(remove_tzinfo=True):
        return NOW.replace(tzinfo=None) if remove_tzinfo else NOW

    for module in [m for n, m in sys.modules.items() if n.startswith("botocore.")]:
        if hasattr(module, "get_current_datetime"):
            module.get_current_datetime = now
    still = types.SimpleNamespace(strftime=time.strftime, gmtime=lambda: NOW.timetuple(), time=NOW.timestamp)
    botocore.auth.time = still
    if hasattr(botocore.auth, "datetime"):  # releases of the past
        moment = type("datetime", (), {"utcnow": staticmethod(now), "strptime": datetime.datetime.strptime})
        botocore.auth.datetime = types.SimpleNamespace(datetime=moment, timedelta=datetime.timedelta)
    botocore.auth.formatdate = lambda *_, **__: "Fri, 02 Jan 2026 03:04:05 GMT"
    uuid.uuid4 = IDS.uuid4


# The calls that botocore makes by itself before the wanted one, and what it is told.
ANSWERS = {
    "CreateSession": lambda endpoint: (types.SimpleNamespace(status_code=200), {"Credentials": {
        "AccessKeyId": TEMPORARY, "SecretAccessKey": SECRET, "SessionToken": SESSION_TOKEN,
        "Expiration": datetime.datetime(2126, 1, 1, tzinfo=datetime.timezone.utc),
    }}),
    # Timestream's endpoint discovery: the host of a cell.
    "DescribeEndpoints": lambda endpoint: (types.SimpleNamespace(status_code=200), {"Endpoints": [{
        "Address": urlsplit(endpoint.host).netloc.replace(".timestream.", "-cell1.timestream."),
        "CachePeriodInMinutes": 1440,
    }]}),
}


def force_protocol(model, protocol):
    """Makes botocore speak another of the protocols that the service understands."""
    model.metadata = {**model.metadata, "protocol": protocol, "protocols": [protocol]}
    if model.service_name == "sqs" and protocol == "query":
        _sqs_query_names(model)


def _sqs_query_names(model):
    """The names that SQS's lists and maps have in its first protocol; the model lost them when SQS moved to
    JSON, older SDKs still send them."""
    # A copy: the loader hands the same shapes to the client that speaks JSON.
    shapes = model._shape_resolver._shape_map = dict(model._shape_resolver._shape_map)
    for name, shape in list(shapes.items()):
        if shape["type"] == "list":
            singular = shape["member"].get("locationName") or {
                "AttributeNameList": "AttributeName", "MessageAttributeNameList": "MessageAttributeName",
                "AWSAccountIdList": "AWSAccountId", "ActionNameList": "ActionName", "TagKeyList": "TagKey",
                "StringList": "StringListValue", "BinaryList": "BinaryListValue",
            }.get(name, shape["member"]["shape"])
            shapes[name] = {**shape, "flattened": True, "member": {**shape["member"], "locationName": singular}}
        elif shape["type"] == "map":
            key = "Key" if name == "TagMap" else "Name"
            shapes[name] = {
                **shape, "flattened": True, "key": {**shape["key"], "locationName": key},
                "value": {**shape["value"], "locationName": "Value"},
            }
    plural = {
        "QueueAttributeMap": "Attribute", "TagMap": "Tag", "MessageBodyAttributeMap": "MessageAttribute",
        "MessageBodySystemAttributeMap": "MessageSystemAttribute",
    }
    for name, shape in list(shapes.items()):
        if shape["type"] == "structure":
            members = {
                n: {**m, "locationName": plural[m["shape"]]} if m["shape"] in plural else m
                for n, m in shape["members"].items()
            }
            shapes[name] = {**shape, "members": members}


def open_event_stream(request_dict, operation):
    """botocore cannot send event streams; SDKs that can open them with these headers and frames."""
    stream = operation.get_event_stream_input()
    event = next(iter(stream.members))
    request_dict["headers"].update({
        "Content-Type": "application/vnd.amazon.eventstream",
        "X-Amz-Content-SHA256": "STREAMING-AWS4-HMAC-SHA256-EVENTS",
    })
    request_dict["body"] = frame({":message-type": "event", ":event-type": event}, b"{}")


def frame(headers, payload):
    """One message of the event stream encoding."""
    packed = b"".join(
        struct.pack(">B", len(name)) + name.encode() + struct.pack(">BH", 7, len(value)) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack(">II", 16 + len(packed) + len(payload), len(packed))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + packed + payload
    return message + struct.pack(">I", zlib.crc32(message))


@functools.cache
def version():
    return importlib.metadata.version("botocore")


def sent(request):
    """(method, URL, headers, body) of a prepared request as the connection writes it. The body is without the
    framing of HTTP's own chunks, `aws-chunked` included."""
    parts = urlsplit(request.url)
    target = parts.path or "/"
    if parts.query:
        target += "?" + parts.query
    target = ECDSA.sub(r"\g<1>3045", urllib3_url._encode_target(target))
    given = [(_text(name), ECDSA.sub(r"\g<1>3045", _text(value))) for name, value in request.headers.items()]
    names = {name.lower() for name, _ in given}
    headers = []
    if "host" not in names:
        default = {"https": 443, "http": 80}[parts.scheme]
        host = parts.hostname if parts.port in (None, default) else f"{parts.hostname}:{parts.port}"
        headers.append(("Host", host))
    if "accept-encoding" not in names:
        headers.append(("Accept-Encoding", "identity"))
    headers += given
    return request.method, f"{parts.scheme}://{parts.netloc}{target}", headers, _bytes(request.body)


# An elliptic curve signature has chance in it; nobody looks at it.
ECDSA = re.compile(r"(AWS4-ECDSA-P256-SHA256\b.*Signature=)[0-9a-f]+")


def _text(value):
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _bytes(body):
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, (bytes, bytearray)):
        return bytes(body)
    pieces = []
    while piece := body.read(1 << 16):
        pieces.append(piece)
    return b"".join(pieces)


SCOPE = re.compile(r"Credential=[A-Z0-9]+/\d{8}/(?:([^/]+)/)?[^/]+/aws4_request")


def region_said(headers, url, configured):
    """The region that the request itself says: in the credential scope, as SigV4a's region set, or in the
    host's name. None where it does not, or says all of them."""
    said = {name.lower(): value for name, value in headers}
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    credential = said.get("authorization") or "Credential=" + query.get("X-Amz-Credential", "")
    region = said.get("x-amz-region-set") or query.get("X-Amz-Region-Set")
    if not region and (found := SCOPE.search(credential)):
        region = found.group(1)
    if region and region != "*":
        return region
    return configured if configured in urlsplit(url).netloc else None


def account_said(headers, url, body):
    """The caller's account where the request carries an access key id."""
    places = [url, *(value for _, value in headers)]
    if any(key in place for key in (LONG_LIVED, TEMPORARY) for place in places) or LONG_LIVED.encode() in body:
        return CALLER_ACCOUNT
    return None


def encode(body):
    return base64.b64encode(body).decode()
