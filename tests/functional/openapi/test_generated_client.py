# SPDX-License-Identifier: MIT
"""A client that openapi-typescript generates from the document, against the real server."""

import json
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
OPTIONS = ["--strict", "--noEmitOnError", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"]
SESSION = (HERE / "session.ts").read_text()


def run(*command, cwd):
    return subprocess.run(["node", *map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def generated(warder, tmp_path):
    """Generates the types of the client in a directory of their own."""
    directory = tmp_path / "client"
    directory.mkdir()
    (directory / "node_modules").symlink_to(MODULES)
    (directory / "package.json").write_text('{"type": "module"}')
    (directory / "openapi.json").write_bytes(warder.get("/openapi.json").content)
    done = run(MODULES / "openapi-typescript" / "bin" / "cli.js", "openapi.json", "--output", "schema.d.ts", cwd=directory)
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


def compile_session(directory, text):
    (directory / "session.ts").write_text(text)
    return run(MODULES / "typescript" / "bin" / "tsc", *OPTIONS, "session.ts", cwd=directory)


def test_generated_client_signs_in_mints_lists_renews_and_revokes(alice, generated):
    compiled = compile_session(generated, SESSION)
    assert compiled.returncode == 0, compiled.stdout
    done = run("session.js", alice.server.url, alice.name, alice.password, cwd=generated)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "username": "alice",
        "endpoints": ["GET /reports/**"],
        "uses": 1,
        "life": 60,
        "deleted": "Token deleted",
        "statuses": [404, 401],
        "isInvalid": True,
        "isUnknown": True,
    }
    assert alice.tokens() == {}


def test_generated_client_does_not_compile_with_what_the_document_lacks(generated):
    mistakes = {"jwt_token_description:": "description:", '"Token deleted"': '"Token gone"', '"unknown_token"': '"unknown_user"', "?.use_count": "?.uses"}
    text = SESSION
    for right, wrong in mistakes.items():
        assert right in text
        text = text.replace(right, wrong)
    compiled = compile_session(generated, text)
    assert compiled.returncode != 0
    for wrong in ("'description'", '"Token gone"', '"unknown_user"', "'uses'"):
        assert wrong in compiled.stdout, (wrong, compiled.stdout)
