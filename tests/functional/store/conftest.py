# SPDX-License-Identifier: MIT
import pytest
from support import stores


@pytest.fixture
def store_file(tmp_path, store):
    """The file in which a server of `start_with_store` stores users and tokens."""
    return stores.store_file(store, tmp_path)


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def database(data_dir):
    """The URL of the store of a server with default settings."""
    return f"sqlite:{data_dir}/warder.db"


@pytest.fixture
def new(data_dir):
    return data_dir / "new.db"
