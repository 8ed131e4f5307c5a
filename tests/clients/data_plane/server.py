#!/usr/bin/env python3
"""What stands in for AWS's data plane: a registry of images, a repository of packages, Git over HTTP, OpenSearch, Iceberg's catalogs, and
a plain answer for all else. It listens on a port of this machine that it says, and ends when its standard input closes.

    server.py FOLDER        # where bare Git repositories are"""

import base64
import hashlib
import http.server
import io
import json
import os
import subprocess
import sys
import threading
import urllib.parse
import zipfile

FOLDER = sys.argv[1]
BLOBS, MANIFESTS, UPLOADS = {}, {}, {}


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def wheel():
    """A package with nothing in it."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        about = "Metadata-Version: 2.1\nName: example\nVersion: 1.0\n"
        archive.writestr("example-1.0.dist-info/METADATA", about)
        archive.writestr("example-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("example-1.0.dist-info/RECORD", "")
    return data.getvalue()


WHEEL = wheel()

TABLE = {
    "metadata-location": "s3://0a1b--table-s3/metadata/0.json",
    "metadata": {
        "format-version": 2, "table-uuid": "9c12d441-03fe-4693-9a96-a0705ddf69c1", "location": "s3://0a1b--table-s3",
        "last-sequence-number": 0, "last-updated-ms": 1602638573590, "last-column-id": 1, "current-schema-id": 0,
        "schemas": [{"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "x", "required": True, "type": "long"}]}],
        "default-spec-id": 0, "partition-specs": [{"spec-id": 0, "fields": []}], "last-partition-id": 999,
        "default-sort-order-id": 0, "sort-orders": [{"order-id": 0, "fields": []}], "properties": {}, "snapshots": [],
        "snapshot-log": [], "metadata-log": [],
    },
    "config": {},
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            data = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return data
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status, data=b"", kind="application/json", **headers):
        if not isinstance(data, bytes):
            data = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        length = headers.get("Content_Length", str(len(data)))
        if "Content_Length" not in headers:
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def serve(self):
        data = self.body()
        host = self.headers["Host"].split(":")[0]
        url = urllib.parse.urlsplit(self.path)
        if ".dkr.ecr." in host:
            return self.registry(url, data)
        if host.startswith("git-codecommit."):
            return self.git(url, data)
        if ".d.codeartifact." in host:
            return self.packages(url)
        if ".es." in host:
            return self.answer(200, {"version": {"number": "2.11.0", "distribution": "opensearch"}, "hits": {"hits": []}, "result": "created"})
        if "/iceberg/" in url.path:
            return self.iceberg(url)
        self.answer(200, {})

    def registry(self, url, data):
        if not self.headers.get("Authorization", "").startswith("Basic "):
            return self.answer(401, {"errors": []}, WWW_Authenticate='Basic realm="ecr"')
        path = urllib.parse.unquote(url.path)
        query = urllib.parse.parse_qs(url.query)
        if path.rstrip("/") == "/v2":
            return self.answer(200, {}, Docker_Distribution_Api_Version="registry/2.0")
        if "/blobs/uploads/" in path:
            name, upload = path.split("/blobs/uploads/")
            if self.command == "POST":
                upload = str(len(UPLOADS))
                UPLOADS[upload] = b""
                return self.answer(202, Location=f"{name}/blobs/uploads/{upload}", Range="0-0", Docker_Upload_UUID=upload)
            UPLOADS[upload] += data
            if self.command == "PATCH":
                return self.answer(202, Location=f"{name}/blobs/uploads/{upload}", Range=f"0-{len(UPLOADS[upload])}")
            BLOBS[query["digest"][0]] = UPLOADS.pop(upload)
            return self.answer(201, Location=f"{name}/blobs/{query['digest'][0]}", Docker_Content_Digest=query["digest"][0])
        if "/blobs/" in path:
            blob = BLOBS.get(path.split("/blobs/")[1])
            if blob is None:
                return self.answer(404, {"errors": [{"code": "BLOB_UNKNOWN"}]})
            return self.answer(200, blob, "application/octet-stream", Docker_Content_Digest=digest(blob))
        if "/manifests/" in path:
            name, reference = path.split("/manifests/")
            if self.command == "PUT":
                for key in (reference, digest(data)):
                    MANIFESTS[name, key] = (data, self.headers["Content-Type"])
                return self.answer(201, Docker_Content_Digest=digest(data), Location=path)
            if (name, reference) not in MANIFESTS:
                return self.answer(404, {"errors": [{"code": "MANIFEST_UNKNOWN"}]})
            manifest, kind = MANIFESTS[name, reference]
            return self.answer(200, manifest, kind, Docker_Content_Digest=digest(manifest))
        if path.endswith("/tags/list"):
            name = path[: -len("/tags/list")]
            return self.answer(200, {"name": name[4:], "tags": [key for it, key in MANIFESTS if it == name and ":" not in key]})
        self.answer(404, {})

    def git(self, url, data):
        if not self.headers.get("Authorization", "").startswith("Basic "):
            return self.answer(401, WWW_Authenticate='Basic realm="AWS CodeCommit"')
        environment = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": FOLDER, "GIT_HTTP_EXPORT_ALL": "1", "REMOTE_USER": "ann",
            "REQUEST_METHOD": self.command, "PATH_INFO": url.path.replace("/v1/repos", ""), "QUERY_STRING": url.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(data)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "HOME": FOLDER,
        }
        said = subprocess.run(["git", "http-backend"], input=data, env=environment, stdout=subprocess.PIPE, check=True).stdout
        head, _, body = said.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.answer(int(headers.get("Status", "200").split()[0]), body, headers["Content-Type"])

    def packages(self, url):
        if not self.headers.get("Authorization", "").startswith("Basic "):
            return self.answer(401, WWW_Authenticate='Basic realm="CodeArtifact"')
        if self.command == "POST":
            return self.answer(200)
        if url.path.endswith(".whl"):
            return self.answer(200, WHEEL, "application/zip")
        link = f'<a href="1.0/example-1.0-py3-none-any.whl#sha256={hashlib.sha256(WHEEL).hexdigest()}">example-1.0-py3-none-any.whl</a>'
        self.answer(200, link.encode(), "text/html")

    def iceberg(self, url):
        if url.path.endswith("/config"):
            query = urllib.parse.parse_qs(url.query)
            warehouse = query.get("warehouse", [""])[0]
            prefix = urllib.parse.quote(warehouse, safe="") if warehouse.startswith("arn:") else "catalogs/:"
            return self.answer(200, {"defaults": {}, "overrides": {"prefix": prefix}})
        if self.command == "HEAD":
            return self.answer(200)
        if self.command == "DELETE":
            return self.answer(204)
        last = url.path.rstrip("/").rsplit("/", 1)[1]
        if last == "namespaces":
            answers = {"GET": {"namespaces": [["sales"]]}, "POST": {"namespace": ["sales"], "properties": {}}}
            return self.answer(200, answers[self.command])
        if last == "tables" and self.command == "GET":
            return self.answer(200, {"identifiers": [{"namespace": ["sales"], "name": "orders"}]})
        self.answer(200, TABLE if "/tables" in url.path else {"namespace": ["sales"], "properties": {}})

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(f"listening on {server.server_address[1]}", flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
