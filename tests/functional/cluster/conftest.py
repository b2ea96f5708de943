# SPDX-License-Identifier: MIT
import itertools

import pytest
from support.cluster import Cluster
from support.postgres import Postgres


@pytest.fixture(scope="session")
def postgres_server():
    with Postgres() as server:
        yield server


_numbers = itertools.count()


@pytest.fixture
def postgres(postgres_server):
    """The server, up at the beginning of each test, whatever the test before did to it."""
    yield postgres_server
    if postgres_server.process.poll() is None:
        postgres_server.resume()
    if not postgres_server.is_up():
        postgres_server.start()


@pytest.fixture
def cluster(postgres, tmp_path):
    cluster = Cluster(postgres, postgres.create_database(f"warder{next(_numbers)}"), tmp_path)
    yield cluster
    cluster.end()


@pytest.fixture
def nodes(cluster):
    """Two nodes."""
    return cluster.start(2)
