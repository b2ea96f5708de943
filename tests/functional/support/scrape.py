# SPDX-License-Identifier: MIT
"""The metrics of a server, as Prometheus reads them."""

import re

import requests

from .waiting import eventually

LISTEN = '[metrics]\nlisten = "127.0.0.1:0"\n'
SERIES = re.compile(r'([a-z_]+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-z]+)="((?:[^"\\]|\\.)*)"')


class Metrics:
    """The metrics of a server whose configuration contains `LISTEN`. Its listener is announced last."""

    def __init__(self, server):
        lines = eventually(lambda: [line for line in server.lines if "listening on" in line][1:])
        self.url = lines[-1].removeprefix("warder: listening on ").strip()
        self.session = requests.Session()
        self.session.trust_env = False

    def request(self, method="GET", path="/metrics", **options):
        return self.session.request(method, self.url + path, timeout=30, **options)

    def text(self):
        answer = self.request()
        assert answer.status_code == 200, answer.text
        return answer.text

    def read(self):
        """Returns all series of one scrape: (name, labels as a frozen set of pairs) to value."""
        series = {}
        for line in self.text().splitlines():
            if line.startswith("#"):
                continue
            name, labels, value = SERIES.fullmatch(line).groups()
            key = (name, frozenset(LABEL.findall(labels or "")))
            assert key not in series, line
            series[key] = float(value)
        return series

    def value(self, name, **labels):
        """Returns the value of a series, which must exist."""
        return self.read()[name, frozenset(labels.items())]

    def becomes(self, value, name, **labels):
        """Waits until a series has this value."""
        seen = []

        def has_value():
            seen.append(self.value(name, **labels))
            return seen[-1] == value

        try:
            eventually(has_value)
        except AssertionError:
            raise AssertionError(f"{name}{labels} is {seen[-1]}, not {value}") from None

    def increase(self, action, name, **labels):
        """Calls `action` and returns by how much the series increased."""
        before = self.value(name, **labels)
        action()
        return self.value(name, **labels) - before
