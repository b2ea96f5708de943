# SPDX-License-Identifier: MIT
"""Variables that Kubernetes and Docker set for services whose names begin with "warder": they are not settings and must not cause failures."""

import pytest
from support.server import ADMIN_PASSWORD, START_SECONDS, clean_environment, run_binary

SERVICES = ["", "_GATEWAY", "_UI", "_METRICS", "_TOKENS", "_LOG", "_DECISION", "_AUDIT", "_PASSWORDS", "_ROUTE", "_CLUSTER", "_LISTEN", "_ADMIN_PASSWORD"]


def kubernetes_variables(service):
    """Returns the variables that the kubelet sets for a Service with several ports (pkg/kubelet/envvars)."""
    name, host = f"WARDER{service}", "10.0.0.1"
    variables = {f"{name}_SERVICE_HOST": host, f"{name}_SERVICE_PORT": "8441", f"{name}_SERVICE_PORT_HTTP": "8441", f"{name}_PORT": f"tcp://{host}:8441"}
    for port, protocol in ((8441, "tcp"), (53, "udp"), (9899, "sctp")):
        start = f"{name}_PORT_{port}_{protocol.upper()}"
        variables |= {start: f"{protocol}://{host}:{port}", f"{start}_PROTO": protocol, f"{start}_PORT": str(port), f"{start}_ADDR": host}
    return variables


def docker_variables(service):
    """Returns the variables that `docker run --link` sets."""
    name = f"WARDER{service}"
    return {f"{name}_NAME": "/app/warder", f"{name}_PORT": "tcp://172.17.0.2:80", f"{name}_PORT_80_TCP_START": "tcp://172.17.0.2:80", f"{name}_ENV_LANG": "C"}


@pytest.mark.parametrize("service", SERVICES)
def test_service_variables_are_ignored_with_one_warning_each_at_start(start_server, service):
    variables = kubernetes_variables(service) | docker_variables(service)
    server = start_server(env=variables)
    assert server.person("admin", ADMIN_PASSWORD).get("/v1alpha/whoami").status_code == 200
    lines = server.log().splitlines()
    for name in variables:
        named = [line for line in lines if f" variable={name} " in line]
        assert len(named) == 1 and "level=warning" in named[0] and "Kubernetes" in named[0], (name, lines)
    assert "10.0.0.1" not in server.log()


def test_commands_succeed_with_service_variables_set(warder):
    variables = {}
    for service in SERVICES:
        variables |= kubernetes_variables(service)
    created = run_binary(
        *("token", "create", "--user", "admin", "--description", "x", "--life", "1 hour", "--data-dir", warder.data_dir), env=clean_environment(**variables)
    )
    assert created.returncode == 0 and len(created.stderr.splitlines()) == 1, created.stderr  # only the id
    listed = run_binary("token", "list", "--data-dir", warder.data_dir, env=clean_environment(**variables))
    assert listed.returncode == 0 and created.stderr.strip() in listed.stdout and listed.stderr == ""
    assert run_binary("check", "--json", "--data-dir", warder.data_dir, env=clean_environment(**variables)).returncode == 0


def test_check_warns_of_ignored_variable_and_succeeds(warder):
    checked = run_binary("check", "--data-dir", warder.data_dir, env=clean_environment(WARDER_UI_PORT="tcp://10.0.0.1:80"))
    assert checked.returncode == 0
    (line,) = checked.stderr.splitlines()
    assert "warning" in line and "WARDER_UI_PORT" in line


@pytest.mark.parametrize(
    "name, nearest",
    [("WARDER_GATEWAY_LISTNE", "WARDER_GATEWAY_LISTEN"), ("WARDER_UI_PORTS", "WARDER_UI_"), ("WARDER_LOG_NAME", "WARDER_LOG_"), ("WARDER_TOKENS_MAXLIFE", "WARDER_TOKENS_MAX_LIFE")],
)
def test_misspelled_setting_is_rejected_despite_service_variables(tmp_path, name, nearest):
    environment = clean_environment(**kubernetes_variables("_GATEWAY"), **{name: "x"})
    for command in (["serve", "--listen", "127.0.0.1:0"], ["user", "list"]):
        result = run_binary(*command, "--data-dir", tmp_path / "data", env=environment, stdin=None, timeout=START_SECONDS)
        assert result.returncode == 1 and result.stdout == ""
        (line,) = result.stderr.splitlines()
        assert name in line and nearest in line
    assert not (tmp_path / "data").exists()
