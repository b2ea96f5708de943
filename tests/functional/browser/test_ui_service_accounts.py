# SPDX-License-Identifier: MIT
"""Service accounts in the web UI: added without a password, and their tokens created and renewed by an administrator."""

from support.server import Token


def add_deployer(admin):
    assert admin.post("/v1alpha/users/", {"username": "deployer"}).status_code == 201


def test_add_service_account_needs_no_password(as_admin, warder, admin):
    as_admin.go("/users/+")
    as_admin.until_title("Add user")
    as_admin.fill("Username", "deployer")
    as_admin.press("Service account")
    as_admin.until(lambda: not as_admin.controls("Password") and not as_admin.controls("Administrator"))
    as_admin.press("Limit to the paths below")
    as_admin.fill("Path", "/releases/**")
    as_admin.press("Add user")

    as_admin.until_title("deployer")
    as_admin.until_says("Service account · created")
    user = admin.get("/v1alpha/users/deployer").json()
    assert (user["is_service"], user["is_admin"], user["endpoints"]) == (True, False, ["/releases/**"])
    as_admin.go("/users")
    as_admin.until_title("Users")
    assert "Service account" in as_admin.row("deployer")


def test_administrator_creates_and_renews_a_token_of_a_service_account(as_admin, warder, admin):
    add_deployer(admin)
    as_admin.go("/users/deployer")
    as_admin.until_title("deployer")
    as_admin.press("New token")
    as_admin.until_title("New token of deployer")
    as_admin.fill("Description", "nightly upload")
    as_admin.press("Everything deployer can access")
    as_admin.press("Create token")

    as_admin.until_title("Token created")
    token = as_admin.control("Token").get_attribute("value")
    assert warder.get("/v1alpha/whoami", bearer=token).json()["username"] == "deployer"
    as_admin.press("Done")
    as_admin.until_title("deployer")
    as_admin.press("nightly upload")
    as_admin.until_title("nightly upload")
    as_admin.press("Renew…")
    as_admin.press("Renew")
    as_admin.until_title("Token created")
    new = as_admin.control("Token").get_attribute("value")
    assert warder.accepts(new) and not warder.accepts(token)


def test_token_page_of_an_ordinary_user_offers_no_renewal(as_admin, alice):
    token = alice.mint("hers")
    as_admin.go(f"/users/alice/tokens/{token.id}")
    as_admin.until_title("hers")
    as_admin.until_says("Only alice can renew this token")
    assert not as_admin.controls("Renew…")


def test_password_makes_a_service_account_an_ordinary_user(as_admin, warder, admin):
    add_deployer(admin)
    token = Token.of(admin.post("/v1alpha/token/?user=deployer", {"jwt_token_description": "one", "jwt_token_life": 600}).json())
    as_admin.go("/users/deployer")
    as_admin.until_title("deployer")
    as_admin.until_says("With a password, the service account becomes an ordinary user")
    as_admin.fill("New password", "a password of its own")
    as_admin.press("Set new password")

    as_admin.until_says("User · created")
    assert not as_admin.controls("New token")
    assert list(warder.person("deployer", "a password of its own").tokens()) == [token.id]
