# SPDX-License-Identifier: MIT
"""Secret files as systemd, Kubernetes and Docker mount them, with real mounts; and the same files in ordinary directories."""

import json
import os
import subprocess
import sys
import textwrap

import pytest
from support.mounts import IN_MOUNT_NAMESPACE
from support.root import BY_ROOT, NOBODY
from support.server import BINARY, TOP, clean_environment
from support.tls import make_certificate

IN_NAMESPACE = [*BY_ROOT, *IN_MOUNT_NAMESPACE]
PRELUDE = """
set -eu
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
check() { # check FILE [kind]: what a server of an ordinary user says of the credential
    printf '[[route]]\\nprefix = "/a"\\nupstream = "http://127.0.0.1:9"\\ncredential = "%s:%s"\\n' "${2:-bearer-file}" "$1" > "$top/check.toml"
    chmod 644 "$top/check.toml"
    as_nobody "$top/warder" check --json --config "$top/check.toml" --data-dir /nowhere || true
}
"""


@pytest.fixture
def top():
    """A directory that all users may read, with the binary, because other users run it."""
    import shutil
    import tempfile

    path = tempfile.mkdtemp(dir="/var/tmp")
    os.chmod(path, 0o755)
    shutil.copy(BINARY, f"{path}/warder")
    yield path
    subprocess.run([*BY_ROOT, "rm", "-rf", path], check=True)


def run_in_namespace(top, script):
    command = [*IN_NAMESPACE, "env", f"top={top}", "bash", "-c", PRELUDE + textwrap.dedent(script)]
    result = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def credential_faults(top, script):
    """Returns, for each `check` of the script, the faults of the credential file."""
    lines = run_in_namespace(top, script).splitlines()
    assert lines
    return [[fault for fault in json.loads(line)["faults"] if "credential file" in fault] for line in lines]


MODES = ["0400", "0440", "0444", "0640", "0644"]


@pytest.mark.parametrize("mode", ["0440", "0444", "0640", "0644"])
def test_kubernetes_secret_volume_is_readable(top, mode):
    """A read-only tmpfs, sticky and open to all; `x` links to `..data/x`, `..data` to the directory of this version; fsGroup is the group."""
    script = f"""
        mkdir "$top/secrets" && mount -t tmpfs -o mode=1777 tmpfs "$top/secrets" && cd "$top/secrets"
        mkdir ..2026_01 && chmod 755 ..2026_01 && echo one > ..2026_01/key && chown 0:65534 ..2026_01/key && chmod {mode} ..2026_01/key
        ln -s ..2026_01 ..data && ln -s ..data/key key
        mount -o remount,ro "$top/secrets"
        check "$top/secrets/key"
    """
    assert credential_faults(top, script) == [[]]


@pytest.mark.parametrize("mode", ["0660", "0666", "0646"])
def test_writable_credential_file_in_a_writable_memory_mount_is_rejected(top, mode):
    script = f"""
        mkdir "$top/secrets" && mount -t tmpfs -o mode=0755 tmpfs "$top/secrets"
        echo one > "$top/secrets/key" && chown 0:65534 "$top/secrets/key" && chmod {mode} "$top/secrets/key"
        check "$top/secrets/key"
    """
    ((fault,),) = credential_faults(top, script)
    assert "chmod 600" in fault


@pytest.mark.parametrize("mode", ["0444", "0644"])
def test_world_readable_credential_file_in_a_writable_memory_mount_is_rejected(top, mode):
    """As in /dev/shm and /tmp, which all users share."""
    script = f"""
        mkdir "$top/shm" && mount -t tmpfs -o mode=1777 tmpfs "$top/shm"
        echo one > "$top/shm/key" && chmod {mode} "$top/shm/key"
        check "$top/shm/key"
    """
    ((fault,),) = credential_faults(top, script)
    assert "chmod 600" in fault


def test_credential_file_of_another_user_in_a_read_only_memory_mount_is_rejected(top):
    script = """
        mkdir "$top/secrets" && mount -t tmpfs tmpfs "$top/secrets"
        echo one > "$top/secrets/key" && chown 1234 "$top/secrets/key" && chmod 444 "$top/secrets/key" && mount -o remount,ro "$top/secrets"
        check "$top/secrets/key"
    """
    ((fault,),) = [found[:1] for found in credential_faults(top, script)]
    assert "another user" in fault


@pytest.mark.parametrize("mode, owner", [("0444", "0:0"), ("0440", f"0:{NOBODY}"), ("0644", "1234:1234"), ("0664", "1234:1234")])
def test_docker_secret_is_readable(top, mode, owner):
    """/run/secrets/x: read-only; owned by root in a swarm, and by the owner of the file on the host where Compose binds it."""
    script = f"""
        mount -t tmpfs -o mode=0755 tmpfs /run && mkdir /run/secrets
        echo one > "$top/key" && chown {owner} "$top/key" && chmod {mode} "$top/key"
        touch /run/secrets/key && mount --bind "$top/key" /run/secrets/key && mount -o remount,bind,ro /run/secrets/key
        check /run/secrets/key
        check "$top/key"
    """
    mounted, ordinary = credential_faults(top, script)
    assert mounted == [] and ordinary != []


@pytest.mark.parametrize("kind", ["tmpfs", "ramfs"])
def test_systemd_credential_is_readable(top, kind):
    """Owned by root, 0440 in a directory 0550, where the group bits are the mask of an access control list (tmpfs has none before Linux 6.6; here they are the group)."""
    script = f"""
        export CREDENTIALS_DIRECTORY="$top/credentials/warder.service"
        mkdir -p "$CREDENTIALS_DIRECTORY" && mount -t {kind} {kind} "$CREDENTIALS_DIRECTORY"
        echo one > "$CREDENTIALS_DIRECTORY/key" && chown 0:65534 "$CREDENTIALS_DIRECTORY" "$CREDENTIALS_DIRECTORY/key"
        chmod 440 "$CREDENTIALS_DIRECTORY/key" && chmod 550 "$CREDENTIALS_DIRECTORY"
        check "$CREDENTIALS_DIRECTORY/key"
        chmod 555 "$CREDENTIALS_DIRECTORY"
        check "$CREDENTIALS_DIRECTORY/key"
        chmod 550 "$CREDENTIALS_DIRECTORY"
        unset CREDENTIALS_DIRECTORY
        check "$top/credentials/warder.service/key"
    """
    closed, open_to_all, unnamed = credential_faults(top, script)
    assert closed == [] and open_to_all != [] and unnamed != []


@pytest.mark.parametrize("mode", MODES[1:])
def test_credential_file_accessible_to_others_in_an_ordinary_directory_is_rejected(top, mode):
    script = f"""
        mkdir "$top/etc" && echo one > "$top/etc/key" && chown 0:65534 "$top/etc/key" && chmod {mode} "$top/etc/key"
        check "$top/etc/key"
        mount --bind "$top/etc" "$top/etc" && mount -o remount,bind,ro "$top/etc"
        check "$top/etc/key"
    """
    for (fault,) in credential_faults(top, script):
        assert "chmod 600" in fault


def test_tls_key_of_a_kubernetes_secret_volume_is_used_and_reloaded_at_sighup(top, tmp_path):
    """The volume changes as the kubelet changes it: a new directory, and `..data` renamed over the old one."""
    first, second = make_certificate(tmp_path, "first"), make_certificate(tmp_path, "second")
    program = f"""
import os, signal, socket, ssl, subprocess, sys
sys.path.insert(0, "{TOP}/tests/functional")
from support.waiting import eventually
volume = "{top}/tls"
def mount(*options): subprocess.run(["mount", *options, volume], check=True)
def put(version, certificate, key):
    directory = f"{{volume}}/..{{version}}"
    os.mkdir(directory, 0o755)
    for name, source in (("tls.crt", certificate), ("tls.key", key)):
        with open(source, "rb") as read, open(f"{{directory}}/{{name}}", "wb") as write: write.write(read.read())
        os.chmod(f"{{directory}}/{{name}}", 0o644)
    os.symlink(f"..{{version}}", f"{{volume}}/..data_tmp")
    os.rename(f"{{volume}}/..data_tmp", f"{{volume}}/..data")
os.umask(0o022)
os.mkdir(volume)
mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs")
put("1", "{first[0]}", "{first[1]}")
for name in ("tls.crt", "tls.key"): os.symlink(f"..data/{{name}}", f"{{volume}}/{{name}}")
mount("-o", "remount,ro")
with open("{top}/w.toml", "w") as config:
    config.write(f'tls_certificate = "{{volume}}/tls.crt"\\ntls_key = "{{volume}}/tls.key"\\nlisten = "127.0.0.1:0"\\n')
os.mkdir("{top}/home"); os.chown("{top}/home", {NOBODY}, {NOBODY})
server = subprocess.Popen(["setpriv", "--reuid={NOBODY}", "--regid={NOBODY}", "--clear-groups", "{top}/warder", "serve", "--config", "{top}/w.toml", "--data-dir", "{top}/home/data"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
def shown():
    with socket.create_connection(("127.0.0.1", port)) as raw:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(raw) as client: return ssl.DER_cert_to_PEM_cert(client.getpeercert(True)).strip()
try:
    port = int(server.stdout.readline().rsplit(":", 1)[1])
    assert shown() == open("{first[0]}").read().strip()
    mount("-o", "remount,rw"); put("2", "{second[0]}", "{second[1]}"); mount("-o", "remount,ro")
    server.send_signal(signal.SIGHUP)
    eventually(lambda: shown() == open("{second[0]}").read().strip())
finally:
    server.terminate()
    assert server.wait(30) == 0
"""
    result = subprocess.run([*IN_NAMESPACE, sys.executable, "-c", program], capture_output=True, text=True, env=clean_environment(), timeout=90, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("mode, is_fine", [("0600", True), ("0640", True), ("0644", False), ("0660", False), ("0604", False)])
def test_tls_key_in_an_ordinary_directory_is_accepted_only_if_readable_by_owner_and_group(top, tmp_path, mode, is_fine):
    certificate, key = make_certificate(tmp_path)
    script = f"""
        cp {certificate} {key} "$top" && chmod 644 "$top/server.pem" && chown 65534:65534 "$top/server.key" && chmod {mode} "$top/server.key"
        printf 'tls_certificate = "%s/server.pem"\\ntls_key = "%s/server.key"\\n' "$top" "$top" > "$top/tls.toml" && chmod 644 "$top/tls.toml"
        as_nobody "$top/warder" check --json --config "$top/tls.toml" --data-dir /nowhere || true
    """
    faults = [fault for fault in json.loads(run_in_namespace(top, script))["faults"] if "TLS key" in fault]
    assert (faults == []) is is_fine, faults
