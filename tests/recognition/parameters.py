"""Invents the parameters of an operation from its input shape.

Two ways: the required members only, or those and random optional ones, with nested lists and maps of several
items. What botocore validates (minimum lengths and values, unions with one member) and what endpoint rules
need (ARNs, account ids, host labels, bucket names) is respected; patterns that neither looks at are not.
The text of the second way contains what encodings trip over: spaces, slashes, plus and percent signs,
quotes, ampersands, letters beyond ASCII.
"""

import datetime
import io
import json
import re

TIMESTAMP = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
# Accounts that requests name. Not the caller's, so that the two cannot be mistaken for each other.
NAMED_ACCOUNT = "444455556666"

# The parts of a whole request that are invented beyond the required ones.
LEAVES = 70
DEEPEST = 6

ARN_NAME = re.compile(r"(?:^arn|Arn|ARN|Arns|ARNs)(?:List)?$")
ARN_PATTERN = re.compile(r"^\^?arn[:\[(]")
# `(arn:…)?name`: a name or an ARN.
ARN_OR_NAME_PATTERN = re.compile(r"^\^?\((?:\?:)?\(?(?:\?:)?arn[:\[(]")
ACCOUNT_NAME = re.compile(r"(?i)account_?(?:id|number)s?$|^account$|^awsaccountids?$|AccountID$")
ACCOUNT_PATTERN = re.compile(r"^\^?\(?(?:\[0-9\]|\\d)\{12\}\)?\$?$")

# Members that endpoint rules or botocore itself look into. {…} are the fields of `Parameters`.
SPECIAL = {
    ("kinesis", "ResourceARN"): "arn:{partition}:kinesis:{region}:{account}:stream/name",
    ("kinesis", "StreamARN"): "arn:{partition}:kinesis:{region}:{account}:stream/name",
    ("kinesis", "ConsumerARN"): "arn:{partition}:kinesis:{region}:{account}:stream/name/consumer/reader:1700000000",
    ("cloudfront-keyvaluestore", "KvsARN"): "arn:{partition}:cloudfront::{account}:key-value-store/0123abcd-name",
    ("machinelearning", "PredictEndpoint"): "https://realtime.machinelearning.{region}.{suffix}",
    ("s3", "Bucket"): "amzn-example-bucket",
    ("s3", "CopySource"): "amzn-example-source/folder/copied file.txt",
}
# What botocore's handlers turn into something else, or take out, before it is sent.
CHANGED = {
    ("s3", "SSECustomerKey"), ("s3", "SSECustomerKeyMD5"), ("s3", "CopySourceSSECustomerKey"),
    ("s3", "CopySourceSSECustomerKeyMD5"), ("ec2", "UserData"), ("autoscaling", "UserData"),
    ("rds", "SourceRegion"), ("neptune", "SourceRegion"), ("docdb", "SourceRegion"),
}

CHECKSUM = re.compile(r"Checksum(?:CRC|SHA|MD5|XXHASH)|ContentMD5")

# Text for places where everything is allowed.
DIFFICULT = [
    "two words", "in/side", "one+one", "100%", "%2F%41", "a&b=c", "semi;colon,comma", "what?now#here",
    "quote\"s 'n <tags>", "back\\slash", "naïve-Übung", "名前", "emoji \U0001f980", "{curly}", "[square]",
    "a:b@c", "$dollar!", "(round)*", "~tilde_", " leading", "trailing ", "line\nbreak", "tab\there", "&amp;",
]
# Text for headers: visible ASCII, no comma and no quote (these are syntax in lists of values).
DIFFICULT_IN_HEADER = ["two words", "in/side", "one+one", "100%", "a&b=c", "semi;colon", "a:b@c", "(round)*", "k=v"]
# Text for a greedy label of a path.
DIFFICULT_IN_PATH = [
    "folder/file.txt", "folder/sub folder/one+one", "a/b%2Fc/d", "trailing/", "ключ/名前", "a//b", "what?now#here", "a/../b",
]


class Parameters:
    """One request's parameters. `random` decides, so the same seed gives the same request."""

    def __init__(self, random, full, service, signing_name, region, partition, suffix):
        self.random = random
        self.full = full
        self.service = service
        self.signing_name = signing_name
        self.region = region
        self.partition = partition
        self.suffix = suffix
        self.leaves = LEAVES

    def of(self, operation):
        """(parameters for botocore, the same for JSON: blobs, streams and timestamps are null)."""
        shape = operation.input_shape
        if shape is None:
            return {}, {}
        return self._structure(shape, [], top=True)

    def _member(self, shape, name, path, place):
        if shape.serialization.get("jsonvalue"):
            value = {"key": self._word(name), "list": [1, "two"]}
            # In a header botocore writes the JSON itself, elsewhere the caller does.
            value = value if shape.serialization.get("location") == "header" else json.dumps(value)
            return value, value
        kind = shape.type_name
        if kind == "structure":
            if shape.is_document_type:
                value = {"key": self._word(name), "list": [1, 2.5, True, None, {"nested": "deep"}]}
                return value, value
            return self._structure(shape, path)
        if kind == "list":
            return self._list(shape, name, path, place)
        if kind == "map":
            return self._map(shape, name, path, place)
        self.leaves -= 1
        if kind == "string":
            value = self._string(shape, name, place)
            return value, value
        if kind == "timestamp":
            return TIMESTAMP, None
        if kind == "blob":
            length = self.random.randrange(1, 48) if self.full else 8
            data = self.random.randbytes(max(length, shape.metadata.get("min", 0)))
            return (io.BytesIO(data) if shape.serialization.get("streaming") else data), None
        if kind == "boolean":
            value = self.random.random() < 0.5
        elif kind in ("float", "double"):
            value = self._number(shape) + 0.5
            if value > shape.metadata.get("max", value):
                value = float(shape.metadata["max"])
        else:
            value = self._number(shape)
        return value, value

    def _structure(self, shape, path, top=False):
        path = [*path, shape.name]
        names = list(shape.members)
        required = set(shape.required_members)
        if top:
            # Host labels and members that an event stream or a path needs, required or not.
            required |= {
                name for name, member in shape.members.items()
                if member.serialization.get("hostLabel") or member.serialization.get("location") == "uri"
            }
        if shape.is_tagged_union:
            # Prefer a member that does not lead back to where we are.
            usable = [n for n in names if shape.members[n].name not in path] or names
            chosen = [self.random.choice(usable) if self.full else usable[0]]
        else:
            chosen = [n for n in names if n in required or self._optional(n, shape.members[n], path, top)]
        given, expected = {}, {}
        for name in chosen:
            member = shape.members[name]
            if member.serialization.get("eventstream"):
                # Passes the validation; the stream's frames take its place on the wire (see wire.py).
                given[name] = {}
                continue
            place = member.serialization.get("location") if top else None
            if member.serialization.get("hostLabel"):
                place = "host"
            if "contextParam" in member.metadata and not (self.service == "s3" and name == "Key"):
                place = "context"
            given[name], expected[name] = self._member(member, name, path, place)
            if (self.service, name) in CHANGED:
                expected[name] = None
        return given, expected

    def _optional(self, name, member, path, top):
        if self.service == "s3" and CHECKSUM.match(name):
            return False  # botocore computes one itself, in a trailer
        if member.serialization.get("name", "").lower() == "content-length":
            return False  # has to be right; botocore knows it
        if not self.full or self.leaves <= 0 or len(path) > DEEPEST or member.name in path:
            return False
        return self.random.random() < (0.75 if top else 0.5 if len(path) < 3 else 0.3)

    def _list(self, shape, name, path, place):
        count = max(shape.metadata.get("min", 0), self.random.randrange(1, 4) if self.full else 1)
        singular = shape.member.name if ARN_NAME.search(shape.member.name) else name
        pairs = [self._member(shape.member, singular, [*path, shape.name], place) for _ in range(count)]
        return [given for given, _ in pairs], [expected for _, expected in pairs]

    def _map(self, shape, name, path, place):
        count = max(shape.metadata.get("min", 0), self.random.randrange(1, 4) if self.full else 1)
        given, expected = {}, {}
        for number in range(count):
            key = self._string(shape.key, shape.key.name, "key" if place is None else "name")
            if "enum" not in shape.key.metadata:
                key = f"{key}{number}"
            given[key], expected[key] = self._member(shape.value, shape.value.name, [*path, shape.name], place)
        return given, expected

    def _number(self, shape):
        lowest = int(shape.metadata.get("min", 1))
        highest = int(shape.metadata.get("max", max(100, lowest)))
        if not self.full:
            return max(lowest, min(highest, 1))
        if shape.type_name == "long" and "max" not in shape.metadata and self.random.random() < 0.2:
            return self.random.randrange(2**32, 2**53)
        return self.random.randint(lowest, max(lowest, min(highest, lowest + 100_000)))

    def _string(self, shape, name, place):
        metadata = shape.metadata
        if name == "ChecksumAlgorithm" and self.service == "s3":
            return self.random.choice(["CRC32", "SHA1", "SHA256"])  # what botocore computes by itself
        if metadata.get("enum"):
            return self.random.choice(metadata["enum"])
        pattern = metadata.get("pattern", "")
        if template := SPECIAL.get((self.service, name)):
            return template.format(
                partition=self.partition, region=self.region, account=NAMED_ACCOUNT, suffix=self.suffix
            )
        if name == "QueueUrl":
            return f"https://sqs.{self.region}.{self.suffix}/{NAMED_ACCOUNT}/{self._word('queue')}"
        either = ARN_NAME.search(shape.name) or ARN_PATTERN.match(pattern) or ARN_OR_NAME_PATTERN.match(pattern)
        if ARN_NAME.search(name) or either and (
            not name.endswith(("Name", "Id", "Identifier")) and not ARN_OR_NAME_PATTERN.match(pattern)
            or self.full and self.random.random() < 0.5
        ):
            return self._arn(name, metadata.get("min", 0))
        if ACCOUNT_PATTERN.match(pattern) or self._fits(metadata, NAMED_ACCOUNT) and (
            ACCOUNT_NAME.search(name) or ACCOUNT_NAME.search(shape.name)
        ):
            return NAMED_ACCOUNT
        if self.full and place not in ("host", "context", "name") and self.random.random() < 0.3:
            choices = {
                None: DIFFICULT, "key": DIFFICULT, "header": DIFFICULT_IN_HEADER, "headers": DIFFICULT_IN_HEADER,
                "querystring": DIFFICULT, "uri": DIFFICULT,
            }[place]
            if place == "uri" and self.service == "s3" and name == "Key":
                choices = DIFFICULT_IN_PATH
            text = self.random.choice(choices)
            if self._fits(metadata, text):
                return text
        text = self._word(name)
        if len(text) < metadata.get("min", 0):
            text += "x" * (metadata["min"] - len(text))
        return text[: max(metadata.get("max", len(text)), 1)]

    @staticmethod
    def _fits(metadata, text):
        return metadata.get("min", 0) <= len(text) <= metadata.get("max", len(text))

    def _word(self, name):
        base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:24] or "x"
        return f"{base}-{self.random.randrange(16**4):04x}"

    def _arn(self, name, shortest):
        kind = re.sub(r"(?:Arn|ARN)s?(?:List)?$", "", name).lower() or "resource"
        arn = f"arn:{self.partition}:{self.signing_name}:{self.region}:{NAMED_ACCOUNT}:{kind}/{self._word('name')}"
        return arn.ljust(shortest, "x")
