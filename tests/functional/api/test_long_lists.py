# SPDX-License-Identifier: MIT
"""Long lists are generated while they are sent: they are complete and in order for each form of request, and use little memory."""

import concurrent.futures
import json
import re
import socket

import pytest
import requests
from support.server import ADMIN_PASSWORD
from support.specter import SECRET, make_token, make_user, write_users

COUNT = 2500
LONG_LIST = 12_000
DESCRIPTION = "ü" * 180  # a list of these exceeds the size up to which responses have a Content-Length


def rss(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def mint_many(person, count):
    def mint(number):
        with requests.Session() as session:
            session.trust_env = False
            for each in range(number, count, 8):
                body = {"jwt_token_description": f"{each} {DESCRIPTION}", "jwt_token_life": "1 day", "endpoints": ["GET /a"]}
                assert person.post("/v1alpha/token/", body, session=session).status_code == 201

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(mint, range(8)))


@pytest.fixture(scope="module", params=["sqlite:<data_dir>/warder.db", "users-json:<data_dir>/users.json"], ids=["sqlite", "users-json"])
def server_with_many_tokens(request, tmp_path_factory):
    """Yields a server, its administrator, and the number of the administrator's tokens."""
    from support.server import Server

    count = COUNT if request.param.startswith("sqlite") else 600
    server = Server(tmp_path_factory.mktemp("lists") / "data", env={"WARDER_STORE": request.param}).start()
    admin = server.person("admin", ADMIN_PASSWORD)
    admin.mint("first")
    mint_many(admin, count)
    yield server, admin, count + 1
    server.stop()


def pages(admin, query):
    """Follows the next links of a list. Returns the tokens of all pages."""
    path, tokens, sizes = f"/v1alpha/token/?{query}", {}, []
    while path:
        answer = admin.get(path)
        assert answer.status_code == 200, answer.text
        page = answer.json()["jwt_tokens"]
        sizes.append(len(page))
        assert not set(page) & set(tokens)
        tokens.update(page)
        link = answer.headers.get("Link")
        path = re.fullmatch(r'<(.*)>; rel="next"', link).group(1) if link else None
    return tokens, sizes


def test_long_token_list_is_complete_and_chunked(server_with_many_tokens):
    server, admin, count = server_with_many_tokens
    answer = admin.get("/v1alpha/token/")
    assert answer.headers["Transfer-Encoding"] == "chunked" and "Content-Length" not in answer.headers and "Link" not in answer.headers
    assert list(answer.json()) == ["message", "jwt_tokens"]
    tokens = answer.json()["jwt_tokens"]
    assert len(tokens) == count
    assert {tuple(entry) for entry in list(tokens.values())[1:]} == {("jwt_token_description", "jwt_token_life", "jwt_token_remaining_life", "endpoints")}
    assert json.dumps(answer.json(), separators=(",", ":"), ensure_ascii=False) == answer.text


@pytest.mark.parametrize("query, size", [("limit=1000", 1000), ("limit=100", 100), ("limit=999&include=usage", 999), ("user=*", 1000), ("user=admin&limit=700", 700)])
def test_pages_join_to_the_complete_list(server_with_many_tokens, query, size):
    server, admin, count = server_with_many_tokens
    tokens, sizes = pages(admin, query)
    assert list(tokens) == list(admin.get("/v1alpha/token/").json()["jwt_tokens"])
    assert sizes == [size] * (count // size) + ([count % size] if count % size else [])


def test_long_token_list_with_user_parameter_is_complete(server_with_many_tokens):
    server, admin, count = server_with_many_tokens
    answer = admin.get("/v1alpha/token/?user=admin")
    assert len(answer.json()["jwt_tokens"]) == count and "Link" not in answer.headers
    assert all(list(entry)[-1] == "username" for entry in answer.json()["jwt_tokens"].values())


def test_long_list_over_http_1_0_is_delimited_by_connection_close(server_with_many_tokens):
    server, admin, count = server_with_many_tokens
    basic = requests.auth._basic_auth_str(*admin.auth)
    with server.wire() as wire:
        wire.send(f"GET /v1alpha/token/ HTTP/1.0\r\nConnection: keep-alive\r\nAuthorization: {basic}\r\n\r\n".encode())
        head, body = wire.rest().split(b"\r\n\r\n", 1)
        assert b"chunked" not in head and b"Content-Length" not in head and b"Connection: close" in head
        assert len(json.loads(body)["jwt_tokens"]) == count


def test_head_of_long_list_has_no_body_and_keeps_the_connection(server_with_many_tokens):
    server, admin, count = server_with_many_tokens
    basic = requests.auth._basic_auth_str(*admin.auth)
    with server.wire() as wire:
        request = f"HEAD /v1alpha/token/ HTTP/1.1\r\nHost: x\r\nAuthorization: {basic}\r\n\r\n".encode()
        assert wire.send(request).receive_head().status == 200
        assert wire.send(b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n").receive().status == 200


def test_pipelined_long_lists_share_a_connection(server_with_many_tokens):
    server, admin, count = server_with_many_tokens
    basic = requests.auth._basic_auth_str(*admin.auth)
    with server.wire() as wire:
        wire.send(f"GET /v1alpha/token/ HTTP/1.1\r\nHost: x\r\nAuthorization: {basic}\r\n\r\n".encode() * 2)
        for _ in range(2):
            assert len(wire.receive().json()["jwt_tokens"]) == count


@pytest.mark.bare  # a sanitizer keeps what was freed
def test_long_lists_to_clients_that_do_not_read_use_little_memory(server_with_many_tokens):
    server, admin, count = server_with_many_tokens
    basic = requests.auth._basic_auth_str(*admin.auth)
    whole = len(admin.get("/v1alpha/token/").content)
    wires = [server.wire() for _ in range(60)]
    try:
        before = rss(server)
        for wire in wires:
            wire.send(f"GET /v1alpha/token/ HTTP/1.1\r\nHost: x\r\nAuthorization: {basic}\r\n\r\n".encode())
        for wire in wires:
            assert wire.receive_head().status == 200
        assert rss(server) - before < max(60 * whole // 3, 20 << 20)
        for wire in wires[:3]:
            assert len(json.loads(wire._chunks())["jwt_tokens"]) == count, "a slow reader gets the complete response"
    finally:
        for wire in wires:
            wire.socket.close()


@pytest.fixture(scope="module", params=["sqlite", "users-json"])
def server_with_long_list(request, tmp_path_factory):
    """A server and the administrator of a user with more tokens than the kernel's send buffer has room for."""
    from support.server import Server

    directory = tmp_path_factory.mktemp("owner")
    tokens = [make_token("owner", f"{number} {DESCRIPTION}") for number in range(LONG_LIST)]
    users = [make_user("admin", ADMIN_PASSWORD, is_admin=True), make_user("owner", "a password", *tokens)]
    file = write_users(directory / "specter" / "users.json", users)
    (directory / "secret").write_text(SECRET)
    env = {"WARDER_STORE": f"users-json:{file}"} if request.param == "users-json" else {}
    server = Server(directory / "data", env=env).start()
    if request.param == "sqlite":
        done = server.cli("import", "specter", file, "--secret-file", directory / "secret")
        assert done.returncode == 0, done.stderr
    yield server, server.person("admin", ADMIN_PASSWORD)
    server.stop()


def ask_for_list(wire, admin, version="1.1"):
    """Sends the request and reads the head alone, so that the server has to stop in the middle of the list."""
    basic = requests.auth._basic_auth_str(*admin.auth)
    wire.send(f"GET /v1alpha/token/?user=owner HTTP/{version}\r\nHost: x\r\nAuthorization: {basic}\r\n\r\n".encode())
    assert wire.receive_head().status == 200


def test_long_list_stays_valid_when_tokens_are_deleted_during_the_response(server_with_long_list):
    server, admin = server_with_long_list
    tokens = list(admin.get("/v1alpha/token/?user=owner").json()["jwt_tokens"])
    with server.wire() as wire:
        ask_for_list(wire, admin)
        gone = tokens[5099::100]  # includes the last token of a part that was sent, after which the list must continue
        with requests.Session() as session:
            for each in gone:
                assert admin.delete(f"/v1alpha/token/{each}", session=session).status_code == 200
        shown = list(json.loads(wire._chunks())["jwt_tokens"])
    assert [each for each in shown if each not in gone] == [each for each in tokens if each not in gone]
    assert len(set(shown)) == len(shown)
    assert gone[-1] not in shown, "the complete list had been sent before the first token was deleted"


def test_command_line_prints_each_token_of_a_long_list_as_a_row(server_with_long_list):
    server, admin = server_with_long_list
    tokens = admin.get("/v1alpha/token/?user=owner").json()["jwt_tokens"]
    store = ["--store", server.env["WARDER_STORE"]] if "WARDER_STORE" in server.env else []
    header, *rows = server.cli("token", "list", "--user", "owner", *store).stdout.splitlines()
    assert header.startswith("ID  ") and [row.split()[0] for row in rows] == list(tokens)


def test_long_list_of_a_user_deleted_during_the_response_ends_with_a_reset(server_with_long_list):
    """If the connection were closed instead, a client of HTTP/1.0 could not tell a part of the list from all of it."""
    server, admin = server_with_long_list
    with server.wire() as newer, server.wire() as older:
        ask_for_list(newer, admin, "1.1")
        ask_for_list(older, admin, "1.0")
        assert admin.delete("/v1alpha/users/owner").status_code == 200
        for wire in newer, older:
            received = wire.pending
            with pytest.raises(ConnectionResetError):
                while piece := wire.socket.recv(65536):
                    received += piece
            assert b"}}" not in received


def test_long_list_of_users_is_complete(start_server):
    server = start_server(config_text='[passwords]\nmemory = "8 KiB"\npasses = 1\n')
    admin = server.person("admin", ADMIN_PASSWORD)
    grants = [f"GET /{'a' * 230}/{number}" for number in range(8)]

    def add(number):
        with requests.Session() as session:
            session.trust_env = False
            for each in range(number, 240, 8):
                assert admin.post("/v1alpha/users/", {"username": f"u{each}", "password": "a password", "endpoints": grants}, session=session).status_code == 201

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    answer = admin.get("/v1alpha/users/")
    assert answer.headers["Transfer-Encoding"] == "chunked"
    users = answer.json()["users"]
    assert len(users) == 241 and len({user["username"] for user in users}) == 241
    assert all(list(user) == ["username", "is_admin", "endpoints", "tokens", "created_at"] for user in users)
