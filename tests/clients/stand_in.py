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

    stand_in.py            one; it ends, and moto with it, when its standard input is closed: thus also when the test that started it is killed
    stand_in.py SOCKET     as many as are asked for: each is one of its own, that begins with moto loaded already, which is most of what
                           it takes to start. Who connects to the socket sends the variables of its environment as a line of JSON, and
                           reads `listening on PORT`; it ends when that connection is closed. No more are made, and the socket's folder goes, when standard input is closed.
"""

import gc
import http.client
import importlib
import json
import logging
import os
import random
import re
import select
import signal
import socket
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


def have_ids_of_letters():
    from moto.moto_api._internal.moto_random import MotoRandom

    choice = MotoRandom.choice

    def choice_of_letters(self, things):
        letters = [it for it in things if isinstance(it, str) and len(it) == 1 and it.isalpha()]
        return choice(self, letters if len(letters) > 1 else things)

    MotoRandom.choice = choice_of_letters


def load_moto():
    """What moto loads when the first request for EC2 or CloudFormation comes is half of what it loads at all."""
    import moto.backends
    import moto.server  # noqa: F401

    for name in ("ec2", "cloudformation"):
        moto.backends.get_backend(name)


def start_moto():
    """Starts moto in a process of its own, on a port that the system picks."""
    import moto.settings
    from moto.moto_api._internal import mock_random
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    # Some of them are read when they are imported; and no two have the same ids.
    importlib.reload(moto.settings)
    mock_random.seed()
    random.seed()
    if os.environ.get("IDS_OF_LETTERS"):
        have_ids_of_letters()
    application = DomainDispatcherApplication(create_backend_app)
    application.debug = True
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    os.environ.setdefault("MOTO_PORT", str(server.port))
    process = os.fork()
    if process == 0:
        # Whoever reads what this process says need not wait for moto.
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(nothing, standard)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server.serve_forever()
    return process, server.port


def serve(settings, told, until):
    """Is a stand-in: says so to `told`, and ends when `until` does."""
    global MOTO_PORT
    os.environ.update(settings)
    moto, MOTO_PORT = start_moto()
    try:
        server = Server(("127.0.0.1", 0), Front)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        told.write(f"listening on {server.server_port}\n")
        told.flush()
        until.read()
    finally:
        os.kill(moto, signal.SIGKILL)
        os.waitpid(moto, 0)


def serve_many(path):
    load_moto()
    # What is there by now is never collected: to look through it would copy it for each.
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            os.remove(path)
            os.rmdir(os.path.dirname(path))
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listener.close()
            lines = connection.makefile("rw")
            serve(json.loads(lines.readline()), lines, lines)
            os._exit(0)
        connection.close()


if len(sys.argv) > 1:
    serve_many(sys.argv[1])
else:
    load_moto()
    serve({}, sys.stdout, sys.stdin)
