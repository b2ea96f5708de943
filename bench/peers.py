# SPDX-License-Identifier: MIT
"""Other servers, configured to do as little as their part of a comparison takes: nginx that checks nothing, HAProxy that checks a token."""
import contextlib
import dataclasses
import pathlib
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid

from functional_support import specter
from tools import CLIENT_CORE, SERVER_CORE

UPSTREAM_ANSWER = "a small answer, as an API gives. " * 8


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@dataclasses.dataclass
class Peer:
    url: str
    pids: list[int]


@contextlib.contextmanager
def running(command, core, port):
    """One process, which is all there is of the server, once it takes connections."""
    process = subprocess.Popen(["taskset", "-c", str(core), *map(str, command)], stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(200):
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} did not start: {process.stderr.read()}")
            time.sleep(0.02)
        yield Peer(f"http://127.0.0.1:{port}", [process.pid])
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()


@contextlib.contextmanager
def nginx(directory, location, upstreams="", core=SERVER_CORE):
    """One worker with one location; nothing is logged, and no connection ends because it has served enough."""
    directory = pathlib.Path(directory)
    directory.mkdir(exist_ok=True)
    port = free_port()
    (directory / "nginx.conf").write_text(f"""
        daemon off; master_process off; pid {directory}/pid; error_log {directory}/error.log;
        events {{ worker_connections 1024; }}
        http {{ access_log off; keepalive_requests 1000000000; {upstreams}
                server {{ listen 127.0.0.1:{port}; location / {{ {location} }} }} }}""")
    with running(["nginx", "-c", directory / "nginx.conf", "-p", directory], core, port) as peer:
        yield peer


def nginx_204(directory):
    """As little as an HTTP server can do."""
    return nginx(directory, "return 204;")


def nginx_upstream(directory):
    """What stands behind a gateway, on the client's core."""
    return nginx(directory, f'default_type text/plain; return 200 "{UPSTREAM_ANSWER}";', core=CLIENT_CORE)


def nginx_proxy(directory, upstream):
    """Passes everything on, over connections that stay open."""
    return nginx(directory, 'proxy_pass http://upstream; proxy_http_version 1.1; proxy_set_header Connection "";',
                 f"upstream upstream {{ server {authority(upstream)}; keepalive 64; keepalive_requests 1000000000; }}")


def authority(url):
    return url.removeprefix("http://")


class TokensForHaproxy:
    """Tokens of the very form of Warder's. The key is text, as HAProxy wants it, and as long as Warder's."""

    def __init__(self, directory, count=1_000):
        directory = pathlib.Path(directory)
        directory.mkdir(exist_ok=True)
        self.key = secrets.token_hex(16)
        ids = [str(uuid.uuid4()) for _ in range(count)]
        self.texts = [specter.make_token("admin", f"bench {number}", 283_824_000, secret=self.key, token_id=one)[1]["jwt_token"]
                      for number, one in enumerate(ids)]
        self.file, self.ids = directory / "tokens", directory / "ids.map"
        self.file.write_text("\n".join(self.texts) + "\n")
        self.ids.write_text("".join(f"{one} admin\n" for one in ids))


@contextlib.contextmanager
def haproxy(directory, tokens, upstream=None):
    """One thread; a request passes whose token is signed and has an id that is in the map: answered 204, or passed on to the upstream."""
    directory = pathlib.Path(directory)
    directory.mkdir(exist_ok=True)
    port = free_port()
    passed = "default_backend upstream" if upstream else "http-request return status 204"
    backend = f"backend upstream\n http-reuse always\n server only {authority(upstream)}" if upstream else ""
    (directory / "haproxy.cfg").write_text(f"""
global
  nbthread 1
  maxconn 2000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend warden
  bind 127.0.0.1:{port}
  http-request set-var(txn.bearer) http_auth_bearer
  http-request deny deny_status 401 unless {{ var(txn.bearer),jwt_verify("HS256","{tokens.key}") -m int 1 }}
  http-request set-var(txn.id) var(txn.bearer),jwt_payload_query('$.jwt_token_id')
  http-request deny deny_status 401 unless {{ var(txn.id),map_str({tokens.ids}) -m found }}
  {passed}
{backend}
""")
    with running(["haproxy", "-db", "-f", directory / "haproxy.cfg"], SERVER_CORE, port) as peer:
        assert_error(peer.url, "nothing.at.all")
        assert_error(peer.url, specter.make_token("admin", "signed, but not in the map", secret=tokens.key)[1]["jwt_token"])
        yield peer


def assert_error(url, token):
    """A peer that lets everybody pass would be none."""
    try:
        urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})).close()
    except urllib.error.HTTPError as denial:
        denial.close()
        assert denial.code == 401, denial.code
        return
    raise AssertionError("a bad token passed")
