# SPDX-License-Identifier: MIT
"""Installing, using, upgrading and removing the packages in fresh roots."""

import json
import re
import shutil
import sqlite3
import stat
import subprocess
from pathlib import Path

from conftest import package

INITIAL_PASSWORD = "/var/lib/warder/initial-admin-password"


def mint(root, description):
    """Mints over HTTP with the password of the first start, and returns the token and its id."""
    body = json.dumps({"jwt_token_description": description, "jwt_token_life": "6 minutes"})
    script = f'curl -sS --fail -u "admin:$(cat {INITIAL_PASSWORD})" http://127.0.0.1:8441/v1alpha/token/ -d @-'
    answer = json.loads(root.sh(script, stdin=body))
    return answer["jwt_token"], answer["jwt_token_id"]


def status(root, token, path="/v1alpha/whoami"):
    """Returns the status of a request with the token."""
    return root.sh(f"curl -sS -o /dev/null -w '%{{http_code}}' -H @- http://127.0.0.1:8441{path}", stdin=f"Authorization: Bearer {token}\n")


def mode_and_owner(root, path):
    return root.run("stat", "-c", "%a %U:%G", path).strip()


def files_named_warder(root):
    found = root.sh("find / -xdev -iname '*warder*' -not -path '/tmp/*' -not -path '/proc/*' -not -path '/var/log/*'").splitlines()
    return [path for path in found if path != "/var/cache/apt/archives/warder"]


def test_package_installs_serves_mints_verifies_and_purges_without_a_trace(root):
    before = files_named_warder(root)
    root.install(package("warder"))
    assert "not initialized yet" in root.run("warder", "check")
    assert mode_and_owner(root, "/var/lib/warder") == "700 warder:warder"
    assert mode_and_owner(root, "/etc/warder/secrets") == "700 root:root"
    assert root.run("dpkg-query", "-W", "-f", "${Conffiles}", "warder").split()[0] == "/etc/warder/warder.toml"

    server = root.start()
    token, token_id = mint(root, "first")
    assert status(root, token) == "200"
    assert json.loads(root.run("warder", "token", "verify", stdin=token))["jwt_token_description"] == "first"
    assert "first" in root.run("warder", "token", "list")
    root.run("warder", "token", "create", "--user", "admin", "--description", "by root", "--life", "1 hour")
    root.run("warder", "token", "revoke", token_id)
    assert status(root, token) == "401"
    # What root's commands wrote still belongs to the server.
    assert set(root.sh("stat -c %U /var/lib/warder/*").split()) == {"warder"}
    root.stop(server)
    assert "no problems found" in root.run("warder", "check")

    root.run("apt-get", "remove", "-y", "warder")
    assert (root.path / "var/lib/warder/warder.db").exists() and (root.path / "etc/warder/warder.toml").exists()
    assert not (root.path / "usr/bin/warder").exists()
    assert root.run("dpkg", "--purge", "warder") is not None
    assert files_named_warder(root) == before
    root.run("getent", "passwd", "warder", code=2)
    root.run("getent", "group", "warder", code=2)


def make_older_package(directory):
    """Returns the package with an older version, whose program is otherwise the same."""
    content = directory / "older"
    subprocess.run(["dpkg-deb", "--raw-extract", package("warder"), content], check=True)
    control = content / "DEBIAN" / "control"
    control.write_text(control.read_text().replace("\nVersion: ", "\nVersion: 0~"))
    older = directory / "warder_0_older.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", content, older], check=True, capture_output=True)
    shutil.rmtree(content)
    return older


OLDER = Path(__file__).parent / "older"


def write_older_data(root):
    """Replaces the data of a stopped server with those of an older one, as its restored backup would be. Returns its token."""
    data = root.path / "var/lib/warder"
    with sqlite3.connect(data / "warder.db") as database:
        database.executescript((OLDER / "warder.sql").read_text())
        version = database.execute("PRAGMA user_version").fetchone()[0]
    database.close()
    shutil.copy(OLDER / "keys.json", data)
    root.sh("chown warder:warder /var/lib/warder/*; chmod 600 /var/lib/warder/*")
    return (OLDER / "token").read_text().strip(), version


def test_upgrade_keeps_the_database_of_an_older_version_and_a_changed_configuration(root, tmp_path):
    root.install(make_older_package(tmp_path))
    config = root.path / "etc/warder/warder.toml"
    changed = re.sub(r"(?m)^# (max_connections) = .*$", r"\1 = 100", config.read_text())
    assert changed != config.read_text()
    config.write_text(changed)
    token, version = write_older_data(root)

    root.install(package("warder"))
    assert config.read_text() == changed
    server = root.start()
    assert status(root, token) == "200"
    assert status(root, token, "/v1alpha/token/") in ("401", "403")
    assert "kept by the upgrade" in root.run("warder", "token", "list")
    root.stop(server)
    with sqlite3.connect(root.path / "var/lib/warder/warder.db") as database:
        assert database.execute("PRAGMA user_version").fetchone()[0] > version
    database.close()


SYSTEMCTL = """\
#!/bin/sh
echo "$*" >>/var/log/systemctl-calls
case "$*" in *is-enabled*) echo enabled ;; esac
"""


def actions(calls):
    """Returns what was done with the service."""
    lines = [line.split() for line in calls.read_text().splitlines()]
    calls.unlink()
    return [word for line in lines if "warder.service" in line for word in line if word in ("start", "restart", "try-restart", "stop")]


def test_install_starts_the_service_once_and_upgrade_restarts_it_once(root, tmp_path):
    """A systemctl that only takes notes, in a root that pretends to run systemd."""
    (root.path / "run/systemd/system").mkdir(parents=True)
    systemctl = root.path / "usr/bin/systemctl"
    assert not systemctl.exists()
    systemctl.write_text(SYSTEMCTL)
    systemctl.chmod(0o755)
    calls = root.path / "var/log/systemctl-calls"

    root.install(make_older_package(tmp_path))
    assert actions(calls) == ["start"]
    root.install(package("warder"))
    assert actions(calls) == ["restart"]
    root.run("apt-get", "remove", "-y", "warder")
    assert actions(calls) == ["stop"]


def test_development_package_builds_a_program(root, tmp_path):
    content = tmp_path / "development"
    subprocess.run(["dpkg-deb", "--extract", package("libwarder-dev"), content], check=True)
    (archive,) = content.glob("usr/lib/*/libwarder.a")
    (config,) = content.glob("usr/lib/*/cmake/warder/warder-config.cmake")
    assert (content / "usr/include/warder/authority.hpp").exists()
    assert stat.S_IMODE(archive.stat().st_mode) == 0o644 and config.parent.parent.parent == archive.parent
