# SPDX-License-Identifier: MIT
"""What clients saw, and whether it may be."""

import base64
import collections
import dataclasses
import itertools
import json
import threading
import time

KEPT_EVENTS = 80  # of each token
GRACE_SECONDS = 1.0  # after a disturbance, in which requests that began before it ended may still fail

_OUTCOMES = {True: "acknowledged", False: "not done", None: "unknown"}


@dataclasses.dataclass(eq=False)
class Token:
    """A token that was acknowledged, and what was done to it. Its methods are called with the history's lock."""

    id: str
    jwt: str
    node: str
    minted_at: float
    ends: dict = dataclasses.field(default_factory=dict)  # what may have ended it: number of the request -> when it began
    narrowings: dict = dataclasses.field(default_factory=dict)
    ended_at: float | None = None  # acknowledged
    narrowed_at: float | None = None
    events: collections.deque = dataclasses.field(default_factory=lambda: collections.deque(maxlen=KEPT_EVENTS))

    @property
    def key(self):
        """Returns the id of its key; None for the first one, which tokens don't name."""
        header = self.jwt.split(".")[0]
        return json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))).get("kid")

    @property
    def is_certain(self):
        """Returns whether no request is pending whose outcome is unknown."""
        return (self.ended_at is not None or not self.ends) and (self.narrowed_at is not None or not self.narrowings)


class History:
    """All tokens and violations. Any thread may call it."""

    def __init__(self, disturbances):
        self.disturbances = disturbances
        self.began = time.monotonic()
        self.acknowledged = collections.Counter()
        self.refused = collections.Counter()
        self.unknown = collections.Counter()
        self.decisions = collections.Counter()
        self.violations = []
        self.longest = collections.Counter()  # how long a revoked token was accepted, by whether the node was disturbed
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._tokens = {}
        self._recently_ended = collections.deque(maxlen=200)

    # Changes

    def add_token(self, answer, node, began, ended):
        token = Token(answer["jwt_token_id"], answer["jwt_token"], node, ended)
        with self._lock:
            self._tokens[token.id] = token
            self._note(token, began, ended, node, "mint", 201)
        return token

    def begin(self, tokens, what):
        """Notes that a request is sent which may end or narrow the tokens. Returns its number."""
        number, now = next(self._numbers), time.monotonic()
        with self._lock:
            for token in tokens:
                (token.ends if what == "end" else token.narrowings)[number] = now
        return number

    def finish(self, tokens, number, what, node, outcome):
        """Notes the outcome of the request: True if it was acknowledged, False if it was not done, None if nobody knows."""
        now = time.monotonic()
        with self._lock:
            for token in tokens:
                requests = token.ends if what == "end" else token.narrowings
                self._note(token, requests[number], now, node, what, _OUTCOMES[outcome])
                if outcome is False:
                    del requests[number]
                elif outcome and what == "end" and token.ended_at is None:
                    token.ended_at = now
                    self._recently_ended.append(token)
                elif outcome and what == "narrow" and token.narrowed_at is None:
                    token.narrowed_at = now

    def note(self, token, began, node, what, outcome):
        with self._lock:
            self._note(token, began, time.monotonic(), node, what, _OUTCOMES[outcome])

    def count(self, kind, outcome):
        with self._lock:
            {True: self.acknowledged, False: self.refused, None: self.unknown}[outcome][kind] += 1

    # Reading

    def live(self):
        with self._lock:
            return [token for token in self._tokens.values() if not token.ends]

    def recently_ended(self):
        with self._lock:
            return list(self._recently_ended)

    def all(self):
        with self._lock:
            return list(self._tokens.values())

    # Judging

    def decide(self, token, node, began, ended, path, status):
        """Notes a decision, and whether it may be."""
        with self._lock:
            self.decisions[status] += 1
            self._note(token, began, ended, node, f"GET {path}", status)
            why = self._objection(token, node, began, ended, path, status)
        if why:
            self.violate(why, token)

    def violate(self, why, token=None):
        with self._lock:
            self.violations.append((time.monotonic() - self.began, why, token and list(token.events), token and token.id))

    def _objection(self, token, node, began, ended, path, status):
        must_know = self.disturbances.in_force_by
        if status == 200:
            return self._objection_to_acceptance(token, node, began, path)
        if status == 401:
            if any(at <= ended for at in token.ends.values()):
                return None
            known_at = token.minted_at if node == token.node else must_know(node, token.minted_at)
            return f"{node} answered 401 for a valid token" if began > known_at else None
        if status == 403:
            is_narrow = path == "/b" and any(at <= ended for at in token.narrowings.values())
            return None if is_narrow else f"{node} answered 403 for {path}, which the token may access"
        if status in (503, None):
            since = began - self.disturbances.max_staleness - GRACE_SECONDS
            return f"{node} answered {status} without a fault" if self.disturbances.is_quiet(node, since, ended) else None
        return f"{node} answered {status}"

    def _objection_to_acceptance(self, token, node, began, path):
        if token.ended_at is not None and began > token.ended_at:
            is_quiet = self.disturbances.is_quiet(node, token.ended_at, began)
            self.longest[is_quiet] = max(self.longest[is_quiet], began - token.ended_at)
        for what, at, concerned in (("end", token.ended_at, True), ("narrowing", token.narrowed_at, path == "/b")):
            if at is not None and concerned and began > (limit := self.disturbances.in_force_by(node, at)):
                return f"{node} accepted a token for {path} {began - at:.3f} s after its {what} was acknowledged; the limit was {limit - at:.3f} s"
        return None

    def _note(self, token, began, ended, node, what, outcome):
        token.events.append((began - self.began, ended - self.began, node, what, outcome))
