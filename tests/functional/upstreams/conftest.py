# SPDX-License-Identifier: MIT
import os
import signal
import subprocess
import sys

import pytest
import requests
from support.electrum import PASSWORD, USER, ElectrumDaemon
from support.secrets import write_secret
from support.server import TOP

FLASK_APP = TOP / "tests" / "functional" / "support" / "flask_app.py"


@pytest.fixture(scope="module")
def electrum(tmp_path_factory):
    """The daemon takes seconds to start, so all tests share one; no test changes state that another checks."""
    daemon = ElectrumDaemon(tmp_path_factory.mktemp("electrum")).start()
    yield daemon
    daemon.stop()


@pytest.fixture
def credential_file(tmp_path):
    return lambda name, line: write_secret(tmp_path / f"{name}.credential", f"{line}\n")


@pytest.fixture
def electrum_credential(credential_file):
    return credential_file("electrum", f"{USER}:{PASSWORD}")


class FlaskApp:
    """The Flask app in its own process."""

    user, password, token = "app", "a password that no client knows", "a-token-that-no-client-knows"

    def __init__(self, log):
        env = {**os.environ, "APP_USER": self.user, "APP_PASSWORD": self.password, "APP_TOKEN": self.token}
        self.process = subprocess.Popen([sys.executable, FLASK_APP], env=env, stdout=subprocess.PIPE, stderr=log, text=True)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def get(self, path):
        """Sends a request with the password directly to the app, bypassing the gateway."""
        return requests.get(self.url + path, auth=(self.user, self.password), timeout=60)

    def stop(self):
        self.process.terminate()
        assert self.process.wait(30) == -signal.SIGTERM
        self.process.stdout.close()


@pytest.fixture
def flask_app(tmp_path):
    with open(tmp_path / "flask_app.log", "wb") as log:
        service = FlaskApp(log)
        yield service
        service.stop()
