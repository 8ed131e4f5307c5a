"""AWS, as the client tests see it: a moto server, and a front before it that can be busy and can refuse.

Starts `moto_server` on a free port, binds another one on 127.0.0.1, prints `listening on PORT` once
moto answers, and forwards every request to it. It takes requests in both forms: as an endpoint (`GET /key`) and as an HTTP
proxy (`GET http://bucket.s3.eu-west-1.amazonaws.com/key`), so that an SDK without TLS talks to AWS's
own host names and reports them over CSM.

What moto does not do is asked for by the names that a workload uses:

* the first request of its kind that names `busy-...` is answered with 503, each later one by moto;
* every request that names `forbidden-...` is answered with 403, in the sentence that AWS uses.

With `IDS_OF_LETTERS` in its environment no id that moto makes up of letters and digits has a digit, as one in thirty of API Gateway's
has none.

It ends, and moto with it, when its standard input is closed: thus also when the test that started
it is killed.
"""

import http.client
import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

NAMED = re.compile(rb"(busy|forbidden)-[a-z0-9-]+")
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "expect"}

seen_busy = set()
seen_lock = threading.Lock()


class Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.read_body()
        url = urlsplit(self.path)
        host = url.netloc or self.headers.get("Host", "")
        named = NAMED.search(host.encode() + b" " + self.path.encode() + b" " + body)
        if named and named[1] == b"forbidden":
            self.refuse(403, host, body, named[0].decode())
        elif named and self.first_of_its_kind(url, body, named[0]):
            self.refuse(503, host, body, named[0].decode())
        else:
            self.forward(body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = answer

    def read_body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def first_of_its_kind(self, url, body, name):
        action = re.match(rb"Action=\w+", body)
        kind = (
            self.command,
            url.path,
            self.headers.get("X-Amz-Target"),
            action and action[0],
            name,
        )
        with seen_lock:
            if kind in seen_busy:
                return False
            seen_busy.add(kind)
            return True

    def refuse(self, status, host, body, name):
        """The error in the form of the protocol in which the request was made."""
        message = (
            f"User: arn:aws:iam::123456789012:user/tester is not authorized to perform this on {name} "
            "because no identity-based policy allows it"
            if status == 403
            else "Please reduce your request rate."
        )
        headers = {}
        if self.headers.get("X-Amz-Target") or not (b"Action=" in body or "s3" in host):
            code = "AccessDeniedException" if status == 403 else "ThrottlingException"
            kind = "application/x-amz-json-1.1"
            headers["x-amzn-errortype"] = code
            text = json.dumps({"__type": code, "message": message})
        elif b"Action=" in body:
            code = "AccessDenied" if status == 403 else "Throttling"
            kind = "text/xml"
            error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            text = f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"
        else:
            code = "AccessDenied" if status == 403 else "SlowDown"
            kind = "application/xml"
            text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        self.reply(status, {"Content-Type": kind, **headers}, text.encode())

    def forward(self, body):
        moto = http.client.HTTPConnection("127.0.0.1", MOTO_PORT, timeout=240)
        moto.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                moto.putheader(name, value)
        moto.putheader("Content-Length", str(len(body)))
        moto.endheaders(body)
        response = moto.getresponse()
        headers = {n: v for n, v in response.getheaders() if n.lower() not in HOP_BY_HOP}
        self.reply(response.status, headers, response.read())
        moto.close()

    def reply(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        # The length of what a HEAD would have returned is part of its answer.
        length = headers.get("Content-Length", len(body)) if self.command == "HEAD" else len(body)
        self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


OF_LETTERS = """
from moto.moto_api._internal.moto_random import MotoRandom
from moto.server import main

choice = MotoRandom.choice

def choice_of_letters(self, things):
    letters = [it for it in things if isinstance(it, str) and len(it) == 1 and it.isalpha()]
    return choice(self, letters if len(letters) > 1 else things)

MotoRandom.choice = choice_of_letters
main()
"""


def start_moto():
    """Starts moto on a port that the system picks, and reads from what moto says which one it is."""
    program = [os.path.join(os.path.dirname(sys.executable), "moto_server")]
    if os.environ.get("IDS_OF_LETTERS"):
        program = ["-c", OF_LETTERS]
    moto = subprocess.Popen(
        [sys.executable, *program, "-p", "0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = []
    for line in moto.stderr:
        said.append(line)
        if running := re.search(r"Running on http://127\.0\.0\.1:(\d+)", line):
            # From here on moto's log is read only so that moto never waits for a reader.
            threading.Thread(target=moto.stderr.read, daemon=True).start()
            return moto, int(running[1])
    sys.exit("moto_server did not start:\n" + "".join(said))


moto_process, MOTO_PORT = start_moto()
server = Server(("127.0.0.1", 0), Front)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"listening on {server.server_port}", flush=True)
try:
    sys.stdin.read()
finally:
    moto_process.kill()
    moto_process.wait()
