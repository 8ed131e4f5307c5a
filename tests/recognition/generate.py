#!/usr/bin/env python3
"""Writes the requests that botocore makes for every operation of every service, one JSON object per line.

    generate.py --output FILE.jsonl.gz [--services s3,sqs] [--variants required,full] [--sample N]
    generate.py --corpus requests.jsonl.gz [--count 600]

See README.md beside this file.
"""

import argparse
import gzip
import json
import random
import re
import sys
import time
import zlib
from collections import Counter, defaultdict
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
import variants  # noqa: E402
import wire  # noqa: E402
from parameters import Parameters  # noqa: E402

from botocore import exceptions  # noqa: E402

SUFFIXES = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}
# About how many requests there are, for --sample.
TOTAL = 96_000
# What the endpoint rules answer where a service, region or bucket does not have the wished endpoint.
REFUSALS = (
    exceptions.EndpointResolutionError, exceptions.EndpointProviderError, exceptions.EndpointVariantError,
    exceptions.UnsupportedS3ConfigurationError, exceptions.UnsupportedS3AccesspointConfigurationError,
    exceptions.UnsupportedS3ControlConfigurationError, exceptions.UnsupportedOutpostResourceError,
    exceptions.UnsupportedS3ControlArnError,
    # Bearer tokens over plain HTTP.
    exceptions.InvalidEndpointConfigurationError,
    # Unsigned, where the operation insists on a signature (mediastore-data PutObject).
    exceptions.NoCredentialsError,
)


class Refused(Exception):
    """botocore makes no such request: the operation has no such variant."""


class Generator:
    def __init__(self, write, chosen=lambda service, operation, variant: True):
        self.write = write
        self.chosen = chosen
        self.clients = wire.Clients()
        self.variants = Counter()
        self.protocols = Counter()
        self.operations = defaultdict(set)
        self.failures = []
        self.refusals = Counter()

    def service(self, service):
        self.clients.forget()
        self.made = {}
        model = self.client(service, variants.ALWAYS[0]).meta.service_model
        own = variants.of_service(service, model)
        for operation in model.operation_names:
            self.operations[service, operation] = set()
            for variant in variants.ALWAYS + own:
                self.attempt(service, operation, variant)
            for row, one_is_enough in variants.rows(service, operation):
                for variant in row:
                    if self.attempt(service, operation, variant) and one_is_enough:
                        break

    def client(self, service, variant):
        key = variant.client_key()
        if key not in self.made:
            arguments = dict(variant.arguments)
            if "{prefix}" in arguments.get("endpoint_url", ""):
                prefix = self.client(service, variants.ALWAYS[0]).meta.service_model.endpoint_prefix
                arguments["endpoint_url"] = arguments["endpoint_url"].replace("{prefix}", prefix)
            self.made[key] = self.clients.make(
                service, variant.region, variant.config, arguments, variant.protocol, variant.token,
                variant.account_id,
            )
        return self.made[key]

    def attempt(self, service, operation, variant):
        """Makes the request and keeps it. False where botocore has no such request or cannot make it."""
        if not self.chosen(service, operation, variant.name):
            return True
        if variant.operations and operation not in variant.operations:
            return False
        try:
            client = self.client(service, variant)
            model = client.meta.service_model.operation_model(operation)
            given, expected = self.parameters(service, model, variant)
            request = self.request(client, service, model, variant, given)
        except Refused:
            return False
        except REFUSALS as refusal:
            if variant.may_be_refused:
                self.refusals[variant.name] += 1
                return False
            self.failed(service, operation, variant, refusal)
            return False
        except Exception as failure:
            self.failed(service, operation, variant, failure)
            return False
        return self.keep(request, service, operation, variant, client, expected)

    def failed(self, service, operation, variant, failure):
        text = " ".join(f"{type(failure).__name__}: {failure}".split())
        self.failures.append((variant.name, service, operation, text))

    def parameters(self, service, model, variant):
        members = model.input_shape.members if model.input_shape is not None else {}
        if variant.needs and not any(name in members for name in variant.needs):
            raise Refused
        seed = f"{service}.{model.name}.{variant.name}"
        wire.IDS.seed(seed)
        partition = "aws-cn" if variant.region.startswith("cn-") else (
            "aws-us-gov" if variant.region.startswith("us-gov-") else "aws")
        given, expected = Parameters(
            random.Random(seed), variant.full, service, model.service_model.signing_name,
            "us-east-1" if variant.region == "aws-global" else variant.region, partition, SUFFIXES[partition],
        ).of(model)
        for name, value in variant.members.items():
            if name in members:
                given[name] = expected[name] = value
        return given, expected

    def request(self, client, service, model, variant, given):
        wire.use_signers(variant.crt)
        if variant.presigned is not None:
            if not can_be_presigned(model, given, variant.config.get("signature_version") == "s3"):
                raise Refused
            return self.clients.presign(client, model.name, given, variant.presigned or None)
        return self.clients.request(client, model.name, given, variant.rewrite)

    def keep(self, request, service, operation, variant, client, expected):
        method, url, headers, body = wire.sent(request)
        protocol = client.meta.service_model.resolved_protocol
        account = wire.account_said(headers, url, body)
        if variant.name == "local" and not account:
            return False  # neither the host nor a signature says which service it is
        self.write({
            "service": service, "operation": operation, "protocol": protocol, "variant": variant.name,
            "region": wire.region_said(headers, url, variant.region),
            "account": account, "method": method, "url": url, "headers": headers,
            "body_b64": wire.encode(body), "expected": expected,
        })
        self.variants[variant.name] += 1
        self.protocols[protocol] += 1
        self.operations[service, operation].add(variant.name)
        return True


def can_be_presigned(model, given, version_2):
    """botocore presigns anything, but only some of what it returns means the operation: it moves a body
    into the query, which the query protocols and Polly understand."""
    service = model.service_model
    members = model.input_shape.members if model.input_shape is not None else {}
    if service.service_name == "s3":
        # Signature version 2 leaves the body alone.
        return version_2 or all(members[name].serialization.get("location") for name in given)
    if model.resolved_auth_type in ("none", "bearer") or service.signature_version in ("bearer", "v2"):
        return False
    if service.service_name == "polly" or service.resolved_protocol in ("query", "ec2"):
        return True
    if service.resolved_protocol == "smithy-rpc-v2-cbor":
        return False
    if service.resolved_protocol == "json":
        return not given
    return all(members[name].serialization.get("location") for name in given) and (
        model.http["method"] in ("GET", "HEAD", "DELETE"))


def pinned_botocore():
    pins = (Path(__file__).parents[2] / "data" / "sources.toml").read_text()
    return re.search(r'\[botocore\][^\[]*?\nversion = "([^"]+)"', pins).group(1)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--output", help="write all requests to this file, gzip'd JSON lines")
    options.add_argument("--corpus", help="write a small selection to this file")
    options.add_argument("--count", type=int, default=600, help="about how many requests the selection has")
    options.add_argument("--services", help="only these, separated by commas")
    options.add_argument("--variants", help="only these, separated by commas")
    options.add_argument("--sample", type=int, help="only about this many requests, evenly spread")
    options = options.parse_args()
    if wire.version() != (pinned := pinned_botocore()):
        sys.exit(f"generate: botocore {wire.version()} is installed, data/sources.toml pins {pinned}; install that one")
    if not options.output and not options.corpus:
        sys.exit("generate: say where to write: --output FILE or --corpus FILE")
    only = set(options.variants.split(",")) if options.variants else None

    def chosen(service, operation, variant):
        if only and variant not in only:
            return False
        return not options.sample or zlib.crc32(f"{operation}.{service}.{variant}".encode()) % TOTAL < options.sample

    begun = time.process_time()
    lines = Selection(options.count) if options.corpus else None
    out = compressed(options.output, 1) if options.output else None

    def write(row):
        line = (json.dumps(row, separators=(",", ":")) + "\n").encode()
        if out:
            out.write(line)
        if lines:
            lines.offer(row, line)

    generator = Generator(write, chosen)
    for service in options.services.split(",") if options.services else generator.clients.services():
        generator.service(service)
    if out:
        out.close()
    if lines:
        lines.write(options.corpus)
    report(generator, time.process_time() - begun)
    # Everything can be built; what cannot any longer has to be looked at. Only SigV4a may be missing.
    sys.exit(1 if generator.failures and wire.CRT else 0)


def compressed(path, level):
    """A gzip file without name and time in it: the same requests give the same bytes."""
    return gzip.GzipFile("", "wb", level, open(path, "wb"), 0)


class Selection:
    """A small part of the requests that has every variant and protocol in it, and as many services as fit."""

    LONGEST = 6_000

    def __init__(self, count):
        self.count = count
        self.kinds = {}
        self.services = {}

    def offer(self, row, line):
        if len(line) > self.LONGEST:
            return
        rank = zlib.crc32(f"{row['service']}.{row['operation']}.{row['variant']}".encode())
        for kept, key in ((self.kinds, (row["variant"], row["protocol"])), (self.services, row["service"])):
            if key not in kept or rank < kept[key][0]:
                kept[key] = (rank, line)

    def write(self, path):
        first = {line for _, line in self.kinds.values()}
        more = [line for _, line in sorted(self.services.values()) if line not in first]
        lines = sorted(first) + more[: max(0, self.count - len(first))]
        with compressed(path, 9) as out:
            out.write(b"".join(sorted(lines)))


def report(generator, seconds):
    """To standard error: what was made, and everything that botocore could not make."""
    def table(title, counts):
        print(f"\n{title}", file=sys.stderr)
        for name, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
            print(f"{count:8} {name}", file=sys.stderr)

    table("requests by variant", generator.variants)
    table("requests by protocol", generator.protocols)
    table("variants that the endpoint rules do not offer", generator.refusals)
    unmade = [f"{s}.{o}" for (s, o), made in generator.operations.items() if not made]
    fewest = min((len(made) for made in generator.operations.values()), default=0)
    print(f"\nnot built: {len(generator.failures)}", file=sys.stderr)
    for failure in generator.failures:
        print("  " + "\t".join(failure), file=sys.stderr)
    if not wire.CRT:
        print("awscrt is not installed: requests signed with SigV4a are among those not built", file=sys.stderr)
    print(
        f"\n{sum(generator.variants.values())} requests for {len(generator.operations) - len(unmade)} of "
        f"{len(generator.operations)} operations, each in {fewest} variants or more, {seconds:.0f} s",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
