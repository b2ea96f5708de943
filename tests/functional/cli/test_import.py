# SPDX-License-Identifier: MIT
"""`warder import specter`: imports the users and tokens of Specter Desktop."""

import contextlib
import json
import sqlite3
import subprocess
import time
import uuid

import pytest
from support import specter
from support.faults import limit_file_size
from support.server import ADMIN_PASSWORD, BINARY, clean_environment, run_binary
from support.specter import SECRET, make_token, make_user, text_of, write_users
from support.waiting import eventually

PASSWORD = "what they typed in Specter"


@pytest.fixture
def secret_file(tmp_path):
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    return file


@pytest.fixture
def run_import(warder, tmp_path):
    """Imports these users into the running server's store."""

    def run(users, *options):
        file = write_users(tmp_path / "specter" / "users.json", users, mode=0o444)
        before = file.read_bytes()
        done = warder.cli("import", "specter", file, *options)
        assert file.read_bytes() == before and [path.name for path in file.parent.iterdir()] == ["users.json"]
        assert SECRET not in done.stdout + done.stderr
        assert "eyJ" not in done.stdout + done.stderr
        file.chmod(0o600)
        return done

    return run


def report(done):
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for part in found.values():
        part["left_out"] = {reason: count for reason, count in part["left_out"].items() if count}
    return found


def test_imported_users_and_tokens_are_accepted_by_the_running_server(warder, run_import, secret_file):
    alices, adas = make_token("alice", "ci"), make_token("ada", "node", life=360)
    done = run_import([make_user("alice", PASSWORD, alices), make_user("ada", PASSWORD, adas, is_admin=True)], "--secret-file", secret_file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "users: 2 added, 0 known\ntokens: 2 added, 0 known\n", "")

    for name, (token_id, record), is_admin in (("alice", alices, False), ("ada", adas, True)):
        whoami = warder.get("/v1alpha/whoami", bearer=record["jwt_token"])
        assert whoami.status_code == 200, whoami.text
        assert (whoami.json()["username"], whoami.json()["is_admin"], whoami.json()["jwt_token_id"]) == (name, is_admin, token_id)
        person = warder.person(name, PASSWORD)
        assert person.tokens()[token_id]["jwt_token_life"] == record["jwt_token_life"]
        assert warder.accepts(person.mint("another"))
    assert warder.person("ada", PASSWORD).get("/v1alpha/users/").status_code == 200
    warder.restart()
    assert warder.accepts(alices[1]["jwt_token"])
    assert warder.person("alice", PASSWORD).delete(f"/v1alpha/token/{alices[0]}").status_code == 200
    assert not warder.accepts(alices[1]["jwt_token"])


def test_second_import_changes_nothing(warder, run_import, secret_file):
    users = [make_user("alice", PASSWORD, make_token("alice", "ci"))]
    run_import(users, "--secret-file", secret_file)
    listed, keys = warder.cli("user", "list").stdout, (warder.data_dir / "keys.json").read_bytes()
    again = run_import(users, "--secret-file", secret_file)
    assert again.stdout == "users: 0 added, 1 known\ntokens: 0 added, 1 known\n"
    assert run_import(users).stdout == again.stdout, "the server already knows the secret"
    assert warder.cli("user", "list").stdout == listed
    assert (warder.data_dir / "keys.json").read_bytes() == keys


def test_import_without_the_secret_counts_and_omits_tokens(warder, run_import):
    token = make_token("alice", "ci")
    done = run_import([make_user("alice", PASSWORD, token)])
    assert done.stdout.splitlines()[1:] == [
        "tokens: 0 added, 0 known",
        "tokens left out: 1 that can't be used without the secret that signed them (--secret-file)",
    ]
    assert not warder.accepts(token[1]["jwt_token"])
    assert warder.person("alice", PASSWORD).get("/v1alpha/whoami").status_code == 200


def test_secret_that_verifies_no_token_is_not_stored(warder, run_import, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("another secret")
    keys = (warder.data_dir / "keys.json").read_bytes()
    done = run_import([make_user("alice", PASSWORD, make_token("alice", "ci"))], "--secret-file", wrong, "--json")
    assert report(done)["tokens"] == {"added": 0, "known": 0, "left_out": {"bad_signature": 1}}
    assert (warder.data_dir / "keys.json").read_bytes() == keys


def test_existing_user_keeps_password_role_and_ceiling_and_gains_tokens(warder, run_import, secret_file, make_user):
    alice = make_user("alice", endpoints=["GET /v1alpha/**"])
    token = make_token("alice", "ci")
    users = [specter.make_user("alice", PASSWORD, token, is_admin=True)]
    assert report(run_import(users, "--secret-file", secret_file, "--json"))["users"] == {"added": 0, "known": 1, "held": 0, "left_out": {}}
    assert warder.person("alice", PASSWORD).get("/v1alpha/whoami").status_code == 401
    whoami = warder.get("/v1alpha/whoami", bearer=token[1]["jwt_token"]).json()
    assert (whoami["is_admin"], whoami["ceiling"]) == (False, ["GET /v1alpha/**"])
    assert token[0] in alice.tokens()


def test_omitted_users_and_tokens_are_counted_by_reason(warder, run_import, secret_file):
    now = int(time.time())
    taken = str(uuid.uuid4())
    users = [
        make_user("alice", PASSWORD, make_token("alice", "good"), make_token("alice", "good"), make_token("alice", "old", minted=now - 100, life=50),
                  make_token("alice", "foreign", secret="another"), make_token("bob", "bob's"), make_token("alice", "new\nline"),
                  make_token("alice", "mine", token_id=taken), make_token("alice", "nobody's", token_id=str(uuid.UUID(int=0))), ("no-uuid", {"jwt_token": "x"}), make_token("alice", "kid", secret="x")),
        make_user("ALICE", PASSWORD, make_token("ALICE", "hers")),
        make_user("a b", PASSWORD, make_token("a b", "theirs")),
        make_user("bob", PASSWORD, make_token("bob", "his", token_id=taken)),
        make_user("Admin", PASSWORD),
    ]
    done = run_import(users, "--secret-file", secret_file, "--json")
    found = report(done)
    assert [json.loads(line)["warning"] for line in done.stderr.splitlines()] == [
        'left out user "ALICE", whose name is used by another user, ignoring case',
        'left out user "a b", whose name is invalid',
        'left out user "Admin", whose name is used by another user, ignoring case',
    ]
    assert found["users"].pop("unreadable") == ["user alice has 2 tokens that can't be read", "user bob has 1 token that can't be read"]
    assert found["users"] == {"added": 2, "known": 0, "held": 0, "left_out": {"bad_username": 1, "user_exists": 2}}
    left_out = found["tokens"].pop("left_out")
    assert found["tokens"] == {"added": 2, "known": 0}
    assert left_out == {
        "description_taken": 1, "expired": 1, "bad_signature": 2, "other_user": 1, "bad_description": 1, "unreadable": 3, "user_left_out": 2,
    }, left_out
    assert warder.person("admin", ADMIN_PASSWORD).get("/v1alpha/whoami").status_code == 200


def test_omitted_users_are_named_on_standard_error_whatever_their_names_are(run_import):
    users = [make_user("alice", PASSWORD), make_user("\x1b[31m\u202e\n", PASSWORD), make_user("x" * 5000, PASSWORD)]
    done = run_import(users, "--dry-run")
    assert done.stdout == "users: 1 added, 0 known\nusers left out: 2 with an invalid name\ntokens: 0 added, 0 known\n"
    first, second = done.stderr.splitlines()
    assert first == r'warder: warning: left out user "\u001b[31m\u202e\u000a", whose name is invalid'
    assert second.startswith('warder: warning: left out user "xxx') and len(second) < 400

    done = run_import([make_user(f"a {number}", PASSWORD) for number in range(130)], "--dry-run")
    assert len(done.stderr.splitlines()) == 101 and done.stderr.endswith("left out 30 more users\n")


def test_token_with_an_id_in_use_is_omitted(warder, run_import, secret_file):
    first = make_token("alice", "ci")
    run_import([make_user("alice", PASSWORD, first)], "--secret-file", secret_file)
    other = make_token("bob", "ci", token_id=first[0])
    found = report(run_import([make_user("bob", PASSWORD, other)], "--secret-file", secret_file, "--json"))
    assert found["tokens"]["left_out"] == {"id_taken": 1}
    assert warder.accepts(first[1]["jwt_token"]) and not warder.accepts(other[1]["jwt_token"])


@pytest.mark.parametrize("default", ["admin", "password", "carol"])
def test_user_with_default_password_cannot_sign_in_until_it_is_changed(warder, run_import, secret_file, default):
    token = make_token("carol", "ci")
    done = run_import([make_user("carol", default, token)], "--secret-file", secret_file)
    assert "users held: 1 has a trivial password" in done.stdout
    assert warder.person("carol", default).get("/v1alpha/whoami").status_code == 401
    assert warder.accepts(token[1]["jwt_token"])
    assert warder.cli("user", "passwd", "carol", stdin=PASSWORD + "\n").returncode == 0
    assert warder.person("carol", PASSWORD).get("/v1alpha/whoami").status_code == 200


def test_fifth_imported_secret_is_rejected_until_one_is_retired(warder, run_import, tmp_path):
    secret = tmp_path / "secret"
    for number in range(5):
        secret.write_text(f"secret {number}")
        token = make_token("alice", f"t{number}", secret=f"secret {number}")
        done = run_import([make_user("alice", PASSWORD, token)], "--secret-file", secret)
        assert done.returncode == (1 if number == 4 else 0)
        assert warder.accepts(token[1]["jwt_token"]) == (number < 4)
    assert "four secrets" in done.stderr and len(done.stderr.splitlines()) == 1
    imported = [key["kid"] for key in json.loads(warder.cli("key", "list", "--json").stdout)["keys"] if key["imported"]]
    assert len(imported) == 4
    refused = warder.cli("key", "retire", imported[0])
    assert refused.returncode == 1 and "1 active token needs this key" in refused.stderr
    assert warder.cli("key", "retire", imported[0], "--revoke-tokens").returncode == 0
    assert run_import([make_user("alice", PASSWORD, token)], "--secret-file", secret).returncode == 0
    assert warder.accepts(token[1]["jwt_token"])


def test_token_minted_after_import_is_signed_with_a_key_of_warder(warder, run_import, secret_file):
    run_import([make_user("alice", PASSWORD, make_token("alice", "ci"))], "--secret-file", secret_file)
    minted = warder.person("alice", PASSWORD).mint("new")
    keys = json.loads((warder.data_dir / "keys.json").read_text())["keys"]
    assert [key.get("is_imported", False) for key in keys] == [False, True]
    verified = warder.cli("token", "verify", stdin=minted + "\n")
    assert verified.returncode == 0, verified.stderr


def test_unreadable_import_file_is_an_error_of_one_line(warder, run_import, tmp_path):
    for users, says in (("[{]", "line 1"), ("{}", "not a list of users"), (text_of([{"id": "x"}]), "entry 1")):
        refused = run_import(users)
        assert (refused.returncode, refused.stdout) == (1, "") and says in refused.stderr and len(refused.stderr.splitlines()) == 1, refused.stderr
    for arguments in ([tmp_path / "nowhere"], [tmp_path], [write_users(tmp_path / "s" / "u.json", []), "--secret-file", "/dev/null"]):
        refused = warder.cli("import", "specter", *arguments)
        assert refused.returncode == 1 and len(refused.stderr.splitlines()) == 1, refused.stderr
    assert warder.cli("import", "specter").returncode == 2
    assert run_binary("import", "--help").returncode == 0


def test_dry_run_prints_the_counts_of_the_import_and_writes_nothing(warder, run_import, secret_file):
    users = [make_user("alice", PASSWORD, make_token("alice", "ci"), make_token("alice", "ci")), make_user("no name", PASSWORD), make_user("Alice", PASSWORD)]
    keys = (warder.data_dir / "keys.json").read_bytes()
    admin = warder.person("admin", ADMIN_PASSWORD)
    events = admin.get("/v1alpha/audit").json()
    rehearsed = run_import(users, "--secret-file", secret_file, "--dry-run")
    assert (warder.data_dir / "keys.json").read_bytes() == keys
    assert admin.get("/v1alpha/audit").json() == events
    assert [user["username"] for user in admin.get("/v1alpha/users/").json()["users"]] == ["admin"]
    assert warder.person("alice", PASSWORD).get("/v1alpha/whoami").status_code == 401
    done = run_import(users, "--secret-file", secret_file)
    assert rehearsed.returncode == done.returncode == 0
    assert rehearsed.stdout == done.stdout and "1 added" in done.stdout


@pytest.mark.parametrize("options", [[], ["--dry-run"]], ids=["import", "dry run"])
def test_missing_users_json_is_an_error_with_its_path_and_nothing_is_written(warder, tmp_path, options):
    directory = tmp_path / ".specter"
    directory.mkdir()
    before = {path.name: path.stat().st_mtime_ns for path in warder.data_dir.iterdir() if path.suffix == ".json"}
    for path, words in [(directory / "users.json", "no such file"), (directory, "this is a directory"), (tmp_path / "nowhere" / "users.json", "no such file")]:
        done = warder.cli("import", "specter", path, *options)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"warder: can't read {path}: {words}{'; name the file in it' if path == directory else ''}\n"
    assert list(directory.iterdir()) == []
    assert {path.name: path.stat().st_mtime_ns for path in warder.data_dir.iterdir() if path.suffix == ".json"} == before


def test_import_with_failing_store_writes_adds_no_users(warder, tmp_path, secret_file):
    file = write_users(tmp_path / "specter" / "users.json", [make_user(f"user{number}", PASSWORD, make_token(f"user{number}", "ci")) for number in range(50)])
    command = [str(BINARY), "import", "specter", str(file), "--secret-file", str(secret_file), "--data-dir", str(warder.data_dir)]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, preexec_fn=limit_file_size(8192), check=False)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    users = warder.person("admin", ADMIN_PASSWORD).get("/v1alpha/users/").json()["users"]
    assert [user["username"] for user in users] == ["admin"]


def test_long_import_lets_the_server_mint_between_its_batches(warder, admin, tmp_path, secret_file):
    users = [make_user(f"user{number}", PASSWORD, *(make_token(f"user{number}", f"token {i}") for i in range(3000))) for number in range(4)]
    total = 12_000
    file = write_users(tmp_path / "specter" / "users.json", users)
    command = [str(BINARY), "import", "specter", str(file), "--secret-file", str(secret_file), "--data-dir", str(warder.data_dir)]
    with contextlib.closing(sqlite3.connect(f"file:{warder.data_dir / 'warder.db'}?mode=ro", uri=True)) as database:

        def count_tokens():
            return database.execute("SELECT count(*) FROM tokens").fetchone()[0]

        with subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE, text=True) as running:
            count = eventually(count_tokens, seconds=60, every=0.001)
            assert 0 < count < total, "the import wrote everything at once"
            minted = admin.mint("between two batches")
            assert count_tokens() < total + 1, "the import was over before the server could mint"
            assert running.communicate(timeout=60)[0].splitlines()[1] == f"tokens: {total} added, 0 known"
        assert running.returncode == 0 and count_tokens() == total + 1
    assert warder.accepts(minted)
    for user in users:
        assert warder.accepts(list(user["jwt_tokens"].values())[-1]["jwt_token"])


def test_imported_administrator_without_a_readable_password_is_no_service_account_and_does_not_count_as_the_last_one(run_import, warder, admin):
    users = [{**make_user("rootless", PASSWORD, is_admin=True), "password": None}, make_user("root", PASSWORD, is_admin=True)]
    assert run_import(users[:1]).returncode == 0
    assert "is_service" not in admin.get("/v1alpha/users/rootless").json()
    assert warder.person("rootless", PASSWORD).get("/v1alpha/whoami").status_code == 401
    assert admin.delete("/v1alpha/users/admin").status_code == 409
    assert run_import(users).returncode == 0
    assert admin.delete("/v1alpha/users/admin").status_code == 200
