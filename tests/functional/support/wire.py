# SPDX-License-Identifier: MIT
"""HTTP byte by byte, for what no client library would send."""

import json
import socket
from dataclasses import dataclass


@dataclass
class RawResponse:
    status: int
    headers: list
    body: bytes

    def header(self, name):
        """The values of a header, joined; None if it isn't there."""
        values = self.all(name)
        return ", ".join(values) if values else None

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def json(self):
        return json.loads(self.body)


class Wire:
    """One connection. `source` is the address to come from: all of 127.0.0.0/8 is ours."""

    def __init__(self, port, source=None, timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=(source, 0) if source else None)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server may answer and close before it has read everything
        return self

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.pending += data
        return bool(data)

    def receive_head(self):
        """The next response without its body, which is still to be read."""
        return self.receive(head_only=True)

    def receive(self, head_only=False):
        """The next response, also a 1xx one; None if the connection ended without."""
        while b"\r\n\r\n" not in self.pending:
            if not self._more():
                assert not self.pending, f"half a response: {self.pending!r}"
                return None
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        assert lines[0].startswith("HTTP/1."), lines[0]
        status = int(lines[0].split(" ", 2)[1])
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        response = RawResponse(status, headers, b"")
        if head_only or status < 200 or status == 204:
            return response
        if (response.header("Transfer-Encoding") or "").lower() == "chunked":
            response.body = self._chunks()
            return response
        length = int(response.header("Content-Length") or 0)
        while len(self.pending) < length:
            assert self._more(), "the connection ended inside a body"
        response.body, self.pending = self.pending[:length], self.pending[length:]
        return response

    def take(self, count):
        while len(self.pending) < count:
            assert self._more(), "the connection ended inside a body"
        taken, self.pending = self.pending[:count], self.pending[count:]
        return taken

    def take_line(self):
        while b"\r\n" not in self.pending:
            assert self._more(), "the connection ended inside a line"
        line, self.pending = self.pending.split(b"\r\n", 1)
        return line

    def chunk(self):
        """The next chunk's content; empty for the last one."""
        content = self.take(int(self.take_line(), 16))
        assert self.take_line() == b""
        return content

    def _chunks(self):
        return b"".join(iter(self.chunk, b""))

    def rest(self):
        """All that comes until the connection ends."""
        while self._more():
            pass
        rest, self.pending = self.pending, b""
        return rest

    def is_closed(self):
        """Waits until the peer has closed; False if it sends anything else."""
        if self.pending:
            return False
        return not self._more()
