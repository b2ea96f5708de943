# SPDX-License-Identifier: MIT
"""A server behind the gateway that records requests byte for byte and sends prepared responses."""

import queue
import socket
import threading
from dataclasses import dataclass

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PIECE = bytes(range(256)) * 1024  # a large part of a body with all byte values
CLOSE = object()  # returned by an answer function to close the connection


@dataclass
class Received:
    """A received request. `raw_body` includes the framing of chunks, `body` does not."""

    head: bytes
    body: bytes = b""
    raw_body: bytes = b""
    connection: int = 0

    @property
    def line(self):
        return self.head.split(b"\r\n", 1)[0].decode("latin-1")

    @property
    def method(self):
        return self.line.split(" ")[0]

    @property
    def target(self):
        return self.line.split(" ")[1]

    @property
    def headers(self):
        return [tuple(part.strip() for part in line.split(":", 1)) for line in self.head.decode("latin-1").split("\r\n")[1:] if line]

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        """Returns the only value of a header, or None if it is missing."""
        values = self.all(name)
        assert len(values) < 2, values
        return values[0] if values else None


class Peer:
    """A connection that the gateway opened, for answer functions."""

    def __init__(self, connection, number):
        self.socket, self.number, self.pending = connection, number, b""

    def send(self, data):
        self.socket.sendall(data)

    def receive_more(self):
        try:
            data = self.socket.recv(1 << 18)
        except OSError:
            data = b""
        self.pending += data
        return bool(data)

    def take(self, count):
        while len(self.pending) < count:
            if not self.receive_more():
                raise EOFError
        taken, self.pending = self.pending[:count], self.pending[count:]
        return taken

    def take_line(self):
        while b"\r\n" not in self.pending:
            if not self.receive_more():
                raise EOFError
        line, self.pending = self.pending.split(b"\r\n", 1)
        return line

    def read_head(self):
        while b"\r\n\r\n" not in self.pending:
            if not self.receive_more():
                raise EOFError
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        return Received(head + b"\r\n\r\n", connection=self.number)

    def pieces(self, request):
        """Yields the parts of the body as they arrive, each as (content, raw bytes)."""
        if request.header("Transfer-Encoding") == "chunked":
            while True:
                line = self.take_line()
                size = int(line, 16)
                piece = self.take(size)
                self.take(2)
                yield piece, line + b"\r\n" + piece + b"\r\n"
                if size == 0:
                    return
        left = int(request.header("Content-Length") or 0)
        while left:
            if not self.pending and not self.receive_more():
                raise EOFError
            piece = self.take(min(left, len(self.pending)))
            left -= len(piece)
            yield piece, piece

    def read_body(self, request):
        parts = list(self.pieces(request))
        request.body = b"".join(piece for piece, _ in parts)
        request.raw_body = b"".join(raw for _, raw in parts)
        return request

    def is_closed(self):
        """Waits until the gateway closes the connection. Returns False if it sends anything first."""
        return not self.pending and not self.receive_more()


class Upstream:
    """`answer` is the bytes of each response, or a function of (request, peer) that returns the bytes, None if it sent the response itself, or CLOSE.
    With `reads_bodies = False` the function is called before the body is read."""

    def __init__(self, answer=OK, *, tls=None, reads_bodies=True):
        self.answer, self.reads_bodies = answer, reads_bodies
        self.requests = []
        self.connections = 0
        self.news = queue.Queue()  # each complete request
        self._tls = tls
        self._peers = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Closes the listener and all connections."""
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self.drop()

    def drop(self):
        """Closes all connections, as a server does after an idle timeout."""
        for connection in self._peers:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._peers = []

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection, number):
        try:
            connection.settimeout(60)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self._peers.append(connection)
            peer = Peer(connection, number)
            while True:
                request = peer.read_head()
                if self.reads_bodies:
                    peer.read_body(request)
                self.requests.append(request)
                self.news.put(request)
                answer = self.answer(request, peer) if callable(self.answer) else self.answer
                if answer is CLOSE:
                    return
                if answer is not None:
                    peer.send(answer)
        except (EOFError, OSError):
            pass
        finally:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()

    def next(self, seconds=20):
        """Waits for the next request, and returns it."""
        return self.news.get(timeout=seconds)

    def use_certificate(self, certificate, key):
        """Replaces the certificate for new connections."""
        self._tls.load_cert_chain(certificate, key)

    def has_requests(self):
        return bool(self.requests)


def ok(body=b"ok", *lines, status="200 OK"):
    head = "".join(f"{line}\r\n" for line in lines)
    return f"HTTP/1.1 {status}\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body


def chunk(content):
    return b"%x\r\n%s\r\n" % (len(content), content)


def route(prefix, upstream, **settings):
    """Returns a [[route]] for the configuration file."""
    lines = [f'prefix = "{prefix}"', f'upstream = "{upstream}"']
    for key, value in settings.items():
        lines.append(f"{key} = {str(value).lower()}" if isinstance(value, bool) else f'{key} = "{value}"')
    return "[[route]]\n" + "\n".join(lines) + "\n"
