# SPDX-License-Identifier: MIT
"""A scrape with many routes is sent in pieces while it is written."""

import contextlib
import itertools
import re
import shutil
import subprocess
from urllib.parse import urlsplit

import pytest
from support import limits
from support.scrape import SERIES
from support.server import ADMIN_PASSWORD
from support.upstream import route
from support.wire import Wire

PREFIXES = [f"/application-{number}" for number in range(300)]
GET = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
MOST_AT_ONCE = 100 * 1024


@pytest.fixture
def start_with_routes(start_with_metrics, upstream):
    """Starts a gateway with routes of these prefixes. Returns the server and its metrics."""

    def start(prefixes, top="", **options):
        return start_with_metrics(top + "".join(route(prefix, upstream.url) for prefix in prefixes), **options)

    return start


def wire_to(metrics):
    return Wire(urlsplit(metrics.url).port)


def names(text):
    """Returns the lines of a scrape without values, in their order."""
    return [line if line.startswith("#") else line.rsplit(" ", 1)[0] for line in text.splitlines()]


def by_route(text):
    """Returns the lines of each route, without its prefix, in their order."""
    found = {}
    for line in text.splitlines():
        if route_of := re.search(r'{route="([^"]*)"', line):
            found.setdefault(route_of[1], []).append(line.replace(route_of[0], ""))
    return found


def first_difference(found, expected):
    """Returns the first two lines that differ, or None. An `assert` of long lists would compute all differences, which takes minutes."""
    return next((pair for pair in itertools.zip_longest(found, expected) if pair[0] != pair[1]), None)


def without_routes(text):
    return [name for name in names(text) if "{route=" not in name]


def test_every_route_has_all_its_series_and_one_scrape_reads_them(start_with_routes, upstream):
    server, metrics = start_with_routes(PREFIXES)
    token = server.person("admin", ADMIN_PASSWORD).mint("one")
    assert server.get(f"{PREFIXES[-1]}/x", bearer=token).status_code == 200
    answer = metrics.request()
    assert answer.headers["Transfer-Encoding"] == "chunked" and "Content-Length" not in answer.headers
    text = answer.text
    assert len(text) > 1024 * 1024
    checked = subprocess.run([shutil.which("promtool"), "check", "metrics"], input=text, capture_output=True, text=True, timeout=30, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    requests = re.findall(r'^warder_upstream_requests_total\{route="([^"]*)",code="200"\} (\d+)$', text, re.MULTILINE)
    assert requests == [(prefix, str(int(prefix == PREFIXES[-1]))) for prefix in PREFIXES]


def test_long_scrape_has_what_short_ones_have(start_with_routes):
    _, long = start_with_routes(PREFIXES)
    _, short = start_with_routes(PREFIXES[:1], directory="short")
    long, answer = long.text(), short.request()
    assert "Transfer-Encoding" not in answer.headers and int(answer.headers["Content-Length"]) == len(answer.content)
    short = answer.text
    assert first_difference(without_routes(long), without_routes(short)) is None
    (lines,), found = by_route(short).values(), by_route(long)
    assert list(found) == PREFIXES
    assert all(first_difference(one, lines) is None for one in found.values())


def test_all_samples_of_a_family_follow_its_only_head(start_with_routes):
    _, metrics = start_with_routes(PREFIXES)
    families = re.split(r"^# HELP ", metrics.text(), flags=re.MULTILINE)[1:]
    found = [family.split(" ", 1)[0] for family in families]
    assert len(set(found)) == len(found)
    for name, family in zip(found, families):
        _, kind, *samples = family.splitlines()
        assert kind.startswith(f"# TYPE {name} ") and samples
        assert {SERIES.fullmatch(sample)[1].removeprefix(name) for sample in samples} <= {"", "_bucket", "_sum", "_count"}


def test_pieces_are_short_whole_lines_and_the_connection_stays_open(start_with_routes):
    _, metrics = start_with_routes(PREFIXES)
    with wire_to(metrics) as wire:
        for _ in range(2):
            head = wire.send(GET).receive_head()
            assert (head.status, head.header("Transfer-Encoding"), head.header("Connection")) == (200, "chunked", None)
            pieces = list(iter(wire.chunk, b""))
            assert len(pieces) > 10 and max(map(len, pieces)) <= MOST_AT_ONCE
            assert all(piece.endswith(b"\n") for piece in pieces)
            assert first_difference(names(b"".join(pieces).decode()), names(metrics.text())) is None


def test_head_of_a_long_scrape_has_no_body_and_keeps_the_connection(start_with_routes):
    _, metrics = start_with_routes(PREFIXES)
    with wire_to(metrics) as wire:
        head = wire.send(GET.replace(b"GET", b"HEAD")).receive_head()
        assert (head.status, head.header("Transfer-Encoding"), head.header("Content-Length")) == (200, "chunked", None)
        assert first_difference(names(wire.send(GET).receive().body.decode()), names(metrics.text())) is None


def test_long_scrape_over_http_1_0_ends_with_the_connection(start_with_routes):
    _, metrics = start_with_routes(PREFIXES)
    with wire_to(metrics) as wire:
        head, body = wire.send(b"GET /metrics HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").rest().split(b"\r\n\r\n", 1)
    assert b"\r\nConnection: close" in head and b"chunked" not in head and b"Content-Length" not in head
    assert first_difference(names(body.decode()), names(metrics.text())) is None


def test_connection_ends_after_a_long_scrape_if_the_client_asks(start_with_routes):
    _, metrics = start_with_routes(PREFIXES)
    with wire_to(metrics) as wire:
        answer = wire.send(GET.replace(b"Host", b"Connection: close\r\nHost")).receive()
        assert answer.header("Connection") == "close" and wire.is_closed()
        assert first_difference(names(answer.body.decode()), names(metrics.text())) is None


def test_a_client_that_does_not_read_holds_up_no_other_scrape(start_with_routes):
    _, metrics = start_with_routes([f"/application-{number}" for number in range(2000)])
    with wire_to(metrics) as stalled:
        assert stalled.send(GET).receive_head().status == 200
        with wire_to(metrics) as other:
            text = other.send(GET).receive().body.decode()
        assert first_difference(names(b"".join(iter(stalled.chunk, b"")).decode()), names(text)) is None


@pytest.mark.bare  # a sanitizer keeps what was freed
def test_memory_does_not_grow_with_the_length_of_a_scrape(start_with_routes):
    server, metrics = start_with_routes([f"/application-{number}" for number in range(2000)])
    metrics.request("HEAD")
    before = limits.peak_memory(server)
    whole = len(metrics.text())
    assert whole > 10 << 20
    assert limits.peak_memory(server) - before < 2 << 20


def text_or_reset(wire):
    """Returns what comes until the connection ends, or None if that is a reset, which no client mistakes for the end of the text."""
    received = bytearray(wire.pending)
    try:
        while some := wire.socket.recv(65536):
            received += some
    except ConnectionResetError:
        return None
    return received.decode()


@pytest.mark.bare
def test_scrape_that_runs_out_of_memory_is_reset_and_later_ones_are_whole(start_with_routes):
    server, metrics = start_with_routes([f"/application-{number}" for number in range(2000)], 'idle_timeout = "60 s"\nheader_timeout = "60 s"\n')
    expected = names(metrics.text())
    with limits.descriptors(), contextlib.ExitStack() as stack:
        scrapes = [stack.enter_context(wire_to(metrics)) for _ in range(12)]
        for scrape in scrapes:
            assert scrape.send(b"GET /metrics HTTP/1.0\r\n\r\n").receive_head().status == 200
        with limits.memory_used_up(server):
            texts = [text_or_reset(scrape) for scrape in scrapes]
            assert server.is_running(), server.log()
    assert None in texts
    for text in [*(text for text in texts if text is not None), metrics.text()]:
        assert first_difference(names(text), expected) is None
