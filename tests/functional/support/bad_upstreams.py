# SPDX-License-Identifier: MIT
"""Upstreams that fail, one for each cause."""

import contextlib
import socket
import ssl
import struct
import threading

from .tls import make_certificate, server_context
from .upstream import CLOSE, Upstream, route


class BadUpstreams:
    """Each public method starts an upstream that fails in this way, and returns the settings of a route to it (upstream, ca_file, …). The upstreams end with the context."""

    def __init__(self, directory):
        self.directory = directory
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _upstream(self, answer, **options):
        return self._stack.enter_context(Upstream(answer, **options))

    def _listener(self, backlog=16):
        return self._stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=backlog))

    def _secure(self, name, host="127.0.0.1", ca_file=True, **options):
        pair = make_certificate(self.directory, name, **options)
        upstream = self._upstream(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", tls=server_context(*pair))
        return {"upstream": f"https://{host}:{upstream.port}", **({"ca_file": pair[0]} if ca_file else {})}

    def good(self):
        return self._secure("good")

    def refused(self):
        listener = self._listener()
        port = listener.getsockname()[1]
        listener.close()
        return {"upstream": f"http://127.0.0.1:{port}"}

    def no_such_host(self):
        return {"upstream": "http://no-such-host.invalid"}

    def silent_to_connections(self):
        """The backlog is full: further connection attempts get no response."""
        listener = self._listener(backlog=0)
        for _ in range(4):
            waiting = self._stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        return {"upstream": f"http://127.0.0.1:{listener.getsockname()[1]}", "connect_timeout": "1 s"}

    def silent_to_handshakes(self):
        return {"upstream": f"https://127.0.0.1:{self._listener().getsockname()[1]}", "connect_timeout": "1 s"}

    def silent(self):
        return {"upstream": f"http://127.0.0.1:{self._listener().getsockname()[1]}", "response_timeout": "1 s"}

    def stuck_in_its_body(self):
        upstream = self._upstream(lambda request, peer: peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"))
        return {"upstream": upstream.url, "idle_timeout": "1 s"}

    def expired(self):
        return self._secure("expired", days=-1)

    def not_yet_valid(self):
        return self._secure("future", begins=7)

    def for_another_name(self):
        return self._secure("named", host="localhost", hosts=["other.example.org", "more.example.org"])

    def self_signed(self):
        return self._secure("self", ca_file=False)

    def of_unknown_authority(self):
        issuer = make_certificate(self.directory, "Nobody's CA", hosts=["ca.example.org"])
        other = make_certificate(self.directory, "another-ca", hosts=["ca.example.org"])
        return {**self._secure("issued", ca_file=False, issuer=issuer), "ca_file": other[0]}

    def plain_where_tls_is_expected(self):
        def handle(peer):
            peer.recv(1 << 16)
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        return {"upstream": f"https://127.0.0.1:{self._raw(handle)}"}

    def tls_where_plain_is_expected(self):
        def handle(peer):
            peer.recv(1 << 16)
            peer.sendall(b"\x15\x03\x03\x00\x02\x02\x46")  # a fatal alert

        return {"upstream": f"http://127.0.0.1:{self._raw(handle)}"}

    def _raw(self, handle):
        """Returns a port where `speak` handles each connection, which is then closed."""
        listener = self._listener()

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    handle(connection)

        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1]

    def _requiring_client_certificate(self, name, version):
        pair = make_certificate(self.directory, name)
        context = server_context(*pair)
        context.minimum_version = context.maximum_version = version
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(pair[0])

        def handle(peer):
            with contextlib.suppress(ssl.SSLError):
                context.wrap_socket(peer, server_side=True).recv(1 << 16)

        return {"upstream": f"https://127.0.0.1:{self._raw(handle)}", "ca_file": pair[0]}

    def requiring_client_certificate(self):
        """With TLS 1.3 the server rejects the client after the client has completed the handshake."""
        return self._requiring_client_certificate("wants-13", ssl.TLSVersion.TLSv1_3)

    def requiring_client_certificate_by_tls_1_2(self):
        return self._requiring_client_certificate("wants-12", ssl.TLSVersion.TLSv1_2)

    def ambiguous_length(self):
        upstream = self._upstream(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
        return {"upstream": upstream.url}

    def closing(self):
        return {"upstream": self._upstream(lambda request, peer: CLOSE).url}

    def resetting(self):
        def handle(peer):
            peer.recv(1 << 16)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        return {"upstream": f"http://127.0.0.1:{self._raw(handle)}"}

    def cutting_off(self):
        def answer(request, peer):
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
            return CLOSE

        return {"upstream": self._upstream(answer).url}

    def without_credential(self):
        return {"upstream": "http://127.0.0.1:1", "credential": f"bearer-file:{self.directory / 'missing'}"}

    # The method, the kind of failure, and texts that the reason must contain.
    CONNECTING = [
        ("refused", "connect", ["connection refused"]),
        ("no_such_host", "connect", ["no such host", "no-such-host.invalid"]),
        ("silent_to_connections", "timeout", ["timed out connecting", "1 s"]),
        ("silent_to_handshakes", "timeout", ["timed out in the TLS handshake", "http://"]),
        ("expired", "tls", ["expired"]),
        ("not_yet_valid", "tls", ["not yet valid"]),
        ("for_another_name", "tls", ["another name", "localhost", "other.example.org", "more.example.org"]),
        ("self_signed", "tls", ["self-signed", "ca_file"]),
        ("of_unknown_authority", "tls", ["unknown CA", "Nobody's CA", "ca_file", "another-ca.pem"]),
        ("plain_where_tls_is_expected", "tls", ["plain HTTP", "http://"]),
        ("requiring_client_certificate_by_tls_1_2", "tls", ["alert", "may require a client certificate"]),
        ("without_credential", "credential", ["missing", "no such file"]),
    ]
    RESPONDING = [
        ("requiring_client_certificate", "tls", ["certificate required", "requires a client certificate"]),
        ("silent", "timeout", ["timed out waiting for a response", "response_timeout (1 s)"]),
        ("stuck_in_its_body", "timeout", ["timed out", "idle_timeout (1 s)"]),
        ("tls_where_plain_is_expected", "protocol", ["TLS", "https://"]),
        ("ambiguous_length", "protocol", ["Content-Length", "Transfer-Encoding"]),
        ("closing", "reset", ["closed the connection before it sent a response"]),
        ("resetting", "reset", ["reset the connection before it sent a response"]),
        ("cutting_off", "reset", ["before its response was complete"]),
    ]

    def routes(self, names):
        """Returns a [[route]] for each of these methods, with the name of the method as its prefix."""
        return [route(f"/{name}", **getattr(self, name)()) for name in names]
