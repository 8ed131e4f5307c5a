"""Prints where a JSON file violates a JSON schema, one place per line; nothing when it is valid.

    schema.py SCHEMA FILE
"""

import json
import sys

from jsonschema import Draft7Validator, FormatChecker


def main():
    schema, value = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:])
    Draft7Validator.check_schema(schema)
    validator = Draft7Validator(schema, format_checker=FormatChecker())
    for error in sorted(validator.iter_errors(value), key=lambda error: error.json_path):
        print(f"{error.json_path}: {error.message}")


main()
