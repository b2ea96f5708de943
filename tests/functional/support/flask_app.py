# SPDX-License-Identifier: MIT
"""A typical small service with Flask and Flask-HTTPAuth: one username and one password give full access.
Below /api/v1alpha it requires its own bearer token instead, as Specter Desktop does.

Runs as a program and prints its port when it listens. It records the calls that it executes.
"""

import os

from flask import Flask, jsonify, request
from flask_httpauth import HTTPBasicAuth
from werkzeug.serving import make_server

app = Flask(__name__)
auth = HTTPBasicAuth()
notes, executed = [], []


@auth.verify_password
def verify(name, password):
    return name if (name, password) == (os.environ["APP_USER"], os.environ["APP_PASSWORD"]) else None


# Not by HTTPTokenAuth, whose version in Ubuntu 24.04 doesn't find the token in Werkzeug 3.
@app.get("/api/v1alpha/<path:rest>")
def specter(rest):
    if request.headers.get("Authorization") != f"Bearer {os.environ['APP_TOKEN']}":
        return "Unauthorized Access", 401, {"WWW-Authenticate": 'Bearer realm="Authentication Required"'}
    return jsonify(specter=rest)


@app.get("/notes")
@auth.login_required
def list_notes():
    return jsonify(notes)


@app.post("/notes")
@auth.login_required
def add_note():
    notes.append(request.get_json()["text"])
    return jsonify(notes), 201


@app.get("/who")
@auth.login_required
def who():
    return jsonify(signed_in=auth.current_user(), headers=[[name.lower(), value] for name, value in request.headers.items()])


@app.post("/rpc")
@auth.login_required
def rpc():
    body = request.get_json()
    calls = body if isinstance(body, list) else [body]
    executed.extend(call["method"] for call in calls)
    answers = [{"jsonrpc": "2.0", "id": call["id"], "result": call["method"]} for call in calls]
    return jsonify(answers if isinstance(body, list) else answers[0])


@app.get("/executed")
@auth.login_required
def list_executed():
    return jsonify(executed)


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()
