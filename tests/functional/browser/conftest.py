# SPDX-License-Identifier: MIT
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from support import exchanges
from support.page import Page
from support.page_traffic import REPORT
from support.server import ADMIN_PASSWORD

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"

# Runs before any script of the page. The console reports violations as well, but without the directive.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    options = webdriver.ChromeOptions()
    # Chromium has no sandbox for root, as which tests run in a container.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(argument)
    options.binary_location = "/usr/bin/chromium"
    is_recorded = exchanges.recorder() is not None
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", **({"performance": "ALL"} if is_recorded else {})})
    if is_recorded:
        options.add_experimental_option("perfLoggingPrefs", {"enableNetwork": True, "enablePage": False})
    options.set_capability("unhandledPromptBehavior", "accept")
    with webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver")) as driver:
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH + (REPORT if is_recorded else "")})
        yield driver


@pytest.fixture
def page(driver, warder):
    """A browser without state. Fails the test if the page violates the content policy or throws an error."""
    page = Page(driver, warder)
    page.reset()
    yield page
    console_errors, violations = page.console_errors(), page.script("return window.violations ?? []")
    page.leave()
    page.traffic.finish()
    assert violations == []
    assert console_errors == []


@pytest.fixture
def signed_in(page, alice):
    return page.sign_in(alice.name, alice.password)


@pytest.fixture
def as_admin(page):
    return page.sign_in("admin", ADMIN_PASSWORD)


@pytest.fixture(scope="session")
def axe():
    assert AXE.exists(), f"axe-core is not installed: npm ci --prefix {AXE.parents[2]}"
    return AXE.read_text()


@pytest.fixture
def server_on_fixed_port(warder):
    """A server that restarts at the same address."""
    warder.listen = f"127.0.0.1:{warder.port}"
    return warder
