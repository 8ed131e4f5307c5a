"""Running the binary."""

import subprocess
import tempfile
from pathlib import Path


def run(*command):
    done = subprocess.run(command, capture_output=True)
    assert done.returncode == 0, f"{command}: {done.stderr.decode()}"
    return done.stdout


def policies(binary, *recordings):
    """The policy of all, and those of each principal."""
    with tempfile.TemporaryDirectory(prefix="leastwise-policies-") as folder:
        of_all = run(binary, "policy", "-q", *recordings)
        run(binary, "policy", "-q", "--per-principal", folder, *recordings)
        written = sorted(Path(folder).iterdir())
        assert len(written) > 5, written
        return {"": of_all} | {path.name: path.read_bytes() for path in written}


def same(found, expected, what):
    """Tells which policies are others."""
    names = sorted(found.keys() | expected.keys())
    others = [name or "that of all" for name in names if found.get(name) != expected.get(name)]
    assert not others, f"{what}: of {len(names)} policies, these are others than those of one machine: {others}"
