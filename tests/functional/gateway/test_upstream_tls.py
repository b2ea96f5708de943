# SPDX-License-Identifier: MIT
"""Upstreams with TLS: verification of their certificates, and bodies over TLS."""

import queue
import signal
import socket
import threading

import pytest
import requests
from support.responses import assert_error
from support.server import ADMIN_PASSWORD
from support.tls import config_of, make_certificate, server_context
from support.upstream import PIECE, Upstream, ok, route
from support.waiting import eventually


@pytest.fixture
def secure_upstream(tmp_path):
    """Makes an upstream with its own certificate for each name; `.ca` is the certificate to trust."""
    servers = []

    def make(name="upstream", **options):
        pair = make_certificate(tmp_path, name, **options)
        server = Upstream(tls=server_context(*pair))
        server.ca = pair[0]
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.stop()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_upstream_with_a_trusted_certificate_for_its_name_gets_the_requests(make_gateway, secure_upstream, host):
    upstream = secure_upstream()
    gateway = make_gateway(route("/a", f"https://{host}:{upstream.port}", ca_file=upstream.ca), top="threads = 1\n")
    for _ in range(3):
        assert gateway.get("/a").content == b"ok"
    assert upstream.next().header("Host") == f"{host}:{upstream.port}"
    assert upstream.connections == 1


def test_upstream_certificate_with_wrong_name_unknown_issuer_or_past_expiry_is_502(make_gateway, secure_upstream):
    good, named, old = secure_upstream("good"), secure_upstream("named", hosts=["other.example.org"]), secure_upstream("old", days=-1)
    gateway = make_gateway(
        route("/name", named.url, ca_file=named.ca),
        route("/localhost", named.url.replace("127.0.0.1", "localhost"), ca_file=named.ca),
        route("/issuer", good.url, ca_file=named.ca),
        route("/system", good.url),
        route("/old", old.url, ca_file=old.ca),
        route("/good", good.url, ca_file=good.ca),
    )
    for path in ("/name", "/localhost", "/issuer", "/system", "/old"):
        assert_error(gateway.get(path), 502, "upstream_failed")
    assert gateway.get("/good").status_code == 200
    assert [request.target for request in named.requests + old.requests + good.requests] == ["/good"]


def test_upstream_certificate_with_only_a_common_name_is_502(make_gateway, secure_upstream):
    upstream = secure_upstream("localhost", hosts=[])
    gateway = make_gateway(route("/a", f"https://localhost:{upstream.port}", ca_file=upstream.ca))
    assert_error(gateway.get("/a"), 502, "upstream_failed")
    assert "it is for no host name (its common name" in gateway.server.log()
    assert upstream.requests == []


def test_upstream_without_tls_on_an_https_route_is_502(make_gateway, secure_upstream):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gateway = make_gateway(route("/a", f"https://127.0.0.1:{listener.getsockname()[1]}", ca_file=secure_upstream().ca))

        def send_plain_http():
            connection, _ = listener.accept()
            connection.sendall(ok())
            connection.recv(1 << 16)
            connection.close()

        thread = threading.Thread(target=send_plain_http)
        thread.start()
        assert_error(gateway.get("/a"), 502, "upstream_failed")
        thread.join()


def test_changed_ca_file_is_used_after_sighup(make_gateway, secure_upstream, tmp_path):
    upstream, other = secure_upstream("first"), secure_upstream("second")
    ca = tmp_path / "ca.pem"
    ca.write_bytes(other.ca.read_bytes())
    gateway = make_gateway(route("/a", upstream.url, ca_file=ca))
    assert gateway.get("/a").status_code == 502
    ca.write_bytes(upstream.ca.read_bytes())
    gateway.server.process.send_signal(signal.SIGHUP)
    eventually(lambda: gateway.get("/a").status_code == 200)


def test_replaced_upstream_certificate_is_502_until_its_ca_is_reloaded_by_sighup(make_gateway, secure_upstream, tmp_path):
    upstream, later = secure_upstream("first"), secure_upstream("later")
    ca = tmp_path / "ca.pem"
    ca.write_bytes(upstream.ca.read_bytes())
    gateway = make_gateway(route("/a", upstream.url, ca_file=ca), top="threads = 1\n")
    reloads = lambda: gateway.server.log().count("event=reloaded ")

    def reload():
        before = reloads()
        gateway.server.process.send_signal(signal.SIGHUP)
        eventually(lambda: reloads() > before)

    assert gateway.get("/a").status_code == 200
    upstream.use_certificate(later.ca, later.ca.with_suffix(".key"))
    assert gateway.get("/a").status_code == 200, "over the existing connection"
    upstream.drop()
    assert_error(gateway.get("/a"), 502, "upstream_failed")

    ca.write_bytes(later.ca.read_bytes())
    assert_error(gateway.get("/a"), 502, "upstream_failed")
    reload()
    assert gateway.get("/a").status_code == 200

    # An upstream that the file does not trust anymore gets no request, not even over an existing connection.
    ca.write_bytes(secure_upstream("other").ca.read_bytes())
    reload()
    assert_error(gateway.get("/a"), 502, "upstream_failed")


def test_large_bodies_are_forwarded_both_ways_over_tls(make_gateway, secure_upstream):
    upstream = secure_upstream()
    upstream.answer = lambda request, peer: ok(request.body)
    gateway = make_gateway(route("/a", upstream.url, ca_file=upstream.ca))
    body = PIECE * 40
    assert gateway.request("PUT", "/a", data=body).content == body
    assert gateway.request("PUT", "/a", data=iter([body, body])).content == body * 2


def test_events_are_forwarded_one_by_one_with_tls_on_both_sides(start_server, secure_upstream, tmp_path):
    upstream = secure_upstream()
    events = queue.Queue()

    def answer(request, peer):
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for content in iter(events.get, b""):
            peer.send(b"%x\r\n%s\r\n" % (len(content), content))
        return b"0\r\n\r\n"

    upstream.answer = answer
    certificate, key = make_certificate(tmp_path, "front")
    server = start_server(config_text=config_of(certificate, key, route("/a", upstream.url, ca_file=upstream.ca)))
    server.session.verify = str(certificate)
    token = server.person("admin", ADMIN_PASSWORD).mint("of the tests")
    with requests.Session() as session:
        session.trust_env = False
        with session.get(server.url + "/a", headers={"Authorization": f"Bearer {token}"}, stream=True, verify=str(certificate), timeout=20) as response:
            lines = response.iter_lines()
            for number in range(10):
                events.put(b"data: %d\n" % number)
                assert next(lines) == b"data: %d" % number
            events.put(b"")
    assert upstream.next().header("X-Forwarded-Proto") == "https"
