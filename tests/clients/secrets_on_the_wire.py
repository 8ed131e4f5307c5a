"""AWS calls signed by hand, with secrets wherever a request can carry one, through the proxy of the environment.

Only Python's standard library. The secrets come in the environment; the answers do not matter.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import socket
import ssl
from urllib.parse import quote, urlencode, urlsplit

KEY_ID = os.environ["AWS_ACCESS_KEY_ID"]
SECRET = os.environ["AWS_SECRET_ACCESS_KEY"]
TOKEN = os.environ["AWS_SESSION_TOKEN"]
BODY = os.environ["BODY"]
TAG = os.environ["TAG"]
PROXY = urlsplit(os.environ["HTTPS_PROXY"])
REGION, DATE, TIME = "eu-west-1", "20260102", "20260102T030405Z"
TLS = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])


def signature(service, canonical):
    key = ("AWS4" + SECRET).encode()
    for part in (DATE, REGION, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{TIME}\n{DATE}/{REGION}/{service}/aws4_request\n{hashed}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def signed(service, host, method, path, headers, body):
    """The headers, and those of the signature."""
    digest = hashlib.sha256(body).hexdigest()
    headers = {**headers, "Host": host, "X-Amz-Date": TIME, "X-Amz-Security-Token": TOKEN, "X-Amz-Content-Sha256": digest}
    lower = sorted((name.lower(), value) for name, value in headers.items())
    names = ";".join(name for name, _ in lower)
    fields = "".join(f"{name}:{value}\n" for name, value in lower)
    path, _, query = path.partition("?")
    made = signature(service, f"{method}\n{path}\n{query}\n{fields}\n{names}\n{digest}")
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{DATE}/{REGION}/{service}/aws4_request, SignedHeaders={names}, Signature={made}"
    )
    return headers


def send(url, method, headers, body):
    """In a tunnel, or in absolute form when there is no TLS."""
    parts = urlsplit(url)
    proxy = (PROXY.hostname, PROXY.port)
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(*proxy, timeout=30, context=TLS)
        connection.set_tunnel(parts.hostname, 443)
        target = url.split(parts.netloc, 1)[1]
    else:
        connection = http.client.HTTPConnection(*proxy, timeout=30)
        target = url
    connection.request(method, target, body=body, headers=headers)
    try:
        connection.getresponse().read()
    except (http.client.HTTPException, OSError):
        # The upstream that hangs up.
        pass
    connection.close()


def call(service, url, method="POST", headers=None, body=""):
    parts = urlsplit(url)
    path = url.split(parts.netloc, 1)[1]
    if isinstance(body, dict) and not headers:
        headers, body = {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(body)
    elif isinstance(body, dict):
        body = json.dumps(body)
    body = body.encode()
    send(url, method, signed(service, parts.netloc, method, path, headers or {}, body), body)


def target(name, version="1.1"):
    return {"X-Amz-Target": name, "Content-Type": f"application/x-amz-json-{version}"}


JSON = {"Content-Type": "application/json"}
encoded = base64.b64encode(BODY.encode()).decode()
functions = "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions"
role = "arn:aws:iam::123456789012:role/worker"
function = {
    "Code": {"ZipFile": BODY + encoded},
    "Environment": {"Variables": {"PASSWORD": BODY}},
    "Tags": {"team": TAG},
    "Role": role,
    "FunctionName": "secretive",
}
call("lambda", functions, headers=JSON, body=function)
# Cut off in the middle of a secret.
call("lambda", functions, headers=JSON, body='{"FunctionName":"broken","Description":"' + BODY)
call("s3", "https://vault.s3.eu-west-1.amazonaws.com/treasure", "PUT", {
    "x-amz-tagging": "team=" + TAG,
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-server-side-encryption-customer-key": BODY,
    "x-amz-meta-note": BODY,
}, BODY)
call("ec2", "https://ec2.eu-west-1.amazonaws.com/", body={
    "Action": "RunInstances", "Version": "2016-11-15", "ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1,
    "UserData": BODY, "TagSpecification.1.ResourceType": "instance",
    "TagSpecification.1.Tag.1.Key": "team", "TagSpecification.1.Tag.1.Value": TAG,
})
call("ssm", "https://ssm.eu-west-1.amazonaws.com/", headers=target("AmazonSSM.PutParameter"), body={
    "Name": "/db/password", "Value": BODY, "Type": "SecureString", "Tags": [{"Key": "team", "Value": TAG}],
})
call("secretsmanager", "https://secretsmanager.eu-west-1.amazonaws.com/", headers=target("secretsmanager.CreateSecret"), body={
    "Name": "database", "SecretString": BODY, "Tags": [{"Key": "team", "Value": TAG}],
})
# Without TLS, in absolute form. The answer has credentials.
call("sts", "http://sts.eu-west-1.amazonaws.com/", body={
    "Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": role, "RoleSessionName": "session",
    "Tags.member.1.Key": "team", "Tags.member.1.Value": TAG, "SerialNumber": "mfa", "TokenCode": BODY,
})
# Presigned, both ways.
for scheme in ("http", "https"):
    query = (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={quote(f'{KEY_ID}/{DATE}/{REGION}/s3/aws4_request', '')}"
        f"&X-Amz-Date={TIME}&X-Amz-Expires=60&X-Amz-Security-Token={quote(TOKEN, '')}&X-Amz-SignedHeaders=host"
    )
    host = "vault.s3.eu-west-1.amazonaws.com"
    made = signature("s3", f"GET\n/presigned\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD")
    send(f"{scheme}://{host}/presigned?{query}&X-Amz-Signature={made}", "GET", {"Host": host}, None)
# The upstream tells what it got in its refusal, as AWS does when a signature is wrong.
call("dynamodb", "https://dynamodb.eu-west-1.amazonaws.com/", headers=target("DynamoDB_20120810.PutItem", "1.0"), body={
    "TableName": "refused", "Item": {"id": {"S": BODY}},
})
# The upstream hangs up.
call("s3", "https://vault.s3.eu-west-1.amazonaws.com/hang-up?X-Note=" + TOKEN, "GET")
# Nobody knows this operation.
call("lambda", f"https://lambda.eu-west-1.amazonaws.com/1999-01-01/nowhere?note={TOKEN}", headers=JSON, body={"a": BODY})
# No HTTP.
for line in (f"X-Amz-Security-Token {TOKEN}", f"X-Amz-Security-Token: {TOKEN}\r\nContent-Length: {BODY}"):
    with socket.create_connection((PROXY.hostname, PROXY.port), timeout=30) as raw:
        head = f"POST http://sts.eu-west-1.amazonaws.com/?note={TOKEN} HTTP/1.1\r\nHost: sts.eu-west-1.amazonaws.com\r\n{line}\r\n\r\n"
        raw.sendall(head.encode())
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(4096):
            pass
print("all sent")
