# SPDX-License-Identifier: MIT
"""Pages of the web UI on nodes that share one database."""

from .cluster import soon
from .server import ADMIN_PASSWORD
from .ui_client import UiClient

PASSWORD = "the password of alice"
# By itself, a node then learns of a change too late for the request that follows it.
SLOW = {"poll": "10 s", "max_staleness": 30}


def sign_in(node, name="admin", password=ADMIN_PASSWORD):
    page = UiClient(node)
    page.sign_in(name, password)
    return page


def on(node, page):
    """Returns the same page, with its requests going to another node."""
    other = UiClient(node)
    other.cookie, other.csrf = page.cookie, page.csrf
    return other


def pages_on(nodes, page):
    return [on(node, page) for node in nodes]


def add_alice(node, *others):
    """Adds a user, and waits until the other nodes know them, too: a sign-in there would be a wrong password before."""
    assert node.admin.post("/v1alpha/users/", {"username": "alice", "password": PASSWORD}).status_code == 201
    if others:
        token = node.person("alice", PASSWORD).mint("known")
        soon(lambda: all(other.accepts(token) for other in others))


def listed(client):
    answer = client.get("/v1alpha/sessions")
    assert answer.status_code == 200, answer.text
    return answer.json()["sessions"]


def stored_sessions(cluster):
    return int(cluster.sql("SELECT count(*) FROM warder.sessions"))
