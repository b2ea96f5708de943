# SPDX-License-Identifier: MIT
"""A node that loads the database for longer than its token index may be old."""

import time
from concurrent.futures import ThreadPoolExecutor

from support.cluster import STALENESS
from support.waiting import eventually

IS_LOADING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%t.digest%'"


def test_node_that_loaded_longer_than_max_staleness_accepts_tokens_when_it_says_that_it_listens(cluster, postgres):
    first = cluster.start()
    token = first.admin.mint("before")
    first.stop()
    node = cluster.make()
    with postgres.session(cluster.database) as blocker, ThreadPoolExecutor(1) as pool:
        blocker.sql("BEGIN")
        blocker.sql("LOCK TABLE warder.tokens IN ACCESS EXCLUSIVE MODE")
        started = pool.submit(node.start)
        eventually(lambda: postgres.sql(IS_LOADING, cluster.database) == "1", seconds=15)
        node.pause()
        blocker.sql("COMMIT")
        stale_at = time.monotonic() + STALENESS
        eventually(lambda: time.monotonic() > stale_at)
        node.resume()
        started.result()
        assert node.auth(token) == 200 and node.is_ready()
