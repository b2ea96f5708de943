# SPDX-License-Identifier: MIT
"""What a node asks the database while nothing happens, and what it notices nevertheless."""

import time

from support.cluster import soon
from support.waiting import eventually


def test_idle_node_writes_about_one_heartbeat_a_second_and_stays_fresh(cluster):
    node = cluster.start()
    token = node.admin.mint("one")
    soon(lambda: node.auth(token) == 200)
    versions, began = set(), time.monotonic()

    def is_over():
        versions.add(cluster.sql("SELECT xmin FROM warder.nodes"))
        assert node.auth(token) == 200
        return time.monotonic() - began > 5

    eventually(is_over)
    # The first version may be seen late, and one more may be written just at the end.
    assert 3 <= len(versions) <= 8, versions


def test_connection_that_another_process_of_the_server_serves_is_not_followed(cluster):
    # As behind a pooler in transaction mode.
    cluster.sql(
        "SET allow_system_table_mods = on; ALTER FUNCTION pg_catalog.pg_backend_pid() RENAME TO real_backend_pid; "
        "CREATE FUNCTION pg_catalog.pg_backend_pid() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT (random() * 1e9)::int'"
    )
    assert "a pooler must be in session mode" in cluster.refusal()


def test_first_change_after_the_connections_were_closed_succeeds(cluster):
    node = cluster.start()
    node.admin.mint("before")
    cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'warder' AND datname = current_database()")
    # An idle node opens them again by itself.
    eventually(lambda: cluster.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'warder' AND datname = current_database()") == "2", 10)
    assert node.admin.post("/v1alpha/token/", {"jwt_token_description": "after", "jwt_token_life": "6 minutes"}).status_code == 201
