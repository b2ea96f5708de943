# SPDX-License-Identifier: MIT
"""The users.json of Specter Desktop, as Specter writes it."""

import base64
import hashlib
import json
import os
import time
import uuid

import jwt

SECRET = "the text of SECRET_KEY in Specter"


def hash_password(password):
    """Returns the hash as Specter makes it: the salt of PBKDF2 is the base64 text itself."""
    salt = base64.b64encode(hashlib.sha256(password.encode()).digest()).decode()
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 10_000)
    return {"salt": salt, "pwdhash": base64.b64encode(made).decode()}


def make_token(username, description, life=86_400, *, secret=SECRET, minted=None, token_id=None, **claims):
    """Returns (id, record) of a token, an item of the map `jwt_tokens`."""
    minted = int(time.time()) if minted is None else minted
    token_id = token_id or str(uuid.uuid4())
    payload = {
        "username": username,
        "jwt_token_id": token_id,
        "jwt_token_description": description,
        "exp": minted + life,
        "iat": minted,
        **claims,
    }
    text = jwt.encode(payload, secret, algorithm="HS256")
    return token_id, {"jwt_token": text, "jwt_token_description": description, "jwt_token_life": life}


def make_user(username, password, *tokens, is_admin=False, **more):
    user = {
        "id": username.lower(),
        "username": username,
        "password": hash_password(password),
        "is_admin": is_admin,
        "jwt_tokens": dict(tokens),
        "encrypted_user_secret": None,
        "services": [],
    }
    if not is_admin:
        user["config"] = {"explorers": {"main": "", "test": ""}, "hwi_bridge_url": "/hwi/api/"}
    return {**user, **more}


def text_of(users):
    return json.dumps(users, indent=4)


def write_users(path, users, mode=0o600):
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(users if isinstance(users, str) else text_of(users))
    os.chmod(path, mode)
    return path


def read_users(path):
    """Returns a map from username to user."""
    return {user["username"]: user for user in json.loads(path.read_text())}
