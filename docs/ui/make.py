#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Takes the screenshots in this directory, with the real server in a real browser: ./dev pictures

The tokens are created on past days (faketime), the images are compressed (pngquant), and the font is the first choice of the style sheet (fonts-inter).
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "functional"))

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from support.page import Page
from support.server import ADMIN_PASSWORD, Server

WIDTH, HEIGHT = 1080, 720

# Days ago, user, description, lifetime, grants, and the days on which it was used.
STORY = [
    (83, "anna", "Backup job on the NAS", "3 months", ["GET /v1alpha/wallets/*/psbt"], [83, 40, 2]),
    (41, "anna", "Lightning bridge", "1 year", ["POST /wallet/hot rpc:getbalance,list*"], [41, 0]),
    (33, "anna", "Trial of the new client", "1 week", None, [33]),
    (12, "anna", "Price ticker in the hall", "1 month", ["GET /v1alpha/rates/**", "GET //ticker.example.org/**"], [12, 3]),
    (2, "anna", "CI runner", "30 days", ["GET,POST /v1alpha/builds/**"], [1, 0]),
    (0, "anna", "Phone", "1 year", ["GET /v1alpha/**"], []),
]


def live_through(directory):
    """Runs the server day by day; the data directory ends up as of today."""
    tokens = {}
    days = sorted({day for day, *_, used in STORY for day in (day, *used)}, reverse=True)
    for day in days:
        server = Server(directory, env={"LD_PRELOAD": faketime_library(), "FAKETIME": f"-{day}d", "DONT_FAKE_MONOTONIC": "1"} if day else None)
        server.start()
        if day == days[0]:
            admin = server.person("admin", ADMIN_PASSWORD)
            for user in ({"username": "anna", "password": ADMIN_PASSWORD, "is_admin": True}, {"username": "ben", "password": ADMIN_PASSWORD, "endpoints": ["GET /v1alpha/**"]}):
                assert admin.post("/v1alpha/users/", user).status_code == 201
        for born, user, description, life, endpoints, used in STORY:
            if born == day:
                tokens[description] = server.person(user, ADMIN_PASSWORD).mint(description, life, endpoints)
            if day in used:
                server.get("/v1alpha/whoami", bearer=tokens[description])
        server.stop()


def faketime_library():
    return next(str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


def browser():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.binary_location = "/usr/bin/chromium"
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def take(page, name, width=WIDTH, height=HEIGHT):
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1.5, "mobile": False})
    page.script("document.activeElement.blur(); scrollTo(0, 0)")
    page.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": 0, "y": 0})
    target = HERE / f"{name}.png"
    page.driver.save_screenshot(str(target))
    subprocess.run(["pngquant", "--force", "--skip-if-larger", "--strip", "--ext", ".png", "64", str(target)], check=False)
    print(f"{target.relative_to(HERE.parents[1])}: {target.stat().st_size // 1024} KiB")


def pictures(page):
    page.resize(WIDTH, HEIGHT)
    page.sign_in("anna", ADMIN_PASSWORD)
    for scheme in ("light", "dark"):
        page.prefer(scheme)
        take(page, f"tokens-{scheme}")
    page.prefer("light")
    take(page, "phone", 360, 720)
    page.resize(WIDTH, HEIGHT)

    page.press("Revoke CI runner")
    take(page, "revoke")
    page.press("Cancel")

    page.go("/tokens/new")
    page.until_title("New token")
    page.fill("Description", "Report for the accountants")
    page.until_note("Expires after", "Expires ")
    page.press("GET")
    page.fill("Path", "/v1alpha/wallets/*/psbt")
    page.fill("Test a request", "/v1alpha/wallets/hot/psbt")
    page.until_says("→ allowed")
    take(page, "new", height=980)


def main():
    assert shutil.which("pngquant"), "pngquant is needed: ./dev pictures"
    with tempfile.TemporaryDirectory() as directory:
        live_through(Path(directory) / "data")
        server = Server(Path(directory) / "data")
        server.start()
        with browser() as driver:
            pictures(Page(driver, server))
        server.stop()


if __name__ == "__main__":
    main()
