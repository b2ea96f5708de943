# SPDX-License-Identifier: MIT
"""Requests of S3 clients: SigV4 signs the Host that the client sent."""

import datetime
import hashlib
import hmac

import requests
from support.programs import UPSTREAMS, running
from support.server import ADMIN_PASSWORD
from support.upstream import Upstream, route

KEY_ID = SECRET = "S3RVER"
REGION = "us-east-1"


def sign(method, host, path, body, now=None):
    """Returns the headers of AWS Signature Version 4 for a request without a query."""
    now = now or datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": now}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = "\n".join((method, path, "", lines, names, digest))
    scope = f"{now[:8]}/{REGION}/s3/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    del headers["host"]
    return {**headers, "Authorization": f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={names}, Signature={signature}"}


def test_signed_object_is_stored_and_fetched_through_the_gateway(start_server, tmp_path):
    (tmp_path / "objects").mkdir()
    with running(["node", UPSTREAMS / "s3_server.js", tmp_path / "objects"], tmp_path) as port:
        server = start_server(
            config_text=f'[[route]]\nprefix = "/bucket"\nupstream = "http://127.0.0.1:{port}"\ncredential = "pass"\npreserve_host = true\n'
        )
        token = server.person("admin", ADMIN_PASSWORD).mint("objects", endpoints=["GET,PUT /bucket/**"])

        def send(method, body=b""):
            headers = {**sign(method, f"127.0.0.1:{server.port}", "/bucket/a.txt", body), "X-Warder-Token": str(token)}
            return requests.request(method, f"{server.url}/bucket/a.txt", data=body, headers=headers, timeout=30)

        assert send("PUT", b"content").status_code == 200
        answer = send("GET")
        assert answer.content == b"content"
        assert "private" in answer.headers["Cache-Control"]


def test_signature_of_the_client_is_valid_for_the_host_that_the_upstream_gets(start_server):
    with Upstream() as upstream:
        server = start_server(config_text=route("/bucket", upstream.url, credential="pass", preserve_host=True))
        token = server.person("admin", ADMIN_PASSWORD).mint("objects")
        signed = sign("PUT", f"127.0.0.1:{server.port}", "/bucket/a.txt", b"content")
        requests.put(f"{server.url}/bucket/a.txt", data=b"content", headers={**signed, "X-Warder-Token": str(token)}, timeout=30)
        got = upstream.next()
    assert got.header("Authorization") == sign(got.method, got.header("Host"), got.target, got.body, got.header("x-amz-date"))["Authorization"]
