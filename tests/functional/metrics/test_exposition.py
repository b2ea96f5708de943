# SPDX-License-Identifier: MIT
"""The listener of metrics and the format of its text, with Prometheus' own tools."""

import itertools
import re
import shutil
import subprocess

import pytest
from support.pages import TOP
from support.ports import free_port
from support.server import ADMIN_PASSWORD, HOSTS, run_binary
from support.tls import config_of, make_certificate
from support.upstream import route
from support.waiting import eventually

HISTOGRAMS = ("warder_request_duration_seconds", "warder_store_commit_duration_seconds", "warder_upstream_duration_seconds")
SURFACES = ("api", "decision", "gateway", "ui")
# The first column of the table of reasons.
REASONS = re.findall(r"^\| `(\w+)` \| \d+ \|", (TOP / "docs" / "reference" / "errors.md").read_text(), re.MULTILINE)
assert "loop_detected" in REASONS


def labels(**values):
    return [frozenset(pairs) for pairs in itertools.product(*([(name, value) for value in all_values] for name, all_values in values.items()))]


FAMILIES = {
    "warder_requests_total": labels(surface=SURFACES, code=("200", "201", "204", "304", "400", "401", "403", "404", "408", "413", "421", "429", "431", "502", "503", "504")),
    "warder_request_duration_seconds_count": labels(surface=SURFACES),
    "warder_denials_total": labels(surface=SURFACES, reason=REASONS),
    "warder_sign_ins_total": labels(outcome=("ok", "cached", "wrong", "throttled", "busy")),
    "warder_tokens": labels(state=("live", "disabled", "expired")),
    "warder_tokens_expiring": labels(within=("1d", "7d", "30d")),
    "warder_tokens_minted_total": [frozenset()],
    "warder_tokens_revoked_total": [frozenset()],
    "warder_store_errors_total": labels(kind=("full", "unavailable", "damaged")),
    "warder_password_queue_length": [frozenset()],
    "warder_streams": [frozenset()],
    "warder_limits_hit_total": labels(limit=("connections", "header", "body", "password_queue", "header_timeout", "idle_timeout")),
    "warder_upstream_requests_total": labels(route=("/a",), code=("101", "200", "404", "500", "other")),
    "warder_upstream_duration_seconds_count": labels(route=("/a",)),
    "warder_upstream_errors_total": labels(route=("/a",), kind=("connect", "tls", "timeout", "protocol", "reset")),
}
PROCESS = ["cpu_seconds_total", "open_fds", "max_fds", "virtual_memory_bytes", "virtual_memory_max_bytes", "resident_memory_bytes", "start_time_seconds"]


def test_every_series_exists_from_the_start_at_zero(start_with_metrics, upstream):
    server, metrics = start_with_metrics(route("/a", upstream.url))
    series = metrics.read()
    for name, sets in FAMILIES.items():
        for pairs in sets:
            assert series.get((name, pairs)) == 0, (name, pairs)
    # The system counts CPU time in hundredths of a second, and a server may start in less; to be read uses it, too.
    eventually(lambda: metrics.value("process_cpu_seconds_total") > 0, every=0)
    for name in PROCESS:
        assert series[f"process_{name}", frozenset()] > 0 or name == "cpu_seconds_total"
    assert series["warder_connections", frozenset()] == 0
    assert 0 <= series["warder_index_age_seconds", frozenset()] < 10
    (info,) = (dict(pairs) for (name, pairs) in series if name == "warder_build_info")
    assert info["store"] == "sqlite" and info["version"] in server.cli("--version").stdout
    assert re.fullmatch(r"[0-9a-f]{7,40}|unknown", info["revision"])


def test_buckets_of_every_histogram_are_cumulative(start_with_metrics, upstream):
    server, metrics = start_with_metrics(route("/a", upstream.url))
    server.person("admin", ADMIN_PASSWORD).mint("one")
    by_histogram = {}
    for (name, pairs), value in metrics.read().items():
        if name.endswith("_bucket"):
            rest = frozenset(pair for pair in pairs if pair[0] != "le")
            by_histogram.setdefault((name.removesuffix("_bucket"), rest), []).append((float(dict(pairs)["le"]), value))
    assert {name for name, _ in by_histogram} == set(HISTOGRAMS)
    for buckets in by_histogram.values():
        counts = [count for _, count in sorted(buckets)]
        assert counts == sorted(counts) and max(buckets)[0] == float("inf")


def test_promtool_has_no_complaint(start_with_metrics, upstream):
    server, metrics = start_with_metrics(route("/a", upstream.url))
    server.person("admin", ADMIN_PASSWORD).mint("one")
    checked = subprocess.run([shutil.which("promtool"), "check", "metrics"], input=metrics.text(), capture_output=True, text=True, timeout=30, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


# The listener


def test_metrics_are_served_by_tls_alone_if_the_server_has_a_certificate(start_with_metrics, tmp_path):
    certificate, key = make_certificate(tmp_path)
    _, metrics = start_with_metrics(config_of(certificate, key))
    assert metrics.url.startswith("https://127.0.0.1:")
    metrics.session.verify = str(certificate)
    assert ("warder_streams", frozenset()) in metrics.read()
    plain = metrics.session.get(metrics.url.replace("https:", "http:") + "/metrics", timeout=30)
    assert plain.status_code == 400 and "requires TLS" in plain.text


def test_metrics_are_served_on_their_listener_alone(warder, metrics):
    assert warder.get("/metrics").status_code == 404
    for path in ("/", "/v1alpha/server", "/healthz/liveness", "/auth", "/metrics/", "/metrics/x"):
        assert metrics.request(path=path).status_code == 404, path
    assert metrics.request(path="/metrics?x=1").status_code == 200


def test_scrape_has_the_type_of_the_text_format_and_is_not_stored(metrics):
    answer = metrics.request()
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"


def test_only_get_and_head_read_metrics(metrics):
    head = metrics.request("HEAD")
    assert (head.status_code, head.text) == (200, "") and int(head.headers["Content-Length"]) > 1000
    options = metrics.request("OPTIONS")
    assert (options.status_code, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE"):
        answer = metrics.request(method)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS"), method


def test_scrapes_are_not_counted(metrics):
    before = metrics.read()
    for method, path in (("GET", "/metrics"), ("HEAD", "/metrics"), ("POST", "/metrics"), ("GET", "/nothing")):
        metrics.request(method, path)
    metrics.request(headers={"Host": "foreign.org"})
    metrics.request(headers={"X-Long": "a" * 20_000})
    after = metrics.read()
    changed = {name for (name, pairs) in before if before[name, pairs] != after[name, pairs]}
    by_themselves = ("process_", "warder_index_age_seconds", "warder_store_commit_duration_seconds")
    assert {name for name in changed if not name.startswith(by_themselves)} == set()


def test_foreign_host_is_misdirected_on_loopback(metrics):
    answer = metrics.request(headers={"Host": "foreign.org"})
    assert (answer.status_code, answer.json()["error"]) == (421, "misdirected")
    assert metrics.request(headers={"Host": HOSTS.split(",")[0]}).status_code == 200


def test_metrics_can_be_read_while_all_connections_are_in_use(start_with_metrics):
    server, metrics = start_with_metrics("max_connections = 2\n")
    held = [server.wire() for _ in range(2)]
    metrics.becomes(2, "warder_connections")
    for wire in held:
        wire.socket.close()
    metrics.becomes(0, "warder_connections")


def test_metrics_beyond_loopback_need_tls_or_allow_plaintext(tmp_path):
    config = tmp_path / "warder.toml"
    config.write_text('[metrics]\nlisten = "0.0.0.0:9464"\n')
    failed = run_binary("serve", "--config", config, "--data-dir", tmp_path / "data")
    assert failed.returncode != 0 and "metrics.listen" in failed.stderr and "only loopback addresses are allowed" in failed.stderr


@pytest.mark.parametrize("other", ["listen", "gateway.listen"])
def test_metrics_need_an_address_of_their_own(tmp_path, other):
    port = free_port()
    config = tmp_path / "warder.toml"
    config.write_text(f'{other} = "127.0.0.1:{port}"\nmetrics.listen = "127.0.0.1:{port}"\n')
    failed = run_binary("serve", "--config", config, "--data-dir", tmp_path / "data")
    assert failed.returncode != 0 and f"same address as {other}" in failed.stderr
