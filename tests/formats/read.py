"""What a format's own tool reads in a policy: prints the statements of each document, in IAM's JSON.

    read.py cloudformation|hcl|terraform|parliament FILE

`hcl` reads with python-hcl2, `terraform` has Terraform itself evaluate every string. The data source is
AWS's provider's, which no test can fetch; what it makes of the blocks is written down here.
`parliament` prints what that linter finds in a policy's JSON instead: `ISSUE detail`, one per line.
"""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings


def cloudformation(text):
    import yaml

    template = yaml.safe_load(text)
    for resource in template["Resources"].values():
        assert resource["Type"] == "AWS::IAM::ManagedPolicy", resource
        document = resource["Properties"]["PolicyDocument"]
        assert document["Version"] == "2012-10-17", document
        yield document["Statement"]


def hcl(text):
    import hcl2

    options = hcl2.SerializationOptions(with_meta=False)
    for source in hcl2.loads(text, serialization_options=options)["data"]:
        for kind, named in source.items():
            assert kind.strip('"') == "aws_iam_policy_document", kind
            for body in named.values():
                yield statements(decoded(body))


def decoded(value):
    """python-hcl2 leaves strings as they stand in the file."""
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if isinstance(value, dict):
        return {key: decoded(item) for key, item in value.items() if not key.startswith("__")}
    if isinstance(value, str) and value.startswith('"'):
        return re.sub(
            r'\\(["\\nrt])|\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|([$%])\4\{',
            lambda it: {"n": "\n", "r": "\r", "t": "\t"}.get(it[1], it[1])
            or (it[4] and it[4] + "{")
            or chr(int(it[2] or it[3], 16)),
            value[1:-1],
        )
    return value


def terraform(text):
    """The blocks as values of a local, so that Terraform can evaluate them without AWS's provider."""
    count = iter(range(1_000_000))
    text = re.sub(r'^data "aws_iam_policy_document" "(\w+)" {$', r"\1 = {", text, flags=re.M)
    text = re.sub(
        r"^( +)(statement|condition) {$",
        lambda it: f"{it[1]}{it[2]}_{next(count):06} = {{",
        text,
        flags=re.M,
    )
    names = re.findall(r"^(\w+) = {$", text, flags=re.M)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/",
        "CHECKPOINT_DISABLE": "1",
        "TF_CLI_CONFIG_FILE": os.devnull,
    }
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "policy.tf"), "w", encoding="utf-8") as file:
            file.write("locals {\n" + text + "}\n")
        for name in names:
            run = subprocess.run(
                ["terraform", "console"],
                cwd=folder,
                env=environment,
                input=f"base64encode(jsonencode(local.{name}))\n",
                capture_output=True,
                text=True,
            )
            assert run.returncode == 0, run.stderr
            body = json.loads(base64.b64decode(run.stdout))

            def gathered(block):
                out = {}
                for key, value in sorted(block.items()):
                    if re.fullmatch(r"(statement|condition)_\d+", key):
                        out.setdefault(key.split("_")[0], []).append(gathered(value))
                    else:
                        out[key] = value
                return out

            yield statements(gathered(body))


def statements(body):
    """What the data source makes of its blocks."""
    result = []
    for source in body.get("source_policy_documents", []):
        result += json.loads(source)["Statement"]
    for block in body.get("statement", []):

        def variables(values):
            return [value.replace("&{", "${") for value in values]

        statement = {
            "Effect": block["effect"],
            "Action": variables(block["actions"]),
            "Resource": variables(block["resources"]),
        }
        if "sid" in block:
            statement["Sid"] = block["sid"]
        for condition in block.get("condition", []):
            keys = statement.setdefault("Condition", {}).setdefault(condition["test"], {})
            assert condition["variable"] not in keys, block
            keys[condition["variable"]] = variables(condition["values"])
        result.append(statement)
    return result


def parliament(text):
    warnings.simplefilter("ignore")
    import parliament

    for finding in parliament.analyze_policy_string(text).findings:
        print(finding.issue, finding.detail)


tool, name = sys.argv[1:]
with open(name, encoding="utf-8") as file:
    content = file.read()
if tool == "parliament":
    parliament(content)
else:
    readers = {"cloudformation": cloudformation, "hcl": hcl, "terraform": terraform}
    json.dump(list(readers[tool](content)), sys.stdout)
