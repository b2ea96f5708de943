# SPDX-License-Identifier: MIT
"""Raw HTTP connections, for requests that no client library sends."""

import json
import socket
from dataclasses import dataclass


@dataclass
class RawResponse:
    status: int
    headers: list
    body: bytes

    def header(self, name):
        """Returns the values of a header joined by commas, or None if it is missing."""
        values = self.all(name)
        return ", ".join(values) if values else None

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def json(self):
        return json.loads(self.body)


class Wire:
    """One connection. `source` is the client address, any address of 127.0.0.0/8. `conversation` records what is received."""

    def __init__(self, port, source=None, timeout=20, conversation=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=(source, 0) if source else None)
        self.pending, self.conversation = b"", conversation

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        if self.conversation is not None:
            self.conversation.send(data)
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
        """Reads the head of the next response, and leaves the body unread."""
        return self.receive(head_only=True)

    def receive(self, head_only=False):
        """Reads the next response, which may be a 1xx one. Returns None if the connection ended first."""
        response = self._receive(head_only)
        if response is not None and self.conversation is not None:
            # A body that the end of the connection delimits is still to come.
            is_framed = any(response.header(name) is not None for name in ("Content-Length", "Transfer-Encoding"))
            self.conversation.receive(response, has_body=is_framed and not head_only)
        return response

    def _receive(self, head_only):
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
        """Reads the next chunk and returns its content, which is empty for the last chunk."""
        content = self.take(int(self.take_line(), 16))
        assert self.take_line() == b""
        return content

    def _chunks(self):
        return b"".join(iter(self.chunk, b""))

    def rest(self):
        """Returns all bytes until the connection ends."""
        while self._more():
            pass
        rest, self.pending = self.pending, b""
        if self.conversation is not None:
            Replay(rest, self.conversation).receive_all()
        return rest

    def is_closed(self):
        """Waits until the peer closes the connection. Returns False if it sends anything first."""
        if self.pending:
            return False
        return not self._more()


class Replay(Wire):
    """Reads responses that have been received already."""

    def __init__(self, data, conversation):
        self.pending, self.conversation = data, conversation

    def _more(self):
        return False

    def receive_all(self):
        """Reads responses until the end, or until something that is none."""
        try:
            while self.pending.startswith(b"HTTP/1.") and self.receive() is not None:
                pass
        except AssertionError:
            pass  # the rest of a response whose head was read before, or half a response
