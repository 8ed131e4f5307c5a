"""A trail of an organisation as CloudTrail delivers it, made from the real events of tests/data/cloudtrail: many times, with names
varied so that one event in ten is a call not seen before; and events of services that call for others, of which there are none."""

import copy
import gzip
import json
from pathlib import Path

EVENTS = Path(__file__).parent.parent / "data" / "cloudtrail"
ORGANISATION = "o-exampleorgid"
# Events in a delivered file.
IN_FILE = 100
# One copy in so many has names of its own.
VARIED = 10


def real():
    """The real events, in the order of the files' names."""
    return [event for path in sorted(EVENTS.glob("*.json")) for event in json.loads(path.read_text())]


def events(copies):
    """Real events so many times, and those of services."""
    once = real()
    for number in range(copies):
        for event in once:
            yield again(event, number)
        yield from of_services(number)


def again(event, number):
    """The event at another time; in one copy of ten with other names."""
    event = copy.deepcopy(event)
    event["eventID"] = f"{number:08x}{event['eventID'][8:]}"
    event["eventTime"] = f"2025-{number % 12 + 1:02}-{number // 12 % 28 + 1:02}{event['eventTime'][10:]}"
    if number % VARIED == VARIED - 1:
        for member in ("requestParameters", "resources"):
            if event.get(member):
                text = json.dumps(event[member]).replace("stratus-red-team", f"stratus-red-team-{number}")
                event[member] = json.loads(text)
    return event


ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"


def of_services(number):
    """What CloudTrail tells of services that call for others, or in sessions that they opened themselves
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html,
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html)."""
    day = f"2025-{number % 12 + 1:02}-{number // 12 % 28 + 1:02}"
    session = f"session-{number % 7}"

    def event(kind, source, name, identity, **others):
        return {
            "eventVersion": "1.11",
            "userIdentity": identity,
            "eventTime": f"{day}T08:15:{len(kind) % 60:02}Z",
            "eventSource": f"{source}.amazonaws.com",
            "eventName": name,
            "awsRegion": "eu-west-1",
            "sourceIPAddress": identity.get("invokedBy", "198.51.100.7"),
            "userAgent": identity.get("invokedBy", f"aws-cli/2.{number}"),
            "requestParameters": None,
            "responseElements": None,
            "requestID": f"{number:08x}-0000-4000-8000-{kind}",
            "eventID": f"{number:08x}-1111-4000-8000-{kind}",
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": ACCOUNT,
            "eventCategory": "Management",
        } | others

    # A user works in a role, which CloudFormation and Athena use in turn.
    user = {
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLEUSER000001",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
        "accountId": ACCOUNT,
        "accessKeyId": "AKIAEXAMPLEUSER00001",
        "userName": "alice",
    }
    yield event("assumes", "sts", "AssumeRole", user, **opened("deploy", session, f"ASIADEPLOY{number:010}"))
    yield event("stack", "cloudformation", "CreateStack", role("deploy", session, f"ASIADEPLOY{number:010}"),
                requestParameters={"stackName": "web", "templateURL": "https://s3.amazonaws.com/templates/web.json"})
    yield event("forwarded", "sqs", "CreateQueue",
                role("deploy", session, f"ASIADEPLOY{number:010}") | {"invokedBy": "cloudformation.amazonaws.com"},
                requestParameters={"queueName": f"jobs-{number // VARIED}"})
    # Only services called in this session; the user that opened it did so in this record alone.
    quiet = f"quiet-{number % 3}"
    yield event("opens", "sts", "AssumeRole", user, **opened("analyst", quiet, f"ASIAANALYST{number:09}"))
    yield event("decrypts", "kms", "Decrypt",
                role("analyst", quiet, f"ASIAANALYST{number:09}") | {"invokedBy": "athena.amazonaws.com"},
                requestParameters={"encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
                resources=[{"ARN": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab", "accountId": ACCOUNT,
                            "type": "AWS::KMS::Key"}])
    # CloudFormation opened this one itself.
    service = {"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"}
    own = opened("stacks", "AWSCloudFormation", f"ASIASTACKS{number:010}")
    if number % 2:
        # Events of services' own AssumeRole often say no more than the key.
        del own["responseElements"]["assumedRoleUser"]
    yield event("service", "sts", "AssumeRole", service, **own)
    yield event("ownsession", "sns", "CreateTopic",
                role("stacks", "AWSCloudFormation", f"ASIASTACKS{number:010}") | {"invokedBy": "cloudformation.amazonaws.com"},
                requestParameters={"name": f"alarms-{number // VARIED}"})
    # Nobody tells whose session this is.
    yield event("undecided", "dynamodb", "CreateTable",
                role("unknown", f"lost-{number}", f"ASIAUNKNOWN{number:09}") | {"invokedBy": "cloudformation.amazonaws.com"},
                requestParameters={"tableName": "orders"})
    # One event in two accounts: that of the key, and that of the caller.
    key = {"resources": [{"ARN": f"arn:aws:kms:eu-west-1:{OTHER_ACCOUNT}:key/5678abcd-12ab-34cd-56ef-1234567890ab",
                          "accountId": OTHER_ACCOUNT, "type": "AWS::KMS::Key"}],
           "requestParameters": {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
           "sharedEventID": f"{number:08x}-2222-4000-8000-000000000000"}
    yield event("own", "kms", "Decrypt", user, **key)
    stranger = {"type": "AWSAccount", "principalId": "AIDAEXAMPLEUSER000001", "accountId": ACCOUNT}
    yield event("others", "kms", "Decrypt", stranger, **key | {"recipientAccountId": OTHER_ACCOUNT})
    # S3's own members, of which most are different in each event.
    yield event("object", "s3", "GetObject", role("web", f"i-{number:017x}", f"ASIAWEB{number:013}"),
                requestParameters={"bucketName": "assets", "key": f"pages/{number % 5}.html", "Host": "assets.s3.eu-west-1.amazonaws.com"},
                responseElements={"x-amz-server-side-encryption": "AES256", "x-amz-version-id": f"version-{number}"},
                additionalEventData={"SignatureVersion": "SigV4", "AuthenticationMethod": "AuthHeader", "bytesTransferredOut": number},
                resources=[{"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::assets/pages/{number % 5}.html"},
                           {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::assets"}],
                readOnly=True, managementEvent=False, eventCategory="Data",
                tlsDetails={"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"})
    # Which key S3 used, only its answer tells.
    kms = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/9012abcd-12ab-34cd-56ef-1234567890ab"
    yield event("encrypted", "s3", "GetObject", role("reports", f"i-{number:017x}", f"ASIAREPORTS{number:09}"),
                requestParameters={"bucketName": "reports", "key": "year.csv", "Host": "reports.s3.eu-west-1.amazonaws.com"},
                responseElements={"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": kms,
                                  "x-amz-version-id": f"version-{number}"},
                resources=[{"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::reports/year.csv"},
                           {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::reports"}],
                readOnly=True, managementEvent=False, eventCategory="Data")
    # Denied: the sentence is all there is.
    yield event("denied", "s3", "GetBucketPolicy", role("web", f"i-{number:017x}", f"ASIAWEB{number:013}"),
                errorCode="AccessDenied",
                errorMessage=f"User: arn:aws:sts::{ACCOUNT}:assumed-role/web/i-{number:017x} is not authorized to perform: "
                "s3:GetBucketPolicy on resource: \"arn:aws:s3:::assets\" because no identity-based policy allows the "
                "s3:GetBucketPolicy action",
                readOnly=True)


def role(name, session, key):
    return {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE{name.upper()}:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": f"AROAEXAMPLE{name.upper()}",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
                "accountId": ACCOUNT,
                "userName": name,
            },
            "attributes": {"creationDate": "2025-01-01T08:00:00Z", "mfaAuthenticated": "false"},
        },
    }


def opened(name, session, key):
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return {
        "requestParameters": {"roleArn": arn, "roleSessionName": session},
        "responseElements": {
            "credentials": {"accessKeyId": key, "sessionToken": f"token-{key}", "expiration": "Jan 1, 2025, 9:00:00 AM"},
            "assumedRoleUser": {
                "assumedRoleId": f"AROAEXAMPLE{name.upper()}:{session}",
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}",
            },
        },
        "resources": [{"ARN": arn, "accountId": ACCOUNT, "type": "AWS::IAM::Role"}],
    }


def deliver(folder, events):
    """Writes events into files where CloudTrail delivers them
    (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html), with the files beside them
    that hold none; and gives how many of events there are."""
    count, waiting = 0, []
    for event in events:
        waiting.append(event)
        count += 1
        if len(waiting) == IN_FILE:
            write(folder, count, waiting)
            waiting = []
    if waiting:
        write(folder, count, waiting)
    account, region, day = ACCOUNT, "eu-west-1", "2025/01/01"
    digest = folder / "AWSLogs" / ORGANISATION / account / "CloudTrail-Digest" / region / day
    digest.mkdir(parents=True)
    with gzip.open(digest / f"{account}_CloudTrail-Digest_{region}_trail_20250101T000000Z.json.gz", "wt") as file:
        json.dump({"awsAccountId": account, "digestStartTime": "2025-01-01T00:00:00Z", "digestS3Object": "…", "logFiles": []}, file)
    return count


def write(folder, number, events):
    first = events[0]
    account, region, day = first["recipientAccountId"], first["awsRegion"], first["eventTime"][:10]
    path = folder / "AWSLogs" / ORGANISATION / account / "CloudTrail" / region / day.replace("-", "/")
    path.mkdir(parents=True, exist_ok=True)
    name = f"{account}_CloudTrail_{region}_{day.replace('-', '')}T0000Z_{number:016}.json.gz"
    with gzip.GzipFile(path / name, "wb", mtime=0) as file:
        file.write(json.dumps({"Records": events}, separators=(",", ":")).encode())
