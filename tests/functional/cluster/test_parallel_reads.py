# SPDX-License-Identifier: MIT
"""A read of the database that takes long delays no other one."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.responses import assert_error
from support.waiting import eventually

AUDIT = "/v1alpha/audit"
TOKENS = "/v1alpha/token/"
CONNECTIONS = 4  # that read, of one node


@pytest.fixture
def pool():
    with ThreadPoolExecutor(32) as pool:
        yield pool


@pytest.fixture
def lock(cluster, node):  # after the node, whose start reads the uses
    """A session that holds the uses of tokens, so that a list of tokens waits. It ends with COMMIT."""
    with held_uses(cluster) as session:
        yield session


@contextlib.contextmanager
def held_uses(cluster):
    with cluster.postgres.session(cluster.database) as session:
        session.sql("BEGIN; LOCK TABLE warder.uses")
        yield session


@pytest.fixture
def node(cluster):
    node = cluster.start()
    node.admin.mint("listed")
    return node


def waiting(cluster, count):
    """Waits until so many reads wait for the lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'SELECT id, owner, issued_at%'"
    eventually(lambda: cluster.sql(query) == str(count), 4)


def readers(cluster):
    """Returns how many connections have read last; the others have written, or followed the changes."""
    return int(cluster.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'warder'")) - 2


def list_tokens(node, pool, count):
    return [pool.submit(node.admin.get, TOKENS) for _ in range(count)]


def test_read_that_waits_delays_neither_lists_nor_sign_in(cluster, node, pool, lock):
    reads = list_tokens(node, pool, CONNECTIONS - 1)
    waiting(cluster, CONNECTIONS - 1)
    assert node.admin.get(AUDIT).status_code == 200
    assert_error(node.get("/v1alpha/session", headers={"Cookie": "warder_session=" + "A" * 43}), 401, "unauthorized")
    waiting(cluster, CONNECTIONS - 1)
    lock.sql("COMMIT")
    assert [read.result().status_code for read in reads] == [200] * len(reads)


def test_more_long_reads_than_connections_take_turns(cluster, node, pool, lock):
    reads = list_tokens(node, pool, 3 * CONNECTIONS)
    waiting(cluster, CONNECTIONS)
    lock.sql("COMMIT")
    assert [read.result().status_code for read in reads] == [200] * len(reads)
    assert readers(cluster) == CONNECTIONS


def test_reads_one_after_another_use_one_connection(cluster, node):
    for _ in range(20):
        assert node.admin.get(AUDIT).status_code == 200
    assert readers(cluster) == 1


def test_reads_take_turns_if_the_server_accepts_no_more_connections(cluster, pool):
    role = f"few_{cluster.database}"
    cluster.sql(f"CREATE ROLE {role} LOGIN PASSWORD 'few' CONNECTION LIMIT 4; GRANT CREATE ON DATABASE {cluster.database} TO {role}")
    node = cluster.start(url=cluster.postgres.url(cluster.database, user=role, password="few"))
    node.admin.mint("listed")
    with held_uses(cluster) as lock:
        reads = list_tokens(node, pool, 2 * CONNECTIONS)
        eventually(lambda: f'too many connections for role "{role}"' in cluster.postgres.log(), 4)
        lock.sql("COMMIT")
    assert [read.result().status_code for read in reads] == [200] * len(reads)


def test_each_lost_connection_is_opened_again(cluster, node, pool, lock):
    reads = list_tokens(node, pool, CONNECTIONS)
    waiting(cluster, CONNECTIONS)
    lock.sql("COMMIT")
    assert {read.result().status_code for read in reads} == {200}
    cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'warder' AND datname = current_database()")
    reads = list_tokens(node, pool, 2 * CONNECTIONS)
    assert [read.result().status_code for read in reads] == [200] * len(reads)


def test_node_stops_while_reads_wait(cluster, node, pool, lock):
    reads = list_tokens(node, pool, CONNECTIONS)
    waiting(cluster, CONNECTIONS)
    node.terminate()
    assert node.wait() == 0
    assert all(read.exception() is not None or read.result().status_code == 503 for read in reads)


def test_stop_rejects_queued_reads_after_the_drain_timeout(cluster, pool):
    node = cluster.start(env={"WARDER_DRAIN_TIMEOUT": "1 s"})
    node.admin.mint("listed")
    with held_uses(cluster):
        reads = list_tokens(node, pool, 8 * CONNECTIONS)
        waiting(cluster, CONNECTIONS)
        begin = len(cluster.postgres.log())
        node.terminate()
        # Each read would wait 5 s for the lock, four at a time.
        assert node.wait() == 0
        assert "canceling statement due to user request" in cluster.postgres.log()[begin:]
    assert all(read.exception() is not None or read.result().status_code == 503 for read in reads)
