# SPDX-License-Identifier: MIT
import pytest
from support import stores


@pytest.fixture(params=stores.KINDS)
def store(request):
    return request.param


@pytest.fixture
def start_with_store(start_server, tmp_path, store):
    """Starts servers on each kind of store."""

    def start(config_text="", **options):
        return start_server(config_text=stores.store_setting(store, tmp_path) + config_text, **options)

    return start


@pytest.fixture
def store_file(tmp_path, store):
    """The file in which a server of `start_with_store` stores users and tokens."""
    return stores.store_file(store, tmp_path)
