# SPDX-License-Identifier: MIT
"""The real binary as a child process, and clients of its HTTP API."""

import os
import re
import signal
import stat
import subprocess
import threading
from pathlib import Path

import requests

from .exchanges import Conversation, recorder
from .wire import Wire

TOP = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("WARDER_BIN", TOP / "build" / "release" / "warder")).resolve()
ADMIN_PASSWORD = "correct horse battery staple"
IS_SANITIZED = "asan" in BINARY.parts or "tsan" in BINARY.parts
START_SECONDS = 60 if IS_SANITIZED else 20

# The hosts that tests use for a server on loopback; by default it accepts only `localhost` and loopback addresses.
HOSTS = "x, b, pub, warder, *.test, *.example, *.example.org"
# Cheap password hashes make the tests faster.
CHEAP_PASSWORDS = {"WARDER_PASSWORDS_MEMORY": "64 KiB", "WARDER_PASSWORDS_PASSES": "1"}


def clean_environment(**more):
    """Returns the environment without the WARDER_ variables of the developer, which configure the server or cause warnings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WARDER_")}
    return {**kept, "LC_ALL": "C.UTF-8", **CHEAP_PASSWORDS, **more}


def run_binary(*arguments, stdin="", env=None, timeout=60):
    """Runs a command until it exits. `stdin` is its input, or None for /dev/null."""
    return subprocess.run(
        [str(BINARY), *map(str, arguments)],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        env=env or clean_environment(),
        timeout=timeout,
        check=False,
    )


class Token(str):
    """The JWT as a string, with its id and the response that contained it."""

    id: str
    answer: dict

    @classmethod
    def of(cls, answer):
        token = cls(answer["jwt_token"])
        token.id = answer["jwt_token_id"]
        token.answer = answer
        return token


class Person:
    """A client that authenticates with the name and password of one user."""

    def __init__(self, server, name, password):
        self.server, self.name, self.password = server, name, password

    @property
    def auth(self):
        return (self.name, self.password)

    def request(self, method, path, **options):
        return self.server.request(method, path, auth=(self.name.encode(), self.password.encode()), **options)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, json=None, **options):
        return self.request("POST", path, json=json, **options)

    def patch(self, path, json=None, **options):
        return self.request("PATCH", path, json=json, **options)

    def put(self, path, json=None, **options):
        return self.request("PUT", path, json=json, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def mint(self, description, life="6 minutes", endpoints=None, **limits):
        body = {"jwt_token_description": description, "jwt_token_life": life, **limits}
        if endpoints is not None:
            body["endpoints"] = endpoints
        answer = self.post("/v1alpha/token/", body)
        assert answer.status_code == 201, answer.text
        return Token.of(answer.json())

    def tokens(self):
        """Returns the token list as a map from id to entry, empty if the user has no tokens."""
        answer = self.get("/v1alpha/token/")
        return answer.json().get("jwt_tokens", {})


class Server:
    """`warder serve` on a free port with its own data directory."""

    def __init__(self, data_dir, *, config=None, env=None, admin_password=ADMIN_PASSWORD, listen="127.0.0.1:0", preexec=None, launcher=()):
        self.data_dir = Path(data_dir)
        self.log_path = self.data_dir.parent / f"{self.data_dir.name}.stderr"
        self.config, self.listen, self.preexec = config and Path(config), listen, preexec
        self.arguments = []  # additional arguments of `serve`
        self.launcher = launcher  # a program that replaces itself with the server
        settings = self.config.read_text() if self.config is not None and self.config.exists() else ""
        # Without a load balancer that probes it, the server needs no delay before it drains.
        drain = {} if "drain_delay" in settings else {"WARDER_DRAIN_DELAY": "0 s"}
        hosts = {} if re.search(r"(?m)^(gateway\.)?hosts\b", settings) else {"WARDER_HOSTS": HOSTS}
        if hosts and re.search(r"(?m)^gateway\.listen\b|^\[gateway\]\nlisten\b", settings):
            hosts["WARDER_GATEWAY_HOSTS"] = HOSTS
        self.env = clean_environment(**{**drain, **hosts, **(env or {})})
        if admin_password is not None:
            self.env["WARDER_ADMIN_PASSWORD"] = admin_password
        self.process = self._reader = None
        self.session = requests.Session()
        self.session.trust_env = False

    # Life cycle

    def start(self):
        command = [*self.launcher, str(BINARY), "serve", "--data-dir", str(self.data_dir), "--listen", self.listen]
        if self.config is not None:
            command += ["--config", str(self.config)]
        command += self.arguments
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                preexec_fn=self.preexec,
                cwd=self.data_dir.parent,
            )
        if self._reader is not None:
            self._reader.join()  # the reader of the previous process must not change the state of this one
        self.lines, self._news, self._ended = [], threading.Condition(), False
        self._reader = threading.Thread(target=self._read_lines, args=(self.process.stdout,), daemon=True)
        self._reader.start()
        ready = "warder: listening on http"
        with self._news:
            self._news.wait_for(lambda: self._ended or any(line.startswith(ready) for line in self.lines), START_SECONDS)
        line = next((line for line in self.lines if line.startswith(ready)), None)
        assert line, f"not listening; stdout {self.lines}, stderr:\n{self.log()}"
        self.url = line.removeprefix("warder: listening on ").strip()
        self.port = int(self.url.rsplit(":", 1)[1])
        if (active := recorder()) is not None:
            active.ports.add(self.port)
        return self

    def _read_lines(self, pipe):
        for line in pipe:
            with self._news:
                self.lines.append(line.decode().rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds=30):
        return self.process.wait(seconds)

    def stop(self):
        """Sends SIGTERM and checks that the server exits cleanly."""
        self.session.close()
        if self.process is None:
            return
        if self.is_running():
            self.terminate()
        code = self.wait()
        self._forget()
        assert code == 0, f"exit code {code}; stderr:\n{self.log()}"
        assert "Sanitizer" not in self.log() and "runtime error" not in self.log(), self.log()

    def kill(self):
        """Sends SIGKILL, so the server cannot write anything more."""
        self.process.kill()
        self.process.wait()
        self._forget()
        self.session.close()

    def _forget(self):
        self.process = None
        if (active := recorder()) is not None:
            active.ports.discard(getattr(self, "port", None))  # another program may get it

    def restart(self):
        self.stop()
        return self.start()

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    # Requests

    def request(self, method, path, *, bearer=None, auth=None, headers=None, session=None, **options):
        headers = dict(headers or {})
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        answer = (session or self.session).request(method, self.url + path, auth=auth, headers=headers, timeout=60, allow_redirects=False, **options)
        assert answer.status_code != 500, f"{method} {path}: {answer.text}\n{self.log()}"
        return answer

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options)

    def accepts(self, token):
        status = self.get("/v1alpha/whoami", bearer=token).status_code
        assert status in (200, 401), status
        return status == 200

    def wire(self, **options):
        return Wire(self.port, conversation=Conversation(), **options)

    def raw(self, data, **options):
        """Sends bytes on a new connection. Returns the first response."""
        with self.wire(**options) as wire:
            return wire.send(data).receive()

    def person(self, name, password):
        return Person(self, name, password)

    # Files and commands

    def cli(self, *arguments, stdin="", timeout=60):
        """Runs a command on the data directory of this server: `cli("token", "list")`."""
        options = ["--data-dir", str(self.data_dir)]
        if self.config is not None:
            options += ["--config", str(self.config)]
        return run_binary(*arguments, *options, stdin=stdin, timeout=timeout)

    def mode(self, name="."):
        return stat.S_IMODE(os.stat(self.data_dir / name).st_mode)
