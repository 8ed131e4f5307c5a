#!/usr/bin/env python3
"""packaging/spark/summarize.py on a cluster of two executors: the policies that come of it are those of the single machine, byte for
byte, be it that executors are killed in the middle.

    python tests/trail_engines/spark.py LEASTWISE

It needs Java, and PySpark in the Python that runs it.
"""

import gzip
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import trail
from run import policies, run, same

JOB = Path(__file__).parent.parent.parent / "packaging" / "spark" / "summarize.py"
SUBMIT = Path(sys.executable).parent / "spark-submit"
COPIES = 20
# A task reads so much, and costs of opening count as nothing: there are dozens of tasks.
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.files.maxPartitionBytes": "40000",
    "spark.sql.files.openCostInBytes": "0",
    "spark.default.parallelism": "4",
}

# Stands for the binary: at its fifth partition of files, and again at its second of summaries, it kills the executor that has
# started it; which is the next program above it that is Java.
KILLER = """#!/bin/sh
case "$2" in *.jsonl) what=merge at=2 ;; *) what=read at=5 ;; esac
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

        submit(folder, binary, folder / "whole")
        check(binary, folder / "whole", alone, expected)

        marks = folder / "marks"
        marks.mkdir()
        killer = folder / "leastwise-killer"
        killer.write_text(KILLER.format(marks=marks, binary=binary))
        killer.chmod(0o755)
        log = submit(folder, killer, folder / "killed")
        lost = log.count("Lost executor")
        assert lost == 2, f"{lost} executors were lost, and two were killed:\n{log}"
        check(binary, folder / "killed", alone, expected)
        print(f"{lost} executors were killed; the policies are the same")

        # What is there is not written over.
        again = submit(folder, binary, folder / "whole", expected=1)
        assert "already exists" in again, again

def submit(folder, binary, output, expected=0):
    started = time.monotonic()
    settings = [part for name, value in SETTINGS.items() for part in ("--conf", f"{name}={value}")]
    command = [SUBMIT, "--master", "local-cluster[2,1,1024]", *settings, JOB, "--binary", binary, "--merge", "4"]
    done = subprocess.run(
        [*command, "--output", output.as_uri(), (folder / "trail").as_uri()],
        env=os.environ
        | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(folder / "spark")}
        | {"SPARK_WORKER_DIR": str(folder / "workers")},
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 0) == (expected == 0), done.stdout + done.stderr
    print(f"Spark: {time.monotonic() - started:.1f} s")
    return done.stderr

def check(binary, output, alone, expected):
    parts = sorted(path.name for path in output.iterdir() if not path.name.startswith("."))
    assert parts == ["_SUCCESS", "part-00000.gz"], parts
    summary = gzip.decompress((output / "part-00000.gz").read_bytes())
    assert summary == alone.read_bytes(), "the summary is another than that of one machine"
    same(policies(binary, output), expected, output.name)

if __name__ == "__main__":
    main()
