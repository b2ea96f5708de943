# SPDX-License-Identifier: MIT
"""The alert rules and the dashboard of packaging/monitoring/."""

import json
import re
import resource
import shutil
import subprocess
import urllib.request

import pytest
import yaml
from support.ports import free_port
from support.server import ADMIN_PASSWORD, TOP
from support.upstream import route
from support.waiting import eventually

DIRECTORY = TOP / "packaging" / "monitoring"
RULES = DIRECTORY / "warder.rules.yml"
ALERTS = yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
REFERENCE = (TOP / "docs" / "reference" / "metrics.md").read_text()
GUIDE = (TOP / "docs" / "how-to" / "alerts.md").read_text()
NAME = re.compile(r"\b(?:warder|process)_[a-z_]+")


def promtool(*arguments, cwd=DIRECTORY):
    done = subprocess.run([shutil.which("promtool"), *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_rules_are_valid():
    assert "8 rules found" in promtool("check", "rules", RULES)


def test_each_alert_fires_when_it_should_and_not_before():
    tested = {check["alertname"]: False for case in yaml.safe_load((DIRECTORY / "warder.rules.test.yml").read_text())["tests"] for check in case["alert_rule_test"]}
    assert set(tested) == {alert["alert"] for alert in ALERTS}
    promtool("test", "rules", "warder.rules.test.yml")


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_each_alert_has_a_runbook(alert):
    assert alert["annotations"]["runbook_url"] == f"docs/how-to/alerts.md#{alert['alert'].lower()}"
    assert f"\n## {alert['alert']}\n" in GUIDE


def expressions():
    dashboard = json.loads((DIRECTORY / "warder.dashboard.json").read_text())
    return [(panel["title"], target["expr"]) for panel in dashboard["panels"] for target in panel["targets"]]


def test_queries_of_the_dashboard_are_valid(tmp_path):
    rules = []
    for number, (_, query) in enumerate(expressions()):
        query = query.replace("$__rate_interval", "1m").replace("$job", "warder").replace("$instance", ".*")
        rules.append({"record": f"query:{number}", "expr": query})
    (tmp_path / "queries.yml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", tmp_path / "queries.yml")


def test_alerts_and_dashboard_use_metrics_that_exist(start_gateway, upstream):
    _, metrics, _ = start_gateway(route("/a", upstream.url))
    existing = {name for name, _ in metrics.read()}
    for where, query in [(alert["alert"], alert["expr"]) for alert in ALERTS] + expressions():
        assert set(NAME.findall(query)) <= existing, where


def test_reference_lists_every_metric_that_exists_and_no_other(start_gateway, upstream):
    _, metrics, _ = start_gateway(route("/a", upstream.url))
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name, _ in metrics.read() if name.startswith("warder_")}
    table = REFERENCE.split("| name | type | labels |")[1].split("\n\n")[0]
    assert set(re.findall(r"`(warder_[a-z_]+)`", table)) == families


class Prometheus:
    """Debian's Prometheus, which scrapes each second and evaluates the rules without their waiting times."""

    def __init__(self, directory, target):
        self.url = f"http://127.0.0.1:{free_port()}"
        (directory / "rules.yml").write_text(re.sub(r"for: \w+", "for: 0s", RULES.read_text()))
        scrape = {"job_name": "warder", "static_configs": [{"targets": [target.removeprefix("http://")]}]}
        config = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": ["rules.yml"], "scrape_configs": [scrape]}
        (directory / "prometheus.yml").write_text(yaml.safe_dump(config))
        command = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", f"--web.listen-address={self.url.removeprefix('http://')}"]
        self.process = subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def query(self, expression):
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/query?query={urllib.request.quote(expression)}", timeout=5) as answer:
                return json.load(answer)["data"]["result"]
        except OSError:
            return []

    def firing(self):
        return {series["metric"]["alertname"] for series in self.query('ALERTS{alertstate="firing"}')}


def test_prometheus_scrapes_every_family_and_alerts_when_it_should(start_gateway, tmp_path):
    server, metrics, token = start_gateway(route("/dead", "http://127.0.0.1:1"))
    admin = server.person("admin", ADMIN_PASSWORD)
    admin.delete(f"/v1alpha/token/{token.id}")
    token = admin.mint("long", life="1 year")
    with Prometheus(tmp_path, metrics.url) as prometheus:
        (up,) = eventually(lambda: prometheus.query("up"), 60)
        assert up["value"][1] == "1"
        eventually(lambda: len(prometheus.query("count_over_time(up[1m]) >= 3")) == 1, 30)
        assert {name for name, _ in metrics.read()} <= {series["metric"]["__name__"] for series in prometheus.query('{job="warder"}')}
        assert prometheus.firing() == set()

        admin.mint("short", life="1 hour")
        assert server.get("/dead", bearer=token).status_code == 502
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        assert admin.post("/v1alpha/token/", {"jwt_token_description": "two", "jwt_token_life": "1 year"}).status_code == 507
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        expected = {"WarderTokensExpiring", "WarderUpstreamFailing", "WarderStoreFull"}
        eventually(lambda: expected <= prometheus.firing(), 30)
        assert prometheus.firing() == expected

        server.stop()
        eventually(lambda: "WarderDown" in prometheus.firing(), 30)
