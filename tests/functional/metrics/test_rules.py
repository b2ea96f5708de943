# SPDX-License-Identifier: MIT
"""The alert rules and the dashboard of packaging/monitoring/."""

import json
import math
import re
import resource
import shutil
import subprocess
import urllib.parse
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


DASHBOARD = json.loads((DIRECTORY / "warder.dashboard.json").read_text())
TARGETS = [(panel["title"], target) for panel in DASHBOARD["panels"] for target in panel["targets"]]


def expressions():
    return [(title, target["expr"]) for title, target in TARGETS]


def filled(expression, rate_interval="1m"):
    """Returns a query of the dashboard as Grafana sends it, with all instances of one job selected."""
    return expression.replace("$__rate_interval", rate_interval).replace("$job", "warder").replace("$instance", ".*")


def test_queries_of_the_dashboard_are_valid(tmp_path):
    rules = []
    for number, (_, query) in enumerate(expressions()):
        rules.append({"record": f"query:{number}", "expr": filled(query)})
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

    def get(self, path, **parameters):
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=5) as answer:
                return json.load(answer)["data"]
        except OSError:
            return None

    def query(self, expression):
        data = self.get("query", query=expression)
        return data["result"] if data else []

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


def has_data(series):
    return any(math.isfinite(float(one["value"][1])) for one in series)


def test_every_panel_of_the_dashboard_has_data_and_the_labels_of_its_legend(start_gateway, upstream, tmp_path):
    server, metrics, token = start_gateway(route("/a", upstream.url), route("/dead", "http://127.0.0.1:1"))
    admin = server.person("admin", ADMIN_PASSWORD)

    def use_everything():
        assert admin.delete(f"/v1alpha/token/{admin.mint('ends').id}").status_code == 200
        statuses = [server.get(path, bearer=bearer).status_code for path, bearer in (("/a/1", token), ("/dead", token), ("/a/1", "no token"), ("/auth", token))]
        assert statuses == [200, 502, 401, 200]

    with Prometheus(tmp_path, metrics.url) as prometheus:
        eventually(lambda: prometheus.query("count_over_time(up[1m]) >= 2"), 60)
        pending = dict.fromkeys(range(len(TARGETS)))

        def all_have_data():
            use_everything()
            for number in list(pending):
                title, target = TARGETS[number]
                pending[number] = prometheus.query(filled(target["expr"], rate_interval="15s"))
                if not has_data(pending[number]):
                    continue
                for series in pending.pop(number):
                    missing = set(re.findall(r"{{(\w+)}}", target.get("legendFormat", ""))) - set(series["metric"])
                    assert not missing, (title, missing, series)
            return not pending

        try:
            eventually(all_have_data, 60, every=0.5)
        except AssertionError:
            raise AssertionError([(TARGETS[number][0], TARGETS[number][1]["expr"], result) for number, result in pending.items()]) from None

        # What the variables of the dashboard offer.
        for variable in DASHBOARD["templating"]["list"]:
            if variable["type"] != "query":
                continue
            selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]).groups()
            expected = "warder" if label == "job" else metrics.url.removeprefix("http://")
            assert prometheus.get(f"label/{label}/values", **{"match[]": filled(selector)}) == [expected]


def test_dashboard_has_panels_with_ids_titles_and_places_of_their_own():
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    cells = [(x, y) for panel in panels for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
             for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])]
    assert len(set(cells)) == len(cells) and max(x for x, _ in cells) < 24
    for panel in panels:
        assert {target["refId"] for target in panel["targets"]} and len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
        assert panel["datasource"] == {"type": "prometheus", "uid": "$datasource"}


def panel(title):
    return next(panel for panel in DASHBOARD["panels"] if panel["title"] == title)


def test_version_panel_shows_the_name_of_the_series_instead_of_its_value_1():
    assert panel("Version")["options"]["textMode"] == "name"


def test_nodes_of_one_database_do_not_multiply_the_number_of_tokens():
    """Each node counts all tokens of the database, so that a sum over the instances would be too high."""
    expressions = [target["expr"] for _, target in TARGETS if re.search(r"warder_tokens(_expiring)?{", target["expr"])]
    assert len(expressions) == 3
    assert all(re.match(r"max( by \(\w+\) )?\(", expression) for expression in expressions), expressions


def test_share_of_open_files_has_an_axis_of_its_own():
    files = panel("Memory and open files")
    [override] = files["fieldConfig"]["overrides"]
    assert [target["refId"] for target in files["targets"] if "process_open_fds" in target["expr"]] == [override["matcher"]["options"]]
    assert {"id": "unit", "value": "percentunit"} in override["properties"]
