# SPDX-License-Identifier: MIT
"""An application in a server that takes the header SCRIPT_NAME off the path."""

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
    """An application that serves /admin/secret to whoever can name it, in a server that takes SCRIPT_NAME off the path."""

    def __init__(self, folder):
        self.port, self.seen = free_port(), []
        (folder / "app.py").write_text(APP)
        self.log = open(folder / "gunicorn.log", "wb")
        self.process = subprocess.Popen(["/usr/bin/python3", "/usr/bin/gunicorn", "-b", f"127.0.0.1:{self.port}", "app:app"], cwd=folder, stdout=self.log, stderr=self.log, env=os.environ)
        eventually(lambda: is_up(self.port) or self.process.poll() is not None)
        assert self.process.poll() is None

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
