# SPDX-License-Identifier: MIT
"""The Electrum daemon from Debian with its own wallet: a real JSON-RPC server with one username and one password."""

import ast
import os
import subprocess
from pathlib import Path

import requests

from .waiting import eventually

USER, PASSWORD = "electrum", "only the daemon and the gateway know this"
START_SECONDS = 60


class ElectrumDaemon:
    """Runs offline on regtest in its own directory. The system selects the port, which the daemon writes into its lock file."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.lock_file = self.directory / "regtest" / "daemon"
        self.log_path = self.directory / "electrum.log"
        self.env = {**os.environ, "HOME": str(self.directory), "LC_ALL": "C.UTF-8"}
        self.session = requests.Session()
        self.session.trust_env = False

    def _command(self, *arguments):
        return ["/usr/bin/electrum", "--regtest", "--offline", "-D", str(self.directory), *arguments]

    def start(self):
        for key, value in (("rpcuser", USER), ("rpcpassword", PASSWORD), ("rpcsock", "tcp")):
            subprocess.run(self._command("setconfig", key, value), env=self.env, check=True, capture_output=True, timeout=START_SECONDS)
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(self._command("daemon"), env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.url = eventually(self._address, START_SECONDS)
        eventually(self._answers, START_SECONDS)
        self.call("create")
        self.call("load_wallet")
        return self

    def _address(self):
        assert self.process.poll() is None, self.log_path.read_text()
        try:
            _, (host, port), _ = ast.literal_eval(self.lock_file.read_text())
        except (FileNotFoundError, SyntaxError):
            return None
        return f"http://{host}:{port}/"

    def _answers(self):
        try:
            return self.call("ping")
        except requests.ConnectionError:
            return None

    def call(self, method, **parameters):
        """Calls a method directly with the password of the daemon, bypassing the gateway."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        answer = self.session.post(self.url, json=body, auth=(USER, PASSWORD), timeout=START_SECONDS).json()
        assert "error" not in answer, answer
        return answer["result"]

    def stop(self):
        self.call("stop")
        self.session.close()
        assert self.process.wait(30) == 0, self.log_path.read_text()
