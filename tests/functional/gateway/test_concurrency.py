# SPDX-License-Identifier: MIT
"""Concurrent forwarding and decisions while other clients mint, renew and revoke tokens and the server reloads."""

import signal
import threading

import pytest
from support.secrets import write_secret
from support.server import IS_SANITIZED, Token
from support.upstream import route

CALL = b'{"method":"getinfo"}'
CLIENTS, ROUNDS = 8, 4 if IS_SANITIZED else 12


def run_in_threads(*tasks):
    """Runs each task in its own thread until all have ended; raises the first failure."""
    errors = []

    def record_errors(task):
        try:
            task()
        except BaseException as error:  # raised by the main thread
            errors.append(error)

    threads = [threading.Thread(target=record_errors, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.fixture
def busy(make_gateway, upstream, secret_file):
    credential = secret_file("first")
    gateway = make_gateway(
        route("/a", upstream.url, credential=f"bearer-file:{credential}"),
        route("/rpc", upstream.url, json_rpc=True),
        top='threads = 4\n[decision]\nsource = "original"\n',
    )
    gateway.credential = credential
    return gateway


def test_token_under_load_is_accepted_by_all_services_until_revoked_or_renewed_and_then_rejected(busy):
    server, admin = busy.server, busy.admin
    done = threading.Event()

    def statuses(token):
        """Returns the statuses of requests on one connection, which one thread of the server handles; it is not known which one."""
        bearer = f"Authorization: Bearer {token}\r\n"
        with server.wire() as wire:
            wire.send(f"GET /a HTTP/1.1\r\nHost: x\r\n{bearer}\r\n".encode())
            wire.send(f"GET /auth HTTP/1.1\r\nHost: x\r\n{bearer}X-Original-Method: GET\r\nX-Original-URI: /a\r\nX-Original-Host: x\r\n\r\n".encode())
            wire.send(f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\n{bearer}\r\n".encode())
            wire.send(f"POST /rpc HTTP/1.1\r\nHost: x\r\n{bearer}Content-Length: {len(CALL)}\r\n\r\n".encode() + CALL)
            return [wire.receive().status for _ in range(4)]

    def live(number):
        for turn in range(ROUNDS):
            first = admin.mint(f"{number}.{turn}", endpoints=["GET /a", "/rpc rpc:get*"] if turn % 2 else None)
            assert statuses(first) == [200] * 4
            answer = admin.post(f"/v1alpha/token/{first.id}/renew", {})
            assert answer.status_code == 201
            second = Token.of(answer.json())
            assert statuses(first) == [401] * 4
            assert statuses(second) == [200] * 4
            assert admin.delete(f"/v1alpha/token/{second.id}").status_code == 200
            assert statuses(second) == [401] * 4

    def replace_credential_and_reload():
        number = 0
        while not done.wait(0.05):
            number += 1
            new = write_secret(busy.credential.with_suffix(".new"), f"credential-{number}")
            new.replace(busy.credential)  # atomically: a file that is being written is empty for a moment
            server.process.send_signal(signal.SIGHUP)
            assert server.get("/a").status_code == 401

    background = threading.Thread(target=lambda: run_in_threads(replace_credential_and_reload))
    background.start()
    try:
        run_in_threads(*[lambda number=number: live(number) for number in range(CLIENTS)])
    finally:
        done.set()
        background.join()
    assert "upstream_failed" not in server.log()


def test_concurrent_streams_each_end_when_their_own_token_is_revoked(busy, upstream):
    peers = []

    def stream(request, peer):
        peers.append(peer)
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
        peer.receive_more()

    upstream.answer = stream
    staying = busy.admin.mint("staying")
    with busy.server.wire() as kept:
        kept.send(busy.head(bearer=staying)).receive_head()
        assert kept.chunk() == b"x"

        def live(number):
            token = busy.admin.mint(f"number {number}")
            with busy.server.wire() as wire:
                wire.send(busy.head(bearer=token)).receive_head()
                assert wire.chunk() == b"x"
                assert busy.admin.delete(f"/v1alpha/token/{token.id}").status_code == 200
                assert wire.rest() == b""

        run_in_threads(*[lambda number=number: live(number) for number in range(CLIENTS * 2)])
        peers[0].send(b"1\r\ny\r\n")
        assert kept.chunk() == b"y"
