# SPDX-License-Identifier: MIT
"""Parts of a request that grants do not cover are forwarded, and the page on grants documents this."""

import pytest
from support.server import ADMIN_PASSWORD, TOP
from support.upstream import route

SECTION = (TOP / "docs" / "reference" / "grants.md").read_text().split("## Limitations")[1].split("\n## ")[0]


@pytest.mark.parametrize("method, target, named", [("POST", "/v2/mine/app/blobs/uploads/?mount=sha256:00&from=private/app", "?mount="), ("POST", "/v2/mine/x?_method=DELETE", "?_method="),
                                                   ("REPORT", "/v2/mine/calendar", "calendar-multiget")])
def test_query_and_body_are_forwarded_without_authorization_as_documented(start_server, method, target, named, upstream):
    server = start_server(config_text=route("/", upstream.url))
    token = server.person("admin", ADMIN_PASSWORD).mint("mine", endpoints=["/v2/mine/**"])
    assert server.request(method, target, bearer=token).status_code == 200
    assert upstream.next().target == target
    assert named in SECTION
