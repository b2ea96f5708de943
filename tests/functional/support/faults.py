# SPDX-License-Identifier: MIT
"""Killed servers and full disks, and clients that record which changes the server acknowledged."""

import itertools
import resource
import threading

import requests

from .server import ADMIN_PASSWORD, Token


class Client(threading.Thread):
    """Mints and deletes tokens until the server is killed, and records which changes the server acknowledged."""

    def __init__(self, server, name, progress):
        super().__init__(daemon=True)
        self.server, self.client_name, self.progress = server, name, progress
        self.live, self.deleted, self.in_doubt = {}, {}, {}
        self.cut_off = False

    def run(self):
        session = requests.Session()
        session.trust_env = False
        session.auth = ("admin", ADMIN_PASSWORD)
        url = f"{self.server.url}/v1alpha/token/"
        for number in itertools.count():
            try:
                answer = session.post(url, json={"jwt_token_description": f"{self.client_name}.{number}", "jwt_token_life": "1 day"}, timeout=30)
                assert answer.status_code == 201, answer.text
                token = Token.of(answer.json())
                self.live[token.id] = token
                self.progress.release()
                if number % 2:
                    self.in_doubt[token.id] = self.live.pop(token.id)
                    assert session.delete(url + token.id, timeout=30).status_code == 200
                    self.deleted[token.id] = self.in_doubt.pop(token.id)
            except requests.RequestException as error:
                # A client that cannot connect had no request in flight.
                self.cut_off = "NewConnectionError" not in repr(error)
                return


def kill_during_changes(server, name, *, clients, changes):
    """Kills the server after this number of mints while the clients continue. Returns the clients with their records."""
    progress = threading.Semaphore(0)
    running = [Client(server, f"{name}.{number}", progress) for number in range(clients)]
    for client in running:
        client.start()
    for _ in range(changes):
        assert progress.acquire(timeout=60)
    server.kill()
    for client in running:
        client.join(60)
        assert not client.is_alive()
    return running


def limit_file_size(limit):
    """Returns a preexec function that limits the size of files in bytes, so that writes beyond it fail as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
