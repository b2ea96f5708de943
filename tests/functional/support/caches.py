# SPDX-License-Identifier: MIT
"""Shared caches from Debian in front of a server: nginx with proxy_cache, Varnish and Squid, configured to store as much as their defaults allow."""

import contextlib
import subprocess

from .ports import free_port, is_up
from .proxies import program
from .waiting import eventually


def nginx(directory, port, server_port):
    (directory / "nginx.conf").write_text(
        f"""daemon off; master_process off; pid {directory}/pid; error_log {directory}/error.log;
        events {{ }}
        http {{
            access_log off; client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory}; uwsgi_temp_path {directory};
            scgi_temp_path {directory};
            proxy_cache_path {directory}/cache keys_zone=pages:1m;
            server {{
                listen 127.0.0.1:{port};
                location / {{
                    proxy_pass http://127.0.0.1:{server_port};
                    proxy_cache pages;
                    proxy_cache_valid any 10m;
                }}
            }}
        }}"""
    )
    return [program("nginx"), "-c", directory / "nginx.conf", "-p", directory]


def varnish(directory, port, server_port):
    return [program("varnishd"), "-F", "-j", "none", "-n", directory / "varnish", "-a", f"127.0.0.1:{port}", "-b", f"127.0.0.1:{server_port}", "-t", "600"]


def squid(directory, port, server_port):
    directory.chmod(0o777)  # started as root, Squid changes to another user
    (directory / "squid.conf").write_text(
        f"""http_port 127.0.0.1:{port} accel defaultsite=warder.test no-vhost
        cache_peer 127.0.0.1 parent {server_port} 0 no-query no-digest originserver login=PASSTHRU name=behind
        http_access allow all
        cache_mem 8 MB
        access_log none
        cache_log {directory}/cache.log
        pid_filename none
        shutdown_lifetime 0 seconds
        visible_hostname localhost
        """
    )
    return [program("squid"), "-N", "-f", directory / "squid.conf"]


CACHES = {"nginx": nginx, "varnish": varnish, "squid": squid}


@contextlib.contextmanager
def running_cache(name, directory, server_port):
    """Starts a cache in front of a server. Yields the port of the cache."""
    directory.mkdir()
    directory.parent.chmod(0o755)
    port = free_port()
    command = CACHES[name](directory, port, server_port)
    with open(directory / "log", "wb") as log:
        process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, env={"HOME": str(directory), "PATH": "/usr/sbin:/usr/bin:/bin"})
    try:
        eventually(lambda: is_up(port) or process.poll() is not None, 60)
        assert process.poll() is None, (directory / "log").read_text()
        yield port
    finally:
        process.terminate()
        process.wait(20)
