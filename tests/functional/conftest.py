# SPDX-License-Identifier: MIT
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from support import exchanges, observers, stores
from support.server import ADMIN_PASSWORD, BINARY, Server
from support.upstream import Upstream


def pytest_configure(config):
    if not config.option.collectonly and not BINARY.exists():
        pytest.exit(f"there is no {BINARY}: ./dev build, or name another binary by WARDER_BIN", returncode=4)
    # Under nohup or in the background of a script, these signals are ignored, and child processes would inherit that.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def pytest_sessionstart(session):
    if not hasattr(session.config, "workerinput") and not session.config.option.collectonly:
        session.config.exchanges = tempfile.mkdtemp(prefix="exchanges-")
        os.environ[exchanges.VARIABLE] = session.config.exchanges  # the workers of pytest-xdist inherit it, and the PATH
        programs = Path(session.config.exchanges) / "bin"
        programs.mkdir()
        observers.observe_curl(programs)
        os.environ["PATH"] = f"{programs}:{os.environ['PATH']}"
    observers.observe_http_client()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """Checks the recorded responses, after all workers have ended. A response that the OpenAPI document does not describe fails the run."""
    directory = getattr(session.config, "exchanges", None)
    if directory is None:
        return
    try:
        observers.record_traces(directory)
        del os.environ[exchanges.VARIABLE]
        os.environ["PATH"] = os.environ["PATH"].removeprefix(f"{directory}/bin:")
        if any(Path(directory).glob("*.jsonl")):
            check_exchanges(session, Path(directory))
    finally:
        shutil.rmtree(directory)  # the traces of curl contain passwords


def check_exchanges(session, directory):
    server = Server(directory / "data").start()
    document = directory / "openapi.json"
    document.write_bytes(server.get("/openapi.json").content)
    server.stop()
    result = exchanges.check(document, directory)
    is_described, report = result if result is not None else (True, "the responses are not checked: ./dev setup installs the checker")
    session.config.exchanges_report = report
    if not is_described:
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
        if session.config.option.xmlpath:  # a second run of the tests that failed must not hide it
            Path(session.config.option.xmlpath + ".undescribed").write_text(report)


def pytest_terminal_summary(terminalreporter, config):
    if report := getattr(config, "exchanges_report", None):
        terminalreporter.write_line(report.rstrip())


# These files take the longest. Started last, each would keep one worker busy while the others have nothing to do.
SLOW_FILES = ("test_checker.py", "test_library.py", "test_usage.py", "test_long_lists.py", "test_reload.py", "test_mcp.py", "test_proxies.py", "test_clock.py", "test_path_resolution.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: SLOW_FILES.index(item.path.name) if item.path.name in SLOW_FILES else len(SLOW_FILES))


@pytest.fixture
def start_server(tmp_path):
    """Starts servers, and checks at the end of the test that each stops cleanly. Each server of a test needs its own `directory`."""
    servers = []

    def start(directory="data", config_text=None, **options):
        config = None
        if config_text is not None:
            config = tmp_path / f"{directory}.toml"
            config.write_text(config_text)
        server = Server(tmp_path / directory, config=config, **options)
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        server.stop()
        # No test may cause a password or a token to be logged.
        assert ADMIN_PASSWORD not in server.log()
        assert "eyJ0eXAi" not in server.log()


@pytest.fixture(params=stores.KINDS)
def store(request):
    return request.param


@pytest.fixture
def start_with_store(start_server, tmp_path, store):
    """Starts servers on each kind of store."""

    def start(config_text="", **options):
        return start_server(config_text=stores.store_setting(store, tmp_path) + config_text, **options)

    return start


@pytest.fixture
def upstream():
    with Upstream() as server:
        yield server


@pytest.fixture
def warder(start_server):
    return start_server()


@pytest.fixture
def admin(warder):
    return warder.person("admin", ADMIN_PASSWORD)


@pytest.fixture
def make_user(warder, admin):
    def make(name, password=None, **fields):
        password = password or f"the password of {name}"
        answer = admin.post("/v1alpha/users/", {"username": name, "password": password, **fields})
        assert answer.status_code == 201, answer.text
        return warder.person(name, password)

    return make


@pytest.fixture
def alice(make_user):
    return make_user("alice")


@pytest.fixture
def bob(make_user):
    return make_user("bob")
