#!/usr/bin/env python3
"""Writes roles.txt: the members of requests that name a role, as botocore's models say by name, pattern or text, of the operations
that AWS's map lists iam:PassRole for.

    roles.py [--check]

`--check` writes nothing and fails when the file is another. botocore is the version of data/sources.toml.
"""

import re
import sys
from pathlib import Path

from botocore.loaders import Loader

HERE = Path(__file__).parent
CATALOG = HERE.parent.parent / "data" / "catalog" / "services"
OUT = HERE / "roles.txt"
WORD = re.compile(r"(?:^|[^A-Za-z])role(?![a-z])|Roles?(?![a-z])|ROLE|rolearn", re.ASCII)
TEXT = re.compile(r"^(?:Specifies )?(?:The|An|A)? ?(?:ARN|Amazon Resource Name|name)\b.{0,60}\brole\b", re.IGNORECASE)


def main():
    loader = Loader()
    lines = set()
    for path in sorted(CATALOG.glob("*.txt")):
        passing = {line.split()[0] for line in path.read_text().splitlines() if " iam:PassRole" in line}
        if not passing:
            continue
        model = loader.load_service_model(path.stem, "service-2")
        for name in sorted(passing & model["operations"].keys()):
            shape = model["operations"][name].get("input")
            if shape:
                members = texts(model["shapes"], shape["shape"], "", (), "")
                lines.update(f"{path.stem}.{name} {path_}\n" for path_, it, said in members if is_role(path_, it, said))
    text = "".join(sorted(lines))
    if "--check" in sys.argv:
        sys.exit(None if OUT.read_text() == text else f"{OUT.name} is not what the models say; run {Path(__file__).name}")
    OUT.write_text(text)


def texts(shapes, name, path, trail, said):
    """The texts in a shape: path, shape, documentation."""
    shape = shapes[name]
    kind = shape["type"]
    if kind == "structure" and name not in trail and len(trail) < 12:
        for member, it in shape.get("members", {}).items():
            inner = f"{path}.{member}" if path else member
            said = it.get("documentation") or shapes[it["shape"]].get("documentation", "")
            yield from texts(shapes, it["shape"], inner, (*trail, name), said)
    elif kind == "list" and len(trail) < 12:
        yield from texts(shapes, shape["member"]["shape"], f"{path}[]", (*trail, name), said)
    elif kind == "map" and len(trail) < 12:
        yield from texts(shapes, shape["value"]["shape"], f"{path}{{}}", (*trail, name), said)
    elif kind == "string" and not shape.get("enum"):
        yield path, shape, said


def is_role(path, shape, said):
    name = re.sub(r"[\[\]{}]", "", path.rsplit(".", 1)[-1])
    said = " ".join(re.sub(r"<[^>]*>", "", said).split())
    return bool(WORD.search(name) or ":role" in shape.get("pattern", "") or TEXT.search(said))


if __name__ == "__main__":
    main()
