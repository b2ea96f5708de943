# SPDX-License-Identifier: MIT
"""An application without any knowledge of Warder, which responds with the request that it received."""

import http.server
import json
import posixpath
import threading
import urllib.parse


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        # The unmodified target: self.path lacks repeated leading slashes.
        seen = {"method": self.command, "target": self.requestline.split(" ")[1], "headers": self.headers.items(), "body": body.decode("latin-1")}
        self.server.seen.append(seen)
        text = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_COPY = do_MOVE = _answer

    def log_message(self, *_):
        pass


class EchoingServer(http.server.ThreadingHTTPServer):
    """`with EchoingServer() as upstream:` serves on `upstream.port`; `upstream.seen` has the requests that it received."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port, self.seen = self.server_port, []

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


def reached(target):
    """Returns the path that the most lenient server would serve: escapes decoded twice, parameters removed, backslashes as slashes, dot segments resolved."""
    path = urllib.parse.urlsplit(target).path if target.startswith("http:") else target.split("?")[0]
    path = urllib.parse.unquote(urllib.parse.unquote(path)).replace("\\", "/")
    path = "/".join(segment.split(";")[0] for segment in path.split("/"))
    return posixpath.normpath("/" + path.lstrip("/"))
