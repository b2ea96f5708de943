# SPDX-License-Identifier: MIT
import pytest


@pytest.fixture(params=["sqlite", "users-json"])
def store(request):
    return request.param


@pytest.fixture
def start_with_store(start_server, tmp_path, store):
    """Starts servers on either kind of store."""

    def start(config_text="", **options):
        (tmp_path / "specter").mkdir(mode=0o700, exist_ok=True)
        place = "" if store == "sqlite" else f'store = "users-json:{tmp_path / "specter" / "users.json"}"\n'
        return start_server(config_text=place + config_text, **options)

    return start


@pytest.fixture
def store_file(tmp_path, store):
    """Where `start_with_store` keeps users and tokens."""
    return tmp_path / "data" / "warder.db" if store == "sqlite" else tmp_path / "specter" / "users.json"
