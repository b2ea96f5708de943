# SPDX-License-Identifier: MIT
"""The OpenAPI document, judged by a validator that is not ours, and the check of recorded responses against it."""

import copy
import json
import re
import socket
import subprocess
from pathlib import Path

import pytest
from support import exchanges
from support.responses import assert_error
from support.server import Server
from support.wire import Wire

HERE = Path(__file__).resolve().parent
ALWAYS = [["Cache-Control", "no-store"], ["X-Content-Type-Options", "nosniff"]]
LIVE = {"method": "GET", "path": "/healthz/liveness", "status": 200, "headers": ALWAYS, "body": '{"message":"i am alive"}', "test": "x"}
DENIED = {**LIVE, "path": "/v1alpha/whoami", "status": 401, "body": '{"message":"No.","error":"unauthorized"}'}
DENIED["headers"] = [*ALWAYS, ["WWW-Authenticate", 'Basic realm="warder", charset="UTF-8"'], ["WWW-Authenticate", 'Bearer realm="warder"']]
USER = {"username": "alice", "is_admin": False, "endpoints": None, "tokens": 0, "created_at": "2026-01-01T00:00:00Z"}
SHOWN = {**LIVE, "path": "/api/v1alpha/users/alice/", "body": json.dumps(USER)}


@pytest.fixture(scope="module")
def document_text(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("openapi") / "data").start()
    text = server.get("/openapi.json").text
    server.stop()
    return text


@pytest.fixture
def document(document_text):
    return json.loads(document_text)


def validate(document, tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document))
    return subprocess.run(["node", HERE / "check_document.mjs", path], capture_output=True, text=True, timeout=60, check=False)


def check(document, tmp_path, *recorded):
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    (tmp_path / "1.jsonl").write_text("".join(json.dumps(exchange) + "\n" for exchange in recorded))
    return exchanges.check(tmp_path / "openapi.json", tmp_path)


def test_document_is_served_without_credential_at_one_path(warder):
    answer = warder.get("/openapi.json")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json"
    assert len(answer.content) <= 98304
    assert warder.get("/openapi.json/").content == answer.content
    assert warder.get("/openapi.json", auth=("nobody", "wrong")).status_code == 200
    for path in ("/v1alpha/openapi.json", "/api/openapi.json"):
        assert_error(warder.get(path), 404, "not_found")


def test_document_answers_head_and_options_and_no_other_method(warder):
    head = warder.request("HEAD", "/openapi.json")
    assert head.status_code == 200 and head.content == b""
    assert warder.request("OPTIONS", "/openapi.json").headers["Allow"] == "GET, HEAD, OPTIONS"
    assert_error(warder.post("/openapi.json"), 405, "method_not_allowed")
    assert_error(warder.get("/openapi.json?a=b"), 400, "bad_field")


def test_document_under_a_foreign_host_is_421(warder):
    assert_error(warder.get("/openapi.json", headers={"Host": "foreign.invalid"}), 421, "misdirected")


def test_document_is_valid_openapi_3_1(document, tmp_path):
    done = validate(document, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document["paths"]["/v1alpha/whoami"]["get"]["responses"]["200"].pop("description"),
        lambda document: document["components"]["headers"].update(Allow={"required": True}),
        lambda document: document.update(openapi="3.0.3"),
        lambda document: document["paths"].update({"v1alpha": {}}),
    ],
)
def test_validator_rejects_a_spoiled_document(document, tmp_path, spoil):
    spoil(document)
    assert validate(document, tmp_path).returncode == 1


def test_described_responses_are_accepted(document, tmp_path):
    head = {**LIVE, "method": "HEAD", "body": ""}
    not_allowed = {**LIVE, "method": "TRACE", "status": 405, "body": '{"message":"No.","error":"method_not_allowed"}'}
    not_allowed["headers"] = [*ALWAYS, ["Allow", "GET, HEAD, OPTIONS"]]
    is_described, report = check(document, tmp_path, LIVE, DENIED, SHOWN, head, not_allowed, {**SHOWN, "body": None})
    assert is_described, report
    assert report == "6 different responses checked against /openapi.json, 0 are not described by it\n"


@pytest.mark.parametrize(
    "base, change, complaint",
    [
        (LIVE, {"status": 418}, "the status 418 is not in the document"),
        (LIVE, {"path": "/v1alpha/nothing"}, "the path is not in the document"),
        (LIVE, {"body": '{"message":"I am alive"}'}, "must be equal to constant"),
        (LIVE, {"body": '{"message":"i am alive"'}, "the body is not JSON"),
        (LIVE, {"headers": ALWAYS[:1], "body": None}, "the header X-Content-Type-Options is missing"),
        (LIVE, {"headers": ALWAYS[:1]}, "the header X-Content-Type-Options is missing"),
        (LIVE, {"headers": [*ALWAYS, ["X-New", "1"]]}, "the header x-new is not in the document"),
        (DENIED, {"body": '{"message":"No.","error":"unauthorised"}'}, "must be equal to one of the allowed values"),
        (DENIED, {"body": '{"message":"No.","error":"forbidden"}'}, "must be equal to one of the allowed values"),
        (DENIED, {"body": '{"error":"unauthorized"}'}, "must have required property 'message'"),
        (DENIED, {"headers": ALWAYS}, "the header WWW-Authenticate is missing"),
        (SHOWN, {"body": json.dumps({**USER, "tokens": "0"})}, "must be integer"),
        (SHOWN, {"body": json.dumps({**USER, "email": "a"})}, "must NOT have additional properties"),
        (SHOWN, {"body": json.dumps({key: USER[key] for key in USER if key != "endpoints"})}, "must have required property 'endpoints'"),
        (SHOWN, {"body": json.dumps({**USER, "created_at": "yesterday"})}, 'must match format "date-time"'),
    ],
)
def test_response_that_the_document_does_not_describe_is_reported(document, tmp_path, base, change, complaint):
    is_described, report = check(document, tmp_path, LIVE, {**copy.deepcopy(base), **change})
    assert not is_described
    assert complaint in report
    assert "2 different responses checked against /openapi.json, 1 are not described by it" in report


def test_recorder_writes_each_kind_of_response_once(tmp_path):
    recorder = exchanges.Recorder(tmp_path)
    for number in range(3):
        recorder.record("GET", f"/v1alpha/users/u{number}", 200, ALWAYS, f'{{"tokens":{number}}}'.encode())
    recorder.record("GET", "/v1alpha/users/u1", 200, ALWAYS, b'{"tokens":null}')
    recorder.record("GET", "/v1alpha/users/u1", 404, ALWAYS, b'{"tokens":1}')
    recorder.record("GET", "/v1alpha/of-an-upstream", 200, ALWAYS, b"{}")
    lines = recorder.file.name and Path(recorder.file.name).read_text().splitlines()
    assert [json.loads(line)["body"] for line in lines] == ['{"tokens":0}', '{"tokens":null}', '{"tokens":1}']


def test_recorder_knows_every_path_of_the_document(document):
    unknown = [path for path in document["paths"] if not exchanges.CALLS.fullmatch(re.sub(r"{\w+}", "x", path))]
    assert unknown == []


ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'
HEAD_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'
CHUNKED_ANSWER = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n'


def request(method, path, *lines, body=b""):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode() + body


@pytest.fixture
def talk(tmp_path, monkeypatch):
    """Sends requests to a peer that gives fixed answers, and returns what was recorded."""
    recorder = exchanges.Recorder(tmp_path)
    monkeypatch.setattr(exchanges, "_recorder", recorder)

    def talk(sent, answers, converse):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            wire = Wire(listener.getsockname()[1], conversation=exchanges.Conversation())
            peer, _ = listener.accept()
            with wire, peer:
                wire.send(sent)
                peer.sendall(answers)
                peer.shutdown(socket.SHUT_WR)
                converse(wire)
        lines = map(json.loads, Path(recorder.file.name).read_text().splitlines())
        return [(line["method"], line["path"], line["status"], line["body"]) for line in lines]

    return talk


def receive_all(wire):
    while wire.receive() is not None:
        pass


POST = request("POST", "/v1alpha/preview", "Content-Length: 2", body=b"{}")
CHUNKED_POST = request("POST", "/v1alpha/introspect", "Transfer-Encoding: chunked", body=b"3;x=y\r\nabc\r\n0\r\nX: y\r\n\r\n")


def test_each_response_on_a_connection_is_recorded_with_its_request(talk):
    sent = POST + CHUNKED_POST + request("GET", "/v1alpha/whoami?a=b")
    answers = b"HTTP/1.1 100 Continue\r\n\r\n" + ANSWER + CHUNKED_ANSWER + ANSWER
    expected = [("POST", "/v1alpha/preview", 200, "{}"), ("POST", "/v1alpha/introspect", 200, "[]"), ("GET", "/v1alpha/whoami", 200, "{}")]
    assert talk(sent, answers, receive_all) == expected


def test_responses_that_are_read_until_the_connection_ends_are_recorded(talk):
    assert [path for _, path, _, _ in talk(POST + CHUNKED_POST, ANSWER + CHUNKED_ANSWER, lambda wire: wire.rest())] == ["/v1alpha/preview", "/v1alpha/introspect"]


def test_head_of_a_response_that_the_end_of_the_connection_delimits_is_recorded(talk):
    answer = b"HTTP/1.1 200 OK\r\n\r\n{}"
    assert talk(request("GET", "/v1alpha/token/"), answer, lambda wire: wire.receive() and wire.rest()) == [("GET", "/v1alpha/token/", 200, None)]


def test_head_response_and_head_of_an_unread_body_are_recorded(talk):
    def receive_heads(wire):
        wire.receive_head()
        wire.receive_head()
        assert wire.chunk() == b"[]"

    sent = request("HEAD", "/v1alpha/whoami") + request("GET", "/v1alpha/token/")
    expected = [("HEAD", "/v1alpha/whoami", 200, ""), ("GET", "/v1alpha/token/", 200, None)]
    assert talk(sent, HEAD_ANSWER + CHUNKED_ANSWER, receive_heads) == expected


@pytest.mark.parametrize(
    "first",
    [
        request("POST", "/v1alpha/preview", "Content-Length: 100", body=b"{}"),
        request("POST", "/v1alpha/preview", "Content-Length: 2", "Content-Length: 2", body=b"{}"),
        request("POST", "/v1alpha/preview", "Transfer-Encoding: chunked", body=b"zz\r\n{}\r\n0\r\n\r\n"),
        b"POST /v1alpha/preview HTTP/1.1\r\nHost",
    ],
)
def test_nothing_is_recorded_after_a_request_whose_end_is_unknown(talk, first):
    assert [path for _, path, _, _ in talk(first + request("GET", "/v1alpha/whoami"), ANSWER + ANSWER, receive_all)] == ["/v1alpha/preview"]
