#!/usr/bin/env python3
"""packaging/spark/summarize.py on a cluster of two executors: the policies that come of it are those of the single machine, byte for
byte, though executors are killed in the middle.

    python tests/trail_engines/spark.py LEASTWISE

It needs Java, and PySpark in the Python that runs it.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyspark

import trail
from run import policies, run, same

JOB = Path(__file__).parent.parent.parent / "packaging" / "spark" / "summarize.py"
SUBMIT = Path(sys.executable).parent / "spark-submit"
COPIES = 20
# A task reads so much, and costs of opening count as nothing: there are a dozen tasks, and more than one level of merging.
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.files.maxPartitionBytes": "200000",
    "spark.sql.files.openCostInBytes": "0",
    "spark.default.parallelism": "4",
}

# Stands for the binary: at its fourth partition of files, and again at its third of summaries, it kills the executor that has
# started it; which is the next program above it that is Java.
KILLER = """#!/bin/sh
case "$*" in *summaries.jsonl*) what=merge at=3 ;; *) what=read at=4 ;; esac
number=1
until mkdir "{marks}/$what-$number" 2>/dev/null; do number=$((number + 1)); done
if [ "$number" = "$at" ]; then
  above=$$
  until [ "$(cat /proc/$above/comm)" = java ]; do above=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$above/status); done
  kill -9 "$above"
  exit 1
fi
exec {binary} "$@"
"""


def main():
    binary = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="leastwise-spark-") as folder:
        folder = Path(folder)
        count = trail.deliver(folder / "trail", trail.events(COPIES))
        started = time.monotonic()
        alone = folder / "alone.jsonl"
        run(binary, "summarize", "-q", folder / "trail", "-o", alone)
        print(f"{count} events; one machine: {time.monotonic() - started:.1f} s")
        expected = policies(binary, folder / "trail")
        same(policies(binary, alone), expected, "the summary of one machine")

        marks = folder / "marks"
        marks.mkdir()
        killer = folder / "leastwise-killer"
        killer.write_text(KILLER.format(marks=marks, binary=binary))
        killer.chmod(0o755)
        log = submit(folder, killer, folder / "summary")
        lost = log.count("Lost executor")
        assert lost == 2, f"{lost} executors were lost, and two were killed:\n{log}"
        check(binary, folder / "summary", alone, expected)
        print(f"{lost} executors were killed; the policies are the same")


def submit(folder, binary, output):
    started = time.monotonic()
    settings = [part for name, value in SETTINGS.items() for part in ("--conf", f"{name}={value}")]
    command = [SUBMIT, "--master", "local-cluster[2,1,1024]", *settings, JOB, "--binary", binary, "--merge", "3"]
    done = subprocess.run(
        [*command, "--output", output.as_uri(), (folder / "trail").as_uri()],
        env=os.environ
        | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(folder / "spark")},
        cwd=folder,
        capture_output=True,
        text=True,
    )
    # A cluster within a machine leaves what its executors said beside Spark itself.
    shutil.rmtree(Path(pyspark.__file__).parent / "work", ignore_errors=True)
    assert done.returncode == 0, done.stdout + done.stderr
    print(f"Spark: {time.monotonic() - started:.1f} s")
    return done.stderr


def check(binary, output, alone, expected):
    parts = sorted(path.name for path in output.iterdir() if not path.name.startswith("."))
    assert parts == ["_SUCCESS", "part-00000.gz"], parts
    summary = gzip.decompress((output / "part-00000.gz").read_bytes())
    assert parts_of(summary) == parts_of(alone.read_bytes()), "the summary is another than that of one machine"
    same(policies(binary, output), expected, output.name)


def parts_of(summary):
    """Its calls, line by line; and what it knows of sessions, which are in no order."""
    lines = [json.loads(line) for line in summary.splitlines()]
    calls = [line for line in lines if "sessions" not in line]
    sessions = {}
    for line in lines:
        for kind, known in line.get("sessions", {}).items():
            sessions.setdefault(kind, set()).update(known)
    return calls, sessions


if __name__ == "__main__":
    main()
