# SPDX-License-Identifier: MIT
"""`warder grant`: whether a grant covers a request, without a server or a store."""

import json
import subprocess

import pytest
from support.server import BINARY, clean_environment, run_binary

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
METHOD_CHARACTERS = 'has characters other than upper-case letters, digits, "-" and "_"'
DENIED = [
    (("GET /v1alpha/wallets/*/psbt", "POST", "/v1alpha/wallets/hot/psbt"), 'the method "POST" is not GET'),
    (("GET /v1alpha/wallets/*/psbt", "get", "/v1alpha/wallets/hot/psbt"), f'the method "get" {METHOD_CHARACTERS}'),
    (("/v1alpha/**", "gET", "/v1alpha"), f'the method "gET" {METHOD_CHARACTERS}'),
    (("/v1alpha/**", "GET", "/v1/x?y"), 'the path "/v1/x" is not under "/v1alpha"'),
    (("GET /v1alpha/wallets/*/psbt", "GET", "/v1alpha/wallets/psbt/x"), 'the path "/v1alpha/wallets/psbt/x" doesn\'t match "/v1alpha/wallets/*/psbt"'),
    (("POST /wallet/hot rpc:getbalance,list*", "POST", "/wallet/hot", "sendtoaddress"), 'the JSON-RPC method "sendtoaddress" is not in rpc:getbalance,list*'),
    (("POST /wallet/hot rpc:getbalance,list*", "POST", "/wallet/hot"), "the request calls no JSON-RPC method, which must be in rpc:getbalance,list*"),
    (("POST /wallet/hot rpc:list*", "POST", "/wallet/hot", "list\n"), r'the JSON-RPC method "list\u000a" has characters that no grant covers'),
    (("POST /wallet/hot rpc:list*", "POST", "/wallet/hot", "list unspent"), 'the JSON-RPC method "list unspent" has characters that no grant covers'),
    (("POST /wallet/hot rpc:*", "POST", "/wallet/hot", "listé"), r'the JSON-RPC method "list\u00e9" has characters that no grant covers'),
    (("POST /wallet/hot rpc:*", "POST", "/wallet/hot", "*"), 'the JSON-RPC method "*" has characters that no grant covers'),
    (("GET,POST //photos.example.org/**", "POST", "/a"), 'the request has no host, which must be "photos.example.org"'),
    (("GET,POST //photos.example.org/**", "POST", "//photos.example.org./a"), 'the host "photos.example.org." is not "photos.example.org"'),
    (("GET //*.example.org/a", "PUT", "//example.org/b"), 'the method "PUT" is not GET, and the host "example.org" doesn\'t match "*.example.org", and the path "/b" is not "/a"'),
    (("/%2A", "GET", "/*"), 'the path "/*" is not "/%2A"'),
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


@pytest.mark.parametrize("question, why", DENIED, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_uncovered_request_is_denied_with_exit_1_and_the_reason(question, why):
    done = run_binary("grant", *question)
    assert (done.returncode, done.stdout, done.stderr) == (1, "deny\n", f"warder: {why}\n")


def test_reason_follows_the_denial_where_both_streams_end_in_one_file():
    done = subprocess.run([str(BINARY), "grant", "/a", "GET", "/b"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean_environment(), timeout=60, check=False)
    assert done.stdout == 'deny\nwarder: the path "/b" is not "/a"\n'


@pytest.mark.parametrize("question, says", WRONG, ids=lambda value: " ".join(value) if isinstance(value, tuple) else None)
def test_invalid_grant_or_request_is_wrong_usage(question, says):
    done = run_binary("grant", *question)
    assert done.returncode == 2 and done.stdout == "" and len(done.stderr.splitlines()) == 1, done
    assert says in done.stderr


def test_json_output_says_whether_the_request_is_allowed():
    assert run_binary("grant", "/a", "GET", "/a", "--json").stdout == '{"allowed":true}\n'
    denied = run_binary("grant", "/a", "GET", "/b", "--json")
    assert (denied.stdout, denied.returncode) == ('{"allowed":false}\n', 1)
    assert json.loads(denied.stderr) == {"message": 'the path "/b" is not "/a"', "error": "insufficient_scope"}
