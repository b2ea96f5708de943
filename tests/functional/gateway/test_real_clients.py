# SPDX-License-Identifier: MIT
"""Clients that look only at the first challenge of a 401, and so work only if it is Basic."""

import os
import subprocess
import urllib.request

from support.upstream import route


def opener_with_password(url, user, password):
    manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    manager.add_password(None, url, user, password)
    handlers = (urllib.request.HTTPBasicAuthHandler(manager), urllib.request.HTTPDigestAuthHandler(manager), urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)


def test_urllib_answers_the_basic_challenge_of_the_gateway(gateway):
    url = gateway.server.url + "/a"
    with opener_with_password(url, "token", str(gateway.token)).open(url, timeout=20) as answer:
        assert answer.status == 200


def test_urllib_answers_the_basic_challenge_of_the_management_api(gateway):
    url = gateway.server.url + "/v1alpha/whoami"
    with opener_with_password(url, "token", str(gateway.token)).open(url, timeout=20) as answer:
        assert answer.status == 200


def test_mercurial_clones_through_the_gateway_with_a_token_as_password(make_gateway, tmp_path):
    environment = {**os.environ, "HGPLAIN": "1", "HGRCPATH": os.devnull, "PYTHONWARNINGS": "ignore", "no_proxy": "*"}

    def hg(*arguments, **options):
        return subprocess.run(["hg", *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=60, check=False, **options)

    origin = tmp_path / "origin"
    assert hg("init", origin).returncode == 0
    (origin / "note").write_text("hello\n")
    committed = hg("--cwd", origin, "commit", "-A", "-m", "first", "-u", "someone")
    assert committed.returncode == 0, committed.stderr
    command = ["hg", "--cwd", str(origin), "serve", "-a", "127.0.0.1", "-p", "0", "--print-url"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as serving:
        try:
            upstream = serving.stdout.readline().strip().rstrip("/")
            assert upstream.startswith("http"), upstream
            port = upstream.rsplit(":", 1)[1]
            gateway = make_gateway(route("/", f"http://127.0.0.1:{port}"), top='[gateway]\nlisten = "127.0.0.1:0"\n')
            place = gateway.server.lines[-1].removeprefix("warder: listening on http://").strip()
            # hg uses the credentials of the URL only after a Basic challenge.
            cloned = hg("clone", f"http://token:{gateway.token}@{place}/", tmp_path / "copy")
            assert cloned.returncode == 0, cloned.stderr
            assert (tmp_path / "copy" / "note").read_text() == "hello\n"
        finally:
            serving.terminate()
