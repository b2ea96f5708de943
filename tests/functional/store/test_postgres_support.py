# SPDX-License-Identifier: MIT
"""PostgreSQL and the network to it, as other tests break them."""

import subprocess
import threading
import time

import pytest
from support.postgres import Postgres, Session, psql
from support.tcp_gate import TcpGate
from support.waiting import eventually


@pytest.fixture(scope="module")
def postgres():
    with Postgres() as server:
        server.sql("CREATE TABLE kept (n int)")
        yield server


@pytest.fixture
def gate(postgres):
    with TcpGate(postgres.port) as gate:
        yield gate


def seconds_of(call):
    began = time.monotonic()
    call()
    return time.monotonic() - began


def test_committed_rows_survive_a_stop_a_kill_and_a_restart_and_others_do_not(postgres):
    postgres.sql("INSERT INTO kept VALUES (1)")
    postgres.stop()
    assert not postgres.is_up()
    postgres.start().sql("INSERT INTO kept VALUES (2)")
    with postgres.session() as session:
        session.sql("BEGIN; INSERT INTO kept VALUES (3)")
        postgres.kill()
        with pytest.raises((subprocess.CalledProcessError, BrokenPipeError)):
            session.sql("COMMIT")
    assert not postgres.is_up()
    assert postgres.start().sql("SELECT n FROM kept ORDER BY n") == "1\n2"
    assert "database system was not properly shut down" in postgres.log()
    assert postgres.restart().sql("SELECT count(*) FROM kept") == "2"


def test_paused_server_keeps_its_connections(postgres):
    with postgres.session() as session:
        session.sql("SELECT 1")
        postgres.pause()
        session.begin("SELECT 2")
        assert session.finish(0.3) is None
        postgres.resume()
        assert session.finish() == "2"


def test_databases_are_separate_and_need_the_password_over_tcp(postgres):
    postgres.create_database("one")
    psql(postgres.url("one"), "CREATE TABLE only_here (n int)")
    assert postgres.sql("SELECT count(*) FROM only_here", "one") == "0"
    with pytest.raises(subprocess.CalledProcessError, match="psql"):
        postgres.sql("SELECT count(*) FROM only_here")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        psql(postgres.url(password="wrong"), "SELECT 1")
    assert "password authentication failed" in refused.value.stderr


def test_standby_follows_its_primary_and_is_promoted_when_that_is_gone():
    with Postgres() as primary, primary.make_standby() as standby:
        primary.sql("CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
        eventually(lambda: standby.has_replayed(primary))
        with pytest.raises(subprocess.CalledProcessError):
            standby.sql("INSERT INTO t VALUES (2)")
        with TcpGate(primary.port) as gate:
            url = primary.url(port=gate.port)
            assert psql(url, "SELECT pg_is_in_recovery(), (SELECT max(n) FROM t)") == "f|1"
            primary.kill()
            standby.promote()
            gate.target = standby.port
            assert psql(url, "INSERT INTO t VALUES (2) RETURNING n") == "2"


def test_gate_delays_each_way(postgres, gate):
    with Session(postgres.url(port=gate.port)) as session:
        assert seconds_of(lambda: session.sql("SELECT 1")) < 2
        gate.delay = 0.4
        assert seconds_of(lambda: session.sql("SELECT 1")) >= 0.8
        gate.delay = 0.0
        assert session.sql("SELECT 3") == "3"
    assert gate.accepted == 1


def test_cut_gate_ends_connections_and_refuses_new_ones_until_it_is_restored(postgres, gate):
    url = postgres.url(port=gate.port)
    with Session(url) as session:
        session.sql("SELECT 1")
        assert gate.open_connections == 1
        gate.cut()
        with pytest.raises((subprocess.CalledProcessError, BrokenPipeError)):
            session.sql("SELECT 2")
    with pytest.raises(subprocess.CalledProcessError):
        psql(url, "SELECT 3")
    gate.restore()
    assert psql(url, "SELECT 4") == "4"
    eventually(lambda: gate.open_connections == 0)


def test_blackholed_gate_lets_nothing_through_until_it_is_restored(postgres, gate):
    url = postgres.url(port=gate.port)
    with Session(url) as session:
        session.sql("SELECT 1")
        gate.blackhole()
        session.begin("SELECT 2")
        answers = []
        other = threading.Thread(target=lambda: answers.append(psql(url, "SELECT 3")))
        other.start()
        assert session.finish(0.3) is None
        assert answers == [] and gate.open_connections == 1
        gate.restore()
        assert session.finish() == "2"
        other.join(15)
        assert answers == ["3"]


def test_connection_that_ends_in_a_blackhole_stays_open_at_the_server(postgres, gate):
    connections = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'left'"
    with Session(postgres.url(port=gate.port) + "?application_name=left") as session:
        session.sql("SELECT 1")
        gate.blackhole()
    assert [postgres.sql(connections) for _ in range(10)] == ["1"] * 10
    gate.restore()
    eventually(lambda: postgres.sql(connections) == "0")
