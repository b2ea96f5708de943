# SPDX-License-Identifier: MIT
"""Signing keys read from keys.json, and tokens signed with them."""

import base64
import hashlib
import hmac
import json


def read_keys(data_dir):
    """Returns [(id, secret)], oldest first."""
    document = json.loads((data_dir / "keys.json").read_text())
    return [(key["id"], decode(key["secret"])) for key in document["keys"]]


def signing_secret(data_dir):
    return read_keys(data_dir)[-1][1]


def decode(text):
    return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(header, payload, secret):
    """Returns a compact JWS of header and payload. Strings are used unchanged; other values are encoded as compact JSON."""

    def octets(part):
        return part.encode() if isinstance(part, str) else json.dumps(part, separators=(",", ":")).encode()

    signed = f"{encode(octets(header))}.{encode(octets(payload))}"
    return f"{signed}.{encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def parts_of(token):
    """Returns the decoded bytes of header and payload."""
    header, payload, _ = token.split(".")
    return decode(header), decode(payload)
