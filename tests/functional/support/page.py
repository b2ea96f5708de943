# SPDX-License-Identifier: MIT
"""The web UI as users perceive it: controls by their accessible name, visible text, and the focus."""

import json

from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from .page_traffic import Traffic

# The name of a control is its aria-label, its label, or its own text. An open dialog hides all other controls.
FIND = """
const [wanted, tags] = arguments;
const root = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document;
const firstLine = (node) => node.innerText.split("\\n")[0].trim();
const nameOf = (node) => node.ariaLabel ?? (node.labels?.length ? firstLine(node.labels[0]) : firstLine(node));
return [...root.querySelectorAll(tags)].filter((node) => node.checkVisibility() && nameOf(node) === wanted);
"""
SECONDS = 20


class Page:
    def __init__(self, driver, server):
        self.driver, self.server, self.traffic = driver, server, Traffic()

    def open(self, path=""):
        """Loads the page as if its address were typed; `path` is the part after the #."""
        self.driver.get("about:blank")
        self.driver.get(f"{self.server.url}/#{path}" if path else f"{self.server.url}/")
        return self

    def go(self, path):
        """Navigates within the page, as a link does."""
        self.script("location.hash = arguments[0]", path)

    def sign_in(self, name, password, path=""):
        self.open(path)
        self.fill("Username", name)
        self.fill("Password", password)
        self.press("Sign in")
        self.until(lambda: self.css("#bar .mark"))
        self.settled()
        return self

    # Waiting

    def until(self, condition, what="as expected"):
        """Waits until `condition` is true, and returns its value. Controls that are replaced meanwhile are looked up again."""
        wait = WebDriverWait(self.driver, SECONDS, poll_frequency=0.02, ignored_exceptions=[StaleElementReferenceException])
        try:
            return wait.until(lambda _: condition())
        except TimeoutException:
            raise AssertionError(f"not {what}; the page says:\n{self.text()}\n{self.driver.get_log('browser')}") from None

    def until_says(self, text):
        self.until(lambda: text in self.text(), f"saying {text!r}")

    def until_title(self, text):
        self.until(lambda: text in self.heading(), f"the page {text!r}")

    def settled(self):
        self.until(lambda: self.script("return document.querySelector('#main h1') !== null && document.getElementById('main').ariaBusy !== 'true'"))

    # Content

    def script(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def css(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self):
        """Returns all visible text, including dialogs and notices."""
        return self.script("return document.body.innerText")

    def heading(self):
        return self.script("return document.querySelector('#main h1')?.innerText ?? ''")

    def notice(self):
        return self.script("return document.getElementById('notice').innerText")

    def dialog(self):
        return self.script("return document.querySelector('dialog[open]')?.innerText ?? ''")

    def focused(self):
        """Returns the name of the focused control."""
        return self.script("const node = document.activeElement; return node.ariaLabel ?? (node.labels?.[0] ?? node).innerText?.split('\\n')[0].trim()")

    def controls(self, name, tags="a, button, input, select"):
        return self.script(FIND, name, tags)

    def control(self, name):
        found = self.until(lambda: self.controls(name), f"with a control {name!r}")
        assert len(found) == 1, f"{len(found)} controls are called {name!r}"
        return found[0]

    def note(self, name):
        """Returns the hint or error below a control."""
        return self.script("return document.getElementById(arguments[0].getAttribute('aria-describedby')).innerText", self.control(name))

    def until_note(self, name, text):
        self.until(lambda: text in self.note(name), f"saying {text!r} at {name!r}")

    def is_invalid(self, name):
        return self.control(name).get_attribute("aria-invalid") is not None

    def rows(self):
        """Returns the descriptions of tokens, or the names of users, of all rows in order."""
        return self.script("return [...document.querySelectorAll('.rows .what a')].map((link) => link.textContent)")

    def row(self, name):
        """Waits until the row is rendered, and returns its text."""
        find = "return [...document.querySelectorAll('.row')].find((row) => row.querySelector('.what a').textContent === arguments[0])?.innerText"
        return self.until(lambda: self.script(find, name), f"with a row {name!r}")

    # Actions of a user

    def press(self, name):
        self.control(name).click()

    def fill(self, name, text):
        control = self.control(name)
        control.send_keys(Keys.CONTROL, "a")
        control.send_keys(Keys.BACKSPACE)
        control.send_keys(text)

    def choose(self, name, option):
        self.script("arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change', { bubbles: true }))", self.control(name), option)

    def keys(self, *keys):
        """Sends keys to the focused control."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def tab_to(self, name, *, most=60):
        """Presses Tab until the control with this name has the focus."""
        for _ in range(most):
            self.keys(Keys.TAB)
            if self.focused() == name:
                return
        raise AssertionError(f"{most} tabs don't reach {name!r}")

    # The window

    def resize(self, width, height=800):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def prefer(self, scheme):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def reset(self):
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        self.prefer("light")
        self.leave()
        self.driver.delete_all_cookies()
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.console_errors()

    def leave(self):
        """Leaves the page, without its confirmation."""
        self.driver.get("about:blank")

    def console_errors(self):
        """Returns the errors in the console since the last call, except failed requests, which the UI must show itself. Records the responses there."""
        entries = self.driver.get_log("browser")
        if "performance" in self.driver.log_types:
            self.traffic.add(entries, self.driver.get_log("performance"))
        return [json.dumps(entry["message"]) for entry in entries if entry["level"] == "SEVERE" and entry["source"] != "network"]
