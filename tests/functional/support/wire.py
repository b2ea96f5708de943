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

    def is_framed(self):
        """Returns whether the end of the body is known; otherwise the end of the connection delimits it (RFC 9112, 6.3)."""
        return self.status < 200 or self.status in (204, 304) or self.header("Content-Length") is not None or self.header("Transfer-Encoding") is not None

    def json(self):
        return json.loads(self.body)


class Wire:
    """One connection. `source` is the client address, any address of 127.0.0.0/8. `conversation` records what is received."""

    def __init__(self, port, source=None, timeout=20, conversation=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=(source, 0) if source else None)
        self.pending, self.conversation, self.has_open_body, self.was_reset = b"", conversation, False, False

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
            self.was_reset, data = True, b""
        self.pending += data
        return bool(data)

    def receive_head(self):
        """Reads the head of the next response, and leaves the body unread."""
        return self.receive(head_only=True)

    def receive(self, head_only=False):
        """Reads the next response, which may be a 1xx one. Returns None if the connection ended first."""
        response = self._receive(head_only)
        if response is not None and self.conversation is not None:
            self.has_open_body = not response.is_framed() and not self.conversation.is_head()
            self.conversation.receive(response, has_body=not self.has_open_body and (not head_only or self.conversation.is_head()))
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
        if self.has_open_body and not self.was_reset:
            self.conversation.receive_rest(rest)
        elif self.conversation is not None:
            Replay(rest, self.conversation, is_complete=not self.was_reset).receive_all()
        return rest

    def is_closed(self):
        """Waits until the peer closes the connection. Returns False if it sends anything first."""
        if self.pending:
            return False
        return not self._more()


class Replay(Wire):
    """Reads responses that have been received already. `is_complete`: whether the connection ended after them, and was not reset."""

    def __init__(self, data, conversation, is_complete=False):
        self.pending, self.conversation, self.has_open_body, self.is_complete = data, conversation, False, is_complete

    def _more(self):
        return False

    def receive_all(self):
        """Reads responses until the end, or until the data is not a response."""
        while self.pending.startswith(b"HTTP/1."):
            pending = self.pending
            try:
                self.receive(head_only=self.conversation.is_head())
            except (AssertionError, ValueError):  # the body is cut off, or its chunks are invalid
                self.pending = pending
                self.receive_head_of_part()
                return
            if self.has_open_body and self.is_complete:
                self.conversation.receive_rest(self.pending)

    def receive_head_of_part(self):
        """Reads the head of a response whose body ends too early."""
        if b"\r\n\r\n" in self.pending:
            self.receive_head()
