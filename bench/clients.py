# SPDX-License-Identifier: MIT
"""Clients that keep their connections, and answer what wrk can't: what each response says, and when it came."""
import itertools
import json
import socket
import threading
import time
import urllib.parse

from tools import basic


class Connection:
    """A context manager. Sends requests as they are: `http.client` would take several times as long."""

    def __init__(self, url):
        address = urllib.parse.urlsplit(url)
        self.host = address.netloc
        self.socket = socket.create_connection((address.hostname, address.port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def request(self, method, path, headers, body=""):
        """Returns the bytes of a request."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}", *headers, *([f"Content-Length: {len(body)}"] if body else [])]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def send(self, request):
        """Sends the bytes of a request. Returns the status and the body of the response."""
        self.socket.sendall(request)
        data = self.rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._receive()
        head = data[:end].lower()
        length = head.find(b"\r\ncontent-length:")
        size = end + 4 + (int(head[length + 17:].split(b"\r\n", 1)[0]) if length >= 0 else 0)
        while len(data) < size:
            data += self._receive()
        self.rest = data[size:]
        return int(head[9:12]), data[end + 4:size]

    def _receive(self):
        piece = self.socket.recv(65_536)
        if not piece:
            raise ConnectionError("the server closed the connection")
        return piece


def run_clients(url, clients, count, exchange):
    """Calls `exchange(connection, number)` once for each number below the count; each of the clients takes the next one when it is free."""
    numbers, failures = itertools.count(), []

    def work():
        try:
            with Connection(url) as connection:
                while not failures and (number := next(numbers)) < count:
                    exchange(connection, number)
        except BaseException as failure:  # noqa: BLE001 - it is raised again below
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def run_paced(url, count, rate, start, exchange, clients=64):
    """Calls `exchange(connection, number)` when number / rate seconds have passed since the start, whether or not the others before are done.

    Returns for each how many seconds after it was due it was done."""
    taken = [0.0] * count

    def exchange_when_due(connection, number):
        due = start + number / rate
        time.sleep(max(0.0, due - time.monotonic()))
        exchange(connection, number)
        taken[number] = time.monotonic() - due

    run_clients(url, clients, count, exchange_when_due)
    return taken


def mint(connection, description):
    """Returns the id and the text of a new token."""
    body = json.dumps({"jwt_token_description": description, "jwt_token_life": "9 years"})
    status, answer = connection.send(connection.request("POST", "/v1alpha/token/", [f"Authorization: {basic('admin')}"], body))
    assert status == 201, answer
    answer = json.loads(answer)
    return answer["jwt_token_id"], answer["jwt_token"]


def mint_at_once(url, count, label, clients=32):
    """Returns the ids and texts of new tokens."""
    minted = [None] * count

    def mint_one(connection, number):
        minted[number] = mint(connection, f"{label} {number}")

    run_clients(url, clients, count, mint_one)
    return minted


def revoke(connection, token_id):
    status, answer = connection.send(connection.request("DELETE", f"/v1alpha/token/{token_id}", [f"Authorization: {basic('admin')}"]))
    assert status == 200, answer
