# SPDX-License-Identifier: MIT
"""The OpenAPI document, judged by a validator that is not ours, and the check of recorded responses against it."""

import copy
import json
import re
import subprocess
from pathlib import Path

import pytest
from support import exchanges
from support.responses import assert_error
from support.server import Server

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


def test_recorder_knows_every_path_of_the_document(document):
    unknown = [path for path in document["paths"] if not exchanges.CALLS.fullmatch(re.sub(r"{\w+}", "x", path))]
    assert unknown == []
