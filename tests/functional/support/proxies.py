# SPDX-License-Identifier: MIT
"""The proxies of docs/how-to/proxies/, each run with the configuration from its page."""

import contextlib
import re
import shutil
import subprocess

from .ports import free_port, is_up
from .server import TOP
from .waiting import eventually

PAGES = TOP / "docs" / "how-to" / "proxies"
WARDER, GATEWAY, APPLICATION, LISTENER = "127.0.0.1:8441", "127.0.0.1:8442", "127.0.0.1:5000", "127.0.0.1:8080"
CERTIFICATE, KEY = "/etc/ssl/site.pem", "/etc/ssl/site.key"
LUA_FILE = "/etc/haproxy/warder.lua"
MODULES = "/usr/lib/apache2/modules"


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", (PAGES / f"{page}.md").read_text(), re.DOTALL | re.MULTILINE)


def block(page, language):
    """Returns the first code block of this language in a page, which is the complete configuration."""
    return blocks(page, language)[0]


def with_tls(page, language):
    """Returns the configuration of a page with TLS: the second code block replaces the lines that the page names, those with the address."""
    whole, variant = blocks(page, language)
    plain = {"nginx": f"    listen {LISTENER};\n", "caddy": "http://:8080 {\n\tbind 127.0.0.1\n"}[page]
    assert whole.count(plain) == 1
    return whole.replace(plain, variant)


def with_addresses(text, addresses):
    """Returns the text with the addresses of the page replaced by those of the test. Each of them must occur in the text."""
    for address in addresses:
        assert address in text, f"{address} is not in:\n{text}"
    # In one pass, because a port of the test may equal an address that is still to be replaced.
    return re.sub("|".join(re.escape(address) for address in sorted(addresses, key=len, reverse=True)), lambda found: addresses[found[0]], text)


class Proxy:
    """A proxy: the command that runs the configuration of its page, and the listener of Warder that it uses."""

    def __init__(self, name, *, language, command, uses=WARDER):
        self.name, self.language, self.uses, self.command = name, language, uses, command

    @contextlib.contextmanager
    def running(self, directory, warder_port, application_port, certificate=None):
        """Runs the proxy. Yields the port on which it listens, with TLS if a certificate and its key are given."""
        directory.mkdir()
        port = free_port()
        behind = {} if self.uses == GATEWAY else {APPLICATION: f"127.0.0.1:{application_port}"}
        addresses = {LISTENER: f"127.0.0.1:{port}", self.uses: f"127.0.0.1:{warder_port}", **behind}
        text = block(self.name, self.language)
        if certificate:
            text = with_tls(self.name, self.language)
            addresses |= {CERTIFICATE: str(certificate[0]), KEY: str(certificate[1])}
        command = self.command(directory, text, addresses)
        with open(directory / "log", "wb") as log:
            process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, env={"HOME": str(directory), "PATH": "/usr/sbin:/usr/bin:/bin"})
        try:
            eventually(lambda: is_up(port) or process.poll() is not None)
            assert process.poll() is None, (directory / "log").read_text()
            yield port
        finally:
            process.terminate()
            process.wait(20)


def program(name):
    return shutil.which(name, path="/usr/sbin:/usr/bin") or name


def nginx(directory, text, addresses):
    (directory / "site.conf").write_text(with_addresses(text, addresses))
    (directory / "nginx.conf").write_text(
        f"""daemon off; master_process off; pid {directory}/pid; error_log {directory}/error.log;
        events {{ }}
        http {{ access_log off; client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory}; uwsgi_temp_path {directory};
               scgi_temp_path {directory}; include {directory}/site.conf; }}"""
    )
    return [program("nginx"), "-c", directory / "nginx.conf", "-p", directory]


def caddy(directory, text, addresses):
    # An address without a host matches each Host header; `bind` has the address to listen on.
    port = addresses.pop(LISTENER).rsplit(":", 1)[1]
    (directory / "Caddyfile").write_text(with_addresses(text, {**addresses, ":8080": f":{port}"}))
    return [program("caddy"), "run", "--config", directory / "Caddyfile", "--adapter", "caddyfile"]


def haproxy(directory, text, addresses, action=None):
    """`action` is a Lua script that replaces the one of the page."""
    warder_address = {WARDER: addresses.pop(WARDER)}
    (directory / "warder.lua").write_text(action or with_addresses(block("haproxy", "lua"), warder_address))
    (directory / "haproxy.cfg").write_text(with_addresses(text, {**addresses, LUA_FILE: str(directory / "warder.lua")}))
    return [program("haproxy"), "-db", "-f", directory / "haproxy.cfg"]


def apache(directory, text, addresses):
    (directory / "site.conf").write_text(with_addresses(text, addresses))
    modules = ["mpm_event", "authz_core", "headers", "proxy", "proxy_http"]
    loaded = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in modules)
    (directory / "apache.conf").write_text(
        f"ServerRoot {directory}\nServerName localhost\nPidFile {directory}/pid\nErrorLog {directory}/error.log\nDefaultRuntimeDir {directory}\n"
        f"{loaded}\nUser #65534\nGroup #65534\nInclude {directory}/site.conf\n"
    )
    return [program("apache2"), "-f", directory / "apache.conf", "-X"]


PROXIES = {
    "nginx": Proxy("nginx", language="nginx", command=nginx),
    "caddy": Proxy("caddy", language="caddyfile", command=caddy),
    "haproxy": Proxy("haproxy", language="haproxy", command=haproxy),
    "apache": Proxy("apache", language="apache", command=apache, uses=GATEWAY),
}
