# SPDX-License-Identifier: MIT
"""Clients that change tokens and ask for decisions on random nodes."""

import itertools
import random
import threading
import time

import requests

DESIRED_TOKENS = 12  # of each client
WRITE_SECONDS = 25  # longer than the time within which a node finds out whether it has committed
DECISION_SECONDS = 15
NARROW = ["GET /a"]


class Client(threading.Thread):
    """A thread that sends requests until it is stopped."""

    def __init__(self, nodes, history, seed, pause):
        super().__init__(daemon=True)
        self.nodes, self.history, self.pause = nodes, history, pause
        self.random = random.Random(seed)
        self.label = str(seed)
        self.stopping = threading.Event()
        self._sessions = {}

    def run(self):
        while not self.stopping.wait(self.pause):
            try:
                self.step()
            except Exception as error:  # the run must not go on without this client
                self.history.violate(f"the checker failed: {error!r}")
                raise

    def request(self, node, method, path, *, seconds, **options):
        """Returns the response, or None if there was none."""
        session = self._sessions.get(node.name)
        if session is None:
            session = self._sessions[node.name] = requests.Session()
            session.trust_env = False
        try:
            return session.request(method, node.url + path, timeout=seconds, allow_redirects=False, **options)
        except requests.RequestException:
            session.close()
            del self._sessions[node.name]
            return None


class Writer(Client):
    """Mints, renews, narrows and revokes tokens of its own."""

    def __init__(self, *arguments, auth):
        super().__init__(*arguments)
        self.auth = auth
        self.numbers = itertools.count()
        self.tokens = []
        self.to_end = []  # tokens with a request of unknown outcome, which are revoked

    def step(self):
        node = self.random.choice(self.nodes)
        self.tokens = [token for token in self.tokens if not token.ends]
        if self.to_end:
            return self.revoke(node, self.to_end[0])
        if len(self.tokens) < DESIRED_TOKENS:
            return self.mint(node)
        token = self.random.choice(self.tokens)
        return self.random.choice((self.mint, self.revoke, self.revoke, self.renew, self.renew_with_overlap, self.narrow))(node, token)

    def mint(self, node, _=None):
        body = {"jwt_token_description": f"{self.label}.{next(self.numbers)}", "jwt_token_life": "1 day"}
        self._take_token(node, "mint", "/v1alpha/token/", body)

    def revoke(self, node, token):
        number = self.history.begin([token], "end")
        outcome, _ = self._send(node, "revoke", token, "DELETE", f"/v1alpha/token/{token.id}", None, 200)
        self.history.finish([token], number, "end", node.name, outcome)
        self._settle(token, outcome)

    def renew(self, node, token):
        number = self.history.begin([token], "end")
        outcome = self._take_token(node, "renew", f"/v1alpha/token/{token.id}/renew", {}, token)
        self.history.finish([token], number, "end", node.name, outcome)
        self._settle(token, outcome)

    def renew_with_overlap(self, node, token):
        began = time.monotonic()
        outcome = self._take_token(node, "renew with overlap", f"/v1alpha/token/{token.id}/renew", {"overlap": "12 hours"}, token)
        self.history.note(token, began, node.name, "renew with overlap", outcome)
        if outcome is not False:
            self.tokens.remove(token)  # a second renewal is refused

    def narrow(self, node, token):
        number = self.history.begin([token], "narrow")
        outcome, _ = self._send(node, "narrow", token, "PATCH", f"/v1alpha/token/{token.id}", {"endpoints": NARROW}, 200)
        self.history.finish([token], number, "narrow", node.name, outcome)

    def _settle(self, token, outcome):
        if outcome is None and token not in self.to_end:
            self.to_end.append(token)
        if outcome:
            self.to_end = [other for other in self.to_end if other is not token]

    def _take_token(self, node, kind, path, body, token=None):
        began = time.monotonic()
        outcome, answer = self._send(node, kind, token, "POST", path, body, 201)
        if outcome and answer is not None:
            minted = self.history.add_token(answer, node.name, began, time.monotonic())
            if token is not None and token.narrowings:  # the new token has the grants of the old one
                self.history.begin([minted], "narrow")
            else:
                self.tokens.append(minted)
        return outcome

    def _send(self, node, kind, token, method, path, body, expected):
        """Returns True, False or None for done, not done or unknown, and the body of the response."""
        response = self.request(node, method, path, seconds=WRITE_SECONDS, auth=self.auth, json=body)
        status = response.status_code if response is not None else None
        outcome = {expected: True, 503: False, None: None}.get(status, "unexpected")
        if status == 503 and "may or may not" in response.text:
            outcome = None
            self.history.violate(f"{node.name} answered 503 to {kind}, although it does not know that it is not done: {response.text[:200]}", token)
        if status == 404 and token is not None and len(token.ends) > 1:
            outcome = True  # an earlier request of unknown outcome has ended it
        elif status == 404 and token is not None:
            outcome = None
            self.history.violate(f"{node.name} answered 404 to {kind}, although the token was acknowledged and nothing ended it", token)
        elif outcome == "unexpected":
            outcome = None
            self.history.violate(f"{node.name} answered {status} to {kind}: {response.text[:200]}", token)
        self.history.count(kind, outcome)
        return outcome, response.json() if outcome and status == expected else None


class Decider(Client):
    """Asks for decisions about tokens, half of them ended."""

    def step(self):
        ended, live = self.history.recently_ended(), self.history.live()
        choices = [choice for choice in (ended, live) if choice]
        if not choices:
            return
        decide(self, self.random.choice(self.nodes), self.random.choice(self.random.choice(choices)), self.random.choice(("/a", "/b")))


def decide(client, node, token, path):
    """Asks a node whether the token may GET the path, and notes the decision. Returns its status."""
    began = time.monotonic()
    headers = {"Authorization": f"Bearer {token.jwt}", "X-Original-Method": "GET", "X-Original-URI": path}
    response = client.request(node, "GET", "/auth", seconds=DECISION_SECONDS, headers=headers)
    status = response.status_code if response is not None else None
    client.history.decide(token, node.name, began, time.monotonic(), path, status)
    return status
