#!/usr/bin/env python3
"""packaging/athena/distinct-calls.sql on DuckDB: the policies of its result are those of the trail, byte for byte.

    python tests/trail_engines/athena.py LEASTWISE

The query is translated by sqlglot; the table is made as table.sql's columns tell, whose types are read from there.
"""

import csv
import gzip
import json
import sys
import tempfile
from pathlib import Path

import duckdb
import sqlglot
from sqlglot import exp

import trail
from run import policies, same

ATHENA = Path(__file__).parent.parent.parent / "packaging" / "athena"
COPIES = 20


def main():
    binary = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="leastwise-athena-") as folder:
        folder = Path(folder)
        events = list(trail.events(COPIES))
        trail.deliver(folder / "trail", events)
        expected = policies(binary, folder / "trail")
        columns, rows = result(events)
        print(f"{len(events)} events are {len(rows)} distinct calls")
        assert len(rows) * 10 < len(events), "the query reduces too little"
        assert columns == ["eventjson", "times", "first_time", "last_time"], columns

        # What Athena writes of a SELECT
        # (https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html).
        table = folder / "result.csv"
        with open(table, "w", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerows([columns, *rows])
        same(policies(binary, table), expected, "the result as CSV")

        # UNLOAD's JSON: a row on each line, in compressed files (https://docs.aws.amazon.com/athena/latest/ug/unload.html).
        unloaded = folder / "unloaded"
        unloaded.mkdir()
        for part in range(3):
            with gzip.open(unloaded / f"20250101_000000_{part:05}_abcde.gz", "wt") as file:
                file.writelines(json.dumps(dict(zip(columns, row))) + "\n" for row in rows[part::3])
        same(policies(binary, unloaded), expected, "the result as JSON")

        sessions(rows)


def sessions(rows):
    """What is left out, and what is not."""
    records = [json.loads(row[0]) for row in rows]
    keys = {record["userIdentity"]["accessKeyId"] or "" for record in records}
    assert not any(key.startswith("ASIAWEB") for key in keys), "sessions that no service used are told apart"
    assert any(key.startswith("ASIAANALYST") for key in keys), "sessions that services used are not told"
    read = [row for row, record in zip(rows, records) if "pages/" in str(record["requestParameters"])]
    assert [row[1] for row in read] == [COPIES // 5] * 5, read
    assert all(row[2] < row[3] for row in read), read
    for record in records:
        assert record["eventID"] and record["eventTime"], record


def result(events):
    """The columns and rows that the query gives of events."""
    database = duckdb.connect()
    columns = columns_of_table()
    kinds = {name: kind.sql(dialect="duckdb") for name, kind in columns.items()}
    shapes = {name: shape_of(kind) for name, kind in columns.items()}
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps(row_of(event, shapes)) + "\n" for event in events)
        file.flush()
        read = f"read_json('{file.name}', format = 'newline_delimited', columns = {json.dumps(kinds)})"
        database.execute(f"CREATE TABLE cloudtrail_logs AS SELECT * FROM {read}")
    query = (ATHENA / "distinct-calls.sql").read_text()
    (query,) = sqlglot.transpile(query, read="athena", write="duckdb")
    found = database.execute(query)
    return [column[0] for column in found.description], found.fetchall()


def columns_of_table():
    """The names and types of the table's columns, and of its partitions."""
    statement = sqlglot.parse_one((ATHENA / "table.sql").read_text(), read="athena")
    definitions = list(statement.this.expressions)
    partitioned = statement.find(exp.PartitionedByProperty)
    definitions += partitioned.this.expressions
    return {definition.name: definition.kind for definition in definitions}


def row_of(event, shapes):
    """What Athena's reader makes of an event, as JSON: names in any case; what is nested and has no type of its own as its text."""
    members = {name.lower(): value for name, value in event.items()}
    day = event["eventTime"][:10].replace("-", "/")
    members |= {"account": event["recipientAccountId"], "region": event["awsRegion"], "day": day}
    return value_of(members, shapes)


def shape_of(kind):
    """A type as what is to be taken of a value: an object with these members, a list of such, or the whole."""
    if kind.is_type("struct"):
        return {field.name: shape_of(field.kind) for field in kind.expressions}
    if kind.is_type("array"):
        return [shape_of(kind.expressions[0])]
    return "map" if kind.is_type("map") else "text"


def value_of(value, shape):
    if value is None:
        return None
    if isinstance(shape, dict):
        members = {name.lower(): inside for name, inside in value.items()}
        return {name: value_of(members.get(name), inside) for name, inside in shape.items()}
    if isinstance(shape, list):
        return [value_of(item, shape[0]) for item in value]
    if shape == "map" or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    main()
