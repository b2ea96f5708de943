# SPDX-License-Identifier: MIT
import pytest

from support.scrape import LISTEN, Metrics
from support.server import ADMIN_PASSWORD


@pytest.fixture
def start_with_metrics(start_server):
    """Starts a server with a listener for metrics. Returns both."""

    def start(config_text="", **options):
        server = start_server(config_text=config_text + LISTEN, **options)
        return server, Metrics(server)

    return start


@pytest.fixture
def measured(start_with_metrics):
    return start_with_metrics()


@pytest.fixture
def warder(measured):
    return measured[0]


@pytest.fixture
def metrics(measured):
    return measured[1]


@pytest.fixture
def start_gateway(start_with_metrics):
    """Starts a gateway with these [[route]]s, and mints a token. Returns server, metrics and token."""

    def start(*routes, top=""):
        server, metrics = start_with_metrics(top + "".join(routes))
        return server, metrics, server.person("admin", ADMIN_PASSWORD).mint("of the tests")

    return start
