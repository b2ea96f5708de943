# SPDX-License-Identifier: MIT
"""An application in gunicorn, which removes the value of the header SCRIPT_NAME from the path."""

import os
import subprocess

from .ports import free_port, is_up
from .waiting import eventually

SPELLINGS = ["SCRIPT_NAME", "Script_Name", "script_name", "Script-Name", "SCRIPT.NAME", "X-Script-Name", "PATH_INFO", "Path-Info"]

APP = """
from flask import Flask
app = Flask(__name__)

@app.route("/public/<path:rest>")
def public(rest):
    return "public"

@app.route("/admin/secret")
def secret():
    return "THE SECRET"
"""


class Gunicorn:
    """Serves /admin/secret without authentication, so only the grants of the gateway protect it."""

    def __init__(self, directory):
        self.port, self.seen = free_port(), []
        (directory / "app.py").write_text(APP)
        self.log = open(directory / "gunicorn.log", "wb")
        self.process = subprocess.Popen(["/usr/bin/python3", "/usr/bin/gunicorn", "-b", f"127.0.0.1:{self.port}", "app:app"], cwd=directory, stdout=self.log, stderr=self.log, env=os.environ)
        eventually(lambda: is_up(self.port) or self.process.poll() is not None)
        assert self.process.poll() is None

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
