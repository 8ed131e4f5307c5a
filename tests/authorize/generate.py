#!/usr/bin/env python3
"""Writes requests.jsonl.gz: for every case of the *.toml files here, the request that botocore builds and signs.

    generate.py [--check]

`--check` writes nothing and fails when the file is not what the cases give. botocore is the version of data/sources.toml.
"""

import argparse
import base64
import gzip
import io
import json
import sys
import tomllib
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "recognition"))
import wire  # noqa: E402

OUT = HERE / "requests.jsonl.gz"
REGION = "eu-west-1"


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--check", action="store_true")
    check = options.parse_args().check
    clients = wire.Clients()
    wire.use_signers(crt=False)
    lines, failures = [], []
    for path in sorted(HERE.glob("*.toml")):
        clients.forget()
        made = {}
        service = path.stem
        for case in tomllib.loads(path.read_text())["case"]:
            try:
                lines.append(request(clients, made, service, case))
            except Exception as failure:
                failures.append(f"{path.name}: {case['name']}: {type(failure).__name__}: {failure}")
    text = "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)
    if check:
        if failures:
            sys.exit("\n".join(failures))
        if not OUT.exists() or gzip.decompress(OUT.read_bytes()).decode() != text:
            sys.exit(f"{OUT.name} is not what the cases give; run {Path(__file__).name}")
        return
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as out:
        out.write(text.encode())
    OUT.write_bytes(packed.getvalue())
    print(f"{len(lines)} requests")
    if failures:
        sys.exit("\n".join(failures))


def request(clients, made, service, case):
    region = case.get("region", REGION)
    # How the client is made: botocore's Config, and `endpoint_url`.
    config = case.get("config", {})
    arguments = case.get("arguments", {})
    key = (region, json.dumps(config), json.dumps(arguments))
    if key not in made:
        made[key] = clients.make(service, region, config, arguments)
    wire.IDS.seed(f"{service}.{case['name']}")
    # botocore's own parameters may be filled in in place.
    parameters = json.loads(json.dumps(case.get("parameters", {}), default=str))
    if case.get("presigned"):
        prepared = clients.presign(made[key], case["operation"], parameters)
    else:
        prepared = clients.request(made[key], case["operation"], parameters)
    method, url, headers, body = wire.sent(prepared)
    if case.get("authorization") == "bearer":
        headers = [(n, v) for n, v in headers if n.lower() != "authorization"]
        headers.append(("Authorization", f"Bearer {wire.BEARER_TOKEN}"))
    return {
        "service": service, "name": case["name"], "operation": case["operation"], "region": region,
        "parameters": json.loads(json.dumps(case.get("parameters", {}), default=str)),
        "method": method, "url": url, "headers": headers, "body_b64": base64.b64encode(body).decode(),
    }


if __name__ == "__main__":
    main()
