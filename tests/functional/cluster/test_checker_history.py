# SPDX-License-Identifier: MIT
"""The checker's own judgment: a history that breaks a promise is found, and one that keeps it is not."""

import sys
import time

import pytest
from support.server import TOP

sys.path.insert(0, str(TOP / "tests" / "cluster"))

from checker.history import History
from checker.intervals import Disturbances

ANSWER = {"jwt_token_id": "the id", "jwt_token": "e30.e30.x"}
STALENESS = 3.0


@pytest.fixture
def history():
    return History(Disturbances(STALENESS))


@pytest.fixture
def token(history):
    """A token that was minted long ago, and not been used since."""
    now = time.monotonic()
    return history.add_token(ANSWER, "a", now - 100, now - 100)


def change(history, token, what, outcome=True):
    number = history.begin([token], what)
    history.finish([token], number, what, "a", outcome)
    return time.monotonic()


def objection(history, token, at, status, *, node="b", path="/a"):
    history.decide(token, node, at, at + 0.001, path, status)
    return history.violations[-1][1] if history.violations else None


def test_acceptance_later_than_a_second_after_the_revocation_is_a_violation(history, token):
    ended = change(history, token, "end")
    assert objection(history, token, ended + 0.9, 200) is None
    assert objection(history, token, ended + 1.1, 401) is None
    assert "accepted a token" in objection(history, token, ended + 1.1, 200)


def test_cut_off_node_has_until_the_index_is_stale(history, token):
    with history.disturbances.of(["b"]):
        ended = change(history, token, "end")
        assert objection(history, token, ended + 2.9, 200) is None
        assert "accepted a token" in objection(history, token, ended + 3.1, 200)


def test_other_node_than_the_cut_off_one_has_a_second(history, token):
    with history.disturbances.of(["b"]):
        ended = change(history, token, "end")
        assert "accepted a token" in objection(history, token, ended + 1.1, 200, node="c")


def test_node_whose_fault_is_over_has_a_second_from_then_on(history, token):
    with history.disturbances.of(["b"]):
        ended = change(history, token, "end")
    assert objection(history, token, ended + 0.9, 200) is None
    assert "accepted a token" in objection(history, token, ended + 1.5, 200)


def test_refusal_of_a_valid_token_is_a_violation_and_of_one_that_may_have_ended_is_not(history, token):
    change(history, token, "end", None)
    assert objection(history, token, time.monotonic(), 401) is None
    other = history.add_token(ANSWER, "a", time.monotonic() - 100, time.monotonic() - 100)
    change(history, other, "end", False)
    assert "401 for a valid token" in objection(history, other, time.monotonic(), 401)


def test_access_to_what_a_narrowed_token_may_not_reach_is_a_violation(history, token):
    narrowed = change(history, token, "narrow")
    assert objection(history, token, narrowed + 2, 403, path="/b") is None
    assert objection(history, token, narrowed + 2, 200, path="/a") is None
    assert "narrowing" in objection(history, token, narrowed + 2, 200, path="/b")


def test_503_without_a_fault_is_a_violation(history, token):
    with history.disturbances.of(["c"]):
        assert objection(history, token, time.monotonic(), 503, node="c") is None
        assert "without a fault" in objection(history, token, time.monotonic(), 503, node="b")


@pytest.mark.parametrize("status", [500, 404, 302])
def test_other_status_is_a_violation(history, token, status):
    assert f"answered {status}" in objection(history, token, time.monotonic(), status)
