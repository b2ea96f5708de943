# SPDX-License-Identifier: MIT
"""What Warder needs of a database: a schema, and a role that owns it; and the way there, back, and to a copy."""

import json
import subprocess

from support.cluster import soon
from support.postgres import USER, Postgres
from support.server import ADMIN_PASSWORD, Server, run_binary


def test_role_that_owns_only_its_schema_suffices(cluster, postgres):
    role = f"owner_{cluster.database}"
    cluster.sql(f"CREATE ROLE {role} LOGIN PASSWORD 'of its own'; REVOKE ALL ON DATABASE {cluster.database} FROM PUBLIC; GRANT CONNECT ON DATABASE {cluster.database} TO {role}")
    cluster.sql(f"REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE SCHEMA warder AUTHORIZATION {role}")
    first, second = cluster.start(2, url=cluster.url(user=role, password="of its own"))
    token = first.admin.mint("one")
    soon(lambda: second.accepts(token))
    assert first.cli("key", "rotate").returncode == 0
    assert first.cli("check").returncode == 0
    assert cluster.sql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'warder'") == role


def test_role_that_may_do_nothing_is_reported(cluster):
    role = f"stranger_{cluster.database}"
    cluster.sql(f"CREATE ROLE {role} LOGIN PASSWORD 'of its own'; REVOKE CREATE ON DATABASE {cluster.database} FROM PUBLIC")
    message = cluster.refusal(url=cluster.url(user=role, password="of its own"))
    assert "permission denied" in message and "of its own" not in message


def test_search_path_of_the_url_selects_the_schema(cluster):
    blue = cluster.start(url=cluster.url() + "?options=-csearch_path%3Dblue")
    green = cluster.start(url=cluster.url() + "?options=-csearch_path%3Dgreen")
    token = blue.admin.mint("one")
    assert blue.accepts(token) and not green.accepts(token)
    assert cluster.sql("SELECT count(*) FROM blue.tokens") == "1"
    assert cluster.sql("SELECT count(*) FROM green.tokens") == "0"
    assert cluster.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'warder'") == "0"


def test_password_file_is_read(cluster, postgres, tmp_path):
    passwords = tmp_path / "pgpass"
    passwords.touch(mode=0o600)
    passwords.write_text(f"127.0.0.1:{postgres.port}:*:{USER}:battery staple\n")
    node = cluster.start(url=cluster.url(password=None), env={"PGPASSFILE": str(passwords)})
    assert node.accepts(node.admin.mint("one"))


def test_database_of_a_newer_version_is_refused(cluster):
    cluster.start().stop()
    cluster.sql("UPDATE warder.schema_version SET version = 1000")
    assert "newer version" in cluster.refusal()


def test_database_of_another_encoding_is_refused(cluster, postgres):
    postgres.sql(f"CREATE DATABASE {cluster.database}_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    message = cluster.refusal(url=postgres.url(f"{cluster.database}_latin"))
    assert "LATIN1" in message and "ENCODING 'UTF8'" in message


def test_backup_names_pg_dump_and_makes_no_directory(cluster):
    node = cluster.start()
    result = node.cli("backup", cluster.directory / "backup")
    assert result.returncode == 1 and "pg_dump" in result.stderr and "keys.encryption_key_file" in result.stderr
    assert not (cluster.directory / "backup").exists()


def test_restored_dump_is_served(cluster, postgres):
    node = cluster.start()
    token = node.admin.mint("one")
    dump = subprocess.run(["pg_dump", postgres.local_url(cluster.database)], capture_output=True, text=True, check=True).stdout
    postgres.create_database(f"{cluster.database}_copy")
    subprocess.run(["psql", "-Xqv", "ON_ERROR_STOP=1", postgres.local_url(f"{cluster.database}_copy")], input=dump, stdout=subprocess.DEVNULL, text=True, check=True)
    copy = cluster.start(url=postgres.url(f"{cluster.database}_copy"))
    assert copy.accepts(token)
    assert copy.admin.mint("two") and list(copy.admin.tokens())[0] == token.id


def test_dump_of_a_server_with_higher_transaction_numbers_is_served_on_another_one(cluster):
    node = cluster.start()
    kept, revoked = node.admin.mint("kept"), node.admin.mint("revoked")
    cluster.sql("DO $$BEGIN FOR i IN 1..3000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END$$")
    mark = node.admin.mint("mark")
    dump = subprocess.run(["pg_dump", cluster.postgres.local_url(cluster.database)], capture_output=True, text=True, check=True).stdout
    node.stop()
    with Postgres() as other:
        other.create_database("restored")
        subprocess.run(["psql", "-Xqv", "ON_ERROR_STOP=1", other.local_url("restored")], input=dump, stdout=subprocess.DEVNULL, text=True, check=True)
        highest = int(other.sql("SELECT max(xid) FROM warder.changes", "restored"))
        assert highest > int(other.sql("SELECT pg_current_xact_id()", "restored")), "the new server has assigned fewer numbers"
        nodes = cluster.start(2, url=other.url("restored"))
        assert all(node.auth(token) == 200 for node in nodes for token in (kept, revoked, mark))
        answer = nodes[0].admin.delete(f"/v1alpha/token/{revoked.id}", params={"wait": "all"})
        assert answer.status_code == 200 and len(answer.json()["nodes"]) == 2, answer.text
        assert [node.auth(revoked) for node in nodes] == [401, 401]
        added = nodes[1].admin.mint("added")
        assert nodes[1].auth(added) == 200
        soon(lambda: nodes[0].auth(added) == 200)
        assert all(node.auth(kept) == 200 for node in nodes)
        for node in nodes:
            node.stop()


def migrate(cluster, data_dir, source, target):
    config = cluster.directory / "migrate.toml"
    config.write_text(f'[keys]\nencryption_key_file = "{cluster.key_file}"\n')
    return run_binary("migrate", "--from", source, "--to", target, "--data-dir", data_dir, "--config", config, "--json")


def test_migration_to_a_shared_database_and_back_keeps_users_tokens_and_keys(cluster, tmp_path):
    alone = Server(tmp_path / "alone").start()
    admin = alone.person("admin", ADMIN_PASSWORD)
    token, scoped = admin.mint("one"), admin.mint("two", endpoints=["GET /a"])
    assert alone.cli("key", "rotate").returncode == 0
    rotated = admin.mint("three")
    alone.stop()
    there = migrate(cluster, alone.data_dir, f"sqlite:{alone.data_dir}/warder.db", cluster.url())
    assert there.returncode == 0, there.stderr
    assert json.loads(there.stdout)["equal"] is True
    first, second = cluster.start(2)
    for node in (first, second):
        assert node.accepts(token) and node.accepts(rotated) and node.auth(scoped, "/a") == 200 and node.auth(scoped, "/b") == 403
    new = first.admin.mint("of the cluster")
    first.stop()
    second.stop()
    back = tmp_path / "back"
    back.mkdir(mode=0o700)
    returned = migrate(cluster, back, cluster.url(), f"sqlite:{back}/warder.db")
    assert returned.returncode == 0, returned.stderr
    assert json.loads(returned.stdout)["equal"] is True
    again = Server(back).start()
    assert all(again.accepts(each) for each in (token, rotated, new))
    again.stop()
