#!/usr/bin/env python3
"""Writes the requests that releases of the past make and the newest one would not make so, one JSON object per line.

    OLD-PYTHON past.py make FILE.pickle          with each release that data/sources.toml pins as one of the past
    python     past.py pack past.jsonl.gz FILE.pickle …       with the newest

See README.md beside this file.
"""

import copy
import gzip
import hashlib
import json
import pickle
import random
import re
import sys
import zipfile
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
import wire  # noqa: E402
from parameters import Parameters  # noqa: E402

import botocore.model  # noqa: E402

ROOT = Path(__file__).parents[2]
# Regions with their own hosts, and the one that has the oldest hosts.
WAYS = [
    ("required", False, "eu-west-1", {}, None),
    ("full", True, "eu-west-1", {}, None),
    ("us-east-1", False, "us-east-1", {}, None),
    ("s3-path", True, "eu-west-1", {"s3": {"addressing_style": "path"}}, ("s3",)),
]


class Maker:
    """Has the installed botocore make requests."""

    def __init__(self):
        self.clients = wire.Clients()
        # What shapes did not have.
        for name in ("is_document_type", "is_tagged_union"):
            if not hasattr(botocore.model.StructureShape, name):
                setattr(botocore.model.Shape, name, False)
        self.made = {}

    def forget(self):
        self.clients.forget()
        self.made = {}

    def client(self, service, region, config, protocol=None):
        key = repr((service, region, config, protocol))
        if key not in self.made:
            self.made[key] = self.clients.make(service, region, config, {}, protocol)
        return self.made[key]

    def request(self, client, operation, given, seed):
        wire.IDS.seed(seed)
        return wire.sent(self.clients.request(client, operation, given))


class Newest:
    """The models of the newest release, read from its wheel: what an operation has in common with them is sent alike."""

    def __init__(self):
        self.wheel = zipfile.ZipFile(ROOT / ".cache" / "sources" / pinned("botocore", "file")[0])
        self.paths = {}
        for name in sorted(self.wheel.namelist()):
            if found := re.match(r"botocore/data/([^/]+)/[^/]+/service-2\.json\.gz$", name):
                self.paths[found.group(1)] = name  # the last is the latest

    def models(self, service):
        if service not in self.paths:
            return {}
        return models(json.loads(gzip.decompress(self.wheel.read(self.paths[service]))))


def models(description):
    """For each operation what decides how its requests look, as a hash."""
    shapes = description["shapes"]
    metadata = {key: description["metadata"].get(key) for key in METADATA}

    def reached(name, found):
        if name not in found:
            found[name] = without_prose(shapes[name])
            for part in parts(shapes[name]):
                reached(part["shape"], found)
        return found

    hashes = {}
    for name, operation in description["operations"].items():
        whole = [
            metadata, operation["http"].get("method"), operation["http"]["requestUri"], operation.get("endpoint"),
            operation.get("authtype"), reached(operation["input"]["shape"], {}) if "input" in operation else None,
        ]
        hashes[name] = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
    return hashes


METADATA = ("apiVersion", "endpointPrefix", "signingName", "protocol", "targetPrefix", "globalEndpoint")
# What says nothing of the wire.
PROSE = ("documentation", "deprecated", "deprecatedMessage", "deprecatedSince", "contextParam", "enum", "pattern")


def without_prose(value):
    if isinstance(value, dict):
        return {key: without_prose(it) for key, it in value.items() if key not in PROSE}
    return value


def parts(shape):
    yield from shape.get("members", {}).values()
    yield from (shape[name] for name in ("member", "key", "value") if name in shape)


def protocol_of(client):
    model = client.meta.service_model
    return getattr(model, "resolved_protocol", None) or model.metadata["protocol"]


def make(path):
    """Requests of this release, with the parameters that they were made from: of each operation whose model is not the
    newest one's, and of one more for each service, for its host."""
    maker, rows, failures, newest = Maker(), [], [], Newest()
    loader = maker.clients.session.get_component("data_loader")
    for service in maker.clients.services():
        maker.forget()
        now, then = newest.models(service), models(loader.load_service_model(service, "service-2"))
        wanted = {name for name, it in then.items() if it != now.get(name)} | {min(then)}
        for variant, full, region, config, services in WAYS:
            if services and service not in services:
                continue
            client = maker.client(service, region, config)
            model = client.meta.service_model
            for operation in sorted(wanted):
                seed = f"{service}.{operation}.{variant}"
                try:
                    given, expected = Parameters(
                        random.Random(seed), full, service, model.signing_name, region, "aws", "amazonaws.com",
                    ).of(model.operation_model(operation))
                    kept = copy.deepcopy(given)
                    method, url, headers, body = maker.request(client, operation, given, seed)
                except Exception as failure:  # noqa: BLE001 (all are listed)
                    failures.append(f"{seed}: {type(failure).__name__}: {failure}")
                    continue
                rows.append((kept, config, region, {
                    "release": wire.version(), "service": service, "operation": operation,
                    "protocol": protocol_of(client), "variant": variant,
                    "region": wire.region_said(headers, url, region),
                    "account": wire.account_said(headers, url, body), "method": method, "url": url,
                    "headers": headers, "body_b64": wire.encode(body), "expected": expected,
                }))
    with open(path, "wb") as out:
        pickle.dump(rows, out)
    print(f"botocore {wire.version()}: {len(rows)} requests; not built: {len(failures)}", file=sys.stderr)
    print("\n".join(failures), file=sys.stderr)


def looks(method, url, headers, body_b64):
    """What of a request says what it asks for: all but signature, date, checksums and the SDK's own name."""
    said = {name.lower(): value for name, value in headers}
    parts = urlsplit(url)
    telling = ("x-amz-target", "content-type", "smithy-protocol", "host")
    return (
        method, parts.netloc, parts.path, tuple(sorted(parse_qsl(parts.query, keep_blank_values=True))),
        tuple(said.get(name) for name in telling), body_b64,
    )


def pack(path, files):
    """Those of the requests that the newest release does not make alike from the same parameters, and of those that are
    alike among them the latest."""
    maker, lines, seen, kept = Maker(), [], set(), Counter()
    known = set(maker.clients.services())
    rows = [row for file in files for row in pickle.loads(Path(file).read_bytes())]
    rows.sort(key=lambda row: (row[3]["service"], [-int(n) for n in row[3]["release"].split(".")]))
    service = None
    for given, config, region, row in rows:
        if row["service"] != service:
            service = row["service"]
            maker.forget()
        look = looks(row["method"], row["url"], row["headers"], row["body_b64"])
        if (service, row["operation"], look) in seen:
            continue
        seen.add((service, row["operation"], look))
        if service in known and look == newest(maker, given, config, region, row):
            continue
        kept[row["release"]] += 1
        row["headers"] = [[name, value] for name, value in row["headers"] if name.lower() not in IDLE]
        lines.append((json.dumps(row, separators=(",", ":")) + "\n").encode())
    with gzip.GzipFile("", "wb", 9, open(path, "wb"), 0) as out:
        out.write(b"".join(lines))
    for release, count in kept.items():
        print(f"{count:8} {release}", file=sys.stderr)
    print(f"{len(lines)} of {len(rows)} requests, {Path(path).stat().st_size} bytes", file=sys.stderr)


# Headers that neither say what is asked nor who asks.
IDLE = {"accept-encoding", "content-length", "x-amz-content-sha256", "amz-sdk-invocation-id", "expect", "content-md5"}


def newest(maker, given, config, region, row):
    """What the newest release makes of the same parameters; None where it refuses them."""
    service, operation = row["service"], row["operation"]
    config = {**config, "request_checksum_calculation": "when_required"}
    try:
        model = maker.client(service, region, config).meta.service_model
        spoken = model.metadata.get("protocols", [])
        protocol = row["protocol"] if row["protocol"] in spoken else None
        client = maker.client(service, region, config, protocol)
        if operation not in client.meta.service_model.operation_names:
            return None
        seed = f"{service}.{operation}.{row['variant']}"
        method, url, headers, body = maker.request(client, operation, copy.deepcopy(given), seed)
    except Exception:  # noqa: BLE001 (then it is not alike)
        return None
    return looks(method, url, headers, wire.encode(body))


def pinned(section, key="version"):
    pins = (ROOT / "data" / "sources.toml").read_text()
    return re.findall(rf'\[{section}\][^\[]*?\n{key} = "([^"]+)"', pins)


def main():
    what, path, *files = sys.argv[1:] or ["", ""]
    wanted = pinned("botocore") if what == "pack" else pinned(r"botocore-\d+-\d+")
    if what not in ("make", "pack"):
        sys.exit(__doc__)
    if wire.version() not in wanted:
        sys.exit(f"past: botocore {wire.version()} is installed; data/sources.toml pins {', '.join(wanted)} for this")
    make(path) if what == "make" else pack(path, files)


if __name__ == "__main__":
    main()
