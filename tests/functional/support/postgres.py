# SPDX-License-Identifier: MIT
"""PostgreSQL servers of the tests' own, from Debian's packages, in temporary directories."""

import contextlib
import os
import re
import selectors
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from .ports import free_port
from .waiting import eventually

USER, PASSWORD = "warder", "battery staple"

_PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda program: int(program.parts[-3]), default=Path("/usr/bin/initdb")).parent
# PostgreSQL refuses to run as root.
_AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
# A killed process loses nothing that it has written, with or without fsync. In /dev/shm, a killed server would leave its shared memory behind.
_SETTINGS = {
    "fsync": "off",
    "dynamic_shared_memory_type": "mmap",
    "max_connections": "100",
    "wal_level": "replica",
    "hot_standby": "on",
    "log_line_prefix": "%m [%p] %a ",
}


class Postgres:
    """A server and its data, which end with the context. Its socket trusts everyone; TCP on 127.0.0.1 needs the password. `settings` are those of postgresql.conf."""

    def __init__(self, settings=None, *, copy_of=None):
        self.directory = Path(tempfile.mkdtemp(prefix="pg-"))
        self.data = self.directory / "data"
        self.port = free_port()
        self.process = None
        self.settings = {**_SETTINGS, **(settings or {})}
        password_file = self.directory / "password"
        password_file.write_text(PASSWORD)
        if _AS_NOBODY:
            shutil.chown(self.directory, "nobody", "nogroup")
            shutil.chown(password_file, "nobody", "nogroup")
        if copy_of:
            self._run("pg_basebackup", "-D", self.data, "-h", copy_of.directory, "-p", copy_of.port, "-U", USER, "-X", "stream", "-c", "fast", "-R", "-N")
        else:
            authentication = ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password_file}"]
            self._run("initdb", "-D", self.data, "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "-N", *authentication)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            self.resume()
        self.kill()
        shutil.rmtree(self.directory)

    # Life

    def start(self):
        """Starts it, and waits until it accepts connections: after a crash, until it has recovered."""
        settings = {**self.settings, "port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": self.directory}
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        with open(self.directory / "log", "ab") as log:
            command = [*_AS_NOBODY, _PROGRAMS / "postgres", "-D", self.data, *options]
            self.process = subprocess.Popen(list(map(str, command)), cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        eventually(lambda: self.is_up() or self.process.poll() is not None, 60)
        assert self.process.poll() is None, self.log()
        return self

    def stop(self):
        """Ends every connection, and stops it in order."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    def kill(self):
        """Kills all of its processes, as a power failure would."""
        if self.process is None or self.process.poll() is not None:
            return
        pids = self.pids()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(60)
        eventually(lambda: not any(_runs(pid) for pid in pids))

    def restart(self):
        self.stop()
        return self.start()

    def pause(self):
        """Stops all of its processes where they are; connections stay open and can be made."""
        for pid in self.pids():
            os.kill(pid, signal.SIGSTOP)

    def resume(self):
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):  # a connection may have just ended
                os.kill(pid, signal.SIGCONT)

    def is_up(self):
        return subprocess.run([_PROGRAMS / "pg_isready", "-q", "-h", self.directory, "-p", str(self.port)], check=False).returncode == 0

    def pids(self):
        """Returns the processes of the server: the first one, and those of its connections and other work."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text() if _runs(self.process.pid) else ""
        return [self.process.pid, *map(int, children.split())]

    def log(self):
        return (self.directory / "log").read_text()

    # Databases

    def create_database(self, name):
        self.sql(f'CREATE DATABASE "{name}"')
        return name

    def url(self, database="postgres", *, port=None, user=USER, password=PASSWORD):
        """Returns the URL of a database over TCP: through a gate, if `port` is that of one."""
        secret = f":{password.replace(' ', '%20')}" if password else ""
        return f"postgresql://{user}{secret}@127.0.0.1:{port or self.port}/{database}"

    def local_url(self, database="postgres"):
        """Returns the URL of a database over its socket."""
        return f"postgresql://{USER}@/{database}?host={self.directory}&port={self.port}"

    def sql(self, text, database="postgres"):
        """Runs statements, and returns their rows, one a line, with | between columns."""
        return psql(self.local_url(database), text)

    def session(self, database="postgres"):
        return Session(self.local_url(database))

    # Replication

    def make_standby(self, settings=None):
        """Returns a copy of the server that follows it once it is started."""
        return Postgres({**self.settings, **(settings or {})}, copy_of=self)

    def has_replayed(self, primary):
        """Returns whether this standby has everything that its primary has written."""
        position = primary.sql("SELECT pg_current_wal_lsn()")
        return self.sql(f"SELECT pg_last_wal_replay_lsn() >= '{position}'") == "t"

    def promote(self):
        """Makes the standby a primary."""
        assert self.sql("SELECT pg_promote()") == "t"

    def _run(self, program, *arguments):
        result = subprocess.run([*_AS_NOBODY, str(_PROGRAMS / program), *map(str, arguments)], cwd="/", capture_output=True, text=True, timeout=120, check=False)
        assert result.returncode == 0, result.stderr


class Session:
    """A context manager: one connection, whose transaction stays open between calls. It can fail, as `subprocess.CalledProcessError`, and then is useless."""

    def __init__(self, url):
        self.process = subprocess.Popen(_psql(url), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def begin(self, text):
        """Sends a statement without waiting for its end."""
        self.process.stdin.write(f"{text};\n\\echo --done\n".encode())
        self.process.stdin.flush()

    def finish(self, seconds=15.0):
        """Waits for the end of the statement. Returns its rows as `Postgres.sql` does; None if it takes longer."""
        said = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while not said.endswith(b"--done\n"):
                if not selector.select(seconds):
                    return None
                piece = os.read(self.process.stdout.fileno(), 65_536)
                if not piece:
                    raise subprocess.CalledProcessError(self.process.wait(), "psql", said)
                said += piece
        return said.decode().removesuffix("--done\n").rstrip("\n")

    def sql(self, text):
        self.begin(text)
        return self.finish()


def psql(url, text, *, seconds=60):
    """Runs statements over a connection of their own. Returns their rows, one a line, with | between columns."""
    result = subprocess.run([*_psql(url), "-c", text], capture_output=True, text=True, timeout=seconds, check=False, stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        raise subprocess.CalledProcessError(result.returncode, "psql", result.stdout, result.stderr)
    return result.stdout.rstrip("\n")


def _psql(url):
    return [str(_PROGRAMS / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", url]


def _runs(pid):
    """Returns whether a process runs; one that has ended but was not waited for does not."""
    with contextlib.suppress(OSError):
        return re.search(r"\) [^ZX] ", Path(f"/proc/{pid}/stat").read_text()) is not None
    return False
