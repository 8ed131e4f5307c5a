"""botocore, stopped before it sends: its own serializer, endpoint rules and signer build the request,
which is then kept as it would have gone over the wire.

Nothing outside is consulted: no environment, no files of the user, no metadata service, no network, and the
clock and the random ids stand still, so that the same request is built every time.
"""

import base64
import datetime
import importlib.metadata
import os
import random
import re
import uuid

for name in list(os.environ):
    if name.upper().startswith(("AWS_", "BOTO", "_X_AMZN")) or name.upper().endswith("_PROXY"):
        del os.environ[name]
os.environ.update(
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    HOME=os.devnull,
)

import botocore.client  # noqa: E402
import botocore.endpoint  # noqa: E402
import botocore.httpchecksum  # noqa: E402
import botocore.session  # noqa: E402
import botocore.signers  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402
from urllib.parse import urlsplit  # noqa: E402
from urllib3.util import url as urllib3_url  # noqa: E402

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def access_key_of(account, prefix="AKIA"):
    """The access key id from which `account` is read: after the prefix 80 bits in base32, of which the first
    is set and the next 40 are the account."""
    bits = (1 << 79) | (int(account) << 39) | 0x5EED5EED5
    return prefix + "".join(BASE32[(bits >> shift) & 31] for shift in range(75, -1, -5))


class Stopped(Exception):
    """Raised in place of sending; carries the prepared request."""

    def __init__(self, request):
        super().__init__("stopped before sending")
        self.request = request


class Ids:
    """uuid4 without chance: the ids of invocations and idempotency tokens."""

    def __init__(self):
        self.random = random.Random(0)

    def seed(self, text):
        self.random.seed(text)

    def uuid4(self):
        return uuid.UUID(int=self.random.getrandbits(128), version=4)


IDS = Ids()


def _stop(endpoint, request_dict, operation_model):
    """In place of Endpoint._send_request: everything up to sending, then stop."""
    endpoint._update_retries_context(request_dict["context"], 1)
    raise Stopped(endpoint.create_request(request_dict, operation_model))


def install():
    """Puts the stop, the clock and the ids into botocore."""
    botocore.endpoint.Endpoint._send_request = _stop
    uuid.uuid4 = IDS.uuid4
    for module in list(vars(botocore).values()):
        if hasattr(module, "get_current_datetime"):
            module.get_current_datetime = lambda remove_tzinfo=True: NOW.replace(tzinfo=None) if remove_tzinfo else NOW


def version():
    return importlib.metadata.version("botocore")


def session():
    made = botocore.session.Session()
    # No profile, no file: what is not given to a client is botocore's default.
    made.set_config_variable("region", "us-east-1")
    return made


def sent(request):
    """(method, URL, headers, body) of a prepared request as the connection writes it. The body is without the
    framing of HTTP's own chunks, `aws-chunked` included."""
    parts = urlsplit(request.url)
    target = parts.path or "/"
    if parts.query:
        target += "?" + parts.query
    target = urllib3_url._encode_target(target)
    given = [(_text(name), _text(value)) for name, value in request.headers.items()]
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


def _text(value):
    # On the wire UTF-8; one character per byte is what a reader of HTTP/1.1 sees, but JSON wants the text.
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


SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/(?:([^/]+)/)?([^/]+)/aws4_request")


def scope(headers, url):
    """(access key id, region, signing name) of a signature's credential scope, from the header or the query."""
    from urllib.parse import parse_qs

    for name, value in headers:
        if name.lower() == "authorization" and (found := SCOPE.search(value)):
            return found.groups()
    if "X-Amz-Credential" in url:
        credential = parse_qs(urlsplit(url).query)["X-Amz-Credential"][0]
        if found := SCOPE.search("Credential=" + credential):
            return found.groups()
    return None, None, None


def encode(body):
    return base64.b64encode(body).decode()


def credentials(account, token=None, prefix=None, account_id=None):
    prefix = prefix or ("ASIA" if token else "AKIA")
    return Credentials(access_key_of(account, prefix), "secret/example+key", token, account_id=account_id)
