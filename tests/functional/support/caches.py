# SPDX-License-Identifier: MIT
"""Shared caches from Debian in front of a server: nginx with proxy_cache, Varnish and Squid, configured to store as much as their defaults allow."""

import contextlib
import subprocess

from .ports import free_port, is_up
from .proxies import program
from .waiting import eventually


def nginx(folder, port, server_port):
    (folder / "nginx.conf").write_text(
        f"""daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
        events {{ }}
        http {{
            access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
            scgi_temp_path {folder};
            proxy_cache_path {folder}/cache keys_zone=pages:1m;
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
    return [program("nginx"), "-c", folder / "nginx.conf", "-p", folder]


def varnish(folder, port, server_port):
    return [program("varnishd"), "-F", "-j", "none", "-n", folder / "varnish", "-a", f"127.0.0.1:{port}", "-b", f"127.0.0.1:{server_port}", "-t", "600"]


def squid(folder, port, server_port):
    folder.chmod(0o777)  # started as root, Squid changes to another user
    (folder / "squid.conf").write_text(
        f"""http_port 127.0.0.1:{port} accel defaultsite=warder.test no-vhost
        cache_peer 127.0.0.1 parent {server_port} 0 no-query no-digest originserver login=PASSTHRU name=behind
        http_access allow all
        cache_mem 8 MB
        access_log none
        cache_log {folder}/cache.log
        pid_filename none
        shutdown_lifetime 0 seconds
        visible_hostname localhost
        """
    )
    return [program("squid"), "-N", "-f", folder / "squid.conf"]


CACHES = {"nginx": nginx, "varnish": varnish, "squid": squid}


@contextlib.contextmanager
def running_cache(name, folder, server_port):
    """Starts a cache in front of a server. Yields the port of the cache."""
    folder.mkdir()
    folder.parent.chmod(0o755)
    port = free_port()
    command = CACHES[name](folder, port, server_port)
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, env={"HOME": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin"})
    try:
        eventually(lambda: is_up(port) or process.poll() is not None, 60)
        assert process.poll() is None, (folder / "log").read_text()
        yield port
    finally:
        process.terminate()
        process.wait(20)
