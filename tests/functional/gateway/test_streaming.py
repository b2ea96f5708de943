# SPDX-License-Identifier: MIT
"""Bodies both ways, connections to the upstream, and what the client hears when the upstream fails."""

import hashlib
import socket
import threading
import time
from email.utils import parsedate_to_datetime

import pytest
from support.answers import assert_refused
from support.upstream import CLOSE, OK, Upstream, ok, route
from support.waiting import eventually

MANY = 50 << 20
PIECE = bytes(range(256)) * 1024  # 256 KiB


def peak_memory(server):
    """In bytes, of the whole life of the process."""
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def chunk(content):
    return b"%x\r\n%s\r\n" % (len(content), content)


# Requests' bodies


def test_a_body_with_a_length_goes_with_its_length(gateway, upstream):
    for size in (0, 1, 1000, 70_000, 1 << 20):
        body = (PIECE * 5)[:size]
        assert gateway.request("POST", "/a", data=body).status_code == 200
        request = upstream.next()
        assert request.body == body and request.header("Content-Length") == str(size) and not request.all("Transfer-Encoding")


def test_a_chunked_body_arrives_whole_and_framed_once(gateway, upstream):
    with gateway.server.wire() as wire:
        wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked") + chunk(b"one") + b"3;x=y\r\n")
        wire.send(b"two\r\n" + chunk(PIECE) + b"0\r\nX-Trailer: 1\r\n\r\n")
        assert wire.receive().status == 200
        request = upstream.next()
        assert request.body == b"onetwo" + PIECE
        assert len(request.all("Transfer-Encoding") + request.all("Content-Length")) == 1
        assert wire.send(gateway.head()).receive().status == 200


def test_a_bodys_pieces_reach_the_upstream_before_the_body_is_whole(make_gateway):
    seen = threading.Semaphore(0)
    got = []

    def read(request, peer):
        for piece, _ in peer.pieces(request):
            got.append(piece)
            seen.release()
        return OK

    with Upstream(read, reads_bodies=False) as upstream:
        gateway = make_gateway(route("/a", upstream.url))
        with gateway.server.wire() as wire:
            wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked"))
            for content in (b"one", b"two", b"three"):
                wire.send(chunk(content))
                assert seen.acquire(timeout=20)
                assert b"".join(got).endswith(content)
            wire.send(b"0\r\n\r\n")
            assert wire.receive().status == 200


def test_bad_chunks_are_400_and_the_connection_ends(gateway, upstream):
    with gateway.server.wire() as wire:
        wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked") + b"zz\r\n")
        assert_refused(wire.receive(), 400, "bad_request")
        assert wire.is_closed()
    assert not upstream.has_heard()
    with gateway.server.wire() as wire:  # once the upstream has its first bytes already
        wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked") + chunk(b"one"))
        eventually(lambda: upstream.connections == 1)
        wire.send(b"zz\r\n")
        assert_refused(wire.receive(), 400, "bad_request")
        assert wire.is_closed()
    assert not upstream.has_heard()


def test_the_body_limit_is_413_before_the_upstream_hears_of_it_if_it_can_be(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url, body_limit="1 KiB"))
    assert gateway.request("POST", "/a", data=b"x" * 1024).status_code == 200
    with gateway.server.wire() as wire:
        assert_refused(wire.send(gateway.head("POST", "/a", "Content-Length: 1025")).receive(), 413, "too_large")
    with gateway.server.wire() as wire:
        wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked") + chunk(b"x" * 1000))
        eventually(lambda: upstream.connections)
        assert_refused(wire.send(chunk(b"x" * 1000)).receive(), 413, "too_large")
        assert wire.is_closed()
    assert len(upstream.requests) == 1


def test_whoever_waits_for_100_continue_gets_it(gateway, upstream):
    with gateway.server.wire() as wire:
        wire.send(gateway.head("PUT", "/a", "Expect: 100-continue", "Content-Length: 5"))
        assert wire.receive().status == 100
        assert wire.send(b"hello").receive().status == 200
    assert upstream.next().body == b"hello"


def test_who_is_refused_is_not_told_to_continue(gateway, upstream):
    with gateway.server.wire() as wire:
        wire.send(gateway.head("PUT", "/a", "Expect: 100-continue", "Content-Length: 5", bearer="eyJ.eyJ.x"))
        assert wire.receive().status == 401
        assert wire.is_closed()


def test_an_early_response_comes_through_while_the_client_still_sends(make_gateway):
    with Upstream(lambda request, peer: ok(b"enough", "Connection: close", status="422 No"), reads_bodies=False) as upstream:
        gateway = make_gateway(route("/a", upstream.url))
        with gateway.server.wire() as wire:
            wire.send(gateway.head("POST", "/a", "Content-Length: 1000000") + b"x" * 1000)
            response = wire.receive()
            assert (response.status, response.body) == (422, b"enough")
            assert wire.is_closed()


def test_a_client_that_leaves_inside_its_body_leaves_no_whole_request_behind(gateway, upstream):
    wire = gateway.server.wire()
    wire.send(gateway.head("POST", "/a", "Content-Length: 1000") + b"x" * 10)
    eventually(lambda: upstream.connections == 1)
    wire.socket.close()
    assert gateway.get("/a").status_code == 200
    assert [request.method for request in upstream.requests] == ["GET"]


# Responses' bodies


@pytest.mark.parametrize("tail", [b"", b"X-Trailer: 1\r\n"])
def test_a_chunked_response_arrives_whole(gateway, upstream, tail):
    upstream.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"one") + chunk(PIECE) + b"0\r\n" + tail + b"\r\n"
    with gateway.server.wire() as wire:
        for _ in range(3):
            assert wire.send(gateway.head()).receive().body == b"one" + PIECE
    assert upstream.connections == 1


def test_a_response_that_ends_with_its_connection_arrives_whole(gateway, upstream):
    def answer(request, peer):
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n" + PIECE)
        return CLOSE

    upstream.answer = answer
    with gateway.server.wire() as wire:
        for _ in range(2):
            assert wire.send(gateway.head()).receive().body == PIECE
    assert upstream.connections == 2


def test_an_http_1_0_client_gets_no_chunks(gateway, upstream):
    upstream.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"one") + chunk(b"two") + b"0\r\n\r\n"
    with gateway.server.wire() as wire:
        head, body = wire.send(gateway.head(version="1.0")).rest().split(b"\r\n\r\n", 1)
    assert body == b"onetwo" and b"transfer-encoding" not in head.lower()
    assert upstream.next().line.endswith("HTTP/1.1")


@pytest.mark.parametrize("head", [b"Content-Length: 1234\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_an_answer_to_head_has_no_body_whatever_its_head_says(gateway, upstream, head):
    upstream.answer = lambda request, peer: b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" if request.method == "HEAD" else OK
    with gateway.server.wire() as wire:
        response = wire.send(gateway.head("HEAD")).receive_head()
        assert response.status == 200
        if b"Length" in head:
            assert response.header("Content-Length") == "1234"
        assert wire.send(gateway.head()).receive().body == b"ok"
    assert upstream.connections == 1


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_answers_without_a_body_keep_the_connection(gateway, upstream, status):
    upstream.answer = b"HTTP/1.1 " + status + b'\r\nETag: "x"\r\n\r\n'
    with gateway.server.wire() as wire:
        for _ in range(2):
            response = wire.send(gateway.head()).receive_head()
            assert response.status == int(status[:3]) and response.header("ETag") == '"x"'
            assert response.header("Transfer-Encoding") is None
    assert upstream.connections == 1


def test_informational_answers_are_not_taken_for_the_answer(gateway, upstream):
    upstream.answer = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK
    with gateway.server.wire() as wire:
        response = wire.send(gateway.head()).receive()
        while response.status < 200:
            response = wire.receive()
        assert response.body == b"ok"


# Large bodies


@pytest.mark.bare
def test_memory_stays_flat_whatever_the_upload(make_gateway):
    digest = hashlib.sha256()

    def read(request, peer):
        size = 0
        for piece, _ in peer.pieces(request):
            size += len(piece)
            digest.update(piece)
        return ok(str(size).encode())

    with Upstream(read, reads_bodies=False) as upstream:
        gateway = make_gateway(route("/a", upstream.url))
        gateway.get("/a")
        before = peak_memory(gateway.server)
        with gateway.server.wire(timeout=60) as wire:
            wire.send(gateway.head("PUT", "/a", f"Content-Length: {MANY}"))
            for _ in range(MANY // len(PIECE)):
                wire.send(PIECE)
            assert wire.receive().body == str(MANY).encode()
        assert digest.digest() == hashlib.sha256(PIECE * (MANY // len(PIECE))).digest()
        assert peak_memory(gateway.server) - before < 8 << 20


@pytest.mark.bare
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_memory_stays_flat_whatever_the_download(gateway, upstream, framing):
    def write(request, peer):
        peer.send(b"HTTP/1.1 200 OK\r\n" + (b"Content-Length: %d" % MANY if framing == "length" else b"Transfer-Encoding: chunked") + b"\r\n\r\n")
        for _ in range(MANY // len(PIECE)):
            peer.send(PIECE if framing == "length" else chunk(PIECE))
        return b"" if framing == "length" else b"0\r\n\r\n"

    gateway.get("/a")
    before = peak_memory(gateway.server)
    upstream.answer = write
    with gateway.server.wire(timeout=60) as wire:
        response = wire.send(gateway.head()).receive_head()
        assert response.header("Content-Length") == (str(MANY) if framing == "length" else None)
        got, size = hashlib.sha256(), 0
        while size < MANY:
            part = wire.take(len(PIECE)) if framing == "length" else wire.chunk()
            got.update(part)
            size += len(part)
    assert size == MANY and got.digest() == hashlib.sha256(PIECE * (MANY // len(PIECE))).digest()
    assert peak_memory(gateway.server) - before < 8 << 20


# Connections to the upstream


def test_a_connection_to_the_upstream_is_used_again(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url), top="threads = 1\n")
    for _ in range(5):
        assert gateway.get("/a").status_code == 200
        assert gateway.server.request("POST", "/a", bearer=gateway.token, data=b"x").status_code == 200
    assert upstream.connections == 1


def test_an_upstream_that_says_close_is_taken_at_its_word(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url), top="threads = 1\n")
    upstream.answer = ok(b"ok", "Connection: close")
    with gateway.server.wire() as wire:
        for _ in range(3):
            assert wire.send(gateway.head()).receive().body == b"ok"  # what it said of its connection says nothing of ours
    assert upstream.connections == 3


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_connection_that_died_while_idle_is_nobodys_problem(make_gateway, upstream, method):
    gateway = make_gateway(route("/a", upstream.url), top="threads = 1\n")
    assert gateway.get("/a").status_code == 200
    upstream.drop()
    assert gateway.request(method, "/a", data=b"x" if method == "POST" else None).status_code == 200
    assert upstream.connections == 2 and len(upstream.requests) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_an_upstream_says_unasked_is_no_answer(make_gateway, upstream, method):
    peers = []
    upstream.answer = lambda request, peer: peers.append(peer) or OK
    gateway = make_gateway(route("/a", upstream.url), top="threads = 1\n")
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head()).receive().status == 200
        peers[0].send(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        assert wire.send(gateway.head(method)).receive().status == 200
    assert upstream.connections == 2


def test_a_body_and_its_answer_may_go_at_the_same_time(make_gateway):
    def echo(request, peer):
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece, raw in peer.pieces(request):
            peer.send(raw)

    with Upstream(echo, reads_bodies=False) as upstream:
        gateway = make_gateway(route("/a", upstream.url))
        with gateway.server.wire() as wire:
            assert wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked")).receive_head().status == 200
            for number in range(20):
                wire.send(chunk(b"%d" % number))
                assert wire.chunk() == b"%d" % number
            wire.send(b"0\r\n\r\n")
            assert wire.chunk() == b""


@pytest.mark.parametrize("method, times", [("GET", 2), ("PUT", 2), ("POST", 1), ("PATCH", 1)])
def test_only_what_may_be_sent_twice_is_tried_again(make_gateway, upstream, method, times):
    """The upstream takes the request from an idle connection and closes without an answer: it may have done what was asked."""
    gateway = make_gateway(route("/a", upstream.url), top="threads = 1\n")
    assert gateway.get("/a").status_code == 200
    upstream.next()
    upstream.answer = lambda request, peer: CLOSE if peer.number == 1 else OK
    answer = gateway.request(method, "/a")
    assert answer.status_code == (200 if times == 2 else 502)
    assert [request.method for request in upstream.requests[1:]] == [method] * times


# Failures


def test_an_upstream_that_is_down_is_502_until_it_is_up(make_gateway):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # nobody else gets the port, and nobody listens on it
        gateway = make_gateway(route("/a", f"http://127.0.0.1:{held.getsockname()[1]}"))
        assert_refused(gateway.get("/a"), 502, "upstream_failed")
        with gateway.server.wire() as wire:
            for _ in range(2):
                assert_refused(wire.send(gateway.head("POST", "/a", "Content-Length: 1") + b"x").receive(), 502, "upstream_failed")


def test_an_upstream_that_does_not_answer_is_504(make_gateway, upstream):
    upstream.answer = None
    gateway = make_gateway(route("/a", upstream.url, response_timeout="1 s"))
    answer = gateway.get("/a")
    assert_refused(answer, 504, "upstream_timeout")
    assert len(upstream.requests) == 1
    # The date is one, although the clock went on while the request waited.
    assert abs(parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()) < 1.5


def test_an_upstream_that_does_not_accept_is_504(make_gateway):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]  # more than the backlog: whoever comes next waits
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(address)
        gateway = make_gateway(route("/a", f"http://127.0.0.1:{address[1]}", connect_timeout="1 s"))
        assert_refused(gateway.get("/a"), 504, "upstream_timeout")
        for client in waiting:
            client.close()


@pytest.mark.parametrize(
    "answer",
    [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b""]
    + [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: half"]
    + [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n"],
    ids=lambda answer: repr(answer[:40]),
)
def test_an_answer_that_cannot_be_read_is_502(gateway, upstream, answer):
    def say(request, peer):
        peer.send(answer)
        return CLOSE

    upstream.answer = say
    with gateway.server.wire() as wire:
        assert_refused(wire.send(gateway.head()).receive(), 502, "upstream_failed")
        upstream.answer = OK
        assert wire.send(gateway.head()).receive().body == b"ok"


@pytest.mark.parametrize("start", [b"Content-Length: 10\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"])
def test_an_answer_that_is_cut_is_seen_to_be_cut(gateway, upstream, start):
    def say(request, peer):
        peer.send(b"HTTP/1.1 200 OK\r\n" + start)
        return CLOSE

    upstream.answer = say
    with gateway.server.wire() as wire:
        got = wire.send(gateway.head()).rest()
    assert b"half" in got and not got.endswith(b"0\r\n\r\n")


def test_a_bad_chunk_ends_the_answer_where_it_comes(gateway, upstream):
    peers = []

    def say(request, peer):
        peers.append(peer)
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")

    upstream.answer = say
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head()).receive_head().status == 200
        assert wire.chunk() == b"half"
        peers[0].send(b"zz\r\n")
        assert wire.rest() == b""


def test_a_stream_that_stands_still_ends(make_gateway, upstream):
    upstream.answer = lambda request, peer: peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
    gateway = make_gateway(route("/a", upstream.url, idle_timeout="1 s"))
    with gateway.server.wire() as wire:
        got = wire.send(gateway.head()).rest()
    assert got.endswith(b"4\r\nhalf\r\n")


# Streams and their token


def begin_events(gateway, upstream, token, target="/a"):
    """An event stream whose first event has arrived. Returns the client's wire."""
    upstream.answer = lambda request, peer: peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"data: 0\n\n"))
    wire = gateway.server.wire()
    response = wire.send(gateway.head("GET", target, bearer=token)).receive_head()
    assert response.status == 200 and response.header("Content-Type") == "text/event-stream"
    assert wire.chunk() == b"data: 0\n\n"
    return wire


def test_events_arrive_one_by_one(gateway, upstream):
    peers = []

    def answer(request, peer):
        peers.append(peer)
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")

    upstream.answer = answer
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head()).receive_head().status == 200
        for number in range(20):  # each is read before the next is sent
            peers[0].send(chunk(b"data: %d\n\n" % number))
            assert wire.chunk() == b"data: %d\n\n" % number
        peers[0].send(b"0\r\n\r\n")
        assert wire.chunk() == b""


def ends_within(wire, seconds):
    start = time.monotonic()
    assert not wire.rest().endswith(b"0\r\n\r\n")
    took = time.monotonic() - start
    assert took < seconds, took


def revoke(gateway, token):
    gateway.admin.delete(f"/v1alpha/token/{token.id}")


def narrow(gateway, token):
    assert gateway.admin.patch(f"/v1alpha/token/{token.id}", {"endpoints": ["/b"]}).status_code == 200


@pytest.mark.parametrize("end", [revoke, narrow])
def test_a_stream_ends_with_what_allowed_it(gateway, upstream, end):
    token = gateway.admin.mint("of a stream")
    with begin_events(gateway, upstream, token) as wire:
        end(gateway, token)
        ends_within(wire, 1.0)


def test_a_stream_ends_when_its_token_expires(gateway, upstream):
    token = gateway.admin.mint("of a stream", life="2 seconds")
    with begin_events(gateway, upstream, token) as wire:
        ends_within(wire, 3.0)


def test_a_stream_goes_on_when_another_token_ends(gateway, upstream):
    token, other = gateway.admin.mint("of a stream"), gateway.admin.mint("of another")
    with begin_events(gateway, upstream, token) as wire, begin_events(gateway, upstream, other) as ending:
        revoke(gateway, other)
        ends_within(ending, 1.0)
        wire.socket.settimeout(0.7)
        with pytest.raises(TimeoutError):
            wire.socket.recv(1)


def test_a_request_whose_upstream_is_silent_ends_with_its_token_too(gateway, upstream):
    upstream.answer = None
    token = gateway.admin.mint("of a request")
    with gateway.server.wire() as wire:
        wire.send(gateway.head(bearer=token))
        upstream.next()
        revoke(gateway, token)
        assert wire.receive().status == 401


def test_an_upload_ends_with_its_token_too(gateway, upstream):
    token = gateway.admin.mint("of an upload")
    with gateway.server.wire() as wire:
        wire.send(gateway.head("POST", "/a", "Content-Length: 100000", bearer=token) + b"x" * 1000)
        eventually(lambda: upstream.connections)
        revoke(gateway, token)
        assert wire.receive().status == 401
        assert wire.is_closed()
    assert not upstream.has_heard()


@pytest.mark.parametrize("change", [lambda admin: admin.delete("/v1alpha/users/alice"), lambda admin: admin.patch("/v1alpha/users/alice", {"endpoints": ["/b"]})], ids=["deleted", "narrowed"])
def test_a_stream_ends_with_its_user(gateway, upstream, change):
    gateway.admin.post("/v1alpha/users/", {"username": "alice", "password": "the password of alice"})
    token = gateway.server.person("alice", "the password of alice").mint("hers")
    with begin_events(gateway, upstream, token) as wire:
        assert change(gateway.admin).status_code == 200
        ends_within(wire, 1.0)


def test_a_stream_ends_when_its_token_is_revoked_by_the_command_line(gateway, upstream):
    token = gateway.admin.mint("of a stream")
    with begin_events(gateway, upstream, token) as wire:
        assert gateway.server.cli("token", "revoke", token.id).returncode == 0
        ends_within(wire, 1.0)


def test_a_stream_that_cannot_be_written_ends_with_its_token_too(gateway, upstream):
    has_ended = threading.Event()

    def pour(request, peer):
        try:
            peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                peer.send(PIECE)
        except OSError:
            has_ended.set()
            raise

    upstream.answer = pour
    token = gateway.admin.mint("of a stream")
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head(bearer=token)).receive_head().status == 200  # and reads no more
        revoke(gateway, token)
        assert has_ended.wait(1.0)


# Clients


@pytest.mark.parametrize("begins", [True, False], ids=["in the stream", "before its head"])
def test_a_client_that_left_is_not_waited_for(make_gateway, begins):
    has_ended = threading.Event()

    def answer(request, peer):
        if begins:
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        if peer.is_closed():
            has_ended.set()
        return CLOSE

    with Upstream(answer) as upstream:
        gateway = make_gateway(route("/a", upstream.url))
        wire = gateway.server.wire()
        wire.send(gateway.head())
        if begins:
            assert wire.receive_head().status == 200
        upstream.next()
        wire.socket.close()
        assert has_ended.wait(10)


def test_a_client_that_only_says_that_it_sends_no_more_gets_its_answer(gateway, upstream):
    with gateway.server.wire() as wire:
        wire.send(gateway.head())
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.receive().body == b"ok"


def test_requests_that_come_together_are_answered_in_their_order(gateway, upstream):
    upstream.answer = lambda request, peer: ok(request.target.encode() + request.body)
    with gateway.server.wire() as wire:
        wire.send(b"".join(gateway.head("POST", f"/a/{number}", "Content-Length: 2") + b"%02d" % number for number in range(20)))
        for number in range(20):
            assert wire.receive().body == b"/a/%d%02d" % (number, number)


def test_a_body_that_does_not_come_is_408(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url), top='idle_timeout = "1 s"\n')
    with gateway.server.wire() as wire:
        wire.send(gateway.head("POST", "/a", "Content-Length: 100000") + b"x")
        assert_refused(wire.receive(), 408, "timeout")
        assert wire.is_closed()


@pytest.mark.parametrize("lines", [("Content-Length: 5", "Transfer-Encoding: chunked"), ("Content-Length: 1", "Content-Length: 2"), ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
                                   ("Transfer-Encoding : chunked",), ("X: a", " Transfer-Encoding: chunked")])
def test_a_body_that_ends_where_one_likes_is_400(gateway, upstream, lines):
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head("POST", "/a", *lines) + b"0\r\n\r\nGET /b HTTP/1.1\r\nHost: b\r\n\r\n").receive().status == 400
        assert wire.is_closed()
    assert not upstream.has_heard()


def test_many_at_once_each_get_their_own(gateway, upstream):
    upstream.answer = lambda request, peer: ok(request.target.encode() + b" " + request.body)
    faults = []

    def ask(name):
        with gateway.server.wire() as wire:
            for number in range(50):
                body = b"%d" % number * number
                got = wire.send(gateway.head("PUT", f"/a/{name}/{number}", f"Content-Length: {len(body)}") + body).receive().body
                if got != f"/a/{name}/{number} ".encode() + body:
                    faults.append(got)

    threads = [threading.Thread(target=ask, args=(name,)) for name in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults and len(upstream.requests) == 1000
    assert upstream.connections < 100


def test_an_upstream_of_http_1_0_is_understood(gateway, upstream):
    def answer(request, peer):
        peer.send(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
        return CLOSE

    upstream.answer = answer
    with gateway.server.wire() as wire:
        for _ in range(2):
            assert wire.send(gateway.head()).receive().body == b"ok"


# The end of the server


def test_what_is_in_flight_when_the_time_is_up_is_cut(make_gateway, upstream):
    """One of each kind; the server must still end cleanly."""
    gateway = make_gateway(route("/a", upstream.url), top='drain_timeout = "1 s"\n')
    with begin_events(gateway, upstream, gateway.token) as stream, gateway.server.wire() as upload, gateway.server.wire() as waiting:
        upload.send(gateway.head("POST", "/a", "Content-Length: 100000") + b"x" * 1000)
        eventually(lambda: upstream.connections == 2)
        upstream.answer = None
        waiting.send(gateway.head())
        eventually(lambda: len(upstream.requests) == 2)
        gateway.server.terminate()
        assert gateway.server.wait() == 0
        assert stream.rest() == b""
