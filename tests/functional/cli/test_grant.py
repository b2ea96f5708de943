# SPDX-License-Identifier: MIT
"""`warder grant`: whether a grant covers a request, without a server or a store."""

import pytest
from support.server import run_binary

COVERED = [
    ("GET /v1alpha/wallets/*/psbt", "GET", "/v1alpha/wallets/hot/psbt"),
    ("GET /v1alpha/wallets/*/psbt", "HEAD", "/v1alpha/wallets/hot/psbt/"),
    ("GET /v1alpha/wallets/*/psbt", "GET", "/v1alpha/wallets/h%6ft/psbt?x=/../y"),
    ("/v1alpha/**", "DELETE", "/v1alpha"),
    ("* /v1alpha/**", "BREW-1_", "/v1alpha/a/b/c"),
    ("POST /wallet/hot rpc:getbalance,list*", "POST", "/wallet/hot", "listunspent"),
    ("GET,POST //photos.example.org/**", "POST", "//Photos.Example.ORG:8443/a"),
    ("//*.example.org:8443/", "GET", "//a.example.org:8443/"),
]
DENIED = [
    ("GET /v1alpha/wallets/*/psbt", "POST", "/v1alpha/wallets/hot/psbt"),
    ("GET /v1alpha/wallets/*/psbt", "get", "/v1alpha/wallets/hot/psbt"),
    ("/v1alpha/**", "gET", "/v1alpha"),
    ("GET /v1alpha/wallets/*/psbt", "GET", "/v1alpha/wallets//psbt/x".replace("//", "/")),
    ("POST /wallet/hot rpc:getbalance,list*", "POST", "/wallet/hot", "sendtoaddress"),
    ("POST /wallet/hot rpc:getbalance,list*", "POST", "/wallet/hot"),
    ("POST /wallet/hot rpc:list*", "POST", "/wallet/hot", "list\n"),
    ("POST /wallet/hot rpc:list*", "POST", "/wallet/hot", "list unspent"),
    ("POST /wallet/hot rpc:*", "POST", "/wallet/hot", "listé"),
    ("POST /wallet/hot rpc:*", "POST", "/wallet/hot", "*"),
    ("GET,POST //photos.example.org/**", "POST", "/a"),
    ("GET,POST //photos.example.org/**", "POST", "//photos.example.org./a"),
    ("/%2A", "GET", "/*"),
]
WRONG = [
    (("get /a", "GET", "/a"), "character 1:"),
    (("GET /a//b", "GET", "/a"), "character 8:"),
    (("", "GET", "/a"), "empty"),
    (("/a", "GET", "/a//b"), "empty"),
    (("/a", "GET", "a"), "slash"),
    (("/a", "GET", ""), "slash"),
    (("/a", "GET", "//example.org"), "slash"),
    (("/**", "GET", "///a"), "host"),
    (("/a", "GET", "/%2e%2E/a"), '".."'),
    (("/a", "GET", "/é"), "non-ASCII"),
    (("/a", "G T", "/a"), "method"),
    (("/a", "", "/a"), "method"),
    (("/a", "GET!", "/a"), "method"),
    (("/a", "POST", "/a", ""), "name"),
]


@pytest.mark.parametrize("question", COVERED, ids=" ".join)
def test_covered_request_is_allowed_with_exit_0(question):
    done = run_binary("grant", *question)
    assert (done.returncode, done.stdout, done.stderr) == (0, "allow\n", "")


@pytest.mark.parametrize("question", DENIED, ids=" ".join)
def test_uncovered_request_is_denied_with_exit_1(question):
    done = run_binary("grant", *question)
    assert (done.returncode, done.stdout, done.stderr) == (1, "deny\n", "")


@pytest.mark.parametrize("question, says", WRONG, ids=lambda value: " ".join(value) if isinstance(value, tuple) else None)
def test_invalid_grant_or_request_is_wrong_usage(question, says):
    done = run_binary("grant", *question)
    assert done.returncode == 2 and done.stdout == "" and len(done.stderr.splitlines()) == 1, done
    assert says in done.stderr


def test_json_output_says_whether_the_request_is_allowed():
    assert run_binary("grant", "/a", "GET", "/a", "--json").stdout == '{"allowed":true}\n'
    denied = run_binary("grant", "/a", "GET", "/b", "--json")
    assert (denied.stdout, denied.returncode) == ('{"allowed":false}\n', 1)
