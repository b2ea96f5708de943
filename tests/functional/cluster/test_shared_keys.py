# SPDX-License-Identifier: MIT
"""The signing keys are in the database, encrypted, and the same on every node."""

import base64
import ctypes
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.cluster import STALENESS, soon
from support.postgres import PASSWORD
from support.waiting import eventually

WAITING = "verifies; signs once every node has it"


def rotate(node):
    result = node.cli("key", "rotate")
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def header_of(token):
    """Returns the header, which names the key; only the first key is not named."""
    header = token.split(".")[0]
    return base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)).decode()


def test_rotated_key_signs_on_every_node_and_the_old_one_still_verifies(nodes):
    first, second = nodes
    old = first.admin.mint("old")
    key = rotate(second)
    eventually(lambda: first.signing_key() == second.signing_key() == key)
    tokens = []
    eventually(lambda: tokens.append(first.admin.mint(f"new {len(tokens)}")) or key in header_of(tokens[-1]))
    eventually(lambda: tokens.append(second.admin.mint(f"new {len(tokens)}")) or key in header_of(tokens[-1]))
    soon(lambda: all(node.accepts(token) for node in nodes for token in [old, *tokens]))


def test_new_key_does_not_sign_before_a_stopped_node_counts_as_dead(nodes):
    first, second = nodes
    second.pause()
    key = rotate(first)
    assert first.keys()[key].startswith(WAITING)
    assert key not in header_of(first.admin.mint("meanwhile"))
    eventually(lambda: first.signing_key() == key, STALENESS + 5)
    tokens = []
    soon(lambda: tokens.append(first.admin.mint(f"new {len(tokens)}")) or key in header_of(tokens[-1]))
    token = tokens[-1]
    second.resume()
    statuses = set()
    eventually(lambda: statuses.add(second.auth(token)) or 200 in statuses)
    assert statuses <= {200, 503}


def reseal(cluster, old_file, new_file):
    """Encrypts the only signing key with another key-encryption key."""
    sodium = ctypes.CDLL("libsodium.so.23")
    sealed = bytes.fromhex(cluster.sql("SELECT encode(sealed, 'hex') FROM warder.signing_keys"))
    nonce, plain = sealed[:24], ctypes.create_string_buffer(len(sealed) - 40)
    old_key, new_key = (base64.b64decode(file.read_text()) for file in (old_file, new_file))
    assert sodium.crypto_secretbox_open_easy(plain, sealed[24:], ctypes.c_ulonglong(len(sealed) - 24), nonce, old_key) == 0
    anew = ctypes.create_string_buffer(len(sealed) - 24)
    sodium.crypto_secretbox_easy(anew, plain.raw, ctypes.c_ulonglong(len(plain.raw)), nonce, new_key)
    cluster.sql(f"UPDATE warder.signing_keys SET sealed = decode('{(nonce + anew.raw).hex()}', 'hex')")


@pytest.fixture
def estranged(cluster):
    """Two nodes, of which the second can't decrypt keys that the first one makes from now on."""
    new_file = cluster.make_key_file("new-encryption-key")
    second = cluster.start()
    reseal(cluster, cluster.key_file, new_file)
    first = cluster.start(key_file=new_file)
    return first, second


def keys_of_nodes(cluster):
    return cluster.sql("SELECT keys::text FROM warder.nodes ORDER BY cardinality(keys), keys").split("\n")


def test_key_that_a_live_node_can_not_decrypt_never_signs(cluster, estranged):
    first, second = estranged
    old_key = first.signing_key()
    key = rotate(first)
    soon(lambda: "keys_not_reloaded" in second.log())
    eventually(lambda: keys_of_nodes(cluster) in ([f"{{{old_key}}}", f"{{{old_key},{key}}}"], [f"{{{old_key}}}", f"{{{key},{old_key}}}"]))
    for number in range(20):
        token = first.admin.mint(f"token {number}")
        soon(lambda token=token: second.auth(token) == 200)
    assert first.signing_key() == old_key and first.keys()[key].startswith(WAITING)
    second.stop()
    eventually(lambda: first.signing_key() == key)


def test_node_that_lacks_a_key_that_signs_elsewhere_answers_503_to_its_tokens(cluster, estranged):
    first, second = estranged
    old = first.admin.mint("old")
    soon(lambda: second.accepts(old))
    second.pause()
    key = rotate(first)
    eventually(lambda: first.signing_key() == key, STALENESS + 5)
    tokens = []
    soon(lambda: tokens.append(first.admin.mint(f"new {len(tokens)}")) or key in header_of(tokens[-1]))
    token = tokens[-1]
    second.resume()
    statuses = []
    eventually(lambda: statuses.append(second.auth(token)) or second.auth(old) == 200)
    assert "keys_not_reloaded" in second.log()
    statuses += [second.auth(token) for _ in range(20)]
    assert set(statuses) == {503}
    answer = second.get("/v1alpha/whoami", bearer=token)
    assert answer.status_code == 503 and answer.headers["Retry-After"] and "signing key" in answer.text
    unknown = resign(token, "0" * len(key))
    assert second.auth(unknown) == 401  # of a key that does not exist anywhere
    assert first.accepts(token) and first.accepts(old)


def resign(token, key):
    """Returns the token with the id of another key."""
    header = base64.urlsafe_b64encode(f'{{"typ":"JWT","alg":"HS256","kid":"{key}"}}'.encode()).decode().rstrip("=")
    return ".".join([header, *token.split(".")[1:]])


def test_key_can_not_be_retired_while_a_node_that_is_behind_still_signs_with_it(cluster, nodes):
    first, second = nodes
    old_key = first.signing_key()
    key = rotate(first)
    eventually(lambda: all(names == {key} for names in [{first.signing_key()}, signers(cluster)]))
    # As if the second node had not learned of the new key yet.
    cluster.sql(f"INSERT INTO warder.nodes (run, name, live_until, lifetime, keys, signing, waits) VALUES (1, 'slow', now() + interval '1 hour', 31, '{{{old_key},{key}}}', '{old_key}', '{{}}')")
    for more in ([], ["--revoke-tokens"]):
        result = first.cli("key", "retire", old_key, *more)
        assert result.returncode == 1 and "still signs with this key" in result.stderr and "try again in 20 seconds" in result.stderr
    cluster.sql(f"UPDATE warder.nodes SET signing = '{key}', signing_since = pg_current_xact_id() WHERE run = 1")
    eventually(lambda: first.cli("key", "retire", old_key).returncode == 0)
    soon(lambda: first.keys().keys() == second.keys().keys() == {key})


def signers(cluster):
    """Returns the keys with which the nodes say that they sign."""
    return set(cluster.sql("SELECT DISTINCT signing FROM warder.nodes").split("\n"))


def test_resumed_node_does_not_mint_with_a_key_that_was_retired_meanwhile(cluster, nodes):
    first, second = nodes
    old_key = first.signing_key()
    second.pause()
    key = rotate(first)
    eventually(lambda: first.signing_key() == key, STALENESS + 5)
    eventually(lambda: first.cli("key", "retire", old_key).returncode == 0)
    second.resume()
    tokens = []

    def mint():
        answer = second.admin.post("/v1alpha/token/", {"jwt_token_description": f"after {len(tokens)}", "jwt_token_life": "6 minutes"})
        if answer.status_code == 201:
            tokens.append(answer.json()["jwt_token"])
        return tokens

    eventually(mint)
    assert key in header_of(tokens[0])
    soon(lambda: first.auth(tokens[0]) == second.auth(tokens[0]) == 200)


def test_node_that_starts_later_accepts_tokens_of_all_keys(cluster):
    first = cluster.start()
    old = first.admin.mint("old")
    key = rotate(first)
    eventually(lambda: first.signing_key() == key)
    new = first.admin.mint("new")
    second = cluster.start()
    assert second.accepts(old) and second.accepts(new)
    assert second.signing_key() == key


def test_tokens_of_a_retired_key_are_refused_by_every_node(nodes):
    first, second = nodes
    old_key = first.signing_key()
    old = first.admin.mint("old")
    key = rotate(first)
    eventually(lambda: first.signing_key() == key)
    in_use = second.cli("key", "retire", old_key)
    assert in_use.returncode == 1 and "1 active token needs this key" in in_use.stderr
    eventually(lambda: second.cli("key", "retire", old_key, "--revoke-tokens").returncode == 0)
    soon(lambda: not first.accepts(old) and not second.accepts(old))
    assert first.keys().keys() == second.keys().keys() == {key}


def test_signing_key_can_not_be_retired_on_any_node(nodes):
    for node in nodes:
        result = node.cli("key", "retire", node.signing_key())
        assert result.returncode == 1 and "sign" in result.stderr, result


def test_secret_of_a_signing_key_is_not_in_the_database_in_plain(cluster):
    node = cluster.start()
    sealed = bytes.fromhex(cluster.sql("SELECT encode(sealed, 'hex') FROM warder.signing_keys"))
    assert node.signing_key().encode() not in sealed
    assert not (node.data_dir / "keys.json").exists()


def test_ten_nodes_that_start_at_once_on_an_empty_database_share_one_key_and_one_administrator(cluster):
    nodes = [cluster.make() for _ in range(10)]
    with ThreadPoolExecutor(len(nodes)) as pool:
        list(pool.map(lambda node: node.start(), nodes))
    token = nodes[0].admin.mint("one")
    for node in nodes:
        soon(lambda node=node: node.accepts(token))
    assert cluster.sql("SELECT count(*), count(*) FILTER (WHERE is_admin) FROM warder.users") == "1|1"
    assert cluster.sql("SELECT count(*) FROM warder.signing_keys") == "1"


def test_node_without_an_encryption_key_file_does_not_start(cluster):
    message = cluster.refusal(key_file=False)
    assert "keys.encryption_key_file" in message and "32 random bytes in base64" in message


def test_node_with_another_encryption_key_file_does_not_start(cluster):
    cluster.start()
    other = cluster.make_key_file("other")
    message = cluster.refusal(key_file=other)
    assert "was encrypted with another key" in message and "every node needs the same file" in message
    assert other.read_text().strip() not in message


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o602], ids=oct)
def test_node_with_an_exposed_encryption_key_file_does_not_start(cluster, mode):
    cluster.key_file.chmod(mode)
    message = cluster.refusal()
    assert str(cluster.key_file) in message and "chmod 600" in message


@pytest.mark.parametrize("text", ["", "c2hvcnQ=\n", "not base64 at all!\n", base64.b64encode(os.urandom(33)).decode(), "x" * 10_000], ids=["empty", "short", "text", "long", "large"])
def test_node_with_an_invalid_encryption_key_file_does_not_start_and_quotes_nothing_of_it(cluster, text):
    message = cluster.refusal(key_file=cluster.make_key_file("invalid", text))
    assert "32 random bytes in base64" in message and "openssl rand -base64 32" in message
    assert not text.strip() or text.strip() not in message


@pytest.mark.parametrize("kind", ["missing", "directory", "fifo"])
def test_node_whose_encryption_key_file_is_no_file_does_not_start(cluster, tmp_path, kind):
    path = tmp_path / kind
    if kind == "directory":
        path.mkdir(mode=0o700)
    if kind == "fifo":
        os.mkfifo(path, 0o600)
    assert str(path) in cluster.refusal(key_file=path)


def test_password_of_the_database_is_in_no_output_and_no_command_line(nodes, cluster):
    node = nodes[0]
    secret = PASSWORD.replace(" ", "%20")
    assert secret in cluster.url()
    said = [node.get("/healthz/readiness").text, node.get("/openapi.json").text, node.admin.get("/v1alpha/server").text]
    for command in (["check"], ["backup", cluster.directory / "backup"], ["token", "list"], ["key", "list"]):
        result = node.cli(*command)
        said += [result.stdout, result.stderr]
    wrong = cluster.refusal(url=cluster.url(password="wrong secret"))
    assert "wrong" not in wrong and "warder" in wrong
    said += [wrong, open(f"/proc/{node.process.pid}/cmdline").read()]
    for text in said:
        assert secret not in text and PASSWORD not in text


def test_url_with_a_mistake_is_refused_without_its_password(cluster):
    message = cluster.refusal(url="postgresql://warder:the%20secret@127.0.0.1/w?no_such_option=1")
    assert "secret" not in message and "connection URL" in message
