#!/usr/bin/env python3
"""Writes the requests that botocore makes for every operation of every service, one JSON object per line.

    generate.py --output FILE.jsonl.gz [--services s3,sqs] [--sample N]

See README.md beside this file.
"""

import argparse
import copy
import gzip
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import wire  # noqa: E402
from parameters import CALLER_ACCOUNT, Parameters  # noqa: E402
from botocore.config import Config  # noqa: E402

SUFFIXES = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}


def partition_of(region):
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


class Generator:
    def __init__(self, write):
        self.session = wire.session()
        self.loader = self.session.get_component("data_loader")
        self.write = write
        self.counts = Counter()
        self.protocols = Counter()
        self.failures = []

    def services(self):
        return self.session.get_available_services()

    def client(self, service, region, **config):
        return self.session.create_client(
            service, region_name=region, config=Config(user_agent="Botocore/" + wire.version(), **config),
            aws_access_key_id=wire.access_key_of(CALLER_ACCOUNT), aws_secret_access_key="secret",
        )

    def request(self, client, service, operation, variant, region, full=False):
        model = client.meta.service_model.operation_model(operation)
        seed = f"{service}.{operation}.{variant}"
        wire.IDS.seed(seed)
        partition = partition_of(region)
        given, expected = Parameters(
            random.Random(seed), full, service, region, partition, SUFFIXES[partition]
        ).of(model)
        try:
            client._make_api_call(operation, given)
        except wire.Stopped as stopped:
            self.keep(stopped.request, service, operation, variant, region, expected, client)
            return
        except Exception as failure:
            self.failures.append((service, operation, variant, f"{type(failure).__name__}: {failure}"))
            return
        self.failures.append((service, operation, variant, "nothing was sent"))

    def keep(self, request, service, operation, variant, region, expected, client):
        method, url, headers, body = wire.sent(request)
        key, signed_region, _ = wire.scope(headers, url)
        protocol = client.meta.service_model.resolved_protocol
        self.write({
            "service": service, "operation": operation, "protocol": protocol, "variant": variant,
            "region": signed_region or region, "account": CALLER_ACCOUNT if key else None,
            "method": method, "url": url, "headers": headers, "body_b64": wire.encode(body), "expected": expected,
        })
        self.counts[variant] += 1
        self.protocols[protocol] += 1


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--output", required=True, help="the file to write, gzip'd JSON lines")
    options.add_argument("--services", help="only these, separated by commas")
    options.add_argument("--sample", type=int, help="about this many requests, evenly spread")
    options.add_argument("--only", help="only these variants")
    options = options.parse_args()
    wire.install()
    begun = time.process_time()
    with gzip.GzipFile(options.output, "wb", compresslevel=5, mtime=0) as out:
        generator = Generator(lambda row: out.write((json.dumps(row, separators=(",", ":")) + "\n").encode()))
        services = options.services.split(",") if options.services else generator.services()
        for service in services:
            client = generator.client(service, "eu-west-1")
            for operation in client.meta.service_model.operation_names:
                for variant in (options.only or "required").split(","):
                    generator.request(client, service, operation, variant, "eu-west-1", variant == "full")
    for failure in generator.failures:
        print(*failure, sep="\t", file=sys.stderr)
    print(dict(generator.counts), dict(generator.protocols), f"{time.process_time() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
