# SPDX-License-Identifier: MIT
"""The service of the package under a real systemd: a root is booted, and the package installed there."""

import json
import re
import sys

import pytest
from conftest import package
from machine import Machine

CONFIG = "/etc/warder/warder.toml"
UNIT = "/usr/lib/systemd/system/warder.service"
SECRET = "the-secret-of-the-photos"
URL = "http://127.0.0.1:8441"
UPSTREAM = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.headers["Authorization"].encode())
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    machine = Machine(tmp_path_factory.mktemp("machine") / "fresh", package("warder"))
    try:
        machine.boot()
        yield machine
    finally:
        machine.remove()


@pytest.fixture
def service(machine):
    """The installed service, active and with its default settings."""
    if "install ok installed" not in machine.sh("dpkg-query -W -f '${Status}' warder 2>/dev/null || true"):
        machine.run("apt-get", "install", "-y", "--no-install-recommends", f"/srv/{package('warder').name}")
    original = machine.run("cat", CONFIG)
    yield machine
    machine.write(CONFIG, original)
    machine.sh("rm -rf /etc/systemd/system/warder.service.d /etc/warder/secrets/*; systemctl daemon-reload; systemctl reset-failed; systemctl restart warder")


def properties(machine, *names):
    shown = machine.run("systemctl", "show", "warder", *(f"--property={name}" for name in names))
    found = dict(line.split("=", 1) for line in shown.splitlines())
    return found[names[0]] if len(names) == 1 else tuple(found[name] for name in names)


def status(machine, path, *options):
    return machine.run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", *options, URL + path)


def journal(machine):
    return machine.run("journalctl", "--unit=warder", "--output=cat", "--no-pager")


def configure(machine, text):
    """Adds settings, which must be sections, to the end of the configuration."""
    machine.write(CONFIG, machine.run("cat", CONFIG) + text)


def mint(machine):
    """Returns a token, and the password that minted it."""
    body = json.dumps({"jwt_token_description": "by systemd", "jwt_token_life": "6 minutes"})
    password = machine.run("cat", "/var/lib/warder/initial-admin-password").strip()
    answer = machine.run("curl", "-sS", "--fail", "-u", f"admin:{password}", "-d", body, f"{URL}/v1alpha/token/")
    return json.loads(answer)["jwt_token"], password


def await_restart(machine, pid, seconds):
    """Returns when the service is active with another process than `pid`."""
    is_restarted = f'now=$(systemctl show --property=MainPID --value warder); [ "$now" != 0 ] && [ "$now" != {pid} ] && systemctl is-active --quiet warder'
    machine.sh(f"timeout {seconds} sh -c 'until {is_restarted}; do sleep 0.1; done'")


def test_installed_package_is_active_enabled_and_ready_when_apt_returns(service):
    assert properties(service, "ActiveState", "SubState", "Type", "UnitFileState", "Result", "NRestarts") == ("active", "running", "notify", "enabled", "success", "0")
    assert status(service, "/healthz/readiness") == "200"
    assert "active (running)" in service.run("systemctl", "--no-pager", "status", "warder")
    assert "warder: listening on http://127.0.0.1:8441" in journal(service)


def test_start_fails_with_the_reason_in_the_journal_if_the_server_cannot_listen(service):
    service.run("systemctl", "stop", "warder")
    service.write("/etc/systemd/system/warder.service.d/override.conf", "[Service]\nEnvironment=WARDER_LISTEN=127.0.0.1:1\nRestart=no\n")
    service.run("systemctl", "daemon-reload")
    service.run("systemctl", "start", "warder", code=1)
    assert properties(service, "ActiveState", "Result") == ("failed", "exit-code")
    assert "127.0.0.1:1" in journal(service)


def test_reload_has_applied_the_routes_when_it_returns_even_if_the_server_is_slow(service):
    original = service.run("cat", CONFIG)
    lead_to = '\n[[route]]\nprefix = "/{}"\nupstream = "http://127.0.0.1:9"\n'.format
    service.write(CONFIG, original + lead_to("first"))
    service.run("systemctl", "restart", "warder")  # only a server that has routes reloads them
    pid = properties(service, "MainPID")
    assert status(service, "/first/x") == "401"
    service.write(CONFIG, original + lead_to("second"))
    service.sh(f"kill -STOP {pid}; (sleep 2; kill -CONT {pid}) & systemctl reload warder")
    assert (status(service, "/first/x"), status(service, "/second/x")) == ("404", "401")
    assert properties(service, "MainPID", "ActiveState", "SubState") == (pid, "active", "running")
    assert "event=reloaded" in journal(service)


def test_killed_server_is_restarted(service):
    pid = properties(service, "MainPID")
    service.sh(f"kill -KILL {pid}")
    await_restart(service, pid, 30)
    assert status(service, "/healthz/readiness") == "200"


def test_hanging_server_is_killed_by_the_watchdog_and_restarted(service):
    pid = properties(service, "MainPID")
    service.sh(f"kill -STOP {pid}")
    await_restart(service, pid, 90)
    assert status(service, "/healthz/readiness") == "200"
    assert "Watchdog timeout" in journal(service)


def test_stop_drains_and_exits_with_success_and_restart_starts_again(service):
    service.run("systemctl", "stop", "warder")
    assert properties(service, "ActiveState", "Result", "ExecMainStatus") == ("inactive", "success", "0")
    service.run("curl", "-sS", URL, code=7)
    service.run("systemctl", "start", "warder")
    first = properties(service, "MainPID")
    assert status(service, "/healthz/readiness") == "200"
    service.run("systemctl", "restart", "warder")
    assert properties(service, "MainPID") != first
    assert status(service, "/healthz/readiness") == "200"


def test_secret_reaches_an_upstream_and_neither_it_nor_tokens_nor_passwords_reach_the_journal(service):
    upstream = service.start_beside(sys.executable, "-c", UPSTREAM)
    try:
        port = upstream.stdout.readline().strip()
        service.write("/etc/warder/secrets/photos", SECRET + "\n", mode=0o600)
        configure(service, f'\n[[route]]\nprefix = "/photos"\nupstream = "http://127.0.0.1:{port}"\ncredential = "bearer-file:/run/credentials/warder.service/secret_photos"\n')
        service.run("systemctl", "restart", "warder")
        token, password = mint(service)
        assert service.run("curl", "-sS", "-H", f"Authorization: Bearer {token}", f"{URL}/photos/1") == f"Bearer {SECRET}"
        assert status(service, "/photos/1", "-H", f"Authorization: Bearer {token}x") == "401"
    finally:
        upstream.kill()
        upstream.wait()
        upstream.stdout.close()
    log = service.run("journalctl", "--no-pager", "--output=cat")
    assert "event=denied" in log
    for secret in (SECRET, token, password):
        assert secret not in log


# The same unit, but with a script in the place of the server: each line is what it tries, and whether that works.
PROBES = {
    "write to /etc": ("touch /etc/probe", False),
    "write to /usr": ("touch /usr/probe", False),
    "write to /var/lib": ("touch /var/lib/probe", False),
    "write to the data directory": ("touch /var/lib/warder/probe", True),
    "write to a private /tmp": ("touch /tmp/probe", True),
    "read a secret where root keeps it": ("cat /etc/warder/secrets/photos", False),
    "read the copy of a secret": (f'test "$(cat /run/credentials/$UNIT/secret_photos)" = {SECRET}', True),
    "read home directories": ("ls /home/somebody", False),
    "read a disk": ("ls /dev/mem /dev/vda /dev/sda", False),
    "see the first process": ("ls /proc/1/status", False),
    "make a namespace": ("unshare --user true", False),
    "mount": ("mount -t tmpfs tmpfs /tmp", False),
    "change a kernel setting": ("echo 1 >/proc/sys/kernel/panic", False),
    "open an Internet socket": ("perl -e 'use Socket; socket(S, AF_INET, SOCK_STREAM, 0) or exit 1'", True),
    "open a packet socket": ("perl -e 'socket(S, 17, 3, 0) or exit 1'", False),
    "set the clock": ("date -s @1", False),
    "raise its priority": ("nice -n -5 true 2>&1 | grep -q . && false", False),
    "have a capability": ("grep -q 'CapBnd:.*[1-9a-f]' /proc/self/status", False),
    "gain privileges": ("grep -q 'NoNewPrivs:.*0' /proc/self/status", False),
    "be root": ('test "$(id -u)" = 0', False),
}


def test_sandbox_allows_what_the_server_needs_and_nothing_else(service):
    service.write("/etc/warder/secrets/photos", SECRET + "\n", mode=0o600)
    service.sh("mkdir -p /home/somebody; touch /home/somebody/x")
    unit = service.run("cat", UNIT)
    lines = "".join(f"if ({command}) >/dev/null 2>&1; then echo '{name}: yes'; else echo '{name}: no'; fi\n" for name, (command, _) in PROBES.items())
    service.write("/usr/local/bin/probe", "#!/bin/sh\nUNIT=$1\n" + lines, mode=0o755)
    unit = unit.replace("Type=notify", "Type=oneshot").replace("ExecStart=/usr/bin/warder serve --config /etc/warder/warder.toml", "ExecStart=/usr/local/bin/probe %n")
    unit = re.sub(r"(?m)^(NotifyAccess|WatchdogSec|Restart|RestartSec|ExecReload)=.*\n", "", unit)
    service.write("/etc/systemd/system/probe.service", unit)
    service.run("systemctl", "daemon-reload")
    service.run("systemctl", "start", "probe")
    results = dict(line.split(": ") for line in service.run("journalctl", "--unit=probe", "--output=cat", "--no-pager").splitlines() if line.split(": ")[0] in PROBES)
    service.sh("rm /etc/systemd/system/probe.service /usr/local/bin/probe /var/lib/warder/probe; rm -r /home/somebody")
    assert results == {name: "yes" if is_allowed else "no" for name, (_, is_allowed) in PROBES.items()}


def test_documented_override_lets_the_server_listen_on_port_443(service):
    override = "[Service]\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE\nPrivateUsers=no\nEnvironment=WARDER_LISTEN=127.0.0.1:443\n"
    service.write("/etc/systemd/system/warder.service.d/override.conf", override)
    service.sh("systemctl daemon-reload; systemctl restart warder")
    assert service.run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:443/healthz/readiness") == "200"


def test_removed_package_has_stopped_its_service(machine):
    machine.run("apt-get", "remove", "-y", "warder")
    assert machine.sh("systemctl is-active warder || true") == "inactive\n"
    machine.run("curl", "-sS", URL, code=7)
    machine.run("apt-get", "purge", "-y", "warder")
    assert machine.sh("ls -d /var/lib/warder /etc/warder /run/credentials/warder.service 2>/dev/null || true") == ""
