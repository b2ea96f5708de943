# SPDX-License-Identifier: MIT
"""What a client is told when the connection to the database breaks in the middle of a commit."""

import threading

import pytest
import requests
from support.tcp_gate import TcpGate
from support.waiting import eventually

SLOW_COMMITS = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON warder.tokens DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow();
"""
IS_COMMITTING = "SELECT count(*) FROM pg_stat_activity WHERE query = 'COMMIT' AND wait_event = 'PgSleep'"


@pytest.fixture
def gate(postgres):
    with TcpGate(postgres.port) as gate:
        yield gate
        gate.restore()


class Minting(threading.Thread):
    """A request that waits for its commit."""

    def __init__(self, node):
        super().__init__()
        self.node, self.outcome = node, None

    def run(self):
        body = {"jwt_token_description": "slow", "jwt_token_life": "6 minutes"}
        try:
            self.outcome = self.node.admin.post("/v1alpha/token/", body).status_code
        except requests.ConnectionError as error:
            self.outcome = error


def mint_until_the_commit(cluster, node):
    node.admin.get("/v1alpha/token/")  # the password is verified once, so that the request is in its commit soon
    cluster.sql(SLOW_COMMITS)
    minting = Minting(node)
    minting.start()
    eventually(lambda: cluster.sql(IS_COMMITTING) == "1")
    return minting


def test_outcome_is_found_out_after_the_connection_was_cut(cluster, gate):
    node = cluster.start(url=cluster.url(port=gate.port))
    minting = mint_until_the_commit(cluster, node)
    gate.cut()
    gate.restore()
    minting.join(60)
    assert minting.outcome == 201
    assert cluster.sql("SELECT description FROM warder.tokens") == "slow"


def test_outcome_that_stays_unknown_ends_the_connection_without_an_answer(cluster, gate):
    node = cluster.start(url=cluster.url(port=gate.port))
    minting = mint_until_the_commit(cluster, node)
    gate.blackhole()
    minting.join(60)
    assert isinstance(minting.outcome, requests.ConnectionError)
    gate.restore()
    eventually(lambda: [token["jwt_token_description"] for token in node.admin.tokens().values()] == ["slow"], 60)
