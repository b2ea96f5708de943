# SPDX-License-Identifier: MIT
"""Runs the code blocks of a page in the order in which a reader would: one shell, a fresh directory, the real binary.

The blocks run as they are written, except that documented ports become free ports, and system directories a directory
of the test. Comments in the page, which a reader doesn't see, tell what else there is to know:

    <!-- file: PATH -->         save the next block under this name; readers are told so in the text
    <!-- terminal: PORT -->     the next block keeps running; it is ready when the port is open. `warder serve` needs none
    <!-- status: N -->          the next block ends with this exit status
    <!-- not run: REASON -->    the next block can't run in a test: see NOT_RUN
    <!-- setup                  shell commands that stand for what the page presumes, such as a user or an application
    …                           `start PORT COMMAND` runs a server, `stop PORT` ends it
    -->

A `text` block is the exact output of the block before it; `…` stands for any characters in a line, or alone for any lines.
"""

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

from .observers import OF_CURL, observe_curl
from .ports import free_port
from .server import BINARY, CHEAP_PASSWORDS, TOP

SHELL = ("sh", "bash")
HANGS_AFTER = 150  # seconds; before the test itself would be ended, without the output
# Each line of a block with the marker must use one of these commands: they change the system, need a real machine or
# a program that Debian lacks, or take minutes.
NOT_RUN = (
    *("sudo", "apt", "apt-get", "systemctl", "journalctl", "docker", "podman", "kubectl", "certbot"),
    *("electrum", "bitcoin-cli", "lightning-cli"),
    *("./dev", "cmake", "./build/reader", "build/release/tests/unit/core/unit_core", "/usr/bin/python3"),
)
# Each of these becomes a directory of the test.
DIRECTORIES = ("/etc/warder", "/var/lib/warder", "/etc/nginx", "/etc/caddy", "/etc/haproxy", "/etc/apache2", "/etc/ssl", "/var/backups", "/srv", "/home/cln", "/home/lnd")
DIRECTIVE = r"<!-- *(?P<directive>file|terminal|status|not run|setup)(?::[ \t]*(?P<value>[^\n]*?))?(?P<body>\n.*?)? *-->"
BLOCK = r"^(?P<indent> *)```(?P<language>[a-z]*)\n(?P<text>.*?)^(?P=indent)```$"
PRELUDE = r"""
exec 2>&1 </dev/null
fail() { echo "$1"; exit 99; }
is_up() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
wait_until() {
    local tries=0 process=$1 log=$2; shift 2
    until "$@"; do
        kill -0 "$process" 2>/dev/null && ((++tries < 1200)) || fail "not true: $*: $(cat "$log")"
        sleep 0.05
    done
}
start() {
    local port=$1; shift
    "$@" >"$LOGS/$port" 2>&1 9>&- &
    echo $! >"$LOGS/$port.pid"
    wait_until $! "$LOGS/$port" is_up "$port"
    # Its sockets are open before the store is.
    [[ "$*" != *"warder serve"* ]] || wait_until $! "$LOGS/$port" grep -q "^warder: listening on" "$LOGS/$port"
}
# Like start, but on a terminal, as the reader's: shows the output once it has this many lines.
start_on_terminal() {
    local port=$1 lines=$2 begin; shift 2
    begin=$(($(stat -c %s "$LOGS/terminal") + 1))
    "$@" >&9 2>&9 &
    echo $! >"$LOGS/$port.pid"
    has_lines() { (($(tail -c "+$begin" "$LOGS/terminal" | wc -l) >= lines)); }
    wait_until $! "$LOGS/terminal" is_up "$port"
    wait_until $! "$LOGS/terminal" has_lines
    tail -c "+$begin" "$LOGS/terminal"
}
stop() {
    local process; process=$(cat "$LOGS/$1.pid")
    kill "$process"; wait "$process" || true
}
"""


@dataclass
class Block:
    """A code block, or the commands of a setup comment, with the comments in front of it."""

    language: str
    text: str
    line: int
    directives: dict = field(default_factory=dict)
    output: str | None = None

    @property
    def is_shell(self):
        return self.language in SHELL or self.language == "setup"

    @property
    def is_run(self):
        return self.is_shell and "not run" not in self.directives


def blocks_of(text):
    """Returns the blocks of a page in order. A `text` block after a shell block becomes the expected output of that one."""
    blocks, directives = [], {}
    for found in re.finditer(f"{DIRECTIVE}|{BLOCK}", text, re.DOTALL | re.MULTILINE):
        line = text.count("\n", 0, found.start()) + 1
        if found["directive"] == "setup":
            blocks.append(Block("setup", found["body"] or found["value"], line))
        elif found["directive"]:
            directives[found["directive"]] = found["value"] or ""
        else:
            body = re.sub(rf"^{found['indent']}", "", found["text"], flags=re.MULTILINE)
            if found["language"] == "text" and blocks and blocks[-1].is_shell and not directives:
                blocks[-1].output = body
            else:
                blocks.append(Block(found["language"], body, line, directives))
            directives = {}
    return blocks


def lines_that_could_run(text):
    """Returns the command lines of a block that use none of the commands in NOT_RUN."""
    lines = [re.sub(r"(^|\s)#.*", "", line) for line in re.sub(r"\\\n", " ", text).splitlines()]
    words = [set(re.findall(r"[^\s;|&()]+", line)) for line in lines]
    return [line.strip() for line, used in zip(lines, words) if line.strip() and not used & set(NOT_RUN)]


def documented_ports(blocks):
    texts = "\n".join(block.text for block in blocks if block.is_run or "file" in block.directives)
    found = re.findall(r"(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1?\]):(\d{2,5})\b|\blisten (\d{2,5})\b|(?<=start )(\d{2,5})\b|[\" ]:(\d{4,5})\b", texts)
    return sorted({port for ports in found for port in ports if port not in ("", "0")} | {"8441"})


def matches(output, expected):
    """Tells whether the output is the expected one; `…` stands for any characters of a line, or alone for any lines."""
    parts = []
    for line in expected.rstrip("\n").split("\n"):
        parts.append(r"(?:.*\n)*?" if line.strip() == "…" else ".*".join(map(re.escape, line.rstrip().split("…"))) + r"[ \t]*\n")
    return re.fullmatch("".join(parts), output.rstrip("\n") + "\n") is not None


class Terminal:
    """A terminal whose output goes to a file."""

    def __init__(self, log):
        self.master, self.slave = os.openpty()
        self.log = open(log, "wb", buffering=0)
        self.reader = threading.Thread(target=self.copy, daemon=True)

    def copy(self):
        with contextlib.suppress(OSError):  # when nobody has the other side open any more
            while data := os.read(self.master, 65536):
                self.log.write(data)

    def __enter__(self):
        self.reader.start()
        return self

    def __exit__(self, *_):
        os.close(self.slave)
        self.reader.join(10)
        os.close(self.master)
        self.log.close()


class PageRun:
    """One run of a page's blocks in a directory."""

    def __init__(self, page, directory):
        self.blocks = blocks_of(page.read_text())
        self.directory, self.root, self.logs = directory / "work", directory / "root", directory / "logs"
        self.ports = {port: str(free_port()) for port in documented_ports(self.blocks)}
        for path in (self.directory, self.logs, directory / "bin", directory / "home", *(self.root / name.lstrip("/") for name in DIRECTORIES)):
            path.mkdir(parents=True, mode=0o700)
        (directory / "bin" / "warder").symlink_to(BINARY)
        observe_curl(directory / "bin")
        self.env = {
            # Node may come from elsewhere.
            "PATH": f"{directory}/bin:/usr/sbin:/usr/bin:/sbin:/bin:{Path(shutil.which('node') or '/bin/node').parent}",
            "HOME": str(directory / "home"),
            "LOGS": str(self.logs),
            "TOP": str(TOP),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "NO_PROXY": "*",
            **CHEAP_PASSWORDS,
            **{name: os.environ[name] for name in OF_CURL if name in os.environ},
            "WARDER_DRAIN_DELAY": "0 s",
            # Fewer than any limit on open files allows, so that no warning is logged.
            "WARDER_MAX_CONNECTIONS": "500",
        }
        if not any(re.search(r"^listen\b", f"\n{block.text}".split("\n[")[0], re.MULTILINE) for block in self.blocks if block.language == "toml"):
            self.env["WARDER_LISTEN"] = f"127.0.0.1:{self.ports['8441']}"

    def localized(self, text):
        """Returns the text with the test's ports and directories."""
        text = re.sub(rf"(?<![\w./-])({'|'.join(map(re.escape, DIRECTORIES))})(?![\w-])", rf"{self.root}\1", text)
        return re.sub(rf"(?<![\w.])({'|'.join(self.ports)})(?![\w.]|:\d\d:)", lambda found: self.ports[found[0]], text)

    def documented(self, text):
        """Returns output with the documented ports and directories."""
        text = text.replace(str(self.root), "").replace(str(self.directory), ".")
        for written, here in self.ports.items():
            text = re.sub(rf"\b{here}\b", written, text)
        return text

    def script_of(self, index, block):
        text = self.localized(block.text)
        if "file" in block.directives:
            path = self.localized(block.directives["file"])
            return f"mkdir -p \"$(dirname '{path}')\"\ncat >'{path}' <<'END OF FILE'\n{text}END OF FILE\n"
        port = block.directives.get("terminal")
        command = text.strip()
        if port is None and command.startswith("warder serve") and block.language != "setup":
            port = (re.search(r"--listen \S*:(\d+)", block.text) or [None, "8441"])[1]
        if port is not None:
            command = f"bash -c {shlex.quote(command if '&&' in command else f'exec {command}')}"
            here = self.ports.get(port, port)
            return f"start {here} {command}\n" if block.output is None else f"start_on_terminal {here} {block.output.count(chr(10))} {command}\n"
        return f"{text}\n"

    def run(self):
        """Runs all blocks. Returns what went wrong, as a list of sentences."""
        script = [PRELUDE]
        for index, block in enumerate(self.blocks):
            if not block.is_run and "file" not in block.directives:
                continue
            strict = block.directives.get("status", "0") == "0"
            script.append(f'printf "\\n::{index}::\\n"\nset {"-e" if strict else "+e"}\n{self.script_of(index, block)}printf "\\n::{index}=$?::\\n"\nset +e\n')
        (self.logs / "script").write_text("".join(script))
        with Terminal(self.logs / "terminal") as terminal:
            process = subprocess.Popen(
                ["bash", "-c", f"exec 9<&{terminal.slave} {terminal.slave}<&-; . \"$LOGS/script\""],
                cwd=self.directory,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(terminal.slave,),
                start_new_session=True,
                encoding="utf-8",
                errors="replace",
            )
            try:
                output = self.collect(process)
                (self.logs / "output").write_text(output)
            finally:
                self.end(process)
        return list(self.faults(output))

    def collect(self, process):
        """Returns the output of the script. Servers that it started may keep the pipe open, so its end is not awaited. A script that hangs is killed."""
        lines = []
        hangs = threading.Timer(HANGS_AFTER, os.killpg, (process.pid, signal.SIGKILL))
        hangs.start()
        last = max((index for index, block in enumerate(self.blocks) if block.is_run or "file" in block.directives), default=-1)
        for line in process.stdout:
            lines.append(line)
            if line.startswith(f"::{last}="):
                break
        hangs.cancel()
        return "".join(lines)

    @staticmethod
    def end(process):
        """Ends the shell and the servers that it started, which are in its process group."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                break
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                continue
        process.stdout.close()

    def faults(self, output):
        for index, block in enumerate(self.blocks):
            if not block.is_run and "file" not in block.directives:
                continue
            found = re.search(rf"\n::{index}::\n(.*?)(?:\n::{index}=(\d+)::\n|\Z)", output, re.DOTALL)
            where = f"line {block.line}, {block.text.strip().splitlines()[0]!r}"
            if found is None:
                yield f"{where}: not reached"
                continue
            got, status = self.documented(found[1].replace("\r", "")), found[2]
            if status is None or status != block.directives.get("status", "0"):
                yield f"{where}: status {status or 'not 0'}, output:\n{got}"
            elif block.output is not None and not matches(got, block.output):
                yield f"{where}: the output is\n{got}\nand not\n{block.output}"
