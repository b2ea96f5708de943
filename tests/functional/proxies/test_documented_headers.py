# SPDX-License-Identifier: MIT
"""Traefik and Envoy are not in Debian: the tests send decision requests as their documentation describes, with the configurations from our pages."""

import types

import pytest
import yaml
from support.proxies import block
from support.responses import BASIC, BEARER, challenges
from support.server import ADMIN_PASSWORD

PATH_TRICKS = ["/pub/%2e%2e/secret", "/pub/../secret", "//secret", "/pub//../secret", "/pub/..%2fsecret", "/pub%2f..%2fsecret", "/pub/..;/secret",
               "/pub/..%3b/secret", "/pub/..%5csecret", "/pub/..\\secret", "/pub/%252e%252e/secret", "/secret?/pub/a", "/public"]


class Traefik:
    """Sends GET to the address with the headers that authRequestHeaders names, and describes the request in X-Forwarded-* headers that it sets itself."""

    def __init__(self):
        self.settings = yaml.safe_load(block("traefik", "yaml"))["http"]
        self.middlewares = self.settings["middlewares"]
        self.forward = self.middlewares["ask-warder"]["forwardAuth"]

    def decision_request(self, port, method, target, host, headers):
        allowed = {name.lower() for name in self.forward["authRequestHeaders"]}
        fields = [(name, value) for name, value in headers if name.lower() in allowed]
        fields += [("X-Forwarded-Method", method), ("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", host)]
        fields += [("X-Forwarded-Uri", target), ("X-Forwarded-For", "192.0.2.1")]
        return "GET", self.forward["address"].removeprefix("http://127.0.0.1:8441"), f"127.0.0.1:{port}", fields

    def to_application(self):
        return self.forward["authResponseHeaders"]

    def removed_before(self):
        return self.middlewares["clear-families"]["headers"]["customRequestHeaders"]

    def removed_after(self):
        order = self.settings["routers"]["api"]["middlewares"]
        assert order == ["clear-families", "ask-warder", "drop-token"]
        return self.middlewares["drop-token"]["headers"]["customRequestHeaders"]


class Envoy:
    """Sends the method, the host, Authorization and the headers that allowed_headers names; the path follows the prefix."""

    def __init__(self):
        (listener,) = yaml.safe_load(block("envoy", "yaml"))["static_resources"]["listeners"]
        self.manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        self.filter = self.manager["http_filters"][0]["typed_config"]

    def decision_request(self, _, method, target, host, headers):
        allowed = {"authorization"} | {pattern["exact"] for pattern in self.filter["allowed_headers"]["patterns"]}
        fields = [(name, value) for name, value in headers if name.lower() in allowed]
        return method, self.filter["http_service"]["path_prefix"] + target, host, [*fields, ("Content-Length", "0")]

    def to_application(self):
        return [pattern["exact"] for pattern in self.filter["http_service"]["authorization_response"]["allowed_upstream_headers"]["patterns"]]

    def removed_before(self):
        (extension,) = self.manager["early_header_mutation_extensions"]
        return [mutation["remove"] for mutation in extension["typed_config"]["mutations"]]

    def removed_after(self):
        return self.manager["route_config"]["virtual_hosts"][0]["request_headers_to_remove"]


@pytest.fixture(params=[Traefik, Envoy])
def documented_proxy(request, start_server):
    """An emulated proxy: `decide(method, target, token)` sends a decision request as its documentation describes."""
    proxy = request.param()
    server = start_server(config_text=block(request.param.__name__.lower(), "toml"))
    admin = server.person("admin", ADMIN_PASSWORD)
    assert admin.post("/v1alpha/users/", {"username": "alice", "password": "alice's password"}).status_code == 201

    def decide(method, target, token=None, host="api.example.org", headers=()):
        sent = [*headers, *([("Authorization", f"Bearer {token}")] if token else [])]
        method, path, host, fields = proxy.decision_request(server.port, method, target, host, sent)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in fields), "", ""]
        with server.wire() as wire:
            wire.send("\r\n".join(lines).encode())
            return wire.receive(head_only=method == "HEAD")

    return types.SimpleNamespace(proxy=proxy, decide=decide, alice=server.person("alice", "alice's password"))


def test_decision_without_a_token_is_401_with_both_challenges(documented_proxy):
    refused = documented_proxy.decide("GET", "/a")
    assert refused.status == 401
    assert challenges(refused) == [BASIC, BEARER]


def test_decision_with_a_valid_token_is_200_and_names_the_user(documented_proxy):
    answer = documented_proxy.decide("POST", "/any/thing?a=b", documented_proxy.alice.mint("good"))
    assert answer.status == 200
    assert [answer.header(name) for name in documented_proxy.proxy.to_application()] == ["alice"]
    assert documented_proxy.decide("GET", "/a", headers=[("X-Warder-Token", str(documented_proxy.alice.mint("other")))]).status == 200


def test_decision_for_a_scoped_token_is_403_outside_of_its_grants(documented_proxy):
    token = documented_proxy.alice.mint("narrow", endpoints=["GET //api.example.org/pub/**"])
    for method, target in (("GET", "/pub/a?b=c"), ("HEAD", "/pub/a")):
        assert documented_proxy.decide(method, target, token).status == 200, (method, target)
    for method, target in (("GET", "/secret"), ("POST", "/pub/a"), ("DELETE", "/pub/a")):
        assert documented_proxy.decide(method, target, token).status == 403, (method, target)
    assert documented_proxy.decide("GET", "/pub/a", token, host="other.example.org").status == 403


def test_forged_original_and_forwarded_headers_do_not_change_the_decision(documented_proxy):
    token = documented_proxy.alice.mint("narrow", endpoints=["GET /pub/**"])
    names = ["X-Original-Method", "X-Original-URI", "X-Original-Host", "X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Host", "X-Warder-User"]
    headers = [(spelling, "/pub/a") for name in names for spelling in (name, name.replace("-", "_"))]
    assert documented_proxy.decide("GET", "/secret", token, headers=headers).status == 403
    assert documented_proxy.decide("GET", "/pub/a", token, headers=headers).status == 200


def test_decision_for_a_path_trick_outside_of_the_grant_is_400_or_403(documented_proxy):
    token = documented_proxy.alice.mint("narrow", endpoints=["GET /pub/**"])
    for target in PATH_TRICKS:
        assert documented_proxy.decide("GET", target, token).status in (400, 403), target


def test_decision_authorizes_destination_method_override_and_copy_source(documented_proxy):
    token = documented_proxy.alice.mint("mine", endpoints=["GET,POST,COPY,MOVE //api.example.org/mine/**"])
    for method in ("COPY", "MOVE"):
        for destination, status in (("/mine/b", 200), ("http://api.example.org/mine/b", 200), ("/other/b", 403), ("http://other.example.org/mine/b", 403)):
            assert documented_proxy.decide(method, "/mine/a", token, headers=[("Destination", destination)]).status == status, (method, destination)
        assert documented_proxy.decide(method, "/mine/a", token).status == 403
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert [documented_proxy.decide("POST", "/mine/a", token, headers=[(name, method)]).status for method in ("GET", "DELETE")] == [200, 403], name
    copies = documented_proxy.alice.mint("bucket", endpoints=["GET,PUT /bucket/**"])
    assert [documented_proxy.decide("PUT", "/bucket/a", copies, headers=[("X-Amz-Copy-Source", source)]).status for source in ("bucket/b", "other/b")] == [200, 403]


def test_decision_for_a_revoked_token_is_401_on_the_next_request(documented_proxy):
    token = documented_proxy.alice.mint("short-lived")
    assert documented_proxy.decide("GET", "/a", token).status == 200
    assert documented_proxy.alice.delete(f"/v1alpha/token/{token.id}").status_code == 200
    assert documented_proxy.decide("GET", "/a", token).status == 401


@pytest.mark.parametrize("kind", [Traefik, Envoy])
def test_documented_configuration_removes_the_token_and_forged_header_families(kind):
    proxy = kind()
    assert {name.lower() for name in proxy.removed_after()} == {"authorization", "x-warder-token"}
    removed = {name.lower() for name in proxy.removed_before()}
    wanted = {"x-warder-user", "x-warder-token-id", "x-warder-admin", "x-original-method", "x-original-uri", "x-original-host", "x-forwarded-user", "remote-user"}
    wanted |= {"script-name", "x-script-name", "path-info", "x-rewrite-url", "proxy", "x-host", "front-end-https", "x-remote-user", "x-webauth-user", "x-auth-request-user"}
    assert wanted <= removed
    assert not removed & {"authorization", "x-warder-token"}


def test_documented_configurations_fail_closed_and_trust_no_client_headers():
    traefik, envoy = Traefik(), Envoy()
    assert traefik.forward["trustForwardHeader"] is False
    assert {"X_Warder_User", "X_Warder-User", "X-Warder_User", "X_Original_Uri", "X_Forwarded_Uri"} <= set(traefik.removed_before())
    assert {"Script_Name", "Path_Info", "X_Remote_User", "X_Amz_Copy_Source", "X_HTTP_Method_Override"} <= set(traefik.removed_before())
    assert envoy.filter["failure_mode_allow"] is False
    assert envoy.manager["common_http_protocol_options"]["headers_with_underscores_action"] == "DROP_HEADER"
    assert (envoy.manager["normalize_path"], envoy.manager["merge_slashes"]) == (False, False)
