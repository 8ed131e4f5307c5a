#!/usr/bin/env python3
"""Writes defaults.txt: the members of inputs of which botocore's texts say what stands for them where a request lacks them.

    defaults.py WHEEL

WHEEL is botocore's, of the version of data/sources.toml. Only members that may name something are listed, by the ends of their
names; of the texts nothing is kept.
"""

import gzip
import json
import re
import sys
import zipfile
from pathlib import Path

OUT = Path(__file__).parent / "defaults.txt"
# What names end with that can stand in an ARN.
NAMES = re.compile(
    r"(?i)(name|id|arn|identifier|cluster|group|catalog|registry|namespace|bus|scope|qualifier|version|alias|endpoint|database"
    r"|pool|service|vault|stage|profile|graph|index|store|space|domain|detector|policy|project|application|table|bucket|queue"
    r"|function|layer|environment|names|ids|arns|clusters|groups)$"
)
SAYS = re.compile(
    r"(?i)\b(omit|do(es)? not (specify|provide|include|supply)|don.t (specify|provide|include|supply)"
    r"|(is not|isn.t) (specified|provided|included|supplied)|left blank|if absent|not specified)[^.]*"
    r"(default|assume|primary|is used|are used|uses)"
    r"|\bdefaults? (is|to|value is)\b|\bis assumed\b|\bby default\b|go to the default"
)


def main():
    lines = []
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        for service, model in sorted(models(wheel)):
            for operation, about in sorted(model["operations"].items()):
                if "input" in about:
                    found = members(model, about["input"]["shape"], "", 0)
                    lines.extend(f"{service} {operation} {path}\n" for path in sorted(set(found)))
    OUT.write_text("".join(lines))
    print(f"{len(lines)} members")


def models(wheel):
    newest = {}
    for name in wheel.namelist():
        match = re.match(r"botocore/data/([^/]+)/([^/]+)/service-2\.json\.gz$", name)
        if match and match[2] > newest.get(match[1], ("", ""))[0]:
            newest[match[1]] = (match[2], name)
    for service, (_, name) in newest.items():
        yield service, json.loads(gzip.decompress(wheel.read(name)))


def members(model, shape, above, depth):
    """Paths of the members that may be missing and have a default; lists as `[]`."""
    shape = model["shapes"][shape]
    for name, member in shape.get("members", {}).items():
        inner = model["shapes"][member["shape"]]
        path = f"{above}{name}"
        if inner["type"] == "list":
            path, inner = f"{path}[]", model["shapes"][inner["member"]["shape"]]
        if inner["type"] == "structure":
            if depth < 2:
                key = member["shape"] if "members" in model["shapes"][member["shape"]] else None
                key = key or model["shapes"][member["shape"]]["member"]["shape"]
                yield from members(model, key, f"{path}.", depth + 1)
        elif inner["type"] == "string" and "enum" not in inner and NAMES.search(name):
            text = member.get("documentation") or model["shapes"][member["shape"]].get("documentation", "")
            text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))
            if name not in shape.get("required", []) and SAYS.search(text):
                yield path


main()
