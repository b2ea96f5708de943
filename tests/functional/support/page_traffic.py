# SPDX-License-Identifier: MIT
"""Records the responses that the page receives. A script in the page reports status and body; the log of DevTools has the
headers, with the cookies, which no script can see."""

import json
from collections import defaultdict, deque
from urllib.parse import urlsplit

from . import exchanges

# Begins a message in the console that reports a response.
EXCHANGE = "response to the page: "

# Reports each response to a call of the page.
REPORT = f"""
const send = window.fetch;
window.fetch = async (path, options) => {{
    const response = await send(path, options);
    const head = [options?.method ?? "GET", new URL(response.url).pathname, response.status];
    response.clone().text().then((text) => console.debug({json.dumps(EXCHANGE)} + JSON.stringify([...head, text])), () => {{}});
    return response;
}};
"""


def report_in(message):
    """Returns method, path, status, and body of a response, or None for another message. Its place precedes a message, which is a JSON string."""
    _, found, quoted = message.partition(f'"{EXCHANGE}')
    return json.loads(json.loads(f'"{quoted}')) if found else None


class Traffic:
    def __init__(self):
        # By the id of the request, in either order: they come from different processes of the browser.
        self.requests, self.responses = {}, defaultdict(list)
        self.headers = defaultdict(deque)  # by method, path, and status, in the order of arrival
        self.reports = []

    def add(self, console, network):
        """Takes new entries of both logs, and records the responses that are complete with them."""
        for entry in network:
            self.add_event(json.loads(entry["message"])["message"])
        self.reports += filter(None, (report_in(entry["message"]) for entry in console))
        self.reports = [report for report in self.reports if not self.record(*report)]

    def add_event(self, event):
        values = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            self.requests[values["requestId"]] = (values["request"]["method"], urlsplit(values["request"]["url"]).path)
        elif event["method"] == "Network.responseReceivedExtraInfo":
            self.responses[values["requestId"]].append((values["statusCode"], values["headers"]))
        else:
            return
        if values["requestId"] in self.requests:
            for status, texts in self.responses.pop(values["requestId"], []):
                # Values of a repeated header are separated by a line feed.
                headers = [(name, value) for name, text in texts.items() for value in text.split("\n")]
                self.headers[*self.requests[values["requestId"]], status].append(headers)

    def record(self, method, path, status, body):
        """Records a response, unless its headers are still to come. Returns whether it did."""
        headers = self.headers[method, path, status]
        if headers:
            exchanges.recorder().record(method, path, status, headers.popleft(), body.encode())
            return True
        return False

    def finish(self):
        """Records the heads of responses whose bodies were not reported, because their page was left."""
        for (method, path, status), heads in self.headers.items():
            while heads:
                exchanges.recorder().record(method, path, status, heads.popleft(), None)
