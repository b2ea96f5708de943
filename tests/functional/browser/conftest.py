# SPDX-License-Identifier: MIT
import json
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from support import exchanges
from support.page import EXCHANGE, Page
from support.server import ADMIN_PASSWORD

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"

# Runs before any script of the page. The console reports violations as well, but without the directive.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""

# Reports each response to a call of the page.
REPORT = f"""
const send = window.fetch;
window.fetch = async (path, options) => {{
    const response = await send(path, options);
    const head = [options?.method ?? "GET", new URL(response.url).pathname, response.status, [...response.headers]];
    response.clone().text().then((text) => console.debug({json.dumps(EXCHANGE)} + JSON.stringify([...head, text])), () => {{}});
    return response;
}};
"""


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    options = webdriver.ChromeOptions()
    # Chromium has no sandbox for root, as which tests run in a container.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(argument)
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.set_capability("unhandledPromptBehavior", "accept")
    with webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver")) as driver:
        scripts = [WATCH] if exchanges.recorder() is None else [WATCH, REPORT]
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": "".join(scripts)})
        yield driver


@pytest.fixture
def page(driver, warder):
    """A browser without state. Fails the test if the page violates the content policy or throws an error."""
    page = Page(driver, warder)
    page.reset()
    yield page
    console_errors, violations = page.console_errors(), page.script("return window.violations ?? []")
    page.leave()
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
