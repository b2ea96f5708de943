# SPDX-License-Identifier: MIT
import pytest
from support import stores


@pytest.fixture
def store_file(tmp_path, store):
    """The file in which a server of `start_with_store` stores users and tokens."""
    return stores.store_file(store, tmp_path)
