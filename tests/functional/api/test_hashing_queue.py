# SPDX-License-Identifier: MIT
"""The queue of the password hashing workers: a correct sign-in succeeds while other clients guess passwords."""

import base64
import itertools
import threading

import pytest
from support.responses import assert_error
from support.server import ADMIN_PASSWORD

SLOW = {"WARDER_PASSWORDS_MEMORY": "32 MiB", "WARDER_PASSWORDS_WORKERS": "1", "WARDER_PASSWORDS_QUEUE": "3"}


def attempt(server, name, password, source):
    secret = base64.b64encode(f"{name}:{password}".encode()).decode()
    head = f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {secret}\r\n\r\n"
    return server.raw(head.encode(), source=source)


class PasswordGuessers:
    """Sends wrong passwords from each of these addresses with several concurrent clients, until it is stopped."""

    def __init__(self, server, sources, clients):
        self.server, self.answers, self.stopped = server, [], threading.Event()
        self.queue_is_full, self.unanswered = threading.Event(), set(sources)
        names = itertools.count()
        self.threads = [threading.Thread(target=self.guess, args=(source, names)) for source in sources for _ in range(clients)]

    def guess(self, source, names):
        while not self.stopped.is_set():
            answer = attempt(self.server, f"user{next(names)}", "wrong", source)
            self.answers.append(answer)
            self.unanswered.discard(source)
            if answer.status == 503 and not self.unanswered:
                self.queue_is_full.set()
            if answer.status == 429:
                return

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        assert self.queue_is_full.wait(60), "the queue is full, and every address has been answered"
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("sources, clients", [(["127.0.0.9"], 12), ([f"127.0.1.{number}" for number in range(1, 13)], 1)], ids=["one address", "many addresses"])
def test_sign_in_from_a_new_address_succeeds_while_known_addresses_guess_passwords(start_server, sources, clients):
    server = start_server(env=SLOW)
    for source in sources:
        assert attempt(server, "somebody", "wrong", source).status == 401
    with PasswordGuessers(server, sources, clients) as guessers:
        for number in range(1, 6):
            assert attempt(server, "admin", ADMIN_PASSWORD, f"127.0.2.{number}").status == 200
    refused = [answer for answer in guessers.answers if answer.status == 503]
    for answer in refused:
        assert_error(answer, 503, "unavailable")
        assert answer.header("Retry-After") == "1"


def test_sign_in_from_a_new_address_succeeds_while_100_new_addresses_guess_passwords(start_server):
    server = start_server(env=SLOW)
    with PasswordGuessers(server, [f"127.0.3.{number}" for number in range(1, 101)], 1) as guessers:
        for number in range(1, 11):
            assert attempt(server, "admin", ADMIN_PASSWORD, f"127.0.4.{number}").status == 200
    assert sum(answer.status == 503 for answer in guessers.answers) > 10
