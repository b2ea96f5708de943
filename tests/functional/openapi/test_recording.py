# SPDX-License-Identifier: MIT
"""The record of responses: what clients in the tests receive is recorded with its request, whichever client it is."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import threading
import urllib.request
from pathlib import Path

import pytest
import requests
from support import exchanges, observers
from support.wire import Replay, Wire

ALWAYS = [["Cache-Control", "no-store"], ["X-Content-Type-Options", "nosniff"]]


def test_recorder_writes_each_kind_of_response_once(tmp_path):
    recorder = exchanges.Recorder(tmp_path)
    for number in range(3):
        recorder.record("GET", f"/v1alpha/users/u{number}", 200, ALWAYS, f'{{"tokens":{number}}}'.encode())
    recorder.record("GET", "/v1alpha/users/u1", 200, ALWAYS, b'{"tokens":null}')
    recorder.record("GET", "/v1alpha/users/u1", 404, ALWAYS, b'{"tokens":1}')
    recorder.record("GET", "/v1alpha/of-an-upstream", 200, ALWAYS, b"{}")
    lines = recorder.file.name and Path(recorder.file.name).read_text().splitlines()
    assert [json.loads(line)["body"] for line in lines] == ['{"tokens":0}', '{"tokens":null}', '{"tokens":1}']


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
HEAD_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
OPEN_ANSWER = b"HTTP/1.1 200 OK\r\n\r\n{}"
CHUNKED_ANSWER = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n"


def request(method, path, *lines, body=b""):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode() + body


@pytest.fixture
def recorder(tmp_path, monkeypatch):
    recorder = exchanges.Recorder(tmp_path)
    monkeypatch.setattr(exchanges, "_recorder", recorder)
    return recorder


def recorded(recorder):
    lines = map(json.loads, Path(recorder.file.name).read_text().splitlines())
    return [(line["method"], line["path"], line["status"], line["body"]) for line in lines]


@pytest.fixture
def exchange(recorder):
    """Sends requests to a peer that gives fixed answers, and returns what was recorded."""

    def exchange(sent, answers, read):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            wire = Wire(listener.getsockname()[1], conversation=exchanges.Conversation())
            peer, _ = listener.accept()
            with wire, peer:
                wire.send(sent)
                peer.sendall(answers)
                peer.shutdown(socket.SHUT_WR)
                read(wire)
        return recorded(recorder)

    return exchange


def receive_all(wire):
    while wire.receive() is not None:
        pass


POST = request("POST", "/v1alpha/preview", "Content-Length: 2", body=b"{}")
CHUNKED_POST = request("POST", "/v1alpha/introspect", "Transfer-Encoding: chunked", body=b"3;x=y\r\nabc\r\n0\r\nX: y\r\n\r\n")


def test_each_response_on_a_connection_is_recorded_with_its_request(exchange):
    sent = POST + CHUNKED_POST + request("GET", "/v1alpha/whoami?a=b")
    answers = b"HTTP/1.1 100 Continue\r\n\r\n" + ANSWER + CHUNKED_ANSWER + ANSWER
    expected = [("POST", "/v1alpha/preview", 200, "{}"), ("POST", "/v1alpha/introspect", 200, "[]"), ("GET", "/v1alpha/whoami", 200, "{}")]
    assert exchange(sent, answers, receive_all) == expected


def test_responses_that_are_read_until_the_connection_ends_are_recorded(exchange):
    assert [path for _, path, _, _ in exchange(POST + CHUNKED_POST, ANSWER + CHUNKED_ANSWER, lambda wire: wire.rest())] == ["/v1alpha/preview", "/v1alpha/introspect"]


@pytest.mark.parametrize("read", [lambda wire: wire.receive() and wire.rest(), lambda wire: wire.rest()], ids=["head first", "at once"])
def test_body_that_the_end_of_the_connection_delimits_is_recorded_after_its_head(exchange, read):
    expected = [("GET", "/v1alpha/token/", 200, None), ("GET", "/v1alpha/token/", 200, "{}")]
    assert exchange(request("GET", "/v1alpha/token/"), OPEN_ANSWER, read) == expected


def test_head_response_and_head_of_an_unread_body_are_recorded(exchange):
    def receive_heads(wire):
        wire.receive_head()
        wire.receive_head()
        assert wire.chunk() == b"[]"

    sent = request("HEAD", "/v1alpha/whoami") + request("GET", "/v1alpha/token/")
    expected = [("HEAD", "/v1alpha/whoami", 200, ""), ("GET", "/v1alpha/token/", 200, None)]
    assert exchange(sent, HEAD_ANSWER + CHUNKED_ANSWER, receive_heads) == expected


@pytest.mark.parametrize(
    "first",
    [
        request("POST", "/v1alpha/preview", "Content-Length: 100", body=b"{}"),
        request("POST", "/v1alpha/preview", "Content-Length: 2", "Content-Length: 2", body=b"{}"),
        request("POST", "/v1alpha/preview", "Transfer-Encoding: chunked", body=b"zz\r\n{}\r\n0\r\n\r\n"),
        b"POST /v1alpha/preview HTTP/1.1\r\nHost",
    ],
)
def test_nothing_is_recorded_after_a_request_whose_end_is_unknown(exchange, first):
    assert [path for _, path, _, _ in exchange(first + request("GET", "/v1alpha/whoami"), ANSWER + ANSWER, receive_all)] == ["/v1alpha/preview"]


# Clients that record without the help of a test


@contextlib.contextmanager
def peer_that_answers(answer):
    """Yields the port of a peer that gives a fixed answer to each connection, and closes it."""

    def serve():
        with contextlib.suppress(OSError):  # the end of the test closes the listener
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def request_with_http_client(port, method):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request(method, "/v1alpha/whoami?a=b")
        connection.getresponse().read()


def request_with_requests(port, method):
    with requests.Session() as session:
        session.trust_env = False
        session.request(method, f"http://127.0.0.1:{port}/v1alpha/whoami?a=b", timeout=20)


def request_with_urllib(port, method):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(f"http://127.0.0.1:{port}/v1alpha/whoami?a=b", method=method), timeout=20) as response:
        response.read()


@pytest.mark.parametrize("answer", [ANSWER, CHUNKED_ANSWER, OPEN_ANSWER], ids=["length", "chunks", "end of connection"])
@pytest.mark.parametrize("send", [request_with_http_client, request_with_requests, request_with_urllib])
def test_response_to_a_python_client_is_recorded_if_its_server_is_watched(recorder, send, answer):
    with peer_that_answers(answer) as port:
        send(port, "GET")
        assert recorded(recorder) == []
        recorder.ports.add(port)
        send(port, "GET")
    assert recorded(recorder)[-1] == ("GET", "/v1alpha/whoami", 200, "[]" if answer == CHUNKED_ANSWER else "{}")


@pytest.mark.parametrize("send", [request_with_http_client, request_with_requests, request_with_urllib])
def test_head_response_to_a_python_client_is_recorded(recorder, send):
    with peer_that_answers(HEAD_ANSWER) as port:
        recorder.ports.add(port)
        send(port, "HEAD")
    assert recorded(recorder) == [("HEAD", "/v1alpha/whoami", 200, "")]


def test_head_of_a_response_that_a_python_client_does_not_read_is_recorded(recorder):
    with peer_that_answers(ANSWER.removesuffix(b"}")) as port:
        recorder.ports.add(port)
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request("POST", "/v1alpha/preview", b"x" * 100)
            connection.getresponse().close()
    assert recorded(recorder) == [("POST", "/v1alpha/preview", 200, None)]


@pytest.mark.parametrize("answer", [ANSWER, CHUNKED_ANSWER, OPEN_ANSWER], ids=["length", "chunks", "end of connection"])
def test_response_to_curl_is_recorded_and_its_output_unchanged(recorder, tmp_path, monkeypatch, answer):
    monkeypatch.setenv(exchanges.VARIABLE, str(tmp_path))
    (tmp_path / "bin").mkdir()
    observers.observe_curl(tmp_path / "bin")
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "PYTEST_CURRENT_TEST": "the test (call)"}
    with peer_that_answers(answer) as port:
        command = ["curl", "-sS", "--noproxy", "*", "--data", "x" * 500, f"http://127.0.0.1:{port}/v1alpha/preview"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    body = "[]" if answer == CHUNKED_ANSWER else "{}"
    assert (done.stdout, done.stderr) == (body, "")
    observers.record_traces(tmp_path)
    assert recorded(recorder)[-1] == ("POST", "/v1alpha/preview", 200, body)
    assert json.loads(Path(recorder.file.name).read_text().splitlines()[-1])["test"] == "the test"


def test_name_of_a_proxy_that_passed_a_response_on_is_not_recorded(recorder, tmp_path):
    answer = ANSWER.replace(b"Content", b"Server: nginx\r\nContent", 1)
    for passes_proxies, names in ((False, ["Server", "Content-Length"]), (True, ["Content-Length"])):
        conversation = exchanges.Conversation("a test", passes_proxies=passes_proxies)
        conversation.send(request("GET", "/v1alpha/whoami"))
        Replay(answer, conversation).receive_all()
        line = json.loads(Path(recorder.file.name).read_text().splitlines()[-1])
        assert [name for name, _ in line["headers"]] == names


def test_trace_of_a_curl_that_was_killed_is_read_up_to_its_end():
    trace = "== Info: Connected\n=> Send header, 4 bytes (0x4)\n0000: 47 45 54 20                                     GET \n<= Recv header, 9 bytes (0x9)\n0000: 48 54 5"
    assert observers.read_trace(trace) == (b"GET ", b"HT")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ANSWER[:-1]], ids=["invalid chunk", "cut off"])
def test_head_of_a_response_with_an_incomplete_body_is_recorded(exchange, answer):
    assert exchange(request("GET", "/v1alpha/whoami"), answer, lambda wire: wire.rest()) == [("GET", "/v1alpha/whoami", 200, None)]
