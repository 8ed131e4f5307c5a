#!/usr/bin/env python3
"""Summarises a trail of CloudTrail's on the machines of a Spark cluster.

    spark-submit summarize.py --binary leastwise --output s3a://BUCKET/summary s3a://TRAIL/AWSLogs/o-abc/

The output is a folder with one recording in which each distinct call stands once; `leastwise policy` and all other commands that
take recordings take it. What is written there is what `leastwise summarize` on one machine would write of the same files, but for
events of which there are two copies that lie in different partitions: both count.

Each task puts the files of its partition, as they are, into a temporary folder and runs `leastwise summarize` on it; then summaries
are merged, so many at a time, until there is one. A task has no effect but its result, so that Spark may run it again, wherever and
as often as it has to; the output's one part appears when the job is committed.

What of Spark is used, in its own documentation:
  the files       https://spark.apache.org/docs/latest/sql-data-sources-binaryFile.html
                  https://spark.apache.org/docs/latest/sql-data-sources-generic-options.html
  the binary      https://spark.apache.org/docs/latest/api/python/reference/api/pyspark.SparkContext.addFile.html
  the merging     https://spark.apache.org/docs/latest/rdd-programming-guide.html#shuffle-operations
  the output      https://spark.apache.org/docs/latest/api/python/reference/api/pyspark.RDD.saveAsTextFile.html
"""

import argparse
import functools
import os
import subprocess
import sys
import tempfile

from pyspark import SparkFiles
from pyspark.sql import SparkSession

# To open a file costs as much as to read so many bytes of it; Spark fills partitions by that. Its own figure, 4 MB, is for large files,
# and CloudTrail's are small.
OPEN_COST = ("spark.sql.files.openCostInBytes", 256 << 10)
GZIP = "org.apache.hadoop.io.compress.GzipCodec"


def main():
    arguments = parsed()
    spark = SparkSession.builder.appName("leastwise summarize").getOrCreate()
    name, cost = OPEN_COST
    if not spark.sparkContext.getConf().contains(name):
        spark.conf.set(name, cost)
    try:
        summarize(spark, arguments)
    finally:
        spark.stop()


def parsed():
    parser = argparse.ArgumentParser(
        description="Summarises a trail of CloudTrail's, or recordings, on the machines of a Spark cluster."
    )
    parser.add_argument(
        "input",
        nargs="+",
        help="a folder, a file, or a pattern of such, at any address that Spark reads (s3a://BUCKET/AWSLogs/); folders are read to"
        " their ends",
    )
    parser.add_argument("--output", required=True, help="the folder to write, which must not be there yet")
    parser.add_argument(
        "--binary",
        required=True,
        help="leastwise as the executors can run it: a static build for their processor, at a path or an address that Spark reads",
    )
    parser.add_argument("--glob", default="*.json.gz", help="the names of the files to read [default: %(default)s]")
    parser.add_argument(
        "--merge", type=at_least_two, default=16, help="how many summaries a task merges at most [default: %(default)s]"
    )
    parser.add_argument("--strict", action="store_true", help="end when something is wrong with an event or a file")
    return parser.parse_args()


def at_least_two(text):
    number = int(text)
    if number < 2:
        raise argparse.ArgumentTypeError("fewer than two cannot be merged")
    return number


def summarize(spark, arguments):
    spark.sparkContext.addFile(arguments.binary)
    # What lies in an executor's folder is no business of the trail's.
    command = [os.path.basename(arguments.binary), "summarize", "--no-config"] + ["--strict"] * arguments.strict
    files = (
        spark.read.format("binaryFile")
        .option("recursiveFileLookup", "true")
        .option("pathGlobFilter", arguments.glob)
        .load(arguments.input)
        .select("path", "content")
        .rdd
    )
    if files.getNumPartitions() == 0:
        sys.exit(f"summarize.py: no file of {', '.join(arguments.input)} has a name like {arguments.glob}")
    summaries = files.mapPartitions(functools.partial(summary_of_files, command))
    one = merged(summaries, command, arguments.merge)
    one.saveAsTextFile(arguments.output, compressionCodecClass=GZIP)


def merged(summaries, command, fan_in):
    """One partition with the summary of all: a tree, each level of which is a shuffle. What was shuffled is kept, so that when an
    executor is lost only what it had is made again."""
    partitions = summaries.getNumPartitions()
    while partitions > 1:
        partitions = -(-partitions // fan_in)
        summaries = (
            summaries.mapPartitionsWithIndex(functools.partial(grouped, fan_in))
            .partitionBy(partitions, int)
            .values()
            .mapPartitions(functools.partial(summary_of_lines, command))
        )
    return summaries


def grouped(fan_in, index, lines):
    return ((index // fan_in, line) for line in lines)


def summary_of_files(command, rows):
    """The summary of the files of a partition, line by line."""
    with tempfile.TemporaryDirectory(prefix="leastwise-") as folder:
        inputs = os.path.join(folder, "files")
        os.mkdir(inputs)
        for row in rows:
            # By their names and folders leastwise knows which files hold no events.
            path = os.path.join(inputs, *steps(row.path))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(row.content)
        yield from summary(command, folder, inputs)


def summary_of_lines(command, lines):
    """The summary of the summaries of a partition, line by line."""
    with tempfile.TemporaryDirectory(prefix="leastwise-") as folder:
        path = os.path.join(folder, "summaries.jsonl")
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            for line in lines:
                file.write(line + "\n")
        if os.path.getsize(path):
            yield from summary(command, folder, path)


def steps(address):
    """The names in an address, as those of folders and a file."""
    _, _, path = address.rpartition(":")
    return [step for step in path.split("/") if step not in ("", ".", "..")]


def summary(command, folder, inputs):
    """Runs the binary. `RDD.pipe` is not used: when what is piped ends with an error, it takes what came before for all there is."""
    output = os.path.join(folder, "summary.jsonl")
    binary, *others = command
    program = SparkFiles.get(binary)
    if not os.access(program, os.X_OK):
        # It came from a place that knows no programs, such as S3.
        os.chmod(program, 0o755)
    run = subprocess.run(
        [program, *others, inputs, "-o", output],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    # What it says goes into the executor's log.
    sys.stderr.write(run.stderr)
    if run.returncode != 0:
        raise RuntimeError(f"{binary} ended with {run.returncode}: {run.stderr[-2000:]}")
    with open(output, encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n")


if __name__ == "__main__":
    main()
