# SPDX-License-Identifier: MIT
"""An upstream and its client for bodies that must not be held in memory; the reader of each starts slowly."""
import contextlib
import http.client
import http.server
import threading
import time
import urllib.parse

SIZE = 1 << 30
PIECE = bytes(1 << 20)
HESITATION = 0.5  # seconds, in which a gateway without back-pressure would take hundreds of megabytes


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(SIZE))
        self.end_headers()
        for _ in range(SIZE // len(PIECE)):
            self.wfile.write(PIECE)

    def do_PUT(self):
        time.sleep(HESITATION)
        size = drain(self.rfile, int(self.headers["Content-Length"]))
        answer = str(size).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def drain(stream, length):
    """Reads what comes, up to so many bytes, and returns how many came."""
    room, size = bytearray(1 << 20), 0
    while size < length and (count := stream.readinto(memoryview(room)[:length - size])):
        size += count
    return size


@contextlib.contextmanager
def big_upstream():
    """Serves from a thread of this process."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def download(url, headers):
    with contextlib.closing(http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)) as connection:
        connection.request("GET", "/big", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.status
        time.sleep(HESITATION)
        assert drain(answer, SIZE) == SIZE


def upload(url, headers):
    with contextlib.closing(http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)) as connection:
        connection.request("PUT", "/big", body=(PIECE for _ in range(SIZE // len(PIECE))), headers={"Content-Length": str(SIZE), **headers})
        answer = connection.getresponse()
        assert (answer.status, int(answer.read())) == (200, SIZE), answer.status
