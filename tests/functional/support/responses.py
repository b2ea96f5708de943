# SPDX-License-Identifier: MIT
"""Expected responses: fixed messages, errors, and challenges."""

UNAUTHORIZED = (
    "The server could not verify that you are authorized to access the URL requested. You either supplied the wrong credentials "
    "(e.g. a bad password), or your browser doesn't understand how to supply the credentials required."
)
NO_TOKEN = "No access token was presented. Send it as 'Authorization: Bearer <token>'."
NOT_VALID = "The access token is not valid."
EXPIRED = "The access token has expired."
REVOKED = "The access token was revoked."
DISABLED = "The access token is disabled."
WRONG_PASSWORD = "The user name or password is wrong."
PASSWORD_REQUIRED = "This call needs a user name and password or a session; access tokens are not accepted."
TOKEN_REQUIRED = "This needs an access token; a user name and password are not accepted."
NO_PASSWORD = "This call needs a user name and password or a session."
NO_SESSION = "There is no session, or it has ended."
NO_SUCH_TOKEN = "Token does not exist, make sure to enter correct token id"
TAKEN_OR_BLANK = "Token description already exists or is blank"
BASIC = 'Basic realm="warder", charset="UTF-8"'
BEARER = 'Bearer realm="warder"'


def assert_error(answer, status, code, message=None):
    """Checks that the response is an error, {"message": "<message>", "error": "<code>"}. Returns the message."""
    got = answer.status_code if hasattr(answer, "status_code") else answer.status
    assert got == status, f"{got}, not {status}: {answer.text if hasattr(answer, 'text') else answer.body}"
    body = answer.json()
    assert set(body) == {"message", "error"}, body
    assert body["error"] == code, body
    assert isinstance(body["message"], str) and body["message"], body
    if message is not None:
        assert body["message"] == message
    return body["message"]


def challenges(answer):
    """Returns the value of each WWW-Authenticate header line."""
    if hasattr(answer, "raw"):
        return answer.raw.headers.getlist("WWW-Authenticate")
    return answer.all("WWW-Authenticate")
