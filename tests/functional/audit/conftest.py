# SPDX-License-Identifier: MIT
import pytest
from support.server import ADMIN_PASSWORD


class AuditedServer:
    """A server, its administrator, and helpers that read its audit log over HTTP."""

    def __init__(self, server):
        self.server = server
        self.admin = server.person("admin", ADMIN_PASSWORD)

    def page(self, query="", person=None):
        answer = (person or self.admin).get("/v1alpha/audit" + query)
        assert answer.status_code == 200, answer.text
        assert list(answer.json()) == ["events"]
        for event in answer.json()["events"]:
            assert list(event) == ["id", "time", "actor", "address", "action", "target"], event
        return answer.json()["events"]

    def mark(self):
        """Returns the id of the newest event, for `since`."""
        return max((event["id"] for event in self.page("?limit=1")), default=0)

    def since(self, mark, *, sign_ins=False):
        """Returns the events after `mark` as (actor, address, action, target), oldest first; without sign-ins unless `sign_ins`."""
        return [
            (event["actor"], event["address"], event["action"], event["target"])
            for event in reversed(self.page())
            if event["id"] > mark and (sign_ins or not event["action"].startswith("sign_in."))
        ]

    def add_user(self, name, **fields):
        password = f"the password of {name}"
        answer = self.admin.post("/v1alpha/users/", {"username": name, "password": password, **fields})
        assert answer.status_code == 201, answer.text
        return self.server.person(name, password)

    def cli(self, *arguments, **options):
        done = self.server.cli(*arguments, **options)
        assert done.returncode == 0, done.stderr
        return done

    def files(self):
        """Returns the content of all files in the data directory except keys.json."""
        return b"".join(path.read_bytes() for path in self.server.data_dir.iterdir() if path.is_file() and path.name != "keys.json")


@pytest.fixture
def start_audited(start_with_store):
    def start(config_text="", **options):
        return AuditedServer(start_with_store(config_text, **options))

    return start


@pytest.fixture
def audited(start_audited):
    return start_audited()
