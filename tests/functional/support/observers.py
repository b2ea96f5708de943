# SPDX-License-Identifier: MIT
"""Records what clients receive, without changes to the tests: `http.client` with all that is built on it (`requests`,
`urllib`), and curl."""

import functools
import http.client
import io
import os
import re
import shutil
from pathlib import Path

from .exchanges import CALLS, VARIABLE, Conversation, recorder
from .wire import Replay

CURL = Path(__file__).parent / "curl_with_trace"
OF_CURL = (VARIABLE, "PYTEST_CURRENT_TEST")  # the environment that it needs
# A line of the output of `curl --trace` that begins the bytes of a message. The others are about the connection.
MESSAGE = re.compile(r"(?:=> Send|<= Recv) (?:header|data), ")
BYTES = re.compile(r"[0-9a-f]{4,}: ((?:[0-9a-f]{2} ){1,16})")


class Request:
    """A conversation whose request is known."""

    def __init__(self, method, path):
        self.method, self.path, self.last = method, path, None

    def is_head(self):
        return self.method == "HEAD"

    def receive(self, response, has_body):
        if response.status >= 200:
            self.last = response
            self.receive_rest(response.body if has_body else None)

    def receive_rest(self, body):
        if (active := recorder()) is not None:
            active.record(self.method, self.path, self.last.status, self.last.headers, body)


class Copy(io.RawIOBase):
    """Reads a response from a socket, and replays it when it is closed."""

    def __init__(self, source, request):
        super().__init__()
        self.source, self.request, self.data, self.has_ended = source, request, bytearray(), False

    def readable(self):
        return True

    def fileno(self):
        return self.source.fileno()

    def readinto(self, buffer):
        count = self.source.readinto(buffer)
        if count:
            self.data += memoryview(buffer)[:count]
        self.has_ended = count == 0
        return count

    def close(self):
        if not self.closed:
            self.source.close()
            Replay(bytes(self.data), self.request, is_complete=self.has_ended).receive_all()
        super().close()


class Response(http.client.HTTPResponse):
    def __init__(self, sock, *arguments, request, **options):
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(Copy(self.fp.detach(), request))


def observe_http_client():
    """From now on, responses from the ports that the recorder watches are recorded."""
    prepare = http.client.HTTPConnection.putrequest

    @functools.wraps(prepare)
    def putrequest(self, method, url, *arguments, **options):
        path = url.split("?")[0]
        if (active := recorder()) is not None and self.port in active.ports and CALLS.fullmatch(path):
            self.response_class = functools.partial(Response, request=Request(method, path))
        else:
            self.response_class = http.client.HTTPResponse
        return prepare(self, method, url, *arguments, **options)

    http.client.HTTPConnection.putrequest = putrequest


def observe_curl(directory):
    """Puts a curl that keeps a trace into `directory`, which is to come first in PATH, if responses are recorded."""
    if VARIABLE in os.environ and shutil.which("curl"):
        (directory / "curl").symlink_to(CURL)


def record_traces(directory):
    """Records what all runs of curl received, from Warder or through a proxy in front of it."""
    for trace in sorted(Path(directory).glob("curl-*.trace")):
        sent, received = read_trace(trace.read_text(encoding="latin-1"))
        conversation = Conversation(trace.with_suffix(".test").read_text(), passes_proxies=True)
        conversation.send(sent)
        Replay(received, conversation, is_complete=True).receive_all()


def read_trace(text):
    """Returns the bytes that a run of curl sent, and those that it received."""
    sent, received, target = bytearray(), bytearray(), None
    for line in text.split("\n"):
        if line.startswith(("=>", "<=", "==")):
            target = (sent if line.startswith("=>") else received) if MESSAGE.match(line) else None
        elif target is not None and (found := BYTES.match(line)):  # the last line is cut if curl was killed
            target += bytes.fromhex(found[1])
    return bytes(sent), bytes(received)
