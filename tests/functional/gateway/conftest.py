# SPDX-License-Identifier: MIT
import pytest

from support.server import ADMIN_PASSWORD
from support.upstream import Upstream, route


class Gateway:
    """A server with routes, its administrator, and an unscoped token."""

    def __init__(self, server):
        self.server = server
        self.admin = server.person("admin", ADMIN_PASSWORD)
        self.token = self.admin.mint("of the tests")

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def request(self, method, path, bearer=None, **options):
        return self.server.request(method, path, bearer=bearer or self.token, **options)

    def head(self, method="GET", target="/a", *lines, bearer=None, version="1.1"):
        """Returns the bytes of a request head with the token."""
        more = "".join(f"{line}\r\n" for line in (f"Authorization: Bearer {bearer or self.token}", *lines))
        return f"{method} {target} HTTP/{version}\r\nHost: warder.test\r\n{more}\r\n".encode("latin-1")

    def raw(self, *arguments, body=b"", **options):
        return self.server.raw(self.head(*arguments, **options) + body)


@pytest.fixture
def other_upstream():
    with Upstream() as server:
        yield server


@pytest.fixture
def make_gateway(start_server):
    """Makes a gateway with these [[route]]s; `top` is the configuration before them."""

    def make(*routes, top="", **options):
        return Gateway(start_server(config_text=top + "".join(routes), **options))

    return make


@pytest.fixture
def gateway(make_gateway, upstream):
    """One plain route: /a to the upstream, with the path unchanged."""
    return make_gateway(route("/a", upstream.url))


@pytest.fixture
def secret_file(tmp_path):
    """Makes a credential file with the correct permissions."""

    def make(text, name="credential", mode=0o600):
        path = tmp_path / name
        path.touch(mode)
        path.chmod(mode)
        path.write_text(text)
        return path

    return make
